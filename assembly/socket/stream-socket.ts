// TCP sockets.

import { expectBytes, expectNothing, RET } from "../abi";
import { SCRATCH, SCRATCH_SIZE } from "../abi/buffer";
import {
  EAGAIN,
  EALREADY,
  EBADF,
  EBUSY,
  EDESTADDRREQ,
  EINVAL,
  EISCONN,
  ENOTCONN,
  EPIPE,
  fromWasi,
} from "../error/errno";
import {
  a0,
  a1,
  a2,
  a3,
  a4,
  a5,
  a6,
  a7,
  a8,
  a9,
  a10,
  AF_INET6,
  flatten,
  Sockaddr,
  tag,
} from "../address/sockaddr";
import {
  addressResult,
  checkFamily,
  IPPROTO_TCP,
  MSG_PEEK,
  MSG_TRUNC,
  openResult,
  SHUT_RD,
  SHUT_WR,
  SOCK_STREAM,
  Socket,
  setAcceptError,
  streamError,
  unitResult,
} from "./socket";
import {
  dropInput,
  dropOutput,
  inputRead,
  inputSubscribe,
  outputCheckWrite,
  outputSubscribe,
  outputWrite,
  pollableReady,
} from "../wasi/io";
import { network } from "../wasi/network";
import { written } from "../wasi/version";
import {
  createTcpSocket,
  dropTcp,
  tcpAccept,
  tcpFinishBind,
  tcpFinishConnect,
  tcpFinishListen,
  tcpLocalAddress,
  tcpRemoteAddress,
  tcpSetListenBacklogSize,
  tcpShutdown,
  tcpStartBind,
  tcpStartConnect,
  tcpStartListen,
  tcpSubscribe,
} from "../wasi/sockets";

// What a TCP socket may become next:
//   UNBOUND → BINDING → BOUND → PREPARING → LISTENING
//   UNBOUND, BOUND → CONNECTING → CONNECTED
// A connect that fails or is given up leads back to UNBOUND, with a new WASI socket, since WASI's own is
// then good for nothing, while connect(2) may be tried again.
const UNBOUND: u8 = 0;
const BINDING: u8 = 1;
const BOUND: u8 = 2;
const PREPARING: u8 = 3;
const LISTENING: u8 = 4;
const CONNECTING: u8 = 5;
const CONNECTED: u8 = 6;

@final
export class StreamSocket extends Socket {
  private state: u8 = UNBOUND;
  private input: i32 = 0;
  private output: i32 = 0;
  private noMoreInput: bool = false;
  private inputError: i32 = 0;
  private noMoreOutput: bool = false;
  private peer: Sockaddr | null = null;
  // bytes that were peeked at and are still to be received
  private peeked: ArrayBuffer | null = null;
  private peekedStart: u32 = 0;

  constructor(family: i32) {
    super(family, SOCK_STREAM, IPPROTO_TCP);
  }

  /** Makes the WASI socket: 0, or a negative errno. */
  open(): i32 {
    createTcpSocket(this.family == AF_INET6 ? 1 : 0, RET);
    return openResult(this);
  }

  startBind(address: Sockaddr): i32 {
    const wrong = checkFamily(this, address);
    if (wrong) return wrong;
    if (this.state != UNBOUND) return -EINVAL;
    flatten(address);
    tcpStartBind(this.handle, network(), tag, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, RET);
    const error = unitResult(1);
    if (!error) this.state = BINDING;
    return error;
  }

  finishBind(): i32 {
    if (this.state != BINDING) return this.closed ? -EBADF : -EINVAL;
    tcpFinishBind(this.handle, RET);
    const error = unitResult(1);
    if (error != -EAGAIN) this.state = error ? UNBOUND : BOUND;
    return error;
  }

  setBacklog(backlog: u32): i32 {
    if (this.closed) return -EBADF;
    tcpSetListenBacklogSize(this.handle, max<u64>(backlog, 1), RET);
    return unitResult(1);
  }

  startListen(): i32 {
    if (this.closed) return -EBADF;
    if (this.state == LISTENING) return 0;
    if (this.state == UNBOUND) return -EDESTADDRREQ;
    if (this.state != BOUND) return -EINVAL;
    tcpStartListen(this.handle, RET);
    const error = unitResult(1);
    if (!error) this.state = PREPARING;
    return error;
  }

  finishListen(): i32 {
    if (this.state == LISTENING) return 0;
    if (this.state != PREPARING) return this.closed ? -EBADF : -EINVAL;
    tcpFinishListen(this.handle, RET);
    const error = unitResult(1);
    if (error != -EAGAIN) this.state = error ? BOUND : LISTENING;
    return error;
  }

