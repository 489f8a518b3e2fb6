// One connection of a loop.

import { EAGAIN, ENOBUFS, EPIPE, ETIMEDOUT } from "../../error/errno";
import { SHUT_WR, Socket } from "../../socket/socket";
import { encodeText } from "../../abi/utf8";
import { INPUT, OUTPUT, Source } from "./poller";
import { Timer, Timers } from "./timers";

/** What one turn reads of a connection. */
const READ_SIZE: i32 = 65536;
const READ: usize = memory.data(65536, 16);

/** High-water mark, in bytes: above it `write` returns false and reading stops (back-pressure). */
const HIGH_WATER: i32 = 65536;

/** Someone who counts connections. */
export abstract class Keeper {
  abstract onGone(): void;
}

/** The end of a connection's time. */
@final
class Deadline extends Timer {
  constructor(private connection: Connection) {
    super();
  }
  onTime(): void {
    this.connection.fail(-ETIMEDOUT);
  }
}

/**
 * A connection, from its opening to its close: make a class of it, with what it has to remember as its fields,
 * and say what it does.
 *
 * What comes is read only as fast as what is written can be sent, so that a peer that does not read is not
 * read from either.
 */
export abstract class Connection extends Source {
  /** What more than this many bytes wait to be sent for (1 MiB) is refused: the connection ends with ENOBUFS. */
  outputLimit: i32 = 1 << 20;
  private owned: Socket | null = null;
  private timers: Timers | null = null;
  private deadlineTimer: Deadline | null = null;
  private keeper: Keeper | null = null;
  private error: i32 = 0;
  private opened: bool = false;
  private paused: bool = false;
  private noMoreInput: bool = false;
  private ending: bool = false;
  private noMoreOutput: bool = false;
  private asksForPause: bool = false;
  // what waits to be sent: a part of a buffer, or null
  private output: ArrayBuffer | null = null;
  private outputStart: i32 = 0;
  private outputEnd: i32 = 0;

  /** It is there: bytes can be written. */
  onOpen(): void {}
  /** Bytes have come; they are this connection's to keep. */
  abstract onData(bytes: Uint8Array): void;
  /** The peer has ended its output. By default the answer to that is the end of ours, when all is sent. */
  onEnd(): void {
    this.end();
  }
  /** After a `write` that was false: all is sent. */
  onDrain(): void {}
  /** It breaks off, for the reason of a negative number such as -104 for ECONNRESET; `onClose` follows. */
  onError(_errno: i32): void {}
  /** It is closed; called once for every connection, whether it ever was open or not. */
  onClose(): void {}

  /** The socket; null before it is there and after the close. */
  get socket(): Socket | null {
    const socket = this.owned;
    return socket && socket.closed ? null : socket;
  }

  /** How many bytes wait to be sent. */
  get waiting(): i32 {
    return this.outputEnd - this.outputStart;
  }

  /** Gives it its socket. */
  attach(socket: Socket, timers: Timers, keeper: Keeper | null): void {
    this.owned = socket;
    this.keeper = keeper;
    this.timers = timers;
  }

  /**
   * Sends bytes, now or when the peer takes them. False asks for a pause until `onDrain`, or says that there
   * is nothing to send to any more.
   */
  write(bytes: Uint8Array): bool {
    return this.writeRegion(bytes.dataStart, bytes.length);
  }

  /** Sends a text in UTF-8, likewise. */
  writeString(text: string): bool {
    const bytes = encodeText(text);
    return this.writeRegion(changetype<usize>(bytes), bytes.byteLength);
  }

  private writeRegion(from: usize, length: i32): bool {
    const socket = this.socket;
    if (!socket || this.over || this.ending || this.error) return false;
    if (this.waiting > this.outputLimit) {
      this.fail(-ENOBUFS);
      return false;
    }
    let sent = 0;
    while (!this.waiting && sent < length) {
      const count = socket.trySend(from + sent, length - sent, 0, null);
      if (count == -EAGAIN) break;
      if (count < 0) {
        this.fail(count);
        return false;
      }
      sent += count;
    }
    if (sent < length) this.keep(from + sent, length - sent);
    this.markDirty();
    if (this.waiting <= HIGH_WATER) return true;
    this.asksForPause = true;
    return false;
  }

