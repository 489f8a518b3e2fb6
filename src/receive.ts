/** Receiving, with and without a time limit. */
import { type AddressInfo, ownAddress } from "./address-info.ts";
import { callCore, immediately, Pending, promised, type Settle } from "./await.ts";
import { Msg, SocketType } from "./constants.ts";
import { bytesMoved, type CoreObject, core, EAGAIN, WINDOW_SIZE, windowBytes } from "./core.ts";
import { requireInteger } from "./errors.ts";
import { checkMessage, falseWhenLate, LIMIT, requireBytes, secondsOf, type Timeout } from "./message.ts";
import { type Sockaddr, takeAddress } from "./sockaddr.ts";
import type { Socket } from "./socket.ts";

/** A receive as the caller asked for it. */
interface Wish {
  readonly object: CoreObject;
  readonly isStream: boolean;
  /** How many bytes at most. */
  readonly limit: number;
  readonly flags: number;
  readonly seconds: number;
  /** Where the address of a datagram's sender goes. */
  readonly sender: Sockaddr | undefined;
}

function wishOf(
  socket: Socket,
  limit: number,
  timeout: Timeout,
  flags: number,
  ai: AddressInfo | undefined,
): Wish {
  const object = checkMessage("recv", socket, flags, ai);
  const isStream = socket.type === SocketType.stream;
  // a stream has one sender, whom `getPeerName` tells
  const sender = ai === undefined || isStream ? undefined : ownAddress(ai);
  return { object, isStream, limit, flags, seconds: secondsOf(timeout), sender };
}

/** A receive under way, into the caller's bytes or into memory that is made when bytes are there. */
class Receive extends Pending<number> {
  readonly #wish: Wish;
  readonly #into: Uint8Array | undefined;
  // with Msg.waitall there can be several
  readonly #pieces: Buffer[] = [];
  #received = 0;

  constructor(wish: Wish, into: Uint8Array | undefined, settle: Settle<number>) {
    const { object, limit, flags, seconds, sender } = wish;
    super(core.startReceive(object, limit, flags, sender === undefined ? 0 : 1, seconds), settle);
    this.#wish = wish;
    this.#into = into;
  }

  /** The bytes that came, when they had no other place. */
  bytes(): Buffer {
    const [first] = this.#pieces;
    return first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
  }

