/**
 * One guest's world: its imports, its limits and what it holds.
 */

import type { ChannelName } from "./events/channels.ts";
import { type AnyEvent, logEventsWhenAsked, traceHost } from "./events/trace.ts";
import { type Caps, defaultCaps } from "./io/caps.ts";
import { Ledger } from "./io/owner.ts";
import { describeAnswer } from "./messages/answers.ts";
import { requireKnownKeys } from "./messages/known-keys.ts";
import type { Network } from "./network/network.ts";
import { nodeNetwork } from "./network/node/index.ts";
import { AuditLog, type AuditSink } from "./policy/audit.ts";
import { requirePolicy } from "./policy/permissions.ts";
import type { Policy } from "./policy/policy.ts";
import { denyAll } from "./policy/policy.ts";
import { SocketContext } from "./sockets/context.ts";
import { type Fidelity, type FidelityOption, optionFidelity } from "./sockets/fidelity.ts";
import { nativeOptions } from "./sockets/native-options.ts";
import type { FindOptionBackend } from "./sockets/options.ts";
import { LookupQueue, type ResolveName } from "./sockets/resolver.ts";
import type { VersionedImports, Wasi02Imports } from "./wasi02/index.ts";
import { wasi02Imports } from "./wasi02/index.ts";

/** How a host is made. */
export interface HostOptions {
  /** What the guest may do; default nothing. */
  policy?: Policy | undefined;
  /** Limits that differ from {@link defaultCaps}. */
  caps?: Partial<Caps> | undefined;
  /**
   * What makes the guest's sockets, looks its names up and tells it the time; default the system's. Policy, limits and
   * events are the same on each.
   */
  network?: Network | undefined;
  /** Looks names up; default is the network's resolver. */
  resolver?: ResolveName | undefined;
  /**
   * How the socket options that Node has no call for reach the kernel; default `auto`.
   * - `auto`: through the package koffi where it is installed, loaded when an option first needs it, or when many
   *   datagrams come at a time, which are then received through it (Linux)
   * - `native`: through koffi, and without it there is no host
   * - `node`: not at all, whether it is installed or not
   */
  options?: "auto" | "native" | "node" | undefined;
  /**
   * Where each decision of the policy is written to as a line of JSON ({@link AuditRecord}): a file descriptor, or a
   * stream; default nowhere. What can't be written down is refused. Decisions that repeat, and more than
   * {@link Caps.auditBytes} allows, are counted.
   */
  audit?: AuditSink | undefined;
  /**
   * Told of each event of this host as it happens, by the name of its channel (docs/observability.md); default
   * nobody. When it throws, the program is warned, and the host goes on.
   */
  trace?: ((channel: ChannelName, event: AnyEvent) => void) | undefined;
  /** Whether connections send small pieces at once; default true. */
  noDelay?: boolean | undefined;
  /**
   * Whether the caller of `poll` and `block` can be suspended although something is ready (JSPI); default
   * false. With true these now and then return a promise, so that a guest that spins lets I/O happen.
   */
  maySuspend?: boolean | undefined;
}

const OPTIONS: Readonly<Record<keyof HostOptions, true>> = {
  policy: true,
  caps: true,
  network: true,
  resolver: true,
  options: true,
  audit: true,
  trace: true,
  noDelay: true,
  maySuspend: true,
};

/** What a guest holds, and what is under way for it. */
export interface HostStats {
  /** Sockets that are open, including those that were dropped and still deliver. */
  sockets: number;
  /** Input, output and datagram streams. */
  streams: number;
  /** Pollables. */
  pollables: number;
  /** Open files, folders and listings of folders, the given folders included. */
  files: number;
  /** Connections that wait to be accepted, with all listeners. */
  acceptQueue: number;
  /** Bytes that the sockets hold: unread input, datagrams, and output that the kernel has not taken yet. */
  queuedBytes: number;
  /** Requests over HTTP of which the guest holds something. */
  httpRequests: number;
  /** Timers that are armed. */
  timers: number;
  /** Look-ups under way or waiting for their turn. */
  lookups: number;
}

