/** The standard streams of a program on another thread: what they carry crosses a port. */
import { Readable, Writable } from "node:stream";
import type { MessagePort } from "node:worker_threads";
import type { Inlet, Outlet } from "./stdio.ts";

/** How many bytes may wait for those on their way to the other thread. */
const WINDOW = 64 * 1024;

/** From the program's thread. */
export type FromProgram =
  | { readonly kind: "write"; readonly to: OutputName; readonly bytes: Uint8Array }
  | { readonly kind: "read" };

/** To the program's thread. */
export type ToProgram =
  | { readonly kind: "written"; readonly to: OutputName }
  | {
      readonly kind: "failed";
      readonly to: OutputName | "stdin";
      readonly message: string;
      readonly code: string | undefined;
    }
  | { readonly kind: "input"; readonly bytes: Uint8Array }
  | { readonly kind: "end" };

type OutputName = "stdout" | "stderr";

/** Which of the streams are terminals. */
export type Terminals = Readonly<Record<"stdin" | "stdout" | "stderr", boolean>>;

/** The streams on the program's thread. */
export class PortStreams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly #outputs: ReadonlyMap<OutputName, PortOutput>;

  constructor(port: MessagePort, terminals: Terminals) {
    const post = (message: FromProgram): void => port.postMessage(message);
    this.stdin = Object.assign(new Readable({ read: () => post({ kind: "read" }) }), {
      isTTY: terminals.stdin,
    });
    this.stdin.on("error", () => {});
    this.#outputs = new Map([
      ["stdout", new PortOutput("stdout", post)],
      ["stderr", new PortOutput("stderr", post)],
    ]);
    this.stdout = Object.assign(this.#output("stdout").stream, { isTTY: terminals.stdout });
    this.stderr = Object.assign(this.#output("stderr").stream, { isTTY: terminals.stderr });
  }

  /** Takes what came from the other thread. */
  take(message: ToProgram): void {
    switch (message.kind) {
      case "input":
        this.stdin.push(message.bytes);
        return;
      case "end":
        this.stdin.push(null);
        return;
      case "written":
        this.#output(message.to).written();
        return;
      case "failed": {
        const { to, code } = message;
        const error = Object.assign(new Error(message.message), code === undefined ? {} : { code });
        if (to === "stdin") this.stdin.destroy(error);
        else this.#output(to).stream.destroy(error);
      }
    }
  }

  /** Sends all that was written, when the program has ended. */
  finish(): void {
    for (const output of this.#outputs.values()) output.finish();
  }

  #output(name: OutputName): PortOutput {
    return this.#outputs.get(name) as PortOutput;
  }
}

class PortOutput {
  readonly stream: Writable;
  readonly #post: (bytes: Uint8Array) => void;
  #waiting: (() => void) | undefined;
  #isFinished = false;

  constructor(to: OutputName, post: (message: FromProgram) => void) {
    this.#post = (bytes) => post({ kind: "write", to, bytes });
    // a write is done when its bytes have left on the other side: what goes wrong there is the next one's error here
    this.stream = new Writable({
      highWaterMark: WINDOW,
      write: (bytes: Uint8Array, _encoding, done) => this.#send(bytes, done),
      writev: (pieces, done) => this.#send(Buffer.concat(pieces.map(({ chunk }) => chunk as Buffer)), done),
    });
    this.stream.on("error", () => {});
  }

  #send(bytes: Uint8Array, done: () => void): void {
    this.#post(bytes);
    if (this.#isFinished) done();
    else this.#waiting = done;
  }

  written(): void {
    const done = this.#waiting;
    this.#waiting = undefined;
    done?.();
  }

  /** Sends what waits here, since nobody is left to wait for it. */
  finish(): void {
    this.#isFinished = true;
    this.written();
  }
}

/**
 * Serves the streams of a program on another thread.
 *
 * @param post sends to that thread
 * @returns takes what comes from there
 */
export function servePort(
  { stdin, stdout, stderr }: { readonly stdin: Inlet; readonly stdout: Outlet; readonly stderr: Outlet },
  post: (message: ToProgram) => void,
): (message: FromProgram) => void {
  const fail = (to: OutputName | "stdin", error: NodeJS.ErrnoException): void =>
    post({ kind: "failed", to, message: error.message, code: error.code });
  stdin.onBytes = (bytes) => {
    stdin.pause();
    post({ kind: "input", bytes });
  };
  stdin.onEnd = (error) => {
    if (error === undefined) post({ kind: "end" });
    else fail("stdin", error);
  };
  stdout.onError = (error) => fail("stdout", error);
  stderr.onError = (error) => fail("stderr", error);
  return (message) => {
    if (message.kind === "read") {
      stdin.resume();
      return;
    }
    const { to, bytes } = message;
    const outlet = to === "stdout" ? stdout : stderr;
    outlet.write(bytes, (error) => {
      if (error) fail(to, error);
      else post({ kind: "written", to });
    });
  };
}
