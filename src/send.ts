/** Sending, with and without a time limit. */
import type { AddressInfo } from "./address-info.ts";
import { callCore, immediately, Pending, promised, type Settle } from "./await.ts";
import { bytesMoved, type CoreObject, core, EAGAIN, WINDOW_SIZE, windowBytes } from "./core.ts";
import { checkMessage, falseWhenLate, requireBytes, secondsOf, type Timeout } from "./message.ts";
import { putAddress, type Sockaddr } from "./sockaddr.ts";
import { coreSocket, type Socket } from "./socket.ts";

/** A send under way: the bytes stay where they are, and are copied a window at a time. */
class Send extends Pending<number | false> {
  readonly #bytes: Uint8Array;
  // sent before the operation began, and by it
  readonly #before: number;
  #sent: number;

  constructor(operation: CoreObject, bytes: Uint8Array, before: number, settle: Settle<number | false>) {
    super(operation, settle);
    this.#bytes = bytes;
    this.#before = this.#sent = before;
  }

  protected override fill(): number {
    return fillWindow(this.#bytes, this.#sent);
  }

  protected override drain(): void {
    this.#sent = this.#before + bytesMoved();
  }

  protected override finish(result: number): number | false {
    // what was sent before counts, whatever came after
    return this.#before > 0 ? this.#before + Math.max(0, result) : falseWhenLate(result);
  }
}

function fillWindow(bytes: Uint8Array, from: number): number {
  const size = Math.min(bytes.length - from, WINDOW_SIZE);
  windowBytes().set(size === bytes.length ? bytes : bytes.subarray(from, from + size));
  return size;
}

/** The peer, or where a datagram goes; the length of the address that the core has been handed. */
function putTarget(address: Sockaddr | null | undefined): number {
  return address ? putAddress(address) : 0;
}

/** One try, without an operation: the number of bytes sent, or negative; -EAGAIN when it has to wait. */
function sendNow(object: CoreObject, bytes: Uint8Array, target?: Sockaddr | null): number {
  if (bytes.length > WINDOW_SIZE) return -EAGAIN;
  fillWindow(bytes, 0);
  const addressLength = putTarget(target);
  return callCore(() => core.sendNow(object, bytes.length, addressLength));
}

function isOver(result: number, bytes: Uint8Array): boolean {
  return result < 0 ? result !== -EAGAIN : result === bytes.length;
}

function sendWithin(
  socket: Socket,
  bytes: Uint8Array,
  timeout: Timeout,
  flags: number,
  ai: AddressInfo | undefined,
): Promise<number | false> {
  const object = checkMessage("send", socket, flags, ai);
  requireBytes(bytes);
  const seconds = secondsOf(timeout);
  const target = ai?.address;
  // most messages can be sent at once
  const result = flags === 0 ? sendNow(object, bytes, target) : -EAGAIN;
  if (isOver(result, bytes)) return immediately(result);
  const before = Math.max(0, result);
  return promised((settle) => {
    const operation = core.startSend(object, bytes.length - before, flags, putTarget(target), seconds);
    new Send(operation, bytes, before, settle).advance();
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
  // without a limit it is never late
  return sendWithin(socket, bytes, null, flags, ai) as Promise<number>;
}

/**
 * As {@link send}, within a time limit.
 *
 * @param timeout in seconds, fractions allowed; 0 tries once; null or false waits for ever
 * @returns the number of bytes sent, which is less than all when the time ran out in between; false when
 *   nothing could be sent in time; or a negative error number
 * @throws as `send`
 */
export function sendNonBlocking(
  socket: Socket,
  bytes: Uint8Array,
  timeout: Timeout,
  flags = 0,
  ai?: AddressInfo,
): Promise<number | false> {
  return sendWithin(socket, bytes, timeout, flags, ai);
}

/** Sends for a port: all of the bytes, then a callback, which may come before this returns. */
export function sendAll(socket: Socket, bytes: Uint8Array, settle: Settle<number>): void {
  const object = coreSocket(socket, "send");
  const result = sendNow(object, bytes);
  if (isOver(result, bytes)) {
    settle(result);
    return;
  }
  const before = Math.max(0, result);
  const operation = core.startSend(object, bytes.length - before, 0, 0, -1);
  new Send(operation, bytes, before, settle as Settle<number | false>).advance();
}
