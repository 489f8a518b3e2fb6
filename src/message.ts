/** Messages: sending and receiving, with and without a time limit. */
import { AddressInfo, requireAddressInfo } from "./address-info.ts";
import { callCore, Pending } from "./await.ts";
import { SocketType } from "./constants.ts";
import { addressBytes, bytesMoved, type CoreObject, core, EAGAIN, TIMED_OUT, WINDOW_SIZE, windowBytes } from "./core.ts";
import { requireInteger, show } from "./errors.ts";
import { putAddress, Sockaddr } from "./sockaddr.ts";
import { Socket } from "./socket.ts";

/** A limit in seconds; null or false waits for ever. */
export type Timeout = number | null | false;

/** More bytes than any one call moves: the core counts in 32 bits. */
const LIMIT = 2 ** 31 - 1;

type Settle<T> = (result: T, error?: unknown) => void;

/** A send under way: the bytes stay where they are, and are copied a window at a time. */
class Send extends Pending<number> {
  readonly #bytes: Uint8Array;
  #sent = 0;

  constructor(operation: CoreObject, bytes: Uint8Array, settle: Settle<number>) {
    super(operation, settle);
    this.#bytes = bytes;
  }

  protected override fill(): number {
    return fillWindow(this.#bytes, this.#sent);
  }

  protected override drain(): void {
    this.#sent = bytesMoved();
  }

  protected override finish(result: number): number {
    return result;
  }
}

function fillWindow(bytes: Uint8Array, from: number): number {
  const size = Math.min(bytes.length - from, WINDOW_SIZE);
  const whole = from === 0 && size === bytes.length;
  windowBytes().set(whole ? bytes : bytes.subarray(from, from + size));
  return size;
}

/** A receive under way, into the caller's bytes. */
class ReceiveInto extends Pending<number> {
  readonly #bytes: Uint8Array;
  readonly #sender: Sockaddr | undefined;
  readonly #moves: boolean;
  #received = 0;

  constructor(operation: CoreObject, bytes: Uint8Array, sender: Sockaddr | undefined, discards: boolean, settle: Settle<number>) {
    super(operation, settle);
    this.#bytes = bytes;
    this.#sender = sender;
    this.#moves = !discards;
  }

