// Listeners and look-ups of a loop: where its connections come from.

import { EAGAIN, EBADF, ECONNABORTED, EINVAL } from "../../error/errno";
import { OpenOperation } from "../../operation/compound";
import { PENDING } from "../../operation/operation";
import { acceptError, Socket } from "../../socket/socket";
import { Connection, Keeper } from "./connection";
import { INPUT, Source } from "./poller";
import { Timer, Timers } from "./timers";

/** How many connections one turn takes from one listener, so that it leaves the others their turn. */
const TURN: i32 = 64;

/** After how long a listener tries again that could not accept, as when there are too many open files. */
const RETRY_SECONDS: f64 = 0.1;

/** The end of a listener's rest. */
@final
class Rest extends Timer {
  constructor(private acceptor: Acceptor) {
    super();
  }
  onTime(): void {
    this.acceptor.markDirty();
  }
}

/** What makes connections of a listening socket's clients. */
@final
export class Acceptor extends Source {
  /** How many connections may be open at a time (10,000); further clients wait in the backlog. */
  limit: i32 = 10_000;
  /** How many are open. */
  open: i32 = 0;
  private rest: Rest | null = null;
  private counter: Counter | null = null;

  constructor(
    public socket: Socket,
    private make: () => Connection,
    private timers: Timers,
  ) {
    super();
  }

  /** Accepts no more, and closes the listening socket; its connections stay. */
  close(): void {
    this.socket.close();
    this.markDirty();
  }

  protected pollable(_side: i32): i32 {
    return this.socket.ownPollable();
  }

  onReady(_side: i32): void {
    let counter = this.counter;
    if (!counter) this.counter = counter = new Counter(this);
    for (let i = 0; i < TURN && this.open < this.limit; i++) {
      const socket = this.socket.tryAccept();
      if (!socket) {
        if (acceptError == -ECONNABORTED) continue; // one that was gone before its turn
        if (acceptError != -EAGAIN) this.pause();
        break;
      }
      const connection = this.make();
      connection.attach(socket, this.timers, counter);
      this.poller!.adopt(connection, socket);
      this.open++;
    }
    this.markDirty();
  }

  // what hinders it may go on for a while, and would keep the loop busy
  private pause(): void {
    if (acceptError == -EBADF || acceptError == -EINVAL) return this.socket.close();
    let rest = this.rest;
    if (!rest) this.rest = rest = new Rest(this);
    this.timers.start(rest, RETRY_SECONDS);
  }

  updateInterest(): void {
    const rest = this.rest;
    if (this.socket.closed) {
      if (rest) this.timers.cancel(rest);
      this.poller!.release(this);
      return;
    }
    this.want(INPUT, this.open < this.limit && !(rest && rest.runs));
  }
}

/** Counts a listener's connections. */
@final
class Counter extends Keeper {
  constructor(private acceptor: Acceptor) {
    super();
  }
  onGone(): void {
    this.acceptor.open--;
    this.acceptor.markDirty();
  }
}

/** A connection that is being made to a host and a service. */
@final
export class Opener extends Source {
  constructor(
    private operation: OpenOperation,
    private connection: Connection,
    private timers: Timers,
  ) {
    super();
  }

  protected pollable(_side: i32): i32 {
    return this.operation.waitsFor();
  }

  onReady(_side: i32): void {
    this.markDirty();
  }

  updateInterest(): void {
    this.want(INPUT, false); // a step may drop the pollable
    const result = this.operation.step(0, 0);
    if (result == PENDING) return this.want(INPUT, true);
    this.poller!.release(this);
    const connection = this.connection;
    if (result < 0) {
      connection.fail(result);
    } else {
      connection.attach(this.operation.opened!, this.timers, null);
    }
    this.poller!.adopt(connection, this.operation.opened);
  }
}
