// Datagrams in a loop.

import { EAGAIN } from "../../error/errno";
import { Sockaddr } from "../../address/sockaddr";
import { Socket } from "../../socket/socket";
import { INPUT, OUTPUT, Source } from "./poller";

/** The longest datagram. */
const SIZE: i32 = 65536;
const READ: usize = memory.data(65536, 16);

/** How many messages one turn takes, so that it leaves the others their turn. */
const TURN: i32 = 64;

/** A datagram socket: make a class of it, and say what it does with each message. */
export abstract class Datagrams extends Source {
  private owned: Socket | null = null;
  private wantsToSend: bool = false;

  /** A message has come, and from whom; both are this object's to keep. */
  abstract onMessage(bytes: Uint8Array, from: Sockaddr): void;
  /** After a `send` that gave -EAGAIN: there is room again. */
  onDrain(): void {}
  /** Something was reported: a negative number, such as -111 for ECONNREFUSED. The socket stays open. */
  onError(_errno: i32): void {}
  /** The socket was closed. */
  onClose(): void {}

  /** The socket; null before it has one and after the close. */
  get socket(): Socket | null {
    const socket = this.owned;
    return socket && socket.closed ? null : socket;
  }

  attach(socket: Socket): void {
    this.owned = socket;
  }

  /**
   * Sends a message to an address, or to the one that the socket is connected to: the number of bytes, or a
   * negative number. Nothing is kept: after -EAGAIN the message is to be sent again, from `onDrain` on.
   */
  send(bytes: Uint8Array, to: Sockaddr | null = null): i32 {
    const count = this.owned!.trySend(bytes.dataStart, bytes.length, 0, to);
    if (count == -EAGAIN) {
      this.wantsToSend = true;
      this.markDirty();
    }
    return count;
  }

  /** Closes the socket. */
  close(): void {
    this.owned!.close();
    this.markDirty();
  }

  protected pollable(side: i32): i32 {
    return side == INPUT ? this.owned!.inputPollable() : this.owned!.outputPollable();
  }

  onReady(side: i32): void {
    this.markDirty();
    if (side == OUTPUT) {
      this.wantsToSend = false;
      this.onDrain();
      return;
    }
    for (let i = 0; i < TURN; i++) {
      const from = new Sockaddr();
      const count = this.owned!.tryReceive(READ, SIZE, 0, from);
      if (count == -EAGAIN || this.owned!.closed) return;
      if (count < 0) {
        this.onError(count);
        continue;
      }
      const bytes = new Uint8Array(count);
      memory.copy(bytes.dataStart, READ, count);
      this.onMessage(bytes, from);
    }
  }

  updateInterest(): void {
    if (this.owned!.closed) {
      this.poller!.release(this);
      this.onClose();
      return;
    }
    this.want(INPUT, true);
    this.want(OUTPUT, this.wantsToSend);
  }
}
