/** Receiving, with and without a time limit. */
import type { ByteSource } from "../../host/io/streams.ts";
import { callCore, immediately, Pending, promised, type Settle } from "../await.ts";
import { Msg, SocketType } from "../constants.ts";
import { bytesMoved, type CoreObject, core, EAGAIN, WINDOW_SIZE, windowBytes } from "../core.ts";
import { readingTo, type Take } from "../direct.ts";
import type { Endpoint } from "../endpoint.ts";
import { requireInteger } from "../errors.ts";
import { type Sockaddr, takeAddress } from "../sockaddr.ts";
import { checkMessage, LIMIT, requireBytes } from "./message.ts";
import { falseWhenLate, forEver, type Wait } from "./wait.ts";

/** A receive as the caller asked for it. */
interface Wish {
  readonly object: CoreObject;
  readonly isStream: boolean;
  /** How many bytes at most. */
  readonly limit: number;
  readonly flags: number;
  readonly wait: Wait;
  /** Whether the core need not see the bytes. */
  readonly isDirect: boolean;
  /** Where the address of a datagram's sender goes. */
  readonly sender: Sockaddr | undefined;
}

function wishOf(
  socket: Endpoint,
  limit: number,
  wait: Wait,
  flags: number,
  sender: Sockaddr | undefined,
): Wish {
  const object = checkMessage("recv", socket, flags);
  const isStream = socket.type === SocketType.stream;
  if ((flags & Msg.peek) !== 0) socket.hasPeeked = true;
  const isDirect = isStream && !socket.hasPeeked && (flags & Msg.trunc) === 0;
  // a stream has one sender, whom `getPeerName` tells
  return { object, isStream, limit, flags, wait, isDirect, sender: isStream ? undefined : sender };
}

/** A receive under way, into the caller's bytes or into memory that is made when bytes are there. */
class Receive extends Pending<number> {
  readonly #wish: Wish;
  readonly #into: Uint8Array | undefined;
  // with Msg.waitall there can be several
  readonly #pieces: Buffer[] = [];
  #received = 0;
  readonly #take: Take = (bytes, source) => {
    if (this.#into === undefined) this.#pieces.push(owned(bytes, source));
    else this.#into.set(bytes, this.#received);
    this.#received += bytes.length;
  };

  constructor(wish: Wish, into: Uint8Array | undefined, settle: Settle<number>) {
    const { object, limit, flags, wait, sender } = wish;
    const wantsSender = sender === undefined ? 0 : 1;
    super(core.startReceive(object, limit, flags, wantsSender, wait.seconds), settle, wait.signal);
    this.#wish = wish;
    this.#into = into;
  }

  /** The bytes that came, when they had no other place. */
  bytes(): Buffer {
    const [first] = this.#pieces;
    return first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
  }

  protected override run(operation: CoreObject, window: number): number {
    if (!this.#wish.isDirect) return super.run(operation, window);
    return readingTo(this.#take, operation, window, core.step);
  }

  protected override fill(): number {
    return Math.min(WINDOW_SIZE, this.#wish.limit - this.#received);
  }

  protected override drain(result: number): void {
    const { limit, flags, isStream } = this.#wish;
    // a stream counts what it moves; a datagram comes whole, with the last step. Of what went past the core nothing is left
    const count = Math.min(Math.max(bytesMoved(), result), limit) - this.#received;
    if (count <= 0) return;
    // tcp(7): with MSG_TRUNC the bytes of a stream are discarded, and only counted
    const discards = isStream && (flags & Msg.trunc) !== 0;
    if (this.#into === undefined)
      this.#pieces.push(discards ? Buffer.alloc(count) : owned(windowBytes().subarray(0, count), undefined));
    else if (!discards) this.#into.set(windowBytes().subarray(0, count), this.#received);
    this.#received += count;
  }

  protected override partial(): number | undefined {
    return this.#received === 0 ? undefined : this.#received;
  }

  protected override finish(result: number): number {
    const { sender } = this.#wish;
    if (result >= 0 && sender !== undefined && core.sender(this.operation) > 0) takeAddress(sender);
    return result;
  }
}

/** Bytes that are the caller's from now on. */
function owned(bytes: Uint8Array, source: ByteSource | undefined): Buffer {
  if (source?.keep()) return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  const copy = Buffer.allocUnsafe(bytes.length);
  copy.set(bytes);
  return copy;
}

/**
 * One try, without an operation: the number of bytes, or negative; -EAGAIN when it has to wait.
 *
 * @param take takes the bytes. It is called before anybody goes on whom this has woken, such as the other end of a
 *   pair that has room now: the window is theirs then. At the end of a stream it is not called, or given none
 */
function receiveNow({ object, limit, flags, isDirect, sender }: Wish, take: Take): number {
  if (flags !== 0) return -EAGAIN;
  return callCore(() => {
    const size = Math.min(limit, WINDOW_SIZE);
    let isTaken = false;
    const takeDirectly: Take = (bytes, source) => {
      isTaken = true;
      take(bytes, source);
    };
    const result = isDirect
      ? readingTo(takeDirectly, object, size, core.receiveNow)
      : core.receiveNow(object, size);
    if (result < 0) return result;
    if (!isTaken) take(windowBytes().subarray(0, result));
    if (sender !== undefined) takeAddress(sender);
    return result;
  });
}

/**
 * Receives into `bytes`: what is there, at least one byte (a stream), or one datagram, cut when it is longer.
 *
 * @param sender takes the address of a datagram's sender
 * @returns the number of bytes, 0 at the end of a stream; false when nothing came in time; or a negative errno
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function receiveIntoWithin(
  socket: Endpoint,
  bytes: Uint8Array,
  wait: Wait,
  flags: number,
  sender: Sockaddr | undefined,
): Promise<number | false> {
  requireBytes(bytes);
  const wish = wishOf(socket, bytes.length, wait, flags, sender);
  const result = receiveNow(wish, (received) => bytes.set(received));
  if (result !== -EAGAIN) return immediately(result);
  return promised((settle) => {
    new Receive(wish, bytes, (late, error) => settle(falseWhenLate(late), error)).advance();
  });
}

/** Receives into memory of its own; the bytes, or a negative number, go to `settle`, maybe at once. */
function receiveBytes(wish: Wish, settle: Settle<Buffer | number>): void {
  let bytes: Buffer | undefined;
  const result = receiveNow(wish, (received, source) => {
    bytes = owned(received, source);
  });
  if (result !== -EAGAIN) {
    settle(bytes ?? result);
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
  const wish = wishOf(socket, n, wait, flags, sender);
  return promised((settle) => {
    receiveBytes(wish, (result, error) => settle(finish(result), error));
  });
}

/** Leaves the result of `receiveWithin` as it is. */
export function asReceived(result: Buffer | number): Buffer | number {
  return result;
}

/** Receives for a port: what is there, or a negative number; `settle` may be called before this returns. */
export function receiveSome(socket: Endpoint, settle: Settle<Buffer | number>): void {
  receiveBytes(wishOf(socket, WINDOW_SIZE, forEver, 0, undefined), settle);
}
