/** `runCommand`: a program from its file to its end, with what it may and how far it may go. */
import { fileURLToPath } from "node:url";
import { isBrowser } from "../runtime/kind.ts";
import { importsWasi03 } from "./binary.ts";
import type { CallFrame } from "./call-frame.ts";
import type { EarlyThread } from "./early-thread.ts";
import { type Running, runIsolated } from "./isolated.ts";
import type { Layers } from "./layers.ts";
import { ExitCode, type Outcome } from "./outcome.ts";
import { readProgram } from "./program-file.ts";
import { RunError } from "./run-error.ts";
import { isData, type RunOptions, type RunResult, settingsOf } from "./run-options.ts";
import { type Ends, endsOf, type Outlet, readableFrom, writableTo } from "./stdio.ts";
import { atMost, Stop } from "./stop.ts";
import type { Ended } from "./world.ts";

/**
 * Runs a command to its end: a component that exports `wasi:cli/run`, a core module that imports WASI 0.2, or a preview 1
 * program.
 *
 * @param program its file, or its bytes
 * @param options what it is given and how far it may go, {@link RunOptions}; it may do nothing by default
 * @returns how it ended, once all that it held is closed and all that it wrote has left; it does so for whatever the
 *   program does
 * @throws RunError with a `code`, when it can't be started or an option is wrong
 */
export async function runCommand(
  program: string | URL | Uint8Array,
  options: RunOptions = {},
): Promise<RunResult> {
  const { differences: _, ...result } = await runWith(program, options, {});
  return result;
}

/** What there may be for a program beside its options. */
interface Beside {
  /** What its file is, where that was read. */
  readonly bytes?: Uint8Array | undefined;
  /** A thread that it may have; it is ended where it needs another. */
  readonly early?: EarlyThread | undefined;
  /** What stands between it and its network. */
  readonly layers?: Layers | undefined;
}

/**
 * Runs a command likewise.
 *
 * @param beside what `wasock run` has for it
 */
export async function runWith(
  program: string | URL | Uint8Array,
  options: RunOptions,
  { bytes, early, layers }: Beside,
): Promise<RunResult & { readonly differences: readonly string[] }> {
  const path = program instanceof URL ? fileURLToPath(program) : program;
  if (typeof path !== "string" && !(path instanceof Uint8Array)) {
    throw new RunError("ERR_OPTION", "runCommand: the program must be a path, a file: URL or its bytes");
  }
  const settings = settingsOf(options, typeof path === "string" ? path : undefined, layers);
  const ends = endsOf(options);
  const stop = new Stop(options.timeout, options.signal);
  let release: (() => void) | undefined;
  try {
    const ended = await run(bytes ?? path, { settings, ends, early, stopped: stop.promise });
    // what it takes to tell how it ended is no time of its own
    release = settings.network?.hold?.();
    await drain([ends.stdout, ends.stderr], ended.outcome, stop.promise);
    const result = resultOf(ended, ends, await framesOf(ended, path, settings.maxMemory));
    return { ...result, differences: ended.differences ?? [] };
  } finally {
    release?.();
    stop.release();
    for (const end of Object.values(ends)) end.release();
  }
}

/** For how long nothing may leave of what a program wrote that was ended, in milliseconds: then nobody reads it. */
const PATIENCE = 2000;

/** Waits until what was written has left; when the program is to end by now, as long as somebody reads it. */
async function drain(outlets: readonly Outlet[], outcome: Outcome, stopped: Promise<Outcome>): Promise<void> {
  const all = Promise.all(outlets.map((outlet) => outlet.drained()));
  if (outcome.kind !== "trap" || outcome.trapped.reason === "trap") await Promise.race([all, stopped]);
  const pending = (): number => outlets.reduce((sum, outlet) => sum + outlet.pending, 0);
  for (let before = pending(); before > 0; ) {
    await atMost(PATIENCE, all);
    const now = pending();
    if (now === before) return;
    before = now;
  }
}

