/**
 * WASI preview 1 programs: what they import, over the same faces as a component's, with the same policy, limits and audit.
 *
 * Preview 1 has no call to open a socket. A program is given listeners as open descriptors, accepts connections from
 * them, and waits in `poll_oneoff`; here it is suspended meanwhile (JSPI), and the event loop goes on.
 */

import type { Readable, Writable } from "node:stream";
import type { WasmExports, WasmImports, WasmModule } from "../abi/webassembly.ts";
import type { FolderGrant } from "../files/folders.ts";
import { createHost, type Host, type HostOptions } from "../host.ts";
import type { Caps } from "../io/caps.ts";
import { ExitError } from "../io/exit.ts";
import { requireKnownKeys } from "../messages/known-keys.ts";
import type { IpSocketAddress } from "../network/address.ts";
import type { AuditSink } from "../policy/audit.ts";
import { derivePolicy, type Policy } from "../policy/policy.ts";
import { hasJspi } from "../runtime/features.ts";
import { wasm } from "../runtime/webassembly.ts";
import { commandImports } from "../wasi02/command.ts";
import { filesystemImports } from "../wasi02/filesystem.ts";
import { MODULE } from "./functions.ts";
import { parseListener } from "./listener.ts";
import type { WasiJs } from "./wasi-js.ts";
import { type Preview1Listener, World } from "./world.ts";

export type { FolderGrant } from "../files/folders.ts";
export type { WasiJs } from "./wasi-js.ts";
export type { Preview1Listener } from "./world.ts";

/** What a preview 1 program is given. */
export interface Preview1Options {
  /**
   * Where it listens, one descriptor each: `tcp://127.0.0.1:8080`, `tcp://[::1]:0`. They follow the folders, so that
   * without any the first is 3. Naming an address here is what allows it, unless there is a `policy`; default none.
   */
  listen?: readonly string[];
  /**
   * Whether `accept` says "try again" instead of waiting, until the program has it otherwise; default true, as in
   * Wasmtime: Go, whose other goroutines would stand still, relies on it.
   */
  nonBlocking?: boolean;
  /** How many connections the kernel holds for each listener; default 128. */
  backlog?: number;
  /** Who may connect: the address of a peer is asked about before the program sees the connection; default anybody. */
  accept?: (peer: IpSocketAddress) => boolean;
  /**
   * What it may do, as of `createHost`: it is asked about each listener (`tcp-bind`, `tcp-listen`) and each peer
   * (`tcp-accept`); default what `listen` names.
   */
  policy?: Policy;
  /** Its arguments, its name first; default none. */
  args?: readonly string[];
  /** Its environment; default empty. */
  env?: Readonly<Record<string, string>>;
  /** Folders that it may use: the name that it knows, and the folder; default none. */
  preopens?: Readonly<Record<string, string>>;
  /** More folders, which may be for reading only; default none. */
  folders?: readonly FolderGrant[];
  /** Its standard input; default this process's. */
  stdin?: Readable;
  /** Its standard output; default this process's. */
  stdout?: Writable;
  /** Its standard error stream; default this process's. */
  stderr?: Writable;
  /** Limits, as of `createHost`. */
  caps?: Partial<Caps>;
  /** Where grants and refusals are written down, as of `createHost`. */
  audit?: AuditSink;
  /** Told of each event, as of `createHost`. */
  trace?: HostOptions["trace"];
  /** How socket options reach the kernel, as of `createHost`. */
  options?: NonNullable<HostOptions["options"]>;
}

const OPTIONS: Readonly<Record<keyof Preview1Options, true>> = {
  listen: true,
  nonBlocking: true,
  backlog: true,
  accept: true,
  policy: true,
  args: true,
  env: true,
  preopens: true,
  folders: true,
  stdin: true,
  stdout: true,
  stderr: true,
  caps: true,
  audit: true,
  trace: true,
  options: true,
};