  protected override fill(): number {
    return Math.min(WINDOW_SIZE, this.#wish.limit - this.#received);
  }

  protected override drain(result: number): void {
    const { limit, flags, isStream } = this.#wish;
    // a stream counts what it moves; a datagram comes whole, with the last step
    const count = Math.min(Math.max(bytesMoved(), result), limit) - this.#received;
    if (count <= 0) return;
    // tcp(7): with MSG_TRUNC the bytes of a stream are discarded, and only counted
    const discards = isStream && (flags & Msg.trunc) !== 0;
    if (this.#into === undefined) this.#pieces.push(discards ? Buffer.alloc(count) : takeBytes(count));
    else if (!discards) this.#into.set(windowBytes().subarray(0, count), this.#received);
    this.#received += count;
  }

  protected override finish(result: number): number {
    const { sender } = this.#wish;
    if (result >= 0 && sender !== undefined && core.sender(this.operation) > 0) takeAddress(sender);
    return result;
  }
}

function takeBytes(count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count);
  windowBytes().copy(bytes, 0, 0, count);
  return bytes;
}

/**
 * One try, without an operation: the number of bytes, which are in the window, or negative; -EAGAIN when
 * it has to wait.
 */
function receiveNow({ object, limit, flags, sender }: Wish): number {
  if (flags !== 0) return -EAGAIN;
  const result = callCore(() => core.receiveNow(object, Math.min(limit, WINDOW_SIZE)));
  if (result >= 0 && sender !== undefined) takeAddress(sender);
  return result;
}

function receiveIntoWithin(
  socket: Socket,
  bytes: Uint8Array,
  timeout: Timeout,
  flags: number,
  ai: AddressInfo | undefined,
): Promise<number | false> {
  requireBytes(bytes);
  const wish = wishOf(socket, bytes.length, timeout, flags, ai);
  const result = receiveNow(wish);
  if (result > 0) bytes.set(windowBytes().subarray(0, result));
  if (result !== -EAGAIN) return immediately(result);
  return promised((settle) => {
    new Receive(wish, bytes, (late, error) => settle(falseWhenLate(late), error)).advance();
  });
}

/**
 * Receives into `bytes`: what is there, at least one byte (a stream), or one datagram, cut when it is longer.
 *
 * @param flags of `Msg`; default 0
 * @param ai its address takes that of a datagram's sender
 * @returns the number of bytes; 0 is the end of a stream; or a negative error number: ECONNRESET,
 *   ECONNREFUSED (what ICMP said about an earlier datagram), ENOTCONN, EINVAL (an unknown flag), EAGAIN
 *   (with `Msg.dontwait`), EBADF (closed meanwhile)
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 * @see recvfrom(2)
 */
export function receiveInto(socket: Socket, bytes: Uint8Array, flags = 0, ai?: AddressInfo): Promise<number> {
  // without a limit it is never late
  return receiveIntoWithin(socket, bytes, null, flags, ai) as Promise<number>;
}

/**
 * As {@link receiveInto}, within a time limit. What comes later is there for the next call.
 *
 * @param timeout in seconds, fractions allowed; 0 tries once; null or false waits for ever
 * @returns as `receiveInto`; false when nothing came in time
 * @throws as `receiveInto`
 */
export function receiveIntoNonBlocking(
  socket: Socket,
  bytes: Uint8Array,
  timeout: Timeout,
  flags = 0,
  ai?: AddressInfo,
): Promise<number | false> {
  return receiveIntoWithin(socket, bytes, timeout, flags, ai);
}

/** Receives into memory of its own; the bytes, or a negative number, go to `settle`, maybe at once. */
function receiveBytes(wish: Wish, settle: Settle<Buffer | number>): void {
  const result = receiveNow(wish);
  if (result !== -EAGAIN) {
    settle(result < 0 ? result : takeBytes(result));
    return;
  }
  const receive = new Receive(wish, undefined, (late, error) => {
    settle(error !== undefined || late < 0 ? late : receive.bytes(), error);
  });
  receive.advance();
}

/**
 * Receives at most `n` bytes, or one datagram, which is cut when it is longer.
 *
 * @param flags of `Msg`; default 0
 * @param ai its address takes that of a datagram's sender
 * @returns the bytes that came, none at the end of a stream; false on failure
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function receive(socket: Socket, n: number, flags = 0, ai?: AddressInfo): Promise<Buffer | false> {
  return receiveNonBlocking(socket, n, null, flags, ai);
}

/**
 * As {@link receive}, within a time limit. What comes later is there for the next call.
 *
 * @param timeout in seconds, fractions allowed; 0 tries once; null or false waits for ever
 * @returns the bytes; false on failure, or when nothing came in time
 * @throws as `receive`
 */
export function receiveNonBlocking(
  socket: Socket,
  n: number,
  timeout: Timeout,
  flags = 0,
  ai?: AddressInfo,
): Promise<Buffer | false> {
  requireInteger("n", n, 0, LIMIT);
  const wish = wishOf(socket, n, timeout, flags, ai);
  return promised((settle) => {
    receiveBytes(wish, (result, error) => settle(typeof result === "number" ? false : result, error));
  });
}

/** Receives for a port: what is there, or a negative number; `settle` may be called before this returns. */
export function receiveSome(socket: Socket, settle: Settle<Buffer | number>): void {
  receiveBytes(wishOf(socket, WINDOW_SIZE, null, 0, undefined), settle);
}
