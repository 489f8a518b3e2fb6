/** Receiving, with and without a time limit. */
import { ByteSource } from "../../host/io/streams.ts";
import { Msg } from "../constants.ts";
import { bypass, bytesMoved, type CoreObject, core, MORE, WINDOW_SIZE, windowBytes } from "../core.ts";
import type { CoreSocket } from "../core-socket.ts";
import { Call, type Settle, type Wait } from "../driver.ts";
import type { Endpoint } from "../endpoint.ts";
import { requireInteger } from "../errors.ts";
import { readAddress, type Sockaddr } from "../sockaddr.ts";
import { checkMessage, LIMIT, requireBytes, requireStill } from "./message.ts";
import { asIs, forEver } from "./wait.ts";

/** A receive as the caller asked for it. */
interface ReceiveRequest {
  readonly socket: CoreSocket;
  /** How many bytes at most. */
  readonly limit: number;
  readonly flags: number;
  readonly wait: Wait;
  /** Whether the core need not see the bytes. */
  readonly isDirect: boolean;
  /** Where the address of a datagram's sender goes. */
  readonly sender: Sockaddr | undefined;
}

function requestOf(
  endpoint: Endpoint,
  limit: number,
  wait: Wait,
  flags: number,
  sender: Sockaddr | undefined,
): ReceiveRequest {
  const socket = checkMessage("recv", endpoint, flags);
  if ((flags & Msg.peek) !== 0) socket.hasPeeked = true;
  const isDirect = socket.isHosted && !socket.hasPeeked && (flags & Msg.trunc) === 0;
  // a stream has one sender, whom `getPeerName` tells
  return { socket, limit, flags, wait, isDirect, sender: socket.isStream ? undefined : sender };
}

/** What a receive comes to: bytes that had no other place, else a number, which is negative where it failed. */
type Received = Buffer | number;

/** Takes bytes that go past the core; they are lent. */
type Take = (bytes: Uint8Array) => void;

/** Whose bytes the core is reading. */
let reading: ReceiveBuffer | undefined;

const takeIncoming: Take = (bytes) => {
  reading?.take(bytes);
};

/** Runs the core, where what it reads and need not see goes to `take`. */
export function whileReading(take: Take, call: () => number): number {
  bypass.incoming = take;
  try {
    return call();
  } finally {
    bypass.incoming = undefined;
  }
}

/** Where the bytes of a receive go: to the caller's, or into memory that is made when there are some. */
class ReceiveBuffer {
  readonly request: ReceiveRequest;
  /** How many bytes have come. */
  received = 0;
  readonly #into: Uint8Array | undefined;
  // with Msg.waitall there can be several
  #pieces: Buffer[] | undefined = undefined;
  #failure: unknown = undefined;
  constructor(request: ReceiveRequest, into: Uint8Array | undefined) {
    this.request = request;
    this.#into = into;
  }

