/** Web streams: a connection's two directions as `ReadableStream` and `WritableStream`. */
import type {
  ReadableByteStreamController,
  UnderlyingByteSource,
  UnderlyingSink,
  WritableStreamDefaultController,
} from "node:stream/web";
import { Queue } from "../host/io/queue.ts";
import { requireBytes, requireStill } from "./calls/message.ts";
import { receiveIntoWithin, receiveWithin } from "./calls/receive.ts";
import { sendWithin } from "./calls/send.ts";
import { asIs, forEver, orThrow } from "./calls/wait.ts";
import { EBADF, WINDOW_SIZE } from "./core.ts";
import type { Endpoint } from "./endpoint.ts";
import { NetError } from "./errors.ts";
import { endInput, endOutput, type Port, Ports } from "./ports.ts";

/** What a stream fails with when its socket is closed under it. */
function closedError(syscall: string): NetError {
  return new NetError(-EBADF, { syscall });
}

/**
 * The bytes that come from the peer. Nothing is read ahead; a reader that brings its own buffer gets the bytes
 * there without another copy. Cancelling it gives up the input: what still comes is discarded. Closing the
 * socket fails it with EBADF; when the output has a stream too, the socket is closed with the later of the two.
 */
export function readableOf(socket: Endpoint): ReadableStream<Uint8Array> {
  let controller: ReadableByteStreamController;
  const ports = Ports.of(socket);
  const port: Port = { destroy: () => controller.error(closedError("recv")) };
  const source: UnderlyingByteSource = {
    type: "bytes",
    start: (own) => {
      controller = own;
    },
    pull: async () => {
      try {
        if ((await pullInto(socket, controller)) > 0) return;
        controller.close();
        // a reader that brought a buffer gets it back
        controller.byobRequest?.respond(0);
        ports.remove(port);
      } catch (error) {
        ports.remove(port);
        throw error;
      }
    },
    cancel: () => {
      endInput(socket);
      ports.remove(port);
    },
  };
  ports.add(port, "input");
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** Receives into the reader's buffer, or into one of the right size; the number of bytes. */
async function pullInto(socket: Endpoint, controller: ReadableByteStreamController): Promise<number> {
  const request = controller.byobRequest;
  const view = request?.view;
  if (request && view) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const result = await receiveIntoWithin(socket, bytes, forEver, 0, undefined, asIs);
    const count = orThrow(result, { syscall: "recv" });
    if (count > 0) request.respond(count);
    return count;
  }
  const bytes = await receiveWithin(socket, WINDOW_SIZE, forEver, 0, undefined, asIs);
  if (typeof bytes === "number") return orThrow(bytes, { syscall: "recv" });
  const { length } = bytes;
  // the stream takes the memory over, which is theirs alone
  if (length > 0) controller.enqueue(bytes as Buffer<ArrayBuffer>);
  return length;
}

/**
 * The bytes that go to the peer. Closing it half-closes the connection; aborting it does so too, and gives up
 * what was not sent yet. Closing the socket fails it with EBADF; when the input has a stream too, the socket is
 * closed with the later of the two.
 */
export function writableOf(socket: Endpoint): WritableStream<Uint8Array> {
  let controller: WritableStreamDefaultController;
  const ports = Ports.of(socket);
  const port: Port = { destroy: () => controller.error(closedError("send")) };
  // how long the chunks were that wait for their turn: one may be taken away meanwhile
  const lengths = new Queue<number>();
  const sink: UnderlyingSink<Uint8Array> = {
    start: (own) => {
      controller = own;
    },
    write: async (chunk) => {
      try {
        requireBytes(chunk);
        const length = lengths.shift() ?? 0;
        requireStill("send", chunk, length);
        await sendAll(socket, chunk.subarray(0, length), controller.signal);
      } catch (error) {
        ports.remove(port);
        throw error;
      }
    },
    close: () => {
      endOutput(socket);
      ports.remove(port);
    },
    abort: () => {
      endOutput(socket);
      ports.remove(port);
    },
  };
  ports.add(port, "output");
  // what is no bytes is refused when it is written
  const size = (chunk: unknown): number => {
    const byteLength = chunk instanceof Uint8Array ? chunk.byteLength : 0;
    lengths.push(byteLength);
    return byteLength;
  };
  return new WritableStream(sink, { highWaterMark: WINDOW_SIZE, size });
}

/** @param signal aborted when the stream is, which would otherwise wait for a peer that does not read */
async function sendAll(socket: Endpoint, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let sent = 0; sent < bytes.length; ) {
    signal.throwIfAborted();
    const wait = { seconds: -1, signal };
    sent += orThrow(await sendWithin(socket, bytes.subarray(sent), wait, 0, null, asIs), { syscall: "send" });
  }
}