/** One guest's world. */
export interface Host {
  /** Which host this is, in events. */
  readonly id: number;
  /**
   * The imports by interface name: for jco's `--instantiation`, whose generated types take it, and for `host/lowered`.
   */
  readonly imports: Wasi02Imports & VersionedImports;
  /** What all sockets of the host share. */
  readonly context: SocketContext;
  /**
   * What becomes of each socket option on this machine: whether it reaches the kernel, is computed, or is only
   * remembered, as WASI allows. With `options: "auto"` it looks for koffi.
   */
  fidelity(): Record<FidelityOption, Fidelity>;
  /** What the guest holds now. */
  stats(): HostStats;
  /** Closes every socket, timer and look-up and ends every wait with an error; idempotent. */
  close(): void;
}

/**
 * Makes one guest's world.
 *
 * @param options policy, limits and resolver; a guest may do nothing by default
 * @throws TypeError for an option or a limit that there is not, and when a limit is not a whole number above 0; Error
 *   where `options` is `native` and can't be
 */
export function createHost(options: HostOptions = {}): Host {
  requireKnownKeys("options", "option of a host", options, Object.keys(OPTIONS));
  const policy = options.policy ?? denyAll;
  requirePolicy(policy);
  requireType("resolver", "function", options.resolver);
  requireNetwork(options.network);
  requireType("trace", "function", options.trace);
  requireType("noDelay", "boolean", options.noDelay);
  requireType("maySuspend", "boolean", options.maySuspend);
  const caps: Caps = { ...defaultCaps };
  requireKnownKeys("caps", "limit of a host", options.caps ?? {}, Object.keys(defaultCaps));
  for (const [name, value] of Object.entries(options.caps ?? {})) {
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new TypeError(`caps.${name} must be a whole number above 0, and is ${value}`);
    }
    caps[name as keyof Caps] = value;
  }
  logEventsWhenAsked();
  const findOptionBackend = optionBackendFinder(options.options);
  const network = options.network ?? nodeNetwork;
  const ledger = new Ledger(options.maySuspend ?? false, caps, network);
  const audit = options.audit === undefined ? undefined : new AuditLog(options.audit, caps.auditBytes);
  const context = new SocketContext({
    ledger,
    network,
    policy,
    caps,
    noDelay: options.noDelay ?? true,
    resolve: options.resolver,
    lookups: new LookupQueue(),
    findOptionBackend,
    audit: audit?.add,
  });
  const { trace } = options;
  const stopTrace = trace && traceHost(context.id, trace);
  context.lookups.watch(context);
  return {
    id: context.id,
    imports: wasi02Imports(context),
    context,
    fidelity: () => optionFidelity(findOptionBackend),
    stats: () => ({
      sockets: ledger.sockets,
      streams: ledger.streams,
      pollables: ledger.pollables,
      files: ledger.files,
      acceptQueue: ledger.acceptQueue,
      queuedBytes: ledger.queuedBytes,
      httpRequests: ledger.httpRequests,
      timers: ledger.timers,
      lookups: ledger.lookups,
    }),
    close: () => {
      ledger.close();
      audit?.close();
      if (stopTrace === undefined) return;
      // what was open tells in an event to come that it is closed
      const stop = (): void => {
        if (ledger.sockets === 0) stopTrace();
        else setImmediate(stop).unref();
      };
      stop();
    },
  };
}

const NETWORK: readonly (keyof Network)[] = [
  "bindTcp",
  "openTcp",
  "bindUdp",
  "lookUp",
  "hasZone",
  "monotonic",
];

function requireNetwork(network: unknown): void {
  if (network === undefined) return;
  const missing = NETWORK.find((name) => typeof (network as Network | null)?.[name] !== "function");
  if (missing !== undefined) throw new TypeError(`network must be a Network, and has no ${missing}`);
}

function requireType(name: string, type: "boolean" | "function", value: unknown): void {
  if (value === undefined || typeof value === type) return;
  throw new TypeError(`${name} must be a ${type}, and is ${describeAnswer(value)}`);
}

function optionBackendFinder(how: HostOptions["options"] = "auto"): FindOptionBackend {
  switch (how) {
    case "auto":
      return () => {
        const native = nativeOptions();
        return typeof native === "string" ? undefined : native;
      };
    case "native": {
      const native = nativeOptions();
      if (typeof native === "string") throw new Error(`options: "native": ${native}`);
      return () => native;
    }
    case "node":
      return () => undefined;
    default:
      throw new TypeError(`options must be "auto", "native" or "node", and is ${JSON.stringify(how)}`);
  }
}
