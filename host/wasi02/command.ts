/**
 * `wasi:cli`, `wasi:random` and `wasi:clocks/wall-clock`: what a command needs beside sockets.
 */
import type { Readable, Writable } from "node:stream";
import { datetime } from "../io/datetime.ts";
import { ExitError } from "../io/exit.ts";
import { Owner } from "../io/owner.ts";
import { ReadableSource, WritableSink } from "../io/stdio.ts";
import { InputStream, OutputStream } from "../io/streams.ts";
import { systemTime, type Time } from "../io/time.ts";
import { trapError } from "../io/trap.ts";
import type { SocketContext } from "../sockets/context.ts";
import type * as wit from "../wit/wasi02.ts";
import type { FilesystemImports } from "./filesystem.ts";
import type { Wasi02Imports } from "./index.ts";

/** What a command is started with. */
export interface CommandOptions {
  /** The arguments, the program's name first; default none. */
  readonly args?: readonly string[];
  /** The environment; default empty. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard streams; default this process's. */
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  /** Whether who flushes its output waits until it has left; default true, where the guest can wait. */
  readonly flushes?: boolean;
}

/** What needs no event loop: by interface name, as all that follows. */
export type LocalImports = Pick<
  wit.Faces,
  | "wasi:clocks/wall-clock"
  | "wasi:cli/environment"
  | "wasi:cli/exit"
  | Extract<keyof wit.Faces, `wasi:random/${string}`>
>;

/** All that a command has beside sockets and files. */
export interface CommandImports extends Omit<wit.Faces, keyof Wasi02Imports | keyof FilesystemImports> {
  "wasi:cli/stdin": { getStdin(): InputStream };
  "wasi:cli/stdout": { getStdout(): OutputStream };
  "wasi:cli/stderr": { getStderr(): OutputStream };
}

/** `wasi:cli/terminal-input.terminal-input`: that a stream is a terminal. */
export class TerminalInput implements wit.TerminalInput {
  /** Nothing to let go of. */
  [Symbol.dispose](): void {}
}

/** `wasi:cli/terminal-output.terminal-output`, likewise. */
export class TerminalOutput implements wit.TerminalOutput {
  /** Nothing to let go of. */
  [Symbol.dispose](): void {}
}

/** The largest list of random bytes that is given at a time. */
const MOST_RANDOM = 1n << 24n;

function randomFaces(time: Time): Pick<LocalImports, Extract<keyof LocalImports, `wasi:random/${string}`>> {
  const bytes = (len: bigint): Uint8Array => {
    if (len > MOST_RANDOM)
      throw trapError(`${len} random bytes were asked for; at most ${MOST_RANDOM} are given`);
    return time.random(Number(len));
  };
  const u64 = (): bigint => {
    const { buffer, byteOffset } = time.random(8);
    return new DataView(buffer, byteOffset).getBigUint64(0, true);
  };
  let seed: readonly [bigint, bigint] | undefined;
  return {
    "wasi:random/random": { getRandomBytes: bytes, getRandomU64: u64 },
    "wasi:random/insecure": { getInsecureRandomBytes: bytes, getInsecureRandomU64: u64 },
    "wasi:random/insecure-seed": {
      // the same for the life of an instance, as WASI has it
      insecureSeed: () => {
        seed ??= [u64(), u64()];
        return seed;
      },
    },
  };
}

function isTerminal(stream: unknown): boolean {
  return (stream as { isTTY?: unknown }).isTTY === true;
}

/**
 * Makes the faces of a command that need no event loop: what it was started with, the time of day, random bytes
 * and its end.
 *
 * @param options arguments and environment
 * @param time the host's time and chance; default the system's
 */
export function localImports(
  options: Pick<CommandOptions, "args" | "env"> = {},
  time: Time = systemTime,
): LocalImports {
  return {
    "wasi:clocks/wall-clock": {
      now: () => datetime(time.wall()),
      resolution: () => datetime(1000n),
    },
    ...randomFaces(time),
    "wasi:cli/environment": {
      getEnvironment: () => Object.entries(options.env ?? {}),
      getArguments: () => [...(options.args ?? [])],
      initialCwd: () => undefined,
    },
    "wasi:cli/exit": {
      exit: (status) => {
        throw new ExitError(status.tag === "ok" ? 0 : 1);
      },
      exitWithCode: (code) => {
        throw new ExitError(code);
      },
    },
  };
}

/**
 * Makes the faces of a command.
 *
 * @param context of the host that the command's sockets belong to: its streams wait in the same books
 * @param options arguments, environment and standard streams
 */
export function commandImports(context: SocketContext, options: CommandOptions = {}): CommandImports {
  // looked at when the guest asks: Node opens the process' own then
  const stdin = (): Readable => options.stdin ?? process.stdin;
  const stdout = (): Writable => options.stdout ?? process.stdout;
  const stderr = (): Writable => options.stderr ?? process.stderr;
  const owner = new Owner(context.ledger, "command");
  // one of each for all handles to it, since they share what is read and written
  let source: ReadableSource | undefined;
  const sinks = new Map<Writable, WritableSink>();
  const output = (stream: Writable): OutputStream => {
    const sink = sinks.get(stream) ?? new WritableSink(stream, context.ledger);
    sink.waits = options.flushes ?? true;
    sinks.set(stream, sink);
    return new OutputStream(sink, owner);
  };
  const terminal = (stream: Writable): TerminalOutput | undefined =>
    isTerminal(stream) ? new TerminalOutput() : undefined;
  return {
    ...localImports(options, context.ledger.time),
    "wasi:cli/stdin": {
      getStdin: () => {
        source ??= new ReadableSource(stdin(), context.ledger);
        return new InputStream(source, owner);
      },
    },
    "wasi:cli/stdout": { getStdout: () => output(stdout()) },
    "wasi:cli/stderr": { getStderr: () => output(stderr()) },
    "wasi:cli/terminal-input": { TerminalInput },
    "wasi:cli/terminal-output": { TerminalOutput },
    "wasi:cli/terminal-stdin": {
      getTerminalStdin: () => (isTerminal(stdin()) ? new TerminalInput() : undefined),
    },
    "wasi:cli/terminal-stdout": { getTerminalStdout: () => terminal(stdout()) },
    "wasi:cli/terminal-stderr": { getTerminalStderr: () => terminal(stderr()) },
  };
}
