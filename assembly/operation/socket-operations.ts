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
  protected expiresWith: i32 = TIMED_OUT;

  constructor(protected socket: Socket) {
    super();
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

/** Binds; its result is 0. */
@final
export class BindOperation extends SocketOperation {
  constructor(
    socket: Socket,
    private address: Sockaddr,
  ) {
    super(socket);
    socket.writes.add(this);
  }
  private started: bool = false;

  protected attempt(_window: usize, _size: u32): i32 {
    const socket = this.socket;
    if (socket.closed) return -EBADF;
    if (!this.started) {
      const error = socket.startBind(this.address);
      if (error) return error;
      this.started = true;
    }
    return socket.finishBind();
  }
}

/** Starts to listen; its result is 0. */
@final
export class ListenOperation extends SocketOperation {
  constructor(
    socket: Socket,
    private backlog: u32,
  ) {
    super(socket);
    socket.writes.add(this);
  }
  private started: bool = false;

  protected attempt(_window: usize, _size: u32): i32 {
    const socket = this.socket;
    if (socket.closed) return -EBADF;
    if (!this.started) {
      let error = socket.setBacklog(this.backlog);
      // a host may refuse to change the backlog of a socket that listens already
      if (error && error != -EOPNOTSUPP) return error;
      error = socket.startListen();
      if (error) return error;
      this.started = true;
    }
    return socket.finishListen();
  }
}

/** Waits for a connection; its result is 0 and the connection in `accepted`. */
@final
export class AcceptOperation extends SocketOperation {
  accepted: Socket | null = null;

  constructor(socket: Socket, seconds: f64) {
    super(socket);
    this.limitTo(seconds < 0 ? socket.receiveSeconds : seconds);
    this.expiresWith = seconds < 0 ? -EAGAIN : TIMED_OUT;
    socket.reads.add(this);
  }

  protected attempt(_window: usize, _size: u32): i32 {
    if (this.socket.closed) return -EBADF;
    const accepted = this.socket.tryAccept();
    if (!accepted) return acceptError;
    this.accepted = accepted;
    return 0;
  }
  protected expire(): i32 {
    return this.expiresWith;
  }
}

/** Connects; its result is 0. */
@final
export class ConnectOperation extends SocketOperation {
  constructor(
    socket: Socket,
    private address: Sockaddr,
    seconds: f64,
  ) {
    super(socket);
    this.limitTo(seconds);
    socket.writes.add(this);
  }
  private started: bool = false;

  protected attempt(_window: usize, _size: u32): i32 {
    const socket = this.socket;
    if (socket.closed) return -EBADF;
    if (!this.started) {
      const error = socket.startConnect(this.address);
      if (error) return error;
      this.started = true;
    }
    return socket.finishConnect();
  }
  protected release(): void {
    if (this.started && !this.socket.closed) this.socket.abandonConnect();
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
    this.limitTo(seconds < 0 ? socket.sendSeconds : seconds);
    this.expiresWith = seconds < 0 ? -EAGAIN : TIMED_OUT;
    if (flags & MSG_DONTWAIT) this.immediate = true;
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
  protected expire(): i32 {
    if (this.moved) return this.moved;
    return this.flags & MSG_DONTWAIT ? -EAGAIN : this.expiresWith;
  }
  waitsFor(): i32 {
    return this.socket.outputPollable();
  }
  subscribe(): i32 {
    return this.socket.subscribeOutput();
  }
}

/** Receives at most `total` bytes, or one datagram; its result is the number of bytes. */
@final
export class ReceiveOperation extends SocketOperation {
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
    this.limitTo(seconds < 0 ? socket.receiveSeconds : seconds);
    this.expiresWith = seconds < 0 ? -EAGAIN : TIMED_OUT;
    if (flags & MSG_DONTWAIT) this.immediate = true;
    if (wantsSender) this.sender = new Sockaddr();
    socket.reads.add(this);
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
  protected expire(): i32 {
    if (this.moved) return this.moved;
    return this.flags & MSG_DONTWAIT ? -EAGAIN : this.expiresWith;
  }
  /** How many bytes were asked for. */
  get limit(): u32 {
    return this.total;
  }
  waitsFor(): i32 {
    return this.socket.inputPollable();
  }
  subscribe(): i32 {
    return this.socket.subscribeInput();
  }
}

/** Receives the datagrams that are there, as soon as there is one; its result is their number. */
@final
export class ReceiveManyOperation extends SocketOperation {
  constructor(
    socket: Socket,
    private most: u32,
    public sink: MessageSink,
    seconds: f64,
  ) {
    super(socket);
    this.limitTo(seconds < 0 ? socket.receiveSeconds : seconds);
    this.expiresWith = seconds < 0 ? -EAGAIN : TIMED_OUT;
    socket.reads.add(this);
  }

  protected attempt(_window: usize, _size: u32): i32 {
    return this.most ? this.socket.tryReceiveMany(this.most, this.sink) : -EINVAL;
  }
  protected expire(): i32 {
    return this.expiresWith;
  }
  waitsFor(): i32 {
    return this.socket.inputPollable();
  }
  subscribe(): i32 {
    return this.socket.subscribeInput();
  }
}