/** What was run; nothing where it was not even read. */
interface Given {
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

async function run(program: string | Uint8Array, running: Running): Promise<Ended & Given> {
  // a file may be a pipe that nobody writes to
  const given =
    typeof program === "string" ? await Promise.race([readProgram(program), running.stopped]) : program;
  if (!(given instanceof Uint8Array)) return { outcome: given, stats: undefined, bytes: undefined };
  // the engine takes those of shared memory too, whatever the types of its functions say
  const bytes = given as Uint8Array<ArrayBuffer>;
  return { ...(await runBytes(bytes, running)), bytes };
}

// each import() is resolved again, which such a short run feels
let worlds: Promise<typeof import("./world.ts")> | undefined;
let programs: Promise<typeof import("./program.ts")> | undefined;

const NO_THREADS =
  "a browser has no thread for a program: it takes no timeout, signal, isolation or blocking there, and one that isn't of WASI 0.3 needs JSPI";

async function runBytes(bytes: Uint8Array<ArrayBuffer>, running: Running): Promise<Ended> {
  const { settings, ends, stopped, early } = running;
  const { isolated, blocks } = settings;
  // such a program has its host beside it, and a thread for its core modules only where they wait on their stack
  const is03 = importsWasi03(bytes);
  const isBlocking = blocks && !is03;
  if (isBrowser && (isBlocking || isolated)) throw new RunError("ERR_RUNTIME", `runCommand: ${NO_THREADS}`);
  if (is03 && isolated && !isData(settings)) {
    throw new RunError(
      "ERR_OPTION",
      'runCommand: a program of WASI 0.3 has its host on its own thread where it can be ended: what it may do there must be rules, not code; isolation: "none" keeps it on this one',
    );
  }
  if (isolated && !isBlocking && isData(settings)) {
    return runIsolated(bytes, running);
  }
  const { policy, audit, trace, ask, resolver, network } = settings;
  // where a thread has the host, this one needs none
  worlds ??= import("./world.ts");
  const { runInWorld } = await worlds;
  const isHere = !isBlocking && !isolated;
  if (isHere) programs ??= import("./program.ts");
  return runInWorld(settings, {
    ...{ bytes, policy, audit, trace, ask, resolver, network, stopped, early, blocks },
    stdin: readableFrom(ends.stdin),
    stdout: writableTo(ends.stdout),
    stderr: writableTo(ends.stderr),
    runHere: isHere ? (await programs)?.runProgram : undefined,
  });
}

/** The functions that were being called where it failed. */
async function framesOf(
  { outcome, bytes }: Ended & Given,
  program: string | Uint8Array,
  maxMemory: number,
): Promise<readonly CallFrame[]> {
  const { frames = [] } = outcome.kind === "refused" ? {} : outcome;
  if (frames.length === 0 || bytes === undefined) return [];
  // most programs end well, and need none of it
  const { placed, whereThrown } = await import("./placed.ts");
  const path = typeof program === "string" ? program : undefined;
  const all = await placed(frames, { path, bytes, maxMemory });
  return (outcome.kind === "exit" ? whereThrown(all) : all).slice(0, MOST_FRAMES);
}

/** How many functions are told. */
const MOST_FRAMES = 10;

function resultOf(
  { outcome, stats }: Ended,
  { stdout, stderr }: Ends,
  frames: readonly CallFrame[],
): RunResult {
  if (outcome.kind === "refused") throw new RunError(outcome.code, outcome.message);
  const output = { frames, stats, stdout: stdout.kept(), stderr: stderr.kept() };
  if (outcome.kind === "exit") return { exitCode: outcome.code, trapped: undefined, ...output };
  return { exitCode: codeOf(outcome.trapped.reason), trapped: outcome.trapped, ...output };
}

function codeOf(reason: "trap" | "timeout" | "abort"): number {
  if (reason === "trap") return ExitCode.trap;
  return reason === "timeout" ? ExitCode.timeout : ExitCode.terminated;
}
