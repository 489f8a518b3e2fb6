/**
 * The standard streams of a program: what its embedder gives, each behind a stream of the program's own, so that no
 * listener stays on the embedder's when the program has ended.
 */
import { Buffer } from "node:buffer";
import { Readable, Writable } from "node:stream";
import { isatty } from "node:tty";
import { folderError } from "../io/folder-error.ts";
import { RunError } from "./run-error.ts";

/** Where a program's input comes from: this process's, nowhere, these bytes, or a stream. */
export type InputOption = "inherit" | "ignore" | Uint8Array | string | Readable;

/** Where a program's output goes: where this process's does, nowhere, into the result, or to a stream. */
export type OutputOption = "inherit" | "ignore" | "pipe" | Writable;

/** How many bytes of output `"pipe"` keeps; beyond it the program finds its output closed. */
const MOST_KEPT = 64 * 1024 * 1024;

/** The end of an output that leads out of the program. */
export interface Outlet {
  readonly isTTY: boolean;
  /** Writes; `done` is told when the bytes have left, or why they can't. */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): void;
  /** Told when it can't be written to any more. */
  onError: (error: Error) => void;
  /** How many writes have not left yet. */
  readonly pending: number;
  /** When what was written has left, or can't. */
  drained(): Promise<void>;
  /** Takes its listeners away. */
  release(): void;
  /** What was kept of a `"pipe"`. */
  kept(): Uint8Array | undefined;
}

/** The end of an input that leads into the program. */
export interface Inlet {
  readonly isTTY: boolean;
  /** Begins to read, or goes on. */
  resume(): void;
  onBytes: (bytes: Uint8Array) => void;
  onEnd: (error?: Error) => void;
  /** Stops for the moment. */
  pause(): void;
  /** Takes its listeners away. */
  release(): void;
}

/**
 * Makes the end of an output.
 *
 * @param name `stdout` or `stderr`
 * @throws RunError `ERR_OPTION`
 */
function outletOf(name: "stdout" | "stderr", option: OutputOption): Outlet {
  if (option === "inherit") {
    return new StreamOutlet(() => process[name], isatty(name === "stdout" ? 1 : 2));
  }
  if (option === "ignore") return new Kept(0, false);
  if (option === "pipe") return new Kept(MOST_KEPT, true);
  if (typeof option === "object" && option !== null && typeof option.write === "function") {
    return StreamOutlet.of(option);
  }
  throw new RunError("ERR_OPTION", `${name} must be "inherit", "ignore", "pipe" or a Writable`);
}

/**
 * Makes the end of an input.
 *
 * @throws RunError `ERR_OPTION`
 */
function inletOf(option: InputOption): Inlet {
  if (option === "inherit") return new StreamInlet(() => process.stdin, isatty(0));
  if (option === "ignore") return new StreamInlet(() => Readable.from([]), false);
  if (typeof option === "string" || option instanceof Uint8Array) {
    const bytes = typeof option === "string" ? Buffer.from(option) : option;
    return new StreamInlet(() => Readable.from(bytes.length === 0 ? [] : [bytes]), false);
  }
  if (typeof option === "object" && option !== null && typeof option.on === "function") {
    return StreamInlet.of(option);
  }
  throw new RunError("ERR_OPTION", 'stdin must be "inherit", "ignore", bytes, a string or a Readable');
}

