/** Receiving, with and without a time limit. */
import type { ByteSource } from "../../host/io/streams.ts";
import { Attempt } from "../attempt.ts";
import { enterCore, immediately, leaveCore, Pending, promised, type Settle } from "../await.ts";
import { Msg, SocketType } from "../constants.ts";
import {
  bytesMoved,
  type CoreObject,
  core,
  direct,
  EAGAIN,
  inputOf,
  PENDING,
  WINDOW_SIZE,
  windowBytes,
} from "../core.ts";
import type { Take } from "../direct.ts";
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
  const isDirect = socket.isHosted && !socket.hasPeeked && (flags & Msg.trunc) === 0;
  // a stream has one sender, whom `getPeerName` tells
  return { object, isStream, limit, flags, wait, isDirect, sender: isStream ? undefined : sender };
}

/** What a receive comes to: bytes that had no other place, else a number, which is negative where it failed. */
type Received = Buffer | number;

/** A receive under way, into the caller's bytes or into memory that is made when bytes are there. */
class Receive extends Pending<Received> {
  readonly #wish: Wish;
  readonly #into: Uint8Array | undefined;
  // with Msg.waitall there can be several
  readonly #pieces: Buffer[] = [];
  #received = 0;
  readonly #take: Take = (bytes, source) => {
    const { isStream, limit } = this.#wish;
    const piece = fitting(bytes, limit);
    if (this.#into === undefined) this.#pieces.push(owned(piece, isStream, source));
    else this.#into.set(piece, this.#received);
    this.#received += piece.length;
  };

  constructor(wish: Wish, into: Uint8Array | undefined, settle: Settle<Received>) {
    const { object, limit, flags, wait, sender } = wish;
    const wantsSender = sender === undefined ? 0 : 1;
    super(core.startReceive(object, limit, flags, wantsSender, wait.seconds), settle, wait.signal);
    this.#wish = wish;
    this.#into = into;
  }

