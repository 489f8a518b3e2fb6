/** Sending, with and without a time limit. */
import {
  bypass,
  bytesMoved,
  type CoreObject,
  core,
  EAGAIN,
  MORE,
  PENDING,
  WINDOW_SIZE,
  windowBytes,
} from "../core.ts";
import type { CoreSocket } from "../core-socket.ts";
import { Call, enterCore, immediately, leaveCore, type Settle, type Wait } from "../driver.ts";
import { coreSocket, type Endpoint } from "../endpoint.ts";
import { type Sockaddr, writeAddress } from "../sockaddr.ts";
import { checkMessage, requireBytes, requireStill } from "./message.ts";
import { asIs, forEver } from "./wait.ts";

/** A send as the caller asked for it. */
interface SendRequest {
  readonly socket: CoreSocket;
  readonly bytes: Uint8Array;
  readonly flags: number;
  /** Where a datagram goes; null for the peer. */
  readonly target: Sockaddr | null;
  readonly wait: Wait;
}

/** A send that was not over at once; the bytes stay where they are until they are sent. */
class Send<T> extends Call<T> {
  readonly #request: SendRequest;
  /** How many bytes there were when the call began. */
  readonly #length: number;
  readonly #finish: (result: number) => T;
  #sent: number;
  /** How many were sent before it became an operation. */
  #before = 0;

  /** @param sent how many bytes were sent already */
  constructor(request: SendRequest, sent: number, finish: (result: number) => T) {
    const { socket, bytes, flags, wait } = request;
    super(socket, "outgoing", flags !== 0, wait);
    this.#request = request;
    this.#length = bytes.length;
    this.#sent = sent;
    this.#finish = finish;
  }

  protected override attempt(): number {
    const { socket, target } = this.#request;
    for (;;) {
      const result = trySend(socket, this.#rest(), target);
      if (result === PENDING || result === -EAGAIN) return result;
      this.#sent += Math.max(0, result);
      if (this.#sent === this.#length || result < 0) return result;
    }
  }

  protected override queue(): CoreObject {
    const { socket, flags, target, wait } = this.#request;
    this.#before = this.#sent;
    const left = this.#length - this.#sent;
    return core.startSend(socket.object, left, flags, targetLength(target), wait.seconds);
  }

  protected override step(): number {
    for (;;) {
      const bytes = this.#rest();
      const window = Math.min(bytes.length, WINDOW_SIZE);
      const piece = window === bytes.length ? bytes : bytes.subarray(0, window);
      const result = offering(this.#request.socket, piece, () => core.step(this.operation, window));
      this.#sent = this.#before + bytesMoved();
      if (result !== MORE) return result;
    }
  }

  /** What is to be sent yet. */
  #rest(): Uint8Array {
    const { bytes } = this.#request;
    requireStill("send", bytes, this.#length);
    return this.#sent === 0 ? bytes : bytes.subarray(this.#sent, this.#length);
  }

  protected override partial(): number | undefined {
    return this.#sent === 0 ? undefined : this.#sent;
  }

  protected override finish(result: number): T {
    // what was sent before counts, whatever came after
    return this.#finish(this.#sent > 0 ? this.#sent : result);
  }
}

/** Calls the core, for which `bytes` are in its window. */
function offering(socket: CoreSocket, bytes: Uint8Array, call: () => number): number {
  if (!socket.isHosted) {
    windowBytes().set(bytes);
    return call();
  }
  bypass.outgoing = bytes;
  try {
    return call();
  } finally {
    bypass.outgoing = undefined;
  }
}

/** The length of the address that the core is handed: the peer has none. */
function targetLength(target: Sockaddr | null): number {
  return target === null ? 0 : writeAddress(target);
}

/** One try: the number of bytes sent, or negative as {@link Call.attempt} has it. */
function trySend(socket: CoreSocket, bytes: Uint8Array, target: Sockaddr | null): number {
  // of what doesn't go through the core's memory a stream takes what there is room for
  const isWhole = bytes.length <= WINDOW_SIZE || (socket.isHosted && socket.isStream);
  if (!isWhole && !socket.isStream) return -EAGAIN;
  const piece = isWhole ? bytes : bytes.subarray(0, WINDOW_SIZE);
  const length = targetLength(target);
  return offering(socket, piece, () => core.sendNow(socket.object, piece.length, length));
}

/** Most messages can be sent at once, which takes no {@link Send}: what a first try comes to. */
function sendAtOnce({ socket, bytes, flags, target }: SendRequest): number {
  if (flags !== 0 || socket.outgoing !== undefined) return -EAGAIN;
  const outer = enterCore();
  try {
    return trySend(socket, bytes, target);
  } finally {
    leaveCore(outer);
  }
}

function isOver(result: number, { bytes }: SendRequest): boolean {
  return result < 0 ? result !== -EAGAIN && result !== PENDING : result === bytes.length;
}

/**
 * Sends all of `bytes`, or one datagram.
 *
 * @param target where a datagram goes; null for the peer
 * @param finish makes the call's result of the number of bytes sent, which is less than all when the time ran out or
 *   the signal came in between; of TIMED_OUT when nothing could be sent in time, or of a negative errno
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function sendWithin<T>(
  socket: Endpoint,
  bytes: Uint8Array,
  wait: Wait,
  flags: number,
  target: Sockaddr | null,
  finish: (result: number) => T,
): Promise<T> {
  const request = { socket: checkMessage("send", socket, flags), bytes, flags, target, wait };
  requireBytes(bytes);
  const result = sendAtOnce(request);
  if (isOver(result, request)) return immediately(finish(result), request.socket.host);
  return new Send(request, Math.max(0, result), finish).promise();
}

/** Sends for a port: all of the bytes, then a callback, which may come before this returns. */
export function sendAll(socket: Endpoint, bytes: Uint8Array, settle: Settle<number>): void {
  const request = { socket: coreSocket(socket, "send"), bytes, flags: 0, target: null, wait: forEver };
  const result = sendAtOnce(request);
  if (isOver(result, request)) settle(result);
  else new Send(request, Math.max(0, result), asIs).start(settle);
}
