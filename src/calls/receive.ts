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

/** What a receive comes to: bytes that had no other place, else a number, which is negative where it failed. */
type Received = Buffer | number;

/** Takes bytes that go past the core; they are lent. */
type Take = (bytes: Uint8Array) => void;

/** Runs the core, where what it reads and need not see goes to `take`. */
export function whileReading(take: Take, call: () => number): number {
  bypass.incoming = take;
  try {
    return call();
  } finally {
    bypass.incoming = undefined;
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

/** Whose bytes the core is reading. */
let reading: Pick<Receive<unknown>, "take"> | undefined;

const takeIncoming: Take = (bytes) => {
  reading?.take(bytes);
};

/**
 * A receive. Thousands may wait, and each is copied by the collector while it does: it is one object.
 *
 * The bytes go to the caller's, or into memory that is made when there are some.
 */
class Receive<T> extends Call<T> {
  readonly #own: CoreSocket;
  readonly #limit: number;
  readonly #flags: number;
  readonly #seconds: number;
  /** Whether the core need not see the bytes. */
  readonly #isDirect: boolean;
  /** Where the address of a datagram's sender goes. */
  readonly #sender: Sockaddr | undefined;
  readonly #into: Uint8Array | undefined;
  readonly #finish: (result: Received) => T;
  /** How many bytes have come. */
  #received = 0;
  // with Msg.waitall there can be several
  #pieces: Buffer[] | undefined = undefined;
  #failure: unknown = undefined;

  /**
   * @param limit how many bytes at most
   * @param sender takes the address of a datagram's sender
   * @param into where the bytes go; undefined for memory of their own
   */
  constructor(
    endpoint: Endpoint,
    limit: number,
    wait: Wait,
    flags: number,
    sender: Sockaddr | undefined,
    into: Uint8Array | undefined,
    finish: (result: Received) => T,
  ) {
    const socket = checkMessage("recv", endpoint, flags);
    if ((flags & Msg.peek) !== 0) socket.hasPeeked = true;
    super(socket, "incoming", flags !== 0, wait);
    this.#own = socket;
    this.#limit = limit;
    this.#flags = flags;
    this.#seconds = wait.seconds;
    this.#isDirect = socket.isHosted && !socket.hasPeeked && (flags & Msg.trunc) === 0;
    // a stream has one sender, whom `getPeerName` tells
    this.#sender = socket.isStream ? undefined : sender;
    this.#into = into;
    this.#finish = finish;
  }

  protected override attempt(): number {
    const { object } = this.#own;
    const result = this.#read(() =>
      core.receiveNow(object, Math.min(this.#limit, WINDOW_SIZE), this.#wantsSender),
    );
    if (result < 0) return result;
    // before anybody goes on whom this has woken, such as the other end of a pair that has room now: it uses the window
    if (this.#received === 0) this.#takeWindow(result);
    if (this.#sender !== undefined) readAddress(this.#sender);
    return result;
  }

  get #wantsSender(): number {
    return this.#sender === undefined ? 0 : 1;
  }

  protected override queue(): CoreObject {
    return core.startReceive(this.#own.object, this.#limit, this.#flags, this.#wantsSender, this.#seconds);
  }

  protected override step(): number {
    for (;;) {
      const window = Math.min(WINDOW_SIZE, this.#limit - this.#received);
      const result = this.#read(() => core.step(this.operation, window));
      this.#drain(result);
      if (result !== MORE) return result;
    }
  }

  /** Runs the core; what it reads and need not see comes here meanwhile. Throws when the caller's bytes are not what they were. */
  #read(call: () => number): number {
    // nothing is read then
    if (this.#into !== undefined) requireStill("recv", this.#into, this.#limit);
    if (!this.#isDirect) return call();
    reading = this;
    const result = whileReading(takeIncoming, call);
    reading = undefined;
    if (this.#failure !== undefined) throw this.#failure;
    return result;
  }

  /** Takes bytes that go past the core. */
  take(bytes: Uint8Array): void {
    // a datagram is cut to what was asked for; of a stream no more is read
    const piece = bytes.length > this.#limit ? bytes.subarray(0, this.#limit) : bytes;
    try {
      if (this.#into === undefined) this.#keep(owned(piece, this.#own));
      else this.#set(piece);
    } catch (error) {
      // the core runs, and has to come to the end of what it does
      this.#failure = error;
    }
  }

  /** Takes what the step has put into the window. */
  #drain(result: number): void {
    // a stream counts what it moves; a datagram comes whole, with the last step. Of what went past the core nothing is left
    const count = Math.min(Math.max(bytesMoved(), result), this.#limit) - this.#received;
    if (count <= 0) return;
    // tcp(7): with MSG_TRUNC the bytes of a stream are discarded, and only counted
    if (!this.#own.isStream || (this.#flags & Msg.trunc) === 0) this.#takeWindow(count);
    else if (this.#into === undefined) this.#keep(Buffer.alloc(count));
    else this.#received += count;
  }

  #takeWindow(count: number): void {
    const bytes = windowBytes().subarray(0, count);
    if (this.#into === undefined) this.#keep(copied(bytes));
    else this.#set(bytes);
  }

  #keep(piece: Buffer): void {
    if (this.#pieces === undefined) this.#pieces = [piece];
    else this.#pieces.push(piece);
    this.#received += piece.length;
  }

  #set(piece: Uint8Array): void {
    this.#into?.set(piece, this.#received);
    this.#received += piece.length;
  }

  protected override partial(): number | undefined {
    return this.#received === 0 ? undefined : this.#received;
  }

  protected override finish(result: number): T {
    const sender = this.#sender;
    if (this.operation !== 0 && result >= 0 && sender !== undefined && core.sender(this.operation) > 0) {
      readAddress(sender);
    }
    return this.#finish(this.#into !== undefined || result < 0 ? result : this.#bytes());
  }

  #bytes(): Buffer {
    const pieces = this.#pieces;
    const first = pieces?.[0];
    if (pieces === undefined || first === undefined) return Buffer.alloc(0);
    return pieces.length === 1 ? first : joined(pieces, this.#received);
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
  const call = finish as (result: Received) => T;
  return new Receive(socket, bytes.length, wait, flags, sender, bytes, call).promise();
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
  return new Receive(socket, n, wait, flags, sender, undefined, finish).promise();
}

/** Receives for a port: what is there, or a negative number; `settle` may be called before this returns. */
export function receiveSome(socket: Endpoint, settle: Settle<Buffer | number>): void {
  new Receive(socket, WINDOW_SIZE, forEver, 0, undefined, undefined, asIs).start(settle);
}
