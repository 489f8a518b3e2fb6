/** The standard streams of a program on another thread: what they carry crosses a port. */
import { Readable, Writable } from "node:stream";
import type { MessagePort } from "node:worker_threads";
import type { Inlet, Outlet } from "./stdio.ts";

/** How many bytes may be on their way to the other thread before a write waits. */
const WINDOW = 64 * 1024;

/** From the program's thread. */
export type FromProgram =
  | { readonly kind: "write"; readonly to: OutputName; readonly bytes: Uint8Array }
  | { readonly kind: "read" };

/** To the program's thread. */
export type ToProgram =
  | { readonly kind: "written"; readonly to: OutputName; readonly count: number }
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
        this.#output(message.to).written(message.count);
        return;
      case "failed": {
        const { to, code } = message;
        const error = Object.assign(new Error(message.message), code === undefined ? {} : { code });
        if (to === "stdin") this.stdin.destroy(error);
        else this.#output(to).stream.destroy(error);
      }
    }
  }

  #output(name: OutputName): PortOutput {
    return this.#outputs.get(name) as PortOutput;
  }
}

class PortOutput {
  readonly stream: Writable;
  #onTheWay = 0;
  #waiting: (() => void) | undefined;

  constructor(to: OutputName, post: (message: FromProgram) => void) {
    this.stream = new Writable({
      write: (bytes: Uint8Array, _encoding, done) => {
        this.#onTheWay += bytes.length;
        post({ kind: "write", to, bytes });
        if (this.#onTheWay < WINDOW) done();
        else this.#waiting = done;
      },
    });
    this.stream.on("error", () => {});
  }

  written(count: number): void {
    this.#onTheWay -= count;
    if (this.#onTheWay >= WINDOW) return;
    const done = this.#waiting;
    this.#waiting = undefined;
    done?.();
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
      else post({ kind: "written", to, count: bytes.length });
    });
  };
}