  tryAccept(): Socket | null {
    if (this.state != LISTENING) {
      setAcceptError(this.closed ? -EBADF : -EINVAL);
      return null;
    }
    // to ask costs less than to be refused
    if (this.ownReady && !pollableReady(this.ownReady)) {
      setAcceptError(-EAGAIN);
      return null;
    }
    // result<tuple<own<tcp-socket>, own<input-stream>, own<output-stream>>, error-code>: payload @4
    tcpAccept(this.handle, RET);
    if (load<u8>(RET)) {
      setAcceptError(fromWasi(load<u8>(RET, 4)));
      return null;
    }
    const socket = new StreamSocket(this.family);
    socket.handle = load<i32>(RET, 4);
    socket.input = load<i32>(RET, 8);
    socket.output = load<i32>(RET, 12);
    socket.state = CONNECTED;
    return socket;
  }

  startConnect(address: Sockaddr): i32 {
    const wrong = checkFamily(this, address);
    if (wrong) return wrong;
    if (this.state == CONNECTED) return -EISCONN;
    if (this.state == CONNECTING) return -EALREADY;
    if (this.state != UNBOUND && this.state != BOUND) return -EINVAL;
    flatten(address);
    tcpStartConnect(this.handle, network(), tag, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, RET);
    const error = unitResult(1);
    if (!error) this.state = CONNECTING;
    return error;
  }

  finishConnect(): i32 {
    if (this.state != CONNECTING) return this.closed ? -EBADF : -EINVAL;
    // result<tuple<own<input-stream>, own<output-stream>>, error-code>: payload @4
    tcpFinishConnect(this.handle, RET);
    if (load<u8>(RET)) {
      const error = fromWasi(load<u8>(RET, 4));
      if (error != -EAGAIN) this.abandonConnect();
      return error;
    }
    this.input = load<i32>(RET, 4);
    this.output = load<i32>(RET, 8);
    this.state = CONNECTED;
    return 0;
  }

  abandonConnect(): void {
    if (this.state != CONNECTING) return;
    this.dropPollables();
    dropTcp(this.handle);
    this.handle = 0;
    this.state = UNBOUND;
    // WASI's socket can't connect again, and where no other is to be had ours is of no more use
    if (this.open()) this.close();
  }

  trySend(bytes: usize, length: u32, _flags: i32, to: Sockaddr | null): i32 {
    if (this.state != CONNECTED) return this.closed ? -EBADF : -ENOTCONN;
    if (!this.output) return -EBUSY; // someone else has the stream
    if (to && to.length) return -EISCONN;
    if (this.noMoreOutput) return -EPIPE;
    if (length == 0) return 0;
    // result<u64, stream-error>: payload @8
    outputCheckWrite(this.output, RET);
    if (load<u8>(RET)) return this.outputError(RET + 8);
    const permit = load<u64>(RET, 8);
    if (permit == 0) return -EAGAIN;
    const size = permit < length ? <u32>permit : length;
    // result<_, stream-error>: payload @4
    outputWrite(this.output, bytes, size, RET);
    if (load<u8>(RET)) return this.outputError(RET + 4);
    return written(size);
  }

  private outputError(at: usize): i32 {
    const error = streamError(at);
    this.noMoreOutput = true;
    return error ? error : -EPIPE;
  }

  tryReceive(bytes: usize, length: u32, flags: i32, from: Sockaddr | null): i32 {
    if (this.state != CONNECTED) return this.closed ? -EBADF : -ENOTCONN;
    if (!this.input) return -EBUSY;
    if (from) from.clear();
    if (flags & MSG_PEEK) return this.peek(bytes, length);
    if (this.peeked) return this.takePeeked(bytes, length, flags);
    return this.readOn(bytes, length, flags);
  }

  // what is there beyond the bytes that were peeked at: a number of bytes, 0 at the end, or a negative errno
  private readOn(bytes: usize, length: u32, flags: i32): i32 {
    if (this.inputError) {
      const error = this.inputError;
      this.inputError = 0;
      return error;
    }
    if (this.noMoreInput || length == 0) return 0;
    return this.read(bytes, length, flags);
  }

  // as read(2): the number of bytes, 0 at the end of the stream
  private read(bytes: usize, length: u32, flags: i32): i32 {
    // tcp(7): with MSG_TRUNC the bytes are discarded, so they need not reach the window
    const discard = (flags & MSG_TRUNC) != 0;
    const size = discard ? min(length, SCRATCH_SIZE) : length;
    expectBytes(discard ? SCRATCH : bytes, size);
    // result<list<u8>, stream-error>: payload @4
    inputRead(this.input, size, RET);
    expectNothing();
    if (load<u8>(RET)) {
      this.noMoreInput = true; // an error is reported once; what follows is the end
      return streamError(RET + 4);
    }
    const count = load<u32>(RET, 8);
    return count ? <i32>count : -EAGAIN;
  }