  // keeps bytes until they can be sent, in a buffer that grows by doubling
  private keep(from: usize, length: i32): void {
    const waiting = this.waiting;
    let buffer = this.output;
    if (!buffer || this.outputEnd + length > buffer.byteLength) {
      const size = waiting + length;
      let target = buffer;
      if (!target || size > target.byteLength) target = new ArrayBuffer(max(size * 2, 4096));
      if (buffer)
        memory.copy(changetype<usize>(target), changetype<usize>(buffer) + this.outputStart, waiting);
      this.output = buffer = target;
      this.outputStart = 0;
      this.outputEnd = waiting;
    }
    memory.copy(changetype<usize>(buffer) + this.outputEnd, from, length);
    this.outputEnd += length;
  }

  /** Ends the output when all is sent; what the peer sends still comes. */
  end(): void {
    this.ending = true;
    this.markDirty();
  }

  /** Closes at once; what waits to be sent is lost. */
  close(): void {
    const socket = this.owned;
    if (socket) socket.close();
    this.markDirty();
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.paused = true;
    this.markDirty();
  }

  /** Reads again. */
  resume(): void {
    this.paused = false;
    this.markDirty();
  }

  /**
   * Gives the connection so many seconds from now: when they have passed it ends with ETIMEDOUT. Another call
   * gives it others; a negative number takes the limit away. There is none by default.
   */
  deadline(seconds: f64): void {
    const timers = this.timers;
    if (!timers || this.over) return;
    let timer = this.deadlineTimer;
    if (!timer) this.deadlineTimer = timer = new Deadline(this);
    if (seconds < 0) timers.cancel(timer);
    else timers.start(timer, seconds);
  }

  /** Breaks it off for a reason: a negative number. */
  fail(errno: i32): void {
    if (!this.error) this.error = errno;
    this.markDirty();
  }

  protected pollable(side: i32): i32 {
    return side == INPUT ? this.owned!.inputPollable() : this.owned!.outputPollable();
  }

  onReady(side: i32): void {
    if (side == OUTPUT) this.flush();
    else this.read();
    this.markDirty();
  }

  private read(): void {
    const count = this.owned!.tryReceive(READ, READ_SIZE, 0, null);
    if (count > 0) {
      const bytes = new Uint8Array(count);
      memory.copy(bytes.dataStart, READ, count);
      this.onData(bytes);
    } else if (count == 0) {
      this.noMoreInput = true;
      this.onEnd();
    } else if (count != -EAGAIN) {
      this.fail(count);
    }
  }

  private flush(): void {
    const socket = this.owned!;
    while (this.waiting) {
      const from = changetype<usize>(this.output!) + this.outputStart;
      const count = socket.trySend(from, this.waiting, 0, null);
      if (count == -EAGAIN) return;
      if (count < 0) return this.fail(count);
      this.outputStart += count;
    }
    this.output = null; // a connection that has nothing to send takes no room
    this.outputStart = this.outputEnd = 0;
    if (!this.asksForPause) return;
    this.asksForPause = false;
    this.onDrain();
  }

  updateInterest(): void {
    const socket = this.socket;
    if (socket && !this.opened) {
      this.opened = true;
      this.onOpen();
      this.markDirty();
      return;
    }
    if (socket && !this.error && this.ending && !this.waiting && !this.noMoreOutput) {
      this.noMoreOutput = true;
      const error = socket.shutdown(SHUT_WR);
      if (error && error != -EPIPE) this.fail(error);
    }
    if (!socket || this.error || (this.noMoreInput && this.noMoreOutput)) return this.finish();
    this.want(INPUT, !this.noMoreInput && !this.paused && this.waiting <= HIGH_WATER);
    this.want(OUTPUT, this.waiting > 0);
  }

  private finish(): void {
    this.poller!.release(this);
    const socket = this.owned;
    if (socket) socket.close();
    const timer = this.deadlineTimer;
    if (timer) this.timers!.cancel(timer);
    this.output = null;
    this.outputStart = this.outputEnd = 0;
    const keeper = this.keeper;
    if (keeper) keeper.onGone();
    if (this.error) this.onError(this.error);
    this.onClose();
  }
}