/** A preview 1 program's world. */
export interface Preview1 {
  /** What listens, in the order of `listen`. */
  readonly listeners: readonly Preview1Listener[];
  /** The host whose sockets, streams and files the program has: its counts, and its number in events. */
  readonly host: Host;
  /** The functions to import, under `wasi_snapshot_preview1`. Neither object has a prototype. */
  readonly imports: WasmImports;
  /**
   * Runs a command: its `_start`, until it returns or exits. Once only.
   *
   * @param program a module, or its bytes
   * @returns the exit code
   * @throws whatever the program traps with; Error that lists what it imports and is not served
   */
  run(program: WasmModule | Uint8Array): Promise<number>;
  /**
   * Runs an instance that was made with {@link imports}, as `run` does.
   *
   * @param exports its `memory`, and `_start` or, where it is a reactor, `_initialize`
   */
  start(exports: WasmExports): Promise<number>;
  /**
   * Takes the place of the functions of an instance of the package `wasi-js`: its `wasiImport` has ours then, and none
   * of its own, so that nothing of its files and of its descriptors can be reached.
   */
  seat(wasi: WasiJs): void;
  /** Closes every socket, and ends what waits with an error; idempotent. */
  close(): void;
}

/**
 * Makes the world of a preview 1 program, and begins to listen.
 *
 * @param options where it listens, and what else it is given
 * @throws Error where the runtime has no JSPI (Node has it from 24 on); TypeError for an address that is not
 *   understood, and for an option that there is not; Error that says which listener the system or the policy refused, and why
 */
export async function preview1(options: Preview1Options = {}): Promise<Preview1> {
  if (!hasJspi) {
    throw new Error(
      `a preview 1 program is suspended while it waits (JSPI), which takes Node 24 or later; this is ${process.version}`,
    );
  }
  requireKnownKeys("options", "option of a preview 1 program", options, Object.keys(OPTIONS));
  const listen = (options.listen ?? []).map(parseListener);
  const { caps, audit, trace, options: how } = options;
  const host = createHost({
    policy: options.policy === undefined ? policyOf(options.accept) : both(options.policy, options.accept),
    maySuspend: true,
    ...{ caps, audit, trace, options: how },
  });
  let world: World;
  try {
    const { nonBlocking = true, backlog, preopens = {}, folders = [] } = options;
    const grants = [...Object.entries(preopens).map(([guest, path]) => ({ guest, host: path })), ...folders];
    const faces = {
      ...host.imports,
      ...commandImports(host.context, options),
      ...filesystemImports(host.context, grants),
    };
    world = new World(faces, { listen, nonBlocking, backlog, isSuspending: true });
  } catch (error) {
    host.close();
    throw error;
  }
  const imports = Object.assign(Object.create(null) as WasmImports, { [MODULE]: world.functions });
  const start = async (exports: WasmExports): Promise<number> => {
    try {
      await world.start(exports);
      return 0;
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      if (cause instanceof ExitError) return cause.exitCode;
      throw error;
    }
  };
  return {
    listeners: world.listeners,
    host,
    imports,
    start,
    run: async (program) => {
      const module = program instanceof Uint8Array ? new wasm.Module(program) : program;
      return start(world.instantiate(module).exports);
    },
    seat(wasi) {
      wasi.wasiImport = world.functions;
    },
    close() {
      // what waits is ended first: a wait holds what it waits for
      host.close();
      world.close();
    },
  };
}

// A program can't bind or connect by itself: only what the embedder has named is ever asked about, and peers.
function policyOf(accept: Preview1Options["accept"] = () => true): Policy {
  return {
    offers: (kind) => kind === "tcp",
    check: (use, address) => {
      if (use === "tcp-accept") return accept(address);
      return use === "tcp-bind" || use === "tcp-listen";
    },
    checkName: () => false,
  };
}

function both(policy: Policy, accept: Preview1Options["accept"]): Policy {
  if (accept === undefined) return policy;
  return derivePolicy(policy, {
    check: (use, address, local) => {
      const answer = policy.check(use, address, local);
      return use === "tcp-accept" && answer === true ? accept(address) : answer;
    },
    checkName: () => false,
  });
}
