/** Sending, with and without a time limit. */
import { enterCore, immediately, leaveCore, Pending, promised, type Settle } from "../await.ts";
import { bypass, bytesMoved, type CoreObject, core, EAGAIN, WINDOW_SIZE, windowBytes } from "../core.ts";
import { coreSocket, type Endpoint } from "../endpoint.ts";
import { putAddress, type Sockaddr } from "../sockaddr.ts";
import { checkMessage, requireBytes, requireStill } from "./message.ts";
import type { Wait } from "./wait.ts";

/** A send under way, which goes through the window in pieces; the bytes stay where they are until then. */
class Send extends Pending<number> {
  readonly #bytes: Uint8Array;
  /** How many there were when the call began. */
  readonly #length: number;
  readonly #isDirect: boolean;
  // sent before the operation began, and by it
  readonly #before: number;
  #sent: number;

  constructor(
    operation: CoreObject,
    socket: Endpoint,
    bytes: Uint8Array,
    before: number,
    settle: Settle<number>,
    signal?: AbortSignal,
  ) {
    super(operation, settle, signal, socket);
    this.#bytes = bytes;
    this.#length = bytes.length;
    this.#isDirect = socket.isHosted;
    this.#before = this.#sent = before;
  }

  protected override run(operation: CoreObject, window: number): number {
    const from = this.#sent;
    const whole = this.#bytes;
    const isWhole = from === 0 && window === whole.length;
    const bytes = isWhole ? whole : whole.subarray(from, from + window);
    return offering(this.#isDirect, bytes, () => core.step(operation, window));
  }

  protected override fill(): number {
    requireStill("send", this.#bytes, this.#length);
    return Math.min(this.#length - this.#sent, WINDOW_SIZE);
  }

  protected override drain(): void {
    this.#sent = this.#before + bytesMoved();
  }

  protected override partial(): number | undefined {
    return this.#sent === 0 ? undefined : this.#sent - this.#before;
  }

  protected override finish(result: number): number {
    // what was sent before counts, whatever came after
    return this.#before > 0 ? this.#before + Math.max(0, result) : result;
  }
}

/** Calls the core, for which `bytes` are in its window. */
function offering(isDirect: boolean, bytes: Uint8Array, call: () => number): number {
  if (!isDirect) {
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

/** The peer, or where a datagram goes; the length of the address that the core has been handed. */
function putTarget(address: Sockaddr | null): number {
  return address === null ? 0 : putAddress(address);
}

/** One try, without an operation: the number of bytes sent, or negative; -EAGAIN when it has to wait. */
function sendNow(socket: Endpoint, object: CoreObject, bytes: Uint8Array, target: Sockaddr | null): number {
  const { length } = bytes;
  if (length > WINDOW_SIZE) return -EAGAIN;
  const addressLength = putTarget(target);
  const outer = enterCore();
  try {
    return offering(socket.isHosted, bytes, () => core.sendNow(object, length, addressLength));
  } finally {
    leaveCore(outer);
  }
}

function isOver(result: number, bytes: Uint8Array): boolean {
  return result < 0 ? result !== -EAGAIN : result === bytes.length;
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
  { seconds, signal }: Wait,
  flags: number,
  target: Sockaddr | null,
  finish: (result: number) => T,
): Promise<T> {
  const object = checkMessage("send", socket, flags);
  requireBytes(bytes);
  // most messages can be sent at once
  const result = flags === 0 ? sendNow(socket, object, bytes, target) : -EAGAIN;
  if (isOver(result, bytes)) return immediately(finish(result));
  const before = Math.max(0, result);
  return promised((settle) => {
    const operation = core.startSend(object, bytes.length - before, flags, putTarget(target), seconds);
    const finished: Settle<number> = (late, error) => settle(finish(late), error);
    new Send(operation, socket, bytes, before, finished, signal).advance();
  });
}

/** Sends for a port: all of the bytes, then a callback, which may come before this returns. */
export function sendAll(socket: Endpoint, bytes: Uint8Array, settle: Settle<number>): void {
  const object = coreSocket(socket, "send");
  const result = sendNow(socket, object, bytes, null);
  if (isOver(result, bytes)) {
    settle(result);
    return;
  }
  const before = Math.max(0, result);
  const operation = core.startSend(object, bytes.length - before, 0, 0, -1);
  new Send(operation, socket, bytes, before, settle).advance();
}
