/** Receiving, with and without a time limit. */
import { ByteSource } from "../../host/io/streams.ts";
import { Attempt, isOver, mayWaitAlone, tryNow } from "../attempt.ts";
import { immediately, Pending, promised, type Settle } from "../await.ts";
import { Msg, SocketType } from "../constants.ts";
import { bypass, bytesMoved, type CoreObject, core, EAGAIN, WINDOW_SIZE, windowBytes } from "../core.ts";
import { type Endpoint, inputOf } from "../endpoint.ts";
import { requireInteger } from "../errors.ts";
import { type Sockaddr, takeAddress } from "../sockaddr.ts";
import { checkMessage, LIMIT, requireBytes, requireStill } from "./message.ts";
import { forEver, type Wait } from "./wait.ts";

/** A receive as the caller asked for it. */
interface Wish {
  readonly socket: Endpoint;
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
  const isDirect = socket.isHosted && !socket.hasPeeked && (flags & Msg.trunc) === 0;
  // a stream has one sender, whom `getPeerName` tells
  return { socket, object, isStream, limit, flags, wait, isDirect, sender: isStream ? undefined : sender };
}

/** What a receive comes to: bytes that had no other place, else a number, which is negative where it failed. */
type Received = Buffer | number;

/** Where the bytes of a receive go: to the caller's, or into memory that is made when there are some. */
class Inbox {
  readonly wish: Wish;
  /** How many bytes have come. */
  received = 0;
  readonly #into: Uint8Array | undefined;
  // with Msg.waitall there can be several
  #pieces: Buffer[] | undefined = undefined;
  #failure: unknown = undefined;
  readonly #take = (bytes: Uint8Array): void => {
    const { wish } = this;
    // a datagram is cut to what was asked for; of a stream no more is read
    const piece = bytes.length > wish.limit ? bytes.subarray(0, wish.limit) : bytes;
    try {
      if (this.#into === undefined) this.#keep(owned(piece, wish));
      else this.#set(piece);
    } catch (error) {
      // the core runs, and has to come to the end of what it does
      this.#failure = error;
    }
  };

  constructor(wish: Wish, into: Uint8Array | undefined) {
    this.wish = wish;
    this.#into = into;
  }

  /** Throws TypeError when the caller's bytes are not what they were: nothing is read then. */
  check(): void {
    if (this.#into !== undefined) requireStill("recv", this.#into, this.wish.limit);
  }

  /** Until {@link close} what the core reads comes here, where it need not see it. */
  open(): void {
    if (this.wish.isDirect) bypass.incoming = this.#take;
  }

  close(): void {
    bypass.incoming = undefined;
    if (this.#failure !== undefined) throw this.#failure;
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
function owned(bytes: Uint8Array, { socket, isStream, object }: Wish): Buffer {
  // each datagram has memory of its own; a connection may give its buffer away
  const source = isStream ? inputOf(socket, object) : undefined;
  const isGiven = source === undefined || (source instanceof ByteSource && source.keep());
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

/** A receive under way. */
class Receive extends Pending<Received> {
  readonly #inbox: Inbox;

  constructor(inbox: Inbox, settle: Settle<Received>) {
    const { object, limit, flags, wait, sender } = inbox.wish;
    const wantsSender = sender === undefined ? 0 : 1;
    const operation = core.startReceive(object, limit, flags, wantsSender, wait.seconds);
    super(operation, settle, wait.signal, inbox.wish.socket);
    this.#inbox = inbox;
  }

  protected override run(operation: CoreObject, window: number): number {
    this.#inbox.open();
    try {
      return super.run(operation, window);
    } finally {
      this.#inbox.close();
    }
  }

  protected override fill(): number {
    this.#inbox.check();
    return Math.min(WINDOW_SIZE, this.#inbox.wish.limit - this.#inbox.received);
  }

  protected override drain(result: number): void {
    const inbox = this.#inbox;
    const { limit, flags, isStream } = inbox.wish;
    // a stream counts what it moves; a datagram comes whole, with the last step. Of what went past the core nothing is left
    const count = Math.min(Math.max(bytesMoved(), result), limit) - inbox.received;
    if (count <= 0) return;
    // tcp(7): with MSG_TRUNC the bytes of a stream are discarded, and only counted
    if (isStream && (flags & Msg.trunc) !== 0) inbox.skip(count);
    else inbox.takeWindow(count);
  }

  protected override partial(): number | undefined {
    const { received } = this.#inbox;
    return received === 0 ? undefined : received;
  }

  protected override finish(result: number): Received {
    const { sender } = this.#inbox.wish;
    if (result >= 0 && sender !== undefined && core.sender(this.operation) > 0) takeAddress(sender);
    return this.#inbox.result(result);
  }
}

/** One try within the core, without an operation: the number of bytes, or negative. */
function receiveNow(inbox: Inbox): number {
  const { object, limit, sender } = inbox.wish;
  inbox.open();
  try {
    const result = core.receiveNow(object, Math.min(limit, WINDOW_SIZE), sender === undefined ? 0 : 1);
    if (result < 0) return result;
    // before anybody goes on whom this has woken, such as the other end of a pair that has room now: it uses the window
    if (inbox.received === 0) inbox.takeWindow(result);
    if (sender !== undefined) takeAddress(sender);
    return result;
  } finally {
    inbox.close();
  }
}

/** A receive that waits to be tried again. */
class ReceiveAttempt extends Attempt<Received> {
  readonly #inbox: Inbox;

  constructor(socket: Endpoint, inbox: Inbox, settle: Settle<Received>) {
    super(socket, inbox.wish.object, settle);
    this.#inbox = inbox;
  }

  protected override again(): number {
    this.#inbox.check();
    return receiveNow(this.#inbox);
  }

  protected override begin(settle: Settle<Received>): void {
    new Receive(this.#inbox, settle).advance();
  }

  protected override meaning(result: number): Received {
    return this.#inbox.result(result);
  }
}

/** One try; what has flags is for an operation. */
function tryOnce(socket: Endpoint, inbox: Inbox): number {
  return inbox.wish.flags === 0 ? tryNow(socket, () => receiveNow(inbox)) : -EAGAIN;
}

/** Goes on with a try that was not over. */
function goOnLater(socket: Endpoint, inbox: Inbox, result: number, settle: Settle<Received>): void {
  if (mayWaitAlone(socket, result, inbox.wish.wait)) {
    new ReceiveAttempt(socket, inbox, settle);
  } else {
    socket.attempt?.enqueue();
    new Receive(inbox, settle).advance();
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
  const wish = wishOf(socket, bytes.length, wait, flags, sender);
  const inbox = new Inbox(wish, bytes);
  const result = tryOnce(socket, inbox);
  if (isOver(result)) return immediately(finish(result));
  return promised((settle) => {
    goOnLater(socket, inbox, result, (late, error) => settle(finish(late as number), error));
  });
}

/** Receives into memory of its own; the bytes, or a negative number, go to `settle`, maybe at once. */
function receiveBytes(socket: Endpoint, wish: Wish, settle: Settle<Received>): void {
  const inbox = new Inbox(wish, undefined);
  const result = tryOnce(socket, inbox);
  if (isOver(result)) settle(inbox.result(result));
  else goOnLater(socket, inbox, result, settle);
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
    receiveBytes(socket, wish, (result, error) => settle(finish(result), error));
  });
}

/** Receives for a port: what is there, or a negative number; `settle` may be called before this returns. */
export function receiveSome(socket: Endpoint, settle: Settle<Buffer | number>): void {
  receiveBytes(socket, wishOf(socket, WINDOW_SIZE, forEver, 0, undefined), settle);
}
