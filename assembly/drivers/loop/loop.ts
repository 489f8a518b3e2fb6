// The event loop: many connections in one program, one thread and one instance.
//
// AssemblyScript has neither closures nor async functions. What a server remembers of a client therefore stands
// in the fields of an object of the program's own class, and what happens to the client calls that object's
// methods; the one function that a listener is given makes such an object and has nothing to remember.
// A Loop is an object, and `run` an ordinary call, so that one reads in the program where it waits.

import { collectSome } from "../../abi/collect";
import { OpenOperation } from "../../operation/compound";
import { Socket } from "../../socket/socket";
import { serviceText, utf8 } from "../../faces/library/addresses";
import { Acceptor, Opener } from "./acceptor";
import { Connection } from "./connection";
import { Datagrams } from "./datagrams";
import { Poller } from "./poller";
import { Timer, Timers } from "./timers";

/** An event loop. */
@final
export class Loop {
  private poller: Poller = new Poller();
  private timers: Timers = new Timers();
  private stopped: bool = false;

  /** How many listeners, connections and datagram sockets it has. */
  get size(): i32 {
    return this.poller.live;
  }

  /**
   * Serves the clients of a socket that listens: `make` makes the connection for each.
   *
   *     loop.serve(makeListenerSocket(address), () => new Echo());
   */
  serve(listener: Socket, make: () => Connection): Acceptor {
    const acceptor = new Acceptor(listener, make, this.timers);
    this.poller.adopt(acceptor, listener);
    return acceptor;
  }

  /**
   * Looks a host and a service (a name, a number or a numeric text) up and connects to it; `onOpen` or
   * `onError` tells what came of it.
   */
  connect<S>(host: string | null, service: S, connection: Connection): void {
    const name = utf8(host);
    const port = utf8(serviceText<S>(service));
    const operation = new OpenOperation(
      name ? changetype<usize>(name) : 0,
      name ? name.byteLength : 0,
      port ? changetype<usize>(port) : 0,
      port ? port.byteLength : 0,
    );
    this.poller.adopt(new Opener(operation, connection, this.timers), null);
  }

  /** Takes a socket that is connected already. */
  add(socket: Socket, connection: Connection): void {
    connection.attach(socket, this.timers, null);
    this.poller.adopt(connection, socket);
  }

  /** Takes a datagram socket that is bound. */
  receive(socket: Socket, datagrams: Datagrams): void {
    datagrams.attach(socket);
    this.poller.adopt(datagrams, socket);
  }

  /** Calls `onTime` once, after so many seconds (fractions are allowed); what it had to wait before is forgotten. */
  after(seconds: f64, timer: Timer): void {
    this.timers.start(timer, seconds);
  }

  /** Forgets a timer. */
  cancel(timer: Timer): void {
    this.timers.cancel(timer);
  }

  /** Works until there is nothing left to wait for, or until `stop`. */
  run(): void {
    const poller = this.poller;
    const timers = this.timers;
    this.stopped = false;
    while (true) {
      collectSome();
      timers.fire();
      poller.updateInterest();
      if (this.stopped || (!poller.count && timers.isEmpty)) return;
      poller.wait(timers.pollable());
    }
  }

  /** Makes `run` return after the present turn. Nothing is closed: `run` can go on later. */
  stop(): void {
    this.stopped = true;
  }
}
