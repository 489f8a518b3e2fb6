/**
 * The standard streams of the process on a thread whose parent is blocked: Node's own go through the parent's event
 * loop, which stands still.
 */
import { createReadStream, fstatSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { type Readable, Writable } from "node:stream";
import { isatty, ReadStream } from "node:tty";

/** How long to wait for a pipe that is full, in milliseconds. */
const PAUSE = 1;
const clock = new Int32Array(new SharedArrayBuffer(4));

class Output extends Writable {
  readonly isTTY: boolean;
  readonly #descriptor: number;

  constructor(descriptor: number) {
    super();
    this.#descriptor = descriptor;
    this.isTTY = isatty(descriptor);
  }

  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    try {
      writeAll(this.#descriptor, bytes);
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(clock, 0, 0, PAUSE);
    }
  }
}

// A read of a file can't be cancelled, so that one of a silent pipe would keep the process from its end.
function openInput(): Readable {
  if (isatty(0)) return new ReadStream(0);
  const status = fstatSync(0);
  return status.isFIFO() || status.isSocket()
    ? new Socket({ fd: 0, readable: true, writable: false })
    : createReadStream("", { fd: 0, autoClose: false });
}

/** The streams, for `commandImports`. The input is read when the guest first asks for it. */
export function standardStreams(): { stdin: Readable; stdout: Writable; stderr: Writable } {
  let input: Readable | undefined;
  return {
    get stdin() {
      input ??= openInput();
      return input;
    },
    stdout: new Output(1),
    stderr: new Output(2),
  };
}