  protected override fill(): number {
    return Math.min(WINDOW_SIZE, this.#bytes.length - this.#received);
  }

  protected override drain(result: number): void {
    // a stream counts what it moves; a datagram comes whole, with the last step
    const moved = Math.max(bytesMoved(), result);
    const count = Math.min(moved, this.#bytes.length) - this.#received;
    if (count <= 0) return;
    if (this.#moves) this.#bytes.set(windowBytes().subarray(0, count), this.#received);
    this.#received += count;
  }

  protected override finish(result: number): number {
    if (result >= 0 && this.#sender !== undefined) takeSender(core.sender(this.operation), this.#sender);
    return result;
  }
}

/** A receive under way, whose bytes get memory only when they are there. */
class Receive extends Pending<Buffer | number> {
  readonly #limit: number;
  readonly #sender: Sockaddr | undefined;
  #bytes: Buffer | undefined = undefined;

  constructor(operation: CoreObject, limit: number, sender: Sockaddr | undefined, settle: Settle<Buffer | number>) {
    super(operation, settle);
    this.#limit = limit;
    this.#sender = sender;
  }

  protected override fill(): number {
    return this.#limit;
  }

  protected override finish(result: number): Buffer | number {
    if (result < 0) return result;
    this.#bytes = copyOut(Math.min(result, this.#limit));
    if (this.#sender !== undefined) takeSender(core.sender(this.operation), this.#sender);
    return this.#bytes;
  }
}

function copyOut(count: number): Buffer {
  const result = Buffer.allocUnsafe(count);
  windowBytes().copy(result, 0, 0, count);
  return result;
}

function takeSender(length: number, into: Sockaddr): void {
  if (length > 0) Sockaddr.assign(into, addressBytes(), length);
}

/** The arguments of a message call, checked. */
interface Call {
  object: CoreObject;
  address: Sockaddr | undefined;
  seconds: number;
}

function check(
  syscall: string,
  socket: Socket,
  timeout: Timeout | undefined,
  flags: number,
  ai: AddressInfo | undefined,
): Call {
  const object = Socket.core(socket, syscall);
  requireInteger("flags", flags, 0, LIMIT);
  return { object, address: ai === undefined ? undefined : AddressInfo.ownAddress(requireAddressInfo("ai", ai)), seconds: secondsOf(timeout) };
}

function secondsOf(timeout: Timeout | undefined): number {
  if (timeout === undefined || timeout === null || timeout === false) return -1;
  if (typeof timeout !== "number" || Number.isNaN(timeout)) {
    throw new TypeError(`timeout must be a number of seconds, null or false, got ${show(timeout)}`);
  }
  if (timeout < 0) throw new RangeError(`timeout must not be negative, got ${timeout}`);
  return timeout;
}

function requireBytes(bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`bytes must be a Uint8Array, got ${show(bytes)}`);
  if (bytes.length > LIMIT) throw new RangeError(`bytes must be at most ${LIMIT} long, got ${bytes.length}`);
  return bytes;
}

function startSend(
  syscall: string,
  socket: Socket,
  bytes: Uint8Array,
  timeout: Timeout | undefined,
  flags: number,
  ai: AddressInfo | undefined,
): Promise<number> {
  const { object, address, seconds } = check(syscall, socket, timeout, flags, ai);
  requireBytes(bytes);
  let sent = 0;
  if (flags === 0 && bytes.length <= WINDOW_SIZE) {
    // most messages can be sent at once, without an operation
    fillWindow(bytes, 0);
    const length = address === undefined ? 0 : putAddress(address);
    const result = callCore(() => core.sendNow(object, bytes.length, length));
    if (result === bytes.length || (result < 0 && result !== -EAGAIN)) return Promise.resolve(result);
    sent = Math.max(0, result);
  }
  const rest = sent === 0 ? bytes : bytes.subarray(sent);
  return new Promise((resolve, reject) => {
    const length = address === undefined ? 0 : putAddress(address);
    const operation = core.startSend(object, rest.length, flags, length, seconds);
    new Send(operation, rest, (result, error) => {
      if (error !== undefined) reject(error);
      else if (sent === 0) resolve(result);
      else resolve(result < 0 ? sent : sent + result);
    }).advance();
  });
}

/**
 * Sends all of `bytes` (a stream), or one datagram.
 *
 * @param flags of `Msg`; default 0
 * @param ai where a datagram goes; without it the socket must be connected
 * @returns the number of bytes sent, or a negative error number: EPIPE, ECONNRESET, ENOTCONN,
 *   EDESTADDRREQ, EMSGSIZE, EINVAL (an unknown flag), EBADF (closed meanwhile)
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 * @see send(2)
 */
export function send(socket: Socket, bytes: Uint8Array, flags = 0, ai?: AddressInfo): Promise<number> {
  return startSend("send", socket, bytes, null, flags, ai);
}

/**
 * As {@link send}, within a time limit.
 *
 * @param timeout in seconds, fractions allowed; 0 tries once; null or false waits for ever
 * @returns the number of bytes sent, which is less than all when the time ran out in between; false when
 *   nothing could be sent in time; or a negative error number
 */
export async function sendNonBlocking(
  socket: Socket,
  bytes: Uint8Array,
  timeout: Timeout,
  flags = 0,
  ai?: AddressInfo,
): Promise<number | false> {
  const result = await startSend("send", socket, bytes, timeout, flags, ai);
  return result === TIMED_OUT ? false : result;
}

function startReceiveInto(
  socket: Socket,
  bytes: Uint8Array,
  timeout: Timeout | undefined,
  flags: number,
  ai: AddressInfo | undefined,
): Promise<number> {
  const { object, address, seconds } = check("recv", socket, timeout, flags, ai);
  requireBytes(bytes);
  if (flags === 0) {
    const result = callCore(() => core.receiveNow(object, Math.min(bytes.length, WINDOW_SIZE)));
    if (result > 0) bytes.set(windowBytes().subarray(0, result));
    if (result >= 0 && address !== undefined && socket.type === SocketType.datagram) takeNow(address);
    if (result !== -EAGAIN) return Promise.resolve(result);
  }
  return new Promise((resolve, reject) => {
    const operation = core.startReceive(object, bytes.length, flags, address === undefined ? 0 : 1, seconds);
    const discards = (flags & 0x20) !== 0 && socket.type === SocketType.stream;
    new ReceiveInto(operation, bytes, address, discards, (result, error) => {
      if (error !== undefined) reject(error);
      else resolve(result);
    }).advance();
  });
}

// the sender's address that an immediate receive has left
function takeNow(into: Sockaddr): void {
  const family = addressBytes()[0];
  Sockaddr.assign(into, addressBytes(), family === 2 ? 16 : family === 10 ? 28 : 0);
}

/**
 * Receives into `bytes`: what is there, at least one byte (a stream), or one datagram, cut when it is longer.
 *
 * @param flags of `Msg`; default 0
 * @param ai its address takes the sender's
 * @returns the number of bytes; 0 is the end of a stream; or a negative error number
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 * @see recvfrom(2)
 */
export function receiveInto(socket: Socket, bytes: Uint8Array, flags = 0, ai?: AddressInfo): Promise<number> {
  return startReceiveInto(socket, bytes, null, flags, ai);
}

/**
 * As {@link receiveInto}, within a time limit. What comes later is there for the next call.
 *
 * @param timeout in seconds, fractions allowed; 0 tries once; null or false waits for ever
 * @returns as `receiveInto`; false when nothing came in time
 */
export async function receiveIntoNonBlocking(
  socket: Socket,
  bytes: Uint8Array,
  timeout: Timeout,
  flags = 0,
  ai?: AddressInfo,
): Promise<number | false> {
  const result = await startReceiveInto(socket, bytes, timeout, flags, ai);
  return result === TIMED_OUT ? false : result;
}

/** Receives into memory of its own; the bytes, or a negative number. Used by the ports too. */
export function startReceive(
  socket: Socket,
  n: number,
  timeout: Timeout | undefined,
  flags: number,
  ai: AddressInfo | undefined,
  settle: Settle<Buffer | number>,
): void {
  const { object, address, seconds } = check("recv", socket, timeout, flags, ai);
  const limit = Math.min(n, WINDOW_SIZE);
  if (flags === 0) {
    const result = callCore(() => core.receiveNow(object, limit));
    if (result !== -EAGAIN) {
      if (result >= 0 && address !== undefined && socket.type === SocketType.datagram) takeNow(address);
      settle(result < 0 ? result : copyOut(result));
      return;
    }
  }
  new Receive(core.startReceive(object, limit, flags, address === undefined ? 0 : 1, seconds), limit, address, settle).advance();
}

function receiveBytes(
  socket: Socket,
  n: number,
  timeout: Timeout | undefined,
  flags: number,
  ai: AddressInfo | undefined,
): Promise<Buffer | false> {
  requireInteger("n", n, 0, LIMIT);
  if (n > WINDOW_SIZE && (flags & 0x120) !== 0) return receiveAll(socket, n, timeout, flags, ai);
  return new Promise((resolve, reject) => {
    startReceive(socket, n, timeout, flags, ai, (result, error) => {
      if (error !== undefined) reject(error);
      else resolve(typeof result === "number" ? false : result);
    });
  });
}

// more than a window in one call, which only Msg.waitall asks for
async function receiveAll(
  socket: Socket,
  n: number,
  timeout: Timeout | undefined,
  flags: number,
  ai: AddressInfo | undefined,
): Promise<Buffer | false> {
  const bytes = Buffer.allocUnsafe(n);
  const result = await startReceiveInto(socket, bytes, timeout, flags, ai);
  return result < 0 ? false : bytes.subarray(0, Math.min(result, n));
}

/**
 * Receives at most `n` bytes, or one datagram, which is cut when it is longer.
 *
 * @param flags of `Msg`; default 0
 * @param ai its address takes the sender's
 * @returns the bytes that came, none at the end of a stream; false on failure
 */
export function receive(socket: Socket, n: number, flags = 0, ai?: AddressInfo): Promise<Buffer | false> {
  return receiveBytes(socket, n, null, flags, ai);
}

/**
 * As {@link receive}, within a time limit. What comes later is there for the next call.
 *
 * @param timeout in seconds, fractions allowed; 0 tries once; null or false waits for ever
 * @returns the bytes; false on failure, or when nothing came in time
 */
export function receiveNonBlocking(
  socket: Socket,
  n: number,
  timeout: Timeout,
  flags = 0,
  ai?: AddressInfo,
): Promise<Buffer | false> {
  return receiveBytes(socket, n, timeout, flags, ai);
}

/** Sends for a port: all of the bytes, then a callback. */
export function sendAll(socket: Socket, bytes: Uint8Array, settle: Settle<number>): void {
  const object = Socket.core(socket, "send");
  new Send(core.startSend(object, bytes.length, 0, 0, -1), bytes, settle).advance();
}