  isListening(): bool {
    return this.state == LISTENING;
  }

  takeError(): i32 {
    const error = -this.inputError;
    this.inputError = 0;
    return error;
  }

  deferError(error: i32): void {
    this.inputError = error;
  }

  // The bytes that were peeked at before, and what has come since, as far as there is room.
  private peek(bytes: usize, length: u32): i32 {
    const known = this.copyPeeked(bytes, length);
    if (known == length || (this.noMoreInput && known)) return known;
    const count = this.readOn(bytes + known, length - known, 0);
    if (count <= 0) return known ? this.defer(count, known) : count;
    const all = new ArrayBuffer(known + count);
    memory.copy(changetype<usize>(all), bytes, known + count);
    this.peeked = all;
    this.peekedStart = 0;
    return known + count;
  }

  // As recv(2): a peek leaves no seam, so that the rest of what is there comes with it.
  private takePeeked(bytes: usize, length: u32, flags: i32): i32 {
    const known = flags & MSG_TRUNC ? min(length, this.peekedLength) : this.copyPeeked(bytes, length);
    this.peekedStart += known;
    if (this.peekedLength) return known;
    this.peeked = null;
    if (known == length || this.noMoreInput) return known;
    const count = this.readOn(bytes + known, length - known, flags);
    return count > 0 ? known + count : this.defer(count, known);
  }

  private get peekedLength(): u32 {
    const peeked = this.peeked;
    return peeked ? <u32>peeked.byteLength - this.peekedStart : 0;
  }

  private copyPeeked(bytes: usize, length: u32): u32 {
    const count = min(length, this.peekedLength);
    if (count) memory.copy(bytes, changetype<usize>(this.peeked!) + this.peekedStart, count);
    return count;
  }

  // the bytes come first; an error stays for the next call
  private defer(result: i32, count: u32): u32 {
    if (result < 0 && result != -EAGAIN) this.inputError = result;
    return count;
  }

  shutdown(how: i32): i32 {
    if (this.state != CONNECTED) return this.closed ? -EBADF : -ENOTCONN;
    tcpShutdown(this.handle, how, RET); // shutdown-type: receive, send, both
    const error = unitResult(1);
    if (error) return error;
    if (how != SHUT_WR) {
      this.noMoreInput = true;
      this.peeked = null;
      this.reads.wake();
    }
    if (how != SHUT_RD) {
      this.noMoreOutput = true;
      this.writes.wake();
    }
    return 0;
  }

  peerName(): Sockaddr | null {
    if (this.closed) return null;
    if (!this.peer && this.state == CONNECTED) {
      // most programs never ask for it
      tcpRemoteAddress(this.handle, RET);
      this.peer = addressResult();
    }
    return this.peer;
  }

  ownName(): Sockaddr | null {
    if (this.closed || this.state == UNBOUND || this.state == BINDING) return null;
    tcpLocalAddress(this.handle, RET);
    return addressResult();
  }

  /** Gives the input stream away: its handle, or a negative errno. The socket can't receive any more. */
  takeInput(): i32 {
    if (this.state != CONNECTED) return this.closed ? -EBADF : -ENOTCONN;
    if (!this.input) return -EBUSY;
    this.dropPollables();
    const stream = this.input;
    this.input = 0;
    return stream;
  }

  /** Gives the output stream away likewise. */
  takeOutput(): i32 {
    if (this.state != CONNECTED) return this.closed ? -EBADF : -ENOTCONN;
    if (!this.output) return -EBUSY;
    this.dropPollables();
    const stream = this.output;
    this.output = 0;
    return stream;
  }

  protected subscribeOwn(): i32 {
    return tcpSubscribe(this.handle);
  }
  subscribeInput(): i32 {
    return this.input ? inputSubscribe(this.input) : tcpSubscribe(this.handle);
  }
  subscribeOutput(): i32 {
    return this.output ? outputSubscribe(this.output) : tcpSubscribe(this.handle);
  }

  protected drop(): void {
    this.dropPollables();
    if (this.input) dropInput(this.input);
    if (this.output) dropOutput(this.output);
    if (this.handle) dropTcp(this.handle);
    this.input = this.output = this.handle = 0;
    this.peeked = null;
    this.state = UNBOUND;
  }
}