  /** Throws TypeError when the caller's bytes are not what they were: nothing is read then. */
  check(): void {
    if (this.#into !== undefined) requireStill("recv", this.#into, this.request.limit);
  }

  /** Runs the core; what it reads and need not see comes here meanwhile. */
  whileReading(call: () => number): number {
    if (!this.request.isDirect) return call();
    reading = this;
    const result = whileReading(takeIncoming, call);
    reading = undefined;
    if (this.#failure !== undefined) throw this.#failure;
    return result;
  }

  /** Takes bytes that go past the core. */
  take(bytes: Uint8Array): void {
    const { request } = this;
    // a datagram is cut to what was asked for; of a stream no more is read
    const piece = bytes.length > request.limit ? bytes.subarray(0, request.limit) : bytes;
    try {
      if (this.#into === undefined) this.#keep(owned(piece, request.socket));
      else this.#set(piece);
    } catch (error) {
      // the core runs, and has to come to the end of what it does
      this.#failure = error;
    }
  }

  /** Takes bytes of the core's window. */
  takeWindow(count: number): void {
    const bytes = windowBytes().subarray(0, count);
    if (this.#into === undefined) this.#keep(copied(bytes));
    else this.#set(bytes);
  }

  /** Counts bytes that were discarded. */
  skip(count: number): void {
    if (this.#into === undefined) this.#keep(Buffer.alloc(count));
    else this.received += count;
  }

  /** What the call gives its caller. */
  result(result: number): Received {
    if (this.#into !== undefined || result < 0) return result;
    const pieces = this.#pieces;
    const first = pieces?.[0];
    if (pieces === undefined || first === undefined) return Buffer.alloc(0);
    return pieces.length === 1 ? first : joined(pieces, this.received);
  }

  #keep(piece: Buffer): void {
    if (this.#pieces === undefined) this.#pieces = [piece];
    else this.#pieces.push(piece);
    this.received += piece.length;
  }

  #set(piece: Uint8Array): void {
    this.#into?.set(piece, this.received);
    this.received += piece.length;
  }
}

/**
 * Bytes that are the caller's from now on, with an ArrayBuffer that is theirs alone: the caller may transfer it, and
 * that must take nothing from anybody else.
 */
export function owned(bytes: Uint8Array, socket: CoreSocket): Buffer {
  // each datagram has memory of its own; a connection may give its buffer away
  const source = socket.isStream ? socket.source("incoming") : undefined;
  const isGiven = source === undefined || (source instanceof ByteSource && source.takeOwnership());
  const { buffer } = bytes;
  if (!isGiven || bytes.length !== buffer.byteLength) return copied(bytes);
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(buffer as ArrayBuffer);
}

/** Up to so many bytes an array has its memory in itself, which is much cheaper. */
const TINY = 64;

/** Memory of its own: not the pool of `Buffer.allocUnsafe`, which all small buffers of the process share. */
function unshared(size: number): Buffer {
  return size <= TINY ? Buffer.alloc(size) : Buffer.allocUnsafeSlow(size);
}

/** A copy with memory of its own. */
export function copied(bytes: Uint8Array): Buffer {
  const copy = unshared(bytes.length);
  copy.set(bytes);
  return copy;
}

function joined(pieces: readonly Buffer[], size: number): Buffer {
  const whole = unshared(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** A receive. */
class Receive<T> extends Call<T> {
  readonly #request: ReceiveRequest;
  readonly #buffer: ReceiveBuffer;
  readonly #finish: (result: Received) => T;

  /** @param into where the bytes go; undefined for memory of their own */
  constructor(request: ReceiveRequest, into: Uint8Array | undefined, finish: (result: Received) => T) {
    super(request.socket, "incoming", request.flags !== 0, request.wait);
    this.#request = request;
    this.#buffer = new ReceiveBuffer(request, into);
    this.#finish = finish;
  }

  protected override attempt(): number {
    const { socket, limit, sender } = this.#request;
    const buffer = this.#buffer;
    buffer.check();
    const result = buffer.whileReading(() =>
      core.receiveNow(socket.object, Math.min(limit, WINDOW_SIZE), sender === undefined ? 0 : 1),
    );
    if (result < 0) return result;
    // before anybody goes on whom this has woken, such as the other end of a pair that has room now: it uses the window
    if (buffer.received === 0) buffer.takeWindow(result);
    if (sender !== undefined) readAddress(sender);
    return result;
  }

  protected override queue(): CoreObject {
    const { socket, limit, flags, sender, wait } = this.#request;
    return core.startReceive(socket.object, limit, flags, sender === undefined ? 0 : 1, wait.seconds);
  }

  protected override step(): number {
    const buffer = this.#buffer;
    for (;;) {
      buffer.check();
      const window = Math.min(WINDOW_SIZE, this.#request.limit - buffer.received);
      const result = buffer.whileReading(() => core.step(this.operation, window));
      this.#drain(result);
      if (result !== MORE) return result;
    }
  }

  /** Takes what the step has put into the window. */
  #drain(result: number): void {
    const buffer = this.#buffer;
    const { limit, flags, socket } = this.#request;
    // a stream counts what it moves; a datagram comes whole, with the last step. Of what went past the core nothing is left
    const count = Math.min(Math.max(bytesMoved(), result), limit) - buffer.received;
    if (count <= 0) return;
    // tcp(7): with MSG_TRUNC the bytes of a stream are discarded, and only counted
    if (socket.isStream && (flags & Msg.trunc) !== 0) buffer.skip(count);
    else buffer.takeWindow(count);
  }

  protected override partial(): number | undefined {
    const { received } = this.#buffer;
    return received === 0 ? undefined : received;
  }

  protected override finish(result: number): T {
    const { sender } = this.#request;
    if (this.operation !== 0 && result >= 0 && sender !== undefined && core.sender(this.operation) > 0) {
      readAddress(sender);
    }
    return this.#finish(this.#buffer.result(result));
  }
}

/**
 * Receives into `bytes`: what is there, at least one byte (a stream), or one datagram, cut when it is longer.
 *
 * @param sender takes the address of a datagram's sender
 * @param finish makes the call's result of the number of bytes, 0 at the end of a stream; of TIMED_OUT, or of a
 *   negative errno
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function receiveIntoWithin<T>(
  socket: Endpoint,
  bytes: Uint8Array,
  wait: Wait,
  flags: number,
  sender: Sockaddr | undefined,
  finish: (result: number) => T,
): Promise<T> {
  requireBytes(bytes);
  const request = requestOf(socket, bytes.length, wait, flags, sender);
  return new Receive(request, bytes, finish as (result: Received) => T).promise();
}

/**
 * Receives at most `n` bytes, or one datagram, which is cut when it is longer.
 *
 * @param sender takes the address of a datagram's sender
 * @param finish makes the call's result of the bytes, none at the end of a stream; TIMED_OUT, or a negative
 *   errno. It is asked right here, and not in a `then`, so that calls end in the order of their bytes.
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function receiveWithin<T>(
  socket: Endpoint,
  n: number,
  wait: Wait,
  flags: number,
  sender: Sockaddr | undefined,
  finish: (result: Buffer | number) => T,
): Promise<T> {
  requireInteger("n", n, 0, LIMIT);
  const request = requestOf(socket, n, wait, flags, sender);
  return new Receive(request, undefined, finish).promise();
}

/** Receives for a port: what is there, or a negative number; `settle` may be called before this returns. */
export function receiveSome(socket: Endpoint, settle: Settle<Buffer | number>): void {
  const request = requestOf(socket, WINDOW_SIZE, forEver, 0, undefined);
  new Receive(request, undefined, asIs).start(settle);
}
