/** The functions that send and receive: what goes wrong is a false, of which `lastError` tells why, or a negative number. */
import { type AddressInfo, ownAddress, requireAddressInfo } from "../address-info.ts";
import { receiveIntoWithin, receiveWithin } from "../calls/receive.ts";
import { type Message, receiveManyWithin } from "../calls/receive-many.ts";
import { sendWithin } from "../calls/send.ts";
import { asIs, forEver, secondsOf, type Timeout } from "../calls/wait.ts";
import { SocketType } from "../constants.ts";
import { TIMED_OUT } from "../core.ts";
import type { Wait } from "../driver.ts";
import { requireSocket } from "../endpoint.ts";
import type { NetErrorContext } from "../errors.ts";
import type { Sockaddr } from "../sockaddr.ts";
import type { Socket } from "../socket.ts";
import { noteFailure } from "./last-error.ts";

function within(timeout: Timeout): Wait {
  return { seconds: secondsOf(timeout), signal: undefined };
}

/** Where a datagram goes. */
function targetOf(ai: AddressInfo | undefined): Sockaddr | null {
  return ai === undefined ? null : requireAddressInfo("ai", ai).address;
}

/** What takes the address of a datagram's sender. */
function senderOf(socket: Socket, ai: AddressInfo | undefined): Sockaddr | undefined {
  if (ai === undefined) return undefined;
  requireAddressInfo("ai", ai);
  // a stream has one sender, whom `getPeerName` tells
  return requireSocket(socket).type === SocketType.stream ? undefined : ownAddress(ai);
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
  return sendWithin(socket, bytes, forEver, flags, targetOf(ai), asIs);
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
  return sendWithin(socket, bytes, within(timeout), flags, targetOf(ai), sentOrFalse);
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
  return receiveIntoWithin(socket, bytes, forEver, flags, senderOf(socket, ai), asIs);
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
  return receiveIntoWithin(socket, bytes, within(timeout), flags, senderOf(socket, ai), receivedOrFalse);
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
  return receiveWithin(socket, n, forEver, flags, senderOf(socket, ai), bytesOrFalse);
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
  return receiveWithin(socket, n, within(timeout), flags, senderOf(socket, ai), bytesOrFalse);
}

/**
 * Waits for a datagram, and takes those that are there: one call, and one promise, for all of them.
 *
 * @param n at most so many, and at most 64
 * @returns the datagrams, none where no more can come; false on failure, EOPNOTSUPP for a stream
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 * @see recvmmsg(2)
 */
export function receiveMany(socket: Socket, n: number): Promise<Message[] | false> {
  return receiveManyWithin(socket, n, forEver, messagesOrFalse);
}

const SENDING: NetErrorContext = { syscall: "send" };
const RECEIVING: NetErrorContext = { syscall: "recv" };

function bytesOrFalse(result: Buffer | number): Buffer | false {
  return typeof result === "number" ? noteFailure(result, RECEIVING) : result;
}

function messagesOrFalse(result: Message[] | number): Message[] | false {
  return typeof result === "number" ? noteFailure(result, RECEIVING) : result;
}

function sentOrFalse(result: number): number | false {
  return falseWhenLate(result, SENDING);
}

function receivedOrFalse(result: number): number | false {
  return falseWhenLate(result, RECEIVING);
}

function falseWhenLate(result: number, context: NetErrorContext): number | false {
  return result === TIMED_OUT ? noteFailure(result, context) : result;
}
