// What is made of the parts: sockets by their numbers, openNetIo, makeListenerSocket.

import { AddressInfo } from "../address/address-info";
import { DatagramSocket } from "../socket/datagram-socket";
import { EAFNOSUPPORT, EAGAIN, EINVAL, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from "../error/errno";
import { Operation, PENDING } from "./operation";
import { ResolveOperation } from "../address/resolve";
import { AF_INET, AF_INET6 } from "../address/sockaddr";
import { IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM, Socket } from "../socket/socket";
import { BindOperation, ConnectOperation, ListenOperation } from "./socket-operations";
import { StreamSocket } from "../socket/stream-socket";

/** Why the last `createSocket` gave nothing. */
export let socketError: i32 = 0;

/** Makes a socket as socket(2) does; null with the reason in `socketError`. */
export function createSocket(family: i32, type: i32, protocol: i32): Socket | null {
  socketError = checkKind(family, type, protocol);
  if (socketError) return null;
  if (type == SOCK_STREAM) return createStreamSocket(family);
  const socket = new DatagramSocket(family);
  socketError = socket.open();
  if (!socketError) return socket;
  socket.close();
  return null;
}

// a program that only opens connections goes without datagram sockets
function createStreamSocket(family: i32): Socket | null {
  const socket = new StreamSocket(family);
  socketError = socket.open();
  if (!socketError) return socket;
  socket.close();
  return null;
}

function checkKind(family: i32, type: i32, protocol: i32): i32 {
  if (family != AF_INET && family != AF_INET6) return -EAFNOSUPPORT;
  // WASI has neither raw sockets nor ICMP
  if (type != SOCK_STREAM && type != SOCK_DGRAM) return -ESOCKTNOSUPPORT;
  if (protocol && protocol != (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP)) return -EPROTONOSUPPORT;
  return 0;
}

/** Looks up, then tries each candidate in turn; its result is 0 and the connection in `opened`. */
@final
export class OpenOperation extends Operation {
  opened: Socket | null = null;
  /** Which step is under way, or failed: 0 look-up, 1 connect. */
  phase: i32 = 0;
  private resolve: ResolveOperation;
  private candidate: AddressInfo | null = null;
  private socket: Socket | null = null;
  private connect: ConnectOperation | null = null;
  private error: i32 = 0;

  constructor(host: usize, hostLength: u32, service: usize, serviceLength: u32) {
    super();
    this.resolve = new ResolveOperation(
      host,
      hostLength,
      service,
      serviceLength,
      new AddressInfo(0, SOCK_STREAM, 0, 0),
    );
  }

  protected attempt(_window: usize, _size: u32): i32 {
    if (!this.resolve.finished) {
      const result = this.resolve.step(0, 0);
      if (result < 0) return waitOr(result);
      this.candidate = this.resolve.found;
      this.phase = 1;
    }
    while (true) {
      if (!this.connect && !this.startNext()) return this.error;
      const result = this.connect!.step(0, 0);
      const socket = this.socket!;
      if (result == 0) {
        this.opened = socket;
        this.socket = null;
        return 0;
      }
      const error = waitOr(result);
      if (error == -EAGAIN) return error;
      this.error = error;
      this.connect = null;
      socket.close();
    }
  }

  // starts to connect to the next candidate; false when there is none left
  private startNext(): bool {
    while (true) {
      const candidate = this.candidate;
      if (!candidate) return false;
      this.candidate = candidate.next;
      const socket = createStreamSocket(candidate.family);
      if (socket) {
        this.socket = socket;
        this.connect = new ConnectOperation(socket, candidate.address!, -1);
        return true;
      }
      this.error = socketError;
    }
  }

  waitsFor(): i32 {
    const connect = this.connect;
    return connect ? connect.waitsFor() : this.resolve.waitsFor();
  }
  subscribe(): i32 {
    const connect = this.connect;
    return connect ? connect.subscribe() : this.resolve.subscribe();
  }
  protected release(): void {
    this.resolve.finish();
    const socket = this.socket;
    if (socket) socket.close();
    this.socket = null;
  }
}

// what a step of an inner operation means to the outer one
function waitOr(result: i32): i32 {
  return result == PENDING ? -EAGAIN : result;
}

/** The backlog of a listener for which none is asked. */
export const DEFAULT_BACKLOG: i32 = 128;

/** Socket, bind and listen in one; its result is 0 and the socket in `listener`. */
@final
export class ListenerOperation extends Operation {
  listener: Socket | null = null;
  /** Which step is under way, or failed: 0 socket, 1 bind, 2 listen. */
  phase: i32 = 0;
  private socket: Socket | null = null;
  private inner: Operation | null = null;

  constructor(
    private info: AddressInfo,
    private backlog: u32,
  ) {
    super();
  }

  protected attempt(_window: usize, _size: u32): i32 {
    if (this.phase == 0) {
      const address = this.info.address;
      if (!address) return -EINVAL;
      const created = createSocket(this.info.family, this.info.socketType, this.info.protocol);
      if (!created) return socketError;
      // SO_REUSEADDR is what a WASI host sets on every listener (wasi:sockets, start-bind)
      this.socket = created;
      this.inner = new BindOperation(created, address);
      this.phase = 1;
    }
    const socket = this.socket!;
    while (true) {
      const result = waitOr(this.inner!.step(0, 0));
      if (result) return result;
      if (this.phase == 2) {
        this.listener = socket;
        this.socket = null;
        return 0;
      }
      this.inner = new ListenOperation(socket, this.backlog);
      this.phase = 2;
    }
  }

  waitsFor(): i32 {
    const inner = this.inner;
    return inner ? inner.waitsFor() : 0;
  }
  subscribe(): i32 {
    return this.inner!.subscribe();
  }
  protected release(): void {
    const socket = this.socket;
    if (socket) socket.close();
    this.socket = null;
  }
}
