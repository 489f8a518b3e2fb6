// The standard streams.

import { InputPort, OutputPort } from "../library/ports";
import { EPIPE, EIO } from "../../error/errno";
import { getStderr, getStdin, getStdout } from "../../wasi/cli";
import { encodeText } from "../../abi/utf8";
import { dropError, inputBlockingRead, outputBlockingWriteAndFlush } from "../../wasi/io";

/** The most that `blocking-write-and-flush` takes at a time, by wasi:io/streams. */
const WRITE_LIMIT: i32 = 4096;

let inHandle: i32 = 0;
let outHandle: i32 = 0;
let errorHandle: i32 = 0;

// result<_, stream-error>: discriminant @0, stream-error @4 with its error @8
function failed(at: usize): i32 {
  if (load<u8>(at) == 0) return 0;
  if (load<u8>(at, 4) != 0) return -EPIPE; // closed
  dropError(load<i32>(at, 8));
  return -EIO;
}

// Other code may run while the stream keeps us waiting, so that the result has memory of its own.
function writeAll(stream: i32, from: usize, length: i32): i32 {
  const result = heap.alloc(16);
  let error = 0;
  for (let at = 0; at < length && !error; at += WRITE_LIMIT) {
    outputBlockingWriteAndFlush(stream, from + at, min(WRITE_LIMIT, length - at), result);
    error = failed(result);
  }
  heap.free(result);
  return error < 0 ? error : length;
}

/** What the program reads. */
@final
export class StandardInput extends InputPort {
  protected pull(at: usize, size: i32): i32 {
    if (!inHandle) inHandle = getStdin();
    const result = heap.alloc(16);
    inputBlockingRead(inHandle, size, result); // ok: pointer @4, length @8
    let count = 0;
    if (load<u8>(result) == 0) {
      count = load<i32>(result, 8);
      if (count) {
        const from = load<usize>(result, 4);
        memory.copy(at, from, count);
        heap.free(from);
      }
    } else {
      count = failed(result);
      if (count == -EPIPE) count = 0; // closed: the end
    }
    heap.free(result);
    return count;
  }
}

/** What the program writes. */
@final
export class StandardOutput extends OutputPort {
  constructor(private toError: bool = false) {
    super();
  }
  protected push(at: usize, length: i32): i32 {
    if (this.toError) {
      if (!errorHandle) errorHandle = getStderr();
      return writeAll(errorHandle, at, length);
    }
    if (!outHandle) outHandle = getStdout();
    return writeAll(outHandle, at, length);
  }
  protected end(): bool {
    return true;
  }
}

let input: StandardInput | null = null;

/** The standard input. */
export function stdin(): StandardInput {
  let port = input;
  if (!port) input = port = new StandardInput();
  return port;
}

/** A port to the standard output, with a buffer of its own: `flush` it. */
export function stdout(): StandardOutput {
  return new StandardOutput();
}

/** A port to the standard error output, likewise. */
export function stderr(): StandardOutput {
  return new StandardOutput(true);
}

function writeLine(stream: i32, text: string): void {
  const bytes = encodeText(text + "\n");
  writeAll(stream, changetype<usize>(bytes), bytes.byteLength);
}

/** Writes a line to the standard output, at once. */
export function print(text: string = ""): void {
  if (!outHandle) outHandle = getStdout();
  writeLine(outHandle, text);
}

/** Writes a line to the standard error output, at once. */
export function printError(text: string = ""): void {
  if (!errorHandle) errorHandle = getStderr();
  writeLine(errorHandle, text);
}