  #bytes(): Buffer {
    const [first] = this.#pieces;
    return first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
  }

  protected override run(operation: CoreObject, window: number): number {
    if (!this.#wish.isDirect) return super.run(operation, window);
    direct.readTo(this.#take);
    try {
      return super.run(operation, window);
    } finally {
      direct.stop();
    }
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
      this.#pieces.push(discards ? Buffer.alloc(count) : copied(windowBytes().subarray(0, count)));
    else if (!discards) this.#into.set(windowBytes().subarray(0, count), this.#received);
    this.#received += count;
  }

  protected override partial(): number | undefined {
    return this.#received === 0 ? undefined : this.#received;
  }

  protected override finish(result: number): Received {
    const { sender } = this.#wish;
    if (result >= 0 && sender !== undefined && core.sender(this.operation) > 0) takeAddress(sender);
    return this.#into === undefined && result >= 0 ? this.#bytes() : result;
  }
}

/** A datagram is cut to what was asked for; of a stream no more is read. */
function fitting(bytes: Uint8Array, limit: number): Uint8Array {
  return bytes.length > limit ? bytes.subarray(0, limit) : bytes;
}

/** Bytes that are the caller's from now on. Each datagram has memory of its own. */
function owned(bytes: Uint8Array, isStream: boolean, source: ByteSource | undefined): Buffer {
  return !isStream || source?.keep() ? asBuffer(bytes) : copied(bytes);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}

function copied(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafe(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Tries to receive without an operation: into the caller's bytes, or into memory that is made when there are some. */
class Try {
  readonly #wish: Wish;
  readonly #into: Uint8Array | undefined;
  #bytes: Buffer | undefined = undefined;
  #isTaken = false;
  readonly #take: Take = (bytes, source) => this.#put(bytes, source);

  constructor(wish: Wish, into: Uint8Array | undefined) {
    this.#wish = wish;
    this.#into = into;
  }

  /** Calls the core, and lets those go on whom that has woken. */
  run(): Received {
    const outer = enterCore();
    try {
      return this.receive();
    } finally {
      leaveCore(outer);
    }
  }

  /** What it has come to; PENDING or -EAGAIN when it has to wait, with an operation in the latter case. */
  receive(): Received {
    const { object, limit, isDirect, sender } = this.#wish;
    const size = Math.min(limit, WINDOW_SIZE);
    if (isDirect) direct.readTo(this.#take);
    try {
      const result = core.receiveNow(object, size, sender === undefined ? 0 : 1);
      if (result < 0) return result;
      // before anybody goes on whom this has woken, such as the other end of a pair that has room now: it uses the window
      if (!this.#isTaken) this.#takeWindow(result);
      if (sender !== undefined) takeAddress(sender);
      return this.#bytes ?? result;
    } finally {
      direct.stop();
    }
  }

  /** Goes on as an operation. */
  begin(settle: Settle<Received>): void {
    new Receive(this.#wish, this.#into, settle).advance();
  }

  #takeWindow(count: number): void {
    const bytes = windowBytes().subarray(0, count);
    if (this.#into === undefined) this.#bytes = copied(bytes);
    else this.#into.set(bytes);
  }

  #put(bytes: Uint8Array, source: ByteSource | undefined): void {
    this.#isTaken = true;
    const { limit, isStream } = this.#wish;
    const piece = fitting(bytes, limit);
    if (this.#into === undefined) this.#bytes = owned(piece, isStream, source);
    else this.#into.set(piece);
  }
}

/** A receive that waits to be tried again. */
class ReceiveAttempt extends Attempt<Received> {
  readonly #try: Try;

  constructor(socket: Endpoint, wish: Wish, attempt: Try, settle: Settle<Received>) {
    super(socket, inputOf(core.socketHandle(wish.object)), settle);
    this.#try = attempt;
  }

  protected override again(): Received | undefined {
    const result = this.#try.receive();
    // an option that was set meanwhile is for the core to mind
    if (result === -EAGAIN) this.enqueue();
    return isOver(result) ? result : undefined;
  }

  protected override begin(settle: Settle<Received>): void {
    this.#try.begin(settle);
  }

  protected override failed(errno: number): number {
    return errno;
  }
}

/** Whether there is a result. */
function isOver(result: Received): boolean {
  return result !== PENDING && result !== -EAGAIN;
}

/** One try; not where others come first, and what has flags is for an operation. */
function tryNow(socket: Endpoint, wish: Wish, attempt: Try): Received {
  return wish.flags === 0 && socket.attempt === undefined ? attempt.run() : -EAGAIN;
}

/** Waits with a try that has come to PENDING or -EAGAIN. */
function goOnLater(
  socket: Endpoint,
  wish: Wish,
  attempt: Try,
  result: Received,
  settle: Settle<Received>,
): void {
  const { seconds, signal } = wish.wait;
  if (result === PENDING && socket.isHosted && seconds < 0 && signal === undefined) {
    new ReceiveAttempt(socket, wish, attempt, settle);
  } else {
    socket.attempt?.enqueue();
    attempt.begin(settle);
  }
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
  const attempt = new Try(wish, bytes);
  const result = tryNow(socket, wish, attempt) as number;
  if (isOver(result)) return immediately(result);
  return promised((settle) => {
    goOnLater(socket, wish, attempt, result, (late, error) => settle(falseWhenLate(late as number), error));
  });
}

/** Receives into memory of its own; the bytes, or a negative number, go to `settle`, maybe at once. */
function receiveBytes(socket: Endpoint, wish: Wish, settle: Settle<Received>): void {
  const attempt = new Try(wish, undefined);
  const result = tryNow(socket, wish, attempt);
  if (isOver(result)) settle(result);
  else goOnLater(socket, wish, attempt, result, settle);
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

/** Leaves the result of `receiveWithin` as it is. */
export function asReceived(result: Buffer | number): Buffer | number {
  return result;
}

/** Receives for a port: what is there, or a negative number; `settle` may be called before this returns. */
export function receiveSome(socket: Endpoint, settle: Settle<Buffer | number>): void {
  receiveBytes(socket, wishOf(socket, WINDOW_SIZE, forEver, 0, undefined), settle);
}
