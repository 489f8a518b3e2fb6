/** A program and its host in one place: the faces that it is given, and its run to the end. */
import type { Readable, Writable } from "node:stream";
import { traceHost } from "../events/trace.ts";
import { createHost, type Host, type HostStats } from "../host.ts";
import { type Ask, askingPolicy, untilNone } from "../policy/asking.ts";
import type { AuditSink } from "../policy/audit.ts";
import { derivePolicy, type Policy, withoutKinds } from "../policy/policy.ts";
import { hasJspi } from "../runtime/features.ts";
import { AHEAD } from "../sync/channel.ts";
import { commandImports } from "../wasi02/command.ts";
import { filesystemImports } from "../wasi02/filesystem.ts";
import { wasi03Imports } from "../wasi03/index.ts";
import { importsWasi03 } from "./binary.ts";
import { runBlocking } from "./blocking.ts";
import type { EarlyThread } from "./early-thread.ts";
import { httpGate } from "./http.ts";
import { type Layered, layered } from "./layers.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { Program, runProgram } from "./program.ts";
import { RunError } from "./run-error.ts";
import { deniesNothing, mayReachAll, type RunData, type RunOptions } from "./run-options.ts";

/** The policy of a program. */
function policyOf(
  rules: Policy,
  ask: Ask | undefined,
  { without, acceptFrom }: Pick<RunData, "without" | "acceptFrom">,
): Policy {
  const policy = ask === undefined ? rules : askingPolicy(rules, ask);
  const less = without.length === 0 ? policy : withoutKinds(policy, without);
  if (acceptFrom === "anyone") return less;
  return derivePolicy(less, {
    check: (use, address, local) => {
      const answer = less.check(use, address, local);
      return answer === true && use === "tcp-accept" ? less.check("tcp-connect", address, local) : answer;
    },
  });
}

/** What a world is made of beside data. */
export interface WorldParts {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly policy: Policy;
  readonly audit: AuditSink | undefined;
  readonly trace: RunOptions["trace"];
  /** Asked about what the policy does not allow. */
  readonly ask: Ask | undefined;
  readonly resolver: RunOptions["resolver"];
  readonly network: RunOptions["network"];
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Settles when the program is to be ended. */
  readonly stopped: Promise<Outcome>;
  /** Runs the program on this thread; `undefined` where it blocks, on a thread of its own. */
  readonly runHere: typeof runProgram | undefined;
  /** Whether it isn't suspended where it waits, though that may be possible. */
  readonly blocks: boolean;
  /** A thread that one that blocks may have. */
  readonly early: EarlyThread | undefined;
}

/** How a program ended, and what it held. */
export interface Ended {
  readonly outcome: Outcome;
  readonly stats: HostStats | undefined;
  /** What it did otherwise than the recording says that was replayed. */
  readonly differences?: readonly string[];
}

/** For how long a program waits to be started until the addresses of denied names are known, in milliseconds. */
const PATIENCE = 2000;

/** Runs a program in a world of its own, which is gone when this resolves. */
export async function runInWorld(data: RunData, given: WorldParts): Promise<Ended> {
  const ask = given.ask && untilNone(given.ask);
  const parts = { ...given, ask };
  const { runHere, stopped } = parts;
  const isBlocking = runHere === undefined;
  const isSuspended = hasJspi && !parts.blocks;
  let host: Host;
  let layers: Layered | undefined;
  try {
    if (data.layers !== undefined) layers = await layered(data.layers, parts.network);
    const through = layers === undefined ? parts : { ...parts, network: layers.network };
    host = hostOf(data, through, { isBlocking, maySuspend: true });
  } catch (error) {
    return { outcome: outcomeOf(error), stats: undefined };
  }
  const stopTrace = traceHost(host.id, parts.trace, data.traceChannels);
  let ended: Ended;
  try {
    const program: Program = {
      label: data.label,
      bytes: parts.bytes,
      args: [data.name, ...data.args],
      env: data.env,
      maxMemory: data.maxMemory,
      isInterruptible: data.isInterruptible,
      listen: data.listen,
    };
    await Promise.race([host.context.lookups.whenKnown(PATIENCE), stopped]);
    const http = httpGate(host.context, mayReachAll(data), deniesNothing(data) ? ask : undefined);
    const faces = facesOf(host, program, {
      ...parts,
      dirs: data.dirs,
      has03: !isBlocking && importsWasi03(parts.bytes),
      flushes: isBlocking || isSuspended,
    });
    const time = host.context.network;
    const run =
      runHere === undefined
        ? runBlocking(program, faces, http, stopped, parts.early, time)
        : Promise.race([
            runHere(
              program,
              faces,
              isSuspended ? "suspended" : "on a thread",
              http,
              host.context.ledger,
              time,
            ),
            stopped,
          ]);
    const outcome = await run;
    ended = { outcome, stats: host.stats() };
  } catch (error) {
    ended = { outcome: outcomeOf(error), stats: host.stats() };
  }
  host.close();
  await closed(host);
  stopTrace();
  if (layers === undefined) return ended;
  await settled(layers, host, stopped);
  return { ...ended, differences: layers.close() };
}

/**
 * The host of a program.
 *
 * @param how whether the program blocks, on a thread of its own, or may be suspended
 * @throws RunError `ERR_OPTION`
 */
export function hostOf(
  data: RunData,
  parts: Pick<WorldParts, "policy" | "ask" | "audit" | "resolver" | "network">,
  how: { readonly isBlocking: boolean; readonly maySuspend: boolean },
): Host {
  const { audit, resolver, network } = parts;
  try {
    return createHost({
      policy: policyOf(parts.policy, parts.ask, data),
      caps: { ...(how.isBlocking ? { readBuffer: AHEAD } : {}), ...data.limits },
      maySuspend: how.maySuspend,
      ...{ audit, resolver, network },
    });
  } catch (error) {
    throw new RunError("ERR_OPTION", (error as Error).message, { cause: error });
  }
}

/** What was open tells in an event to come that it is closed. */
export async function closed(host: Host): Promise<void> {
  for (let turns = 0; turns < 100 && host.stats().sockets > 0; turns++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** What was let go of goes out, within the time that there is for it. */
async function settled(layers: Layered, host: Host, stopped: Promise<Outcome>): Promise<void> {
  const { caps, network } = host.context;
  const late = new Promise<void>((resolve) => {
    network.startTimer(resolve, BigInt(caps.lingerMilliseconds) * 1_000_000n, undefined).unref();
  });
  await Promise.race([layers.settled(), late, stopped]);
}

/** What faces are made of beside their host. */
interface FaceParts extends Pick<WorldParts, "stdin" | "stdout" | "stderr">, Pick<RunData, "dirs"> {
  /** Whether it is served WASI 0.3: not on a thread of its own, where it blocks and can't wait for many things at a time. */
  readonly has03: boolean;
  /** Whether the program can wait until what it has written has left. */
  readonly flushes: boolean;
}

/**
 * What a program is served.
 *
 * @throws RunError `ERR_OPTION`
 */
export function facesOf(host: Host, program: Pick<Program, "args" | "env">, parts: FaceParts): object {
  try {
    const faces = {
      ...host.imports,
      ...commandImports(host.context, {
        ...program,
        stdin: parts.stdin,
        stdout: parts.stdout,
        stderr: parts.stderr,
        flushes: parts.flushes,
      }),
      ...filesystemImports(host.context, parts.dirs),
    };
    return parts.has03 ? { ...faces, ...wasi03Imports(host.context, faces) } : faces;
  } catch (error) {
    throw new RunError("ERR_OPTION", (error as Error).message, { cause: error });
  }
}