/** A stream of this thread's; it is asked for when it is used first. */
class StreamOutlet implements Outlet {
  readonly isTTY: boolean;
  onError: (error: Error) => void = () => {};
  readonly #make: () => Writable;
  #stream: Writable | undefined;
  #pending = 0;
  #drained: (() => void)[] = [];
  #error: Error | undefined;
  readonly #fail = (error: Error): void => {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.onError(error);
    this.#settle();
  };
  readonly #close = (): void =>
    this.#fail(Object.assign(new Error("the stream is closed"), { code: "EPIPE" }));

  constructor(make: () => Writable, isTTY: boolean) {
    this.#make = make;
    this.isTTY = isTTY;
  }

  /** Of the embedder's stream, which may fail before the program writes. */
  static of(stream: Writable): StreamOutlet {
    const outlet = new StreamOutlet(() => stream, (stream as { isTTY?: unknown }).isTTY === true);
    outlet.#open();
    return outlet;
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    const stream = this.#open();
    if (this.#error !== undefined) {
      done(this.#error);
      return;
    }
    this.#pending++;
    try {
      stream.write(bytes, (error) => {
        this.#pending--;
        // whoever is told may have more
        done(error);
        if (this.#pending === 0) this.#settle();
      });
    } catch (error) {
      // a stream of the embedder's own making, which calls nobody back any more
      this.#fail(error as Error);
      done(error as Error);
    }
  }

  #open(): Writable {
    if (this.#stream !== undefined) return this.#stream;
    this.#stream = this.#make();
    this.#stream.on("error", this.#fail);
    this.#stream.on("close", this.#close);
    return this.#stream;
  }

  get pending(): number {
    return this.#error === undefined ? this.#pending : 0;
  }

  async drained(): Promise<void> {
    if (this.#pending > 0 && this.#error === undefined) {
      await new Promise<void>((resolve) => {
        this.#drained.push(resolve);
      });
    }
  }

  #settle(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  release(): void {
    this.#stream?.off("close", this.#close);
    const stream = this.#stream;
    // the error of a write that was made here comes after it, and is nobody else's
    if (stream !== undefined) setImmediate(() => stream.off("error", this.#fail));
  }

  kept(): undefined {}
}

/** Output that is kept, or thrown away. */
class Kept implements Outlet {
  readonly isTTY = false;
  readonly pending = 0;
  onError: (error: Error) => void = () => {};
  readonly #most: number;
  readonly #keeps: boolean;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(most: number, keeps: boolean) {
    this.#most = most;
    this.#keeps = keeps;
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    if (this.#keeps) {
      this.#length += bytes.length;
      if (this.#length > this.#most) {
        done(Object.assign(new Error(`more than ${this.#most} bytes of output`), { code: "EPIPE" }));
        return;
      }
      this.#pieces.push(bytes);
    }
    done();
  }

  async drained(): Promise<void> {}

  release(): void {}

  kept(): Uint8Array | undefined {
    return this.#keeps ? new Uint8Array(Buffer.concat(this.#pieces)) : undefined;
  }
}

class StreamInlet implements Inlet {
  readonly isTTY: boolean;
  onBytes: (bytes: Uint8Array) => void = () => {};
  onEnd: (error?: Error) => void = () => {};
  readonly #make: () => Readable;
  #stream: Readable | undefined;
  #isOver = false;
  #isPaused = false;
  /** What it failed with before the program read. */
  #early: Error | undefined;
  #unwatch: () => void = () => {};
  readonly #failEarly = (error: Error): void => {
    this.#early ??= error;
  };
  readonly #data = (bytes: Uint8Array | string): void =>
    this.onBytes(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
  readonly #end = (): void => this.#over();
  readonly #fail = (error: Error): void => this.#over(error);

  constructor(make: () => Readable, isTTY: boolean) {
    this.#make = make;
    this.isTTY = isTTY;
  }

  /** Of the embedder's stream, which may fail before the program reads. */
  static of(stream: Readable): StreamInlet {
    const inlet = new StreamInlet(() => stream, (stream as { isTTY?: unknown }).isTTY === true);
    stream.on("error", inlet.#failEarly);
    inlet.#unwatch = () => stream.off("error", inlet.#failEarly);
    return inlet;
  }

  resume(): void {
    if (this.#isOver) return;
    if (this.#stream === undefined) {
      const stream = this.#make();
      this.#stream = stream;
      const error = this.#early ?? stream.errored ?? folderError(stream);
      // one that has ended tells nobody again
      if (error !== undefined || stream.destroyed || stream.readableEnded) {
        this.#over(error);
        return;
      }
      stream.on("data", this.#data);
      stream.on("end", this.#end);
      stream.on("close", this.#end);
      stream.on("error", this.#fail);
    }
    this.#isPaused = false;
    this.#stream.resume();
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream?.pause();
  }

  release(): void {
    const stream = this.#stream;
    this.#isOver = true;
    this.#unwatch();
    if (stream === undefined) return;
    stream.off("data", this.#data);
    stream.off("end", this.#end);
    stream.off("close", this.#end);
    stream.off("error", this.#fail);
    // it may have other readers, such as another program
    if (stream.listenerCount("data") === 0) stream.pause();
    else if (this.#isPaused) stream.resume();
  }

  #over(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onEnd(error);
  }
}

/** The program's own stream before an outlet of the same thread. */
export function writableTo(outlet: Outlet): Writable {
  const stream = new Writable({
    decodeStrings: true,
    write: (bytes: Uint8Array, _encoding, done) => outlet.write(bytes, done),
  });
  // the program may never have opened it
  stream.on("error", () => {});
  outlet.onError = (error) => stream.destroy(error);
  return Object.assign(stream, { isTTY: outlet.isTTY });
}

/** The program's own stream behind an inlet of the same thread. */
export function readableFrom(inlet: Inlet): Readable {
  const stream = new Readable({ read: () => inlet.resume() });
  stream.on("error", () => {});
  inlet.onBytes = (bytes) => {
    if (!stream.push(bytes)) inlet.pause();
  };
  inlet.onEnd = (error) => {
    if (error === undefined) stream.push(null);
    else stream.destroy(error);
  };
  return Object.assign(stream, { isTTY: inlet.isTTY });
}

/** The standard streams of a program, as its embedder has given them. */
export interface Ends {
  readonly stdin: Inlet;
  readonly stdout: Outlet;
  readonly stderr: Outlet;
}

/** The ends of a program's standard streams; each must be released. */
export function endsOf({
  stdin = "ignore",
  stdout = "inherit",
  stderr = "inherit",
}: {
  readonly stdin?: InputOption;
  readonly stdout?: OutputOption;
  readonly stderr?: OutputOption;
}): Ends {
  const made: { release(): void }[] = [];
  const noted = <T extends { release(): void }>(end: T): T => {
    made.push(end);
    return end;
  };
  try {
    return {
      stdout: noted(outletOf("stdout", stdout)),
      stderr: noted(outletOf("stderr", stderr)),
      stdin: inletOf(stdin),
    };
  } catch (error) {
    for (const end of made) end.release();
    throw error;
  }
}
