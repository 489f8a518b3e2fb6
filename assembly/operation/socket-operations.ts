// The operations on one socket: bind, listen, accept, connect, send, receive.

import { EAGAIN, EBADF, EINVAL, EMSGSIZE, EOPNOTSUPP } from "../error/errno";
import { MORE, Operation, TIMED_OUT } from "./operation";
import { Sockaddr } from "../address/sockaddr";
import {
  acceptError,
  MessageSink,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SOCK_STREAM,
  Socket,
} from "../socket/socket";

const SEND_FLAGS: i32 = MSG_DONTWAIT;
const RECEIVE_FLAGS: i32 = MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL;

abstract class SocketOperation extends Operation {
  // what its time running out leads to: SO_RCVTIMEO and SO_SNDTIMEO make calls fail with EAGAIN (socket(7))
  private expiresWith: i32 = TIMED_OUT;

  constructor(protected socket: Socket) {
    super();
  }

  // of a call without a limit of its own the socket's holds
  protected limitToOr(seconds: f64, ofSocket: f64, flags: i32): void {
    this.limitTo(seconds < 0 ? ofSocket : seconds);
    const mayNotWait = (flags & MSG_DONTWAIT) != 0;
    if (mayNotWait) this.immediate = true;
    if (seconds < 0 || mayNotWait) this.expiresWith = -EAGAIN;
  }
  protected expire(): i32 {
    return this.moved ? this.moved : this.expiresWith;
  }
  willEnd(): bool {
    return this.finished || this.socket.closed;
  }
  waitsFor(): i32 {
    return this.socket.ownPollable();
  }
  subscribe(): i32 {
    return this.socket.subscribeSelf();
  }
}

/** What is started once, and then asked until it is finished; its result is 0. */
abstract class StartedOperation extends SocketOperation {
  protected started: bool = false;

  constructor(socket: Socket) {
    super(socket);
    socket.writes.add(this);
  }

  protected abstract start(): i32;
  protected abstract end(): i32;

  protected attempt(_window: usize, _size: u32): i32 {
    if (this.socket.closed) return -EBADF;
    if (!this.started) {
      const error = this.start();
      if (error) return error;
      this.started = true;
    }
    return this.end();
  }
}

@final
export class BindOperation extends StartedOperation {
  constructor(
    socket: Socket,
    private address: Sockaddr,
  ) {
    super(socket);
  }
  protected start(): i32 {
    return this.socket.startBind(this.address);
  }
  protected end(): i32 {
    return this.socket.finishBind();
  }
}

@final
export class ListenOperation extends StartedOperation {
  constructor(
    socket: Socket,
    private backlog: u32,
  ) {
    super(socket);
  }
  protected start(): i32 {
    const error = this.socket.setBacklog(this.backlog);
    // a host may refuse to change the backlog of a socket that listens already
    return error && error != -EOPNOTSUPP ? error : this.socket.startListen();
  }
  protected end(): i32 {
    return this.socket.finishListen();
  }
}

@final
export class ConnectOperation extends StartedOperation {
  constructor(
    socket: Socket,
    private address: Sockaddr,
    seconds: f64,
  ) {
    super(socket);
    this.limitTo(seconds);
  }
  protected start(): i32 {
    return this.socket.startConnect(this.address);
  }
  protected end(): i32 {
    return this.socket.finishConnect();
  }
  protected release(): void {
    if (this.started && !this.socket.closed) this.socket.abandonConnect();
  }
}

/** Waits for a connection; its result is 0 and the connection in `accepted`. */
@final
export class AcceptOperation extends SocketOperation {
  accepted: Socket | null = null;

  constructor(socket: Socket, seconds: f64) {
    super(socket);
    this.limitToOr(seconds, socket.receiveSeconds, 0);
    socket.reads.add(this);
  }

  protected attempt(_window: usize, _size: u32): i32 {
    if (this.socket.closed) return -EBADF;
    const accepted = this.socket.tryAccept();
    if (!accepted) return acceptError;
    this.accepted = accepted;
    return 0;
  }
}

/** Sends `total` bytes, or one datagram; its result is the number of bytes. */
@final
export class SendOperation extends SocketOperation {
  constructor(
    socket: Socket,
    private total: u32,
    private flags: i32,
    private to: Sockaddr | null,
    seconds: f64,
  ) {
    super(socket);
    this.limitToOr(seconds, socket.sendSeconds, flags);
    socket.writes.add(this);
  }

  protected attempt(window: usize, size: u32): i32 {
    const socket = this.socket;
    if (this.flags & ~SEND_FLAGS) return -EINVAL;
    if (socket.type != SOCK_STREAM) {
      return this.total > size ? -EMSGSIZE : socket.trySend(window, this.total, this.flags, this.to);
    }
    const rest = this.total - this.moved;
    let left = min(size, rest);
    do {
      const count = socket.trySend(window, left, this.flags, this.to);
      if (count < 0) return count == -EAGAIN || this.moved == 0 ? count : this.moved;
      window += count;
      left -= count;
      this.moved += count;
    } while (left);
    return this.moved == this.total ? this.moved : MORE;
  }
  waitsFor(): i32 {
    return this.socket.outputPollable();
  }
  subscribe(): i32 {
    return this.socket.subscribeOutput();
  }
}

abstract class InputOperation extends SocketOperation {
  constructor(socket: Socket) {
    super(socket);
    socket.reads.add(this);
  }
  waitsFor(): i32 {
    return this.socket.inputPollable();
  }
  subscribe(): i32 {
    return this.socket.subscribeInput();
  }
}

/** Receives at most `total` bytes, or one datagram; its result is the number of bytes. */
@final
export class ReceiveOperation extends InputOperation {
  /** The sender of the datagram, when it was asked for. */
  sender: Sockaddr | null = null;

  constructor(
    socket: Socket,
    private total: u32,
    private flags: i32,
    wantsSender: bool,
    seconds: f64,
  ) {
    super(socket);
    this.limitToOr(seconds, socket.receiveSeconds, flags);
    if (wantsSender) this.sender = new Sockaddr();
  }

  protected attempt(window: usize, size: u32): i32 {
    const socket = this.socket;
    if (this.flags & ~RECEIVE_FLAGS) return -EINVAL;
    if (socket.type != SOCK_STREAM)
      return socket.tryReceive(window, min(size, this.total), this.flags, this.sender);
    const waitsForAll = (this.flags & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL;
    const enough = waitsForAll ? i32.MAX_VALUE : min(socket.receiveLowWater, <i32>this.total);
    let left = min(size, this.total - this.moved);
    do {
      const count = socket.tryReceive(window, left, this.flags, this.sender);
      // an error, or the end, after some bytes: the bytes first, the error stays for the next call
      if (count <= 0) {
        if (count == -EAGAIN || this.moved == 0) return count;
        if (count < 0) socket.deferError(count);
        return this.moved;
      }
      window += count;
      left -= count;
      this.moved += count;
      if (<i32>this.moved >= enough) return this.moved;
    } while (left);
    return this.moved == this.total ? this.moved : MORE;
  }
  get limit(): u32 {
    return this.total;
  }
}

/** Receives the datagrams that are there, as soon as there is one; its result is their number. */
@final
export class ReceiveManyOperation extends InputOperation {
  constructor(
    socket: Socket,
    private most: u32,
    public sink: MessageSink,
    seconds: f64,
  ) {
    super(socket);
    this.limitToOr(seconds, socket.receiveSeconds, 0);
  }

  protected attempt(_window: usize, _size: u32): i32 {
    return this.most ? this.socket.tryReceiveMany(this.most, this.sink) : -EINVAL;
  }
}
