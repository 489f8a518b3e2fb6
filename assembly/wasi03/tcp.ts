// TCP sockets as wasi:sockets/tcp of 0.2 has them, for the core.

import { held, hold, letGo } from "../abi";
import { EPIPE, fromWasi } from "../error/errno";
import { socketCode } from "./errors";
import * as wasi from "./imports/sockets";
import { AREA, storeAddress, storeOutcome, storeUnit } from "./results";
import { Input, Output } from "./streams";
import { BLOCKED, CANCELLED, DROPPED, retire, Source } from "./waitables";

/** error-code of 0.2: `would-block`, `invalid-state`. */
const WOULD_BLOCK: u8 = 8;
const INVALID_STATE: u8 = 9;
const UNKNOWN: u8 = 0;
const CONNECTION_BROKEN: u8 = 10;

const IDLE: u8 = 0;
const CONNECTING: u8 = 1;
const LISTENING: u8 = 2;

const SHUT_RD: i32 = 0;
const SHUT_WR: i32 = 1;

/** The errno of an outcome: result<_, error-code>. */
function errorOf(at: usize): i32 {
  if (!load<u8>(at)) return 0;
  const isBroken = load<u8>(at, 4) == CONNECTION_BROKEN;
  const errno = -fromWasi(socketCode(at + 4));
  return isBroken ? EPIPE : errno;
}

@final
class TcpInput extends Input {
  protected copy(at: usize, count: i32): i32 {
    return wasi.tcpReceiveStreamRead(this.end, at, count);
  }
  protected cancelCopy(): i32 {
    return wasi.tcpReceiveStreamCancelRead(this.end);
  }
  protected dropEnd(): void {
    wasi.tcpReceiveStreamDropReadable(this.end);
  }
  protected readOutcome(at: usize): i32 {
    return wasi.tcpReceiveFutureRead(this.outcome, at);
  }
  protected cancelOutcome(): bool {
    return wasi.tcpReceiveFutureCancelRead(this.outcome) == CANCELLED;
  }
  protected dropOutcome(): void {
    wasi.tcpReceiveFutureDropReadable(this.outcome);
  }
  protected errorAt(at: usize): i32 {
    return errorOf(at);
  }
}

/** It is opened when something is sent, or the end of it: somebody else's stream may be sent instead. */
@final
class TcpOutput extends Output {
  constructor(private socket: i32) {
    super(0, 0);
  }

  open(): void {
    if (this.outcome) return;
    const ends = wasi.tcpSendStreamNew();
    this.end = <i32>(ends >>> 32);
    this.outcome = wasi.tcpSend(this.socket, <i32>ends);
  }

  /** Sends another stream: the future of what comes of it, or -1 where something was sent already. */
  pass(data: i32): i32 {
    if (this.outcome || !this.give()) return -1;
    return wasi.tcpSend(this.socket, data);
  }

  protected copy(at: usize, count: i32): i32 {
    this.open();
    return wasi.tcpSendStreamWrite(this.end, at, count);
  }
  protected cancelCopy(): i32 {
    return wasi.tcpSendStreamCancelWrite(this.end);
  }
  protected dropEnd(): void {
    if (this.outcome) wasi.tcpSendStreamDropWritable(this.end);
  }
  protected readOutcome(at: usize): i32 {
    return wasi.tcpSendFutureRead(this.outcome, at);
  }
  protected cancelOutcome(): bool {
    return wasi.tcpSendFutureCancelRead(this.outcome) == CANCELLED;
  }
  protected dropOutcome(): void {
    if (this.outcome) wasi.tcpSendFutureDropReadable(this.outcome);
  }
  protected errorAt(at: usize): i32 {
    return errorOf(at);
  }
}

/** A socket, as a pollable: of its connecting, or of the connections that come. */
@final
class TcpSocket extends Source {
  input: TcpInput | null = null;
  output: TcpOutput | null = null;
  private phase: u8 = IDLE;
  private isOver: bool = false;
  // the stream of connections
  private arrivals: i32 = 0;
  // what goes on behind our back: the parameters of connect @0 (36 bytes) and its result @40, or an accepted socket @0
  private area: usize = 0;

  constructor(public handle: i32) {
    super();
  }

  isReady(): bool {
    if (this.phase == LISTENING && !this.isOver && !this.waitable) this.next();
    return this.phase == IDLE || this.isOver;
  }

  protected settle(result: i32): void {
    this.isOver = true;
    if (this.phase == LISTENING && (result & 15) == DROPPED && !(result >>> 4)) store<i32>(this.area, 0);
  }

  startConnect(address: usize): void {
    const area = this.room();
    store<i32>(area, this.handle);
    memory.copy(area + 4, address, 32);
    this.phase = CONNECTING;
    this.isOver = this.call(wasi.tcpConnect(area, area + 40));
  }

  /** The code of 0.2, `would-block` for not yet; -1 for ok. */
  finishConnect(): i32 {
    if (this.phase != CONNECTING) return INVALID_STATE;
    if (!this.isOver) return WOULD_BLOCK;
    this.phase = IDLE;
    return load<u8>(this.area, 40) ? socketCode(this.area + 44) : -1;
  }

  listen(arrivals: i32): void {
    this.room();
    this.arrivals = arrivals;
    this.phase = LISTENING;
  }

  // asks for a connection
  private next(): void {
    const result = wasi.tcpListenStreamRead(this.arrivals, this.area, 1);
    if (result == BLOCKED) this.begin(this.arrivals);
    else this.settle(result);
  }

  /** A connection's handle; 0 for none yet, -1 where no more will come. */
  accept(): i32 {
    if (this.phase != LISTENING) return -1;
    // the host may have one by now
    this.recall();
    if (!this.isReady()) return 0;
    const handle = load<i32>(this.area);
    if (!handle) return -1;
    this.isOver = false;
    return handle;
  }

  recall(): void {
    if (this.phase != LISTENING) return this.part();
    if (!this.waitable) return;
    this.forget();
    const result = wasi.tcpListenStreamCancelRead(this.arrivals);
    if (result >>> 4 || (result & 15) == DROPPED) this.settle(result);
  }

  private room(): usize {
    if (!this.area) this.area = heap.alloc(64);
    return this.area;
  }

  openStreams(): void {
    // tuple<stream<u8>, future<result<_, error-code>>>
    wasi.tcpReceive(this.handle, AREA);
    this.input = new TcpInput(load<i32>(AREA), load<i32>(AREA, 4));
    this.output = new TcpOutput(this.handle);
  }

  drop(): void {
    if (this.waitable && this.phase == CONNECTING) {
      if (this.callOff() && load<u8>(this.area, 40)) socketCode(this.area + 44);
    } else {
      this.recall();
      if (this.phase == LISTENING && this.isOver && load<i32>(this.area)) wasi.dropTcp(load<i32>(this.area));
    }
    if (this.arrivals) wasi.tcpListenStreamDropReadable(this.arrivals);
    wasi.dropTcp(this.handle);
    if (this.area) heap.free(this.area);
  }
}

// @ts-ignore: decorator
@inline
function socketOf(handle: i32): TcpSocket {
  return held<TcpSocket>(<usize>handle);
}

export function tcpHandle(socket: i32): i32 {
  return socketOf(socket).handle;
}

export function createTcpSocket(family: i32, result: usize): void {
  wasi.tcpCreate(family, AREA);
  if (storeOutcome(result, 4)) store<i32>(result, <i32>hold(new TcpSocket(load<i32>(AREA, 4))), 4);
}

export function dropTcp(handle: i32): void {
  retire(socketOf(handle));
  letGo(<usize>handle);
}

export function tcpSubscribe(handle: i32): i32 {
  return handle;
}

// prettier-ignore
export function tcpStartBind(
  handle: i32,
  _network: i32,
  tag: i32,
  a: i32,
  b: i32,
  c: i32,
  d: i32,
  e: i32,
  f: i32,
  g: i32,
  h: i32,
  i: i32,
  j: i32,
  k: i32,
  result: usize,
): void {
  wasi.tcpBind(socketOf(handle).handle, tag, a, b, c, d, e, f, g, h, i, j, k, AREA);
  storeOutcome(result);
}

/** Bound it is already. */
export function tcpFinishBind(_handle: i32, result: usize): void {
  storeUnit(result, -1);
}

export function tcpStartListen(handle: i32, result: usize): void {
  const socket = socketOf(handle);
  wasi.tcpListen(socket.handle, AREA);
  if (!load<u8>(AREA)) socket.listen(load<i32>(AREA, 4));
  storeOutcome(result);
}

export function tcpFinishListen(_handle: i32, result: usize): void {
  storeUnit(result, -1);
}

// prettier-ignore
export function tcpStartConnect(
  handle: i32,
  _network: i32,
  tag: i32,
  a: i32,
  b: i32,
  c: i32,
  d: i32,
  e: i32,
  f: i32,
  g: i32,
  h: i32,
  i: i32,
  j: i32,
  k: i32,
  result: usize,
): void {
  writeAddress(AREA, tag, a, b, c, d, e, f, g, h, i, j, k);
  socketOf(handle).startConnect(AREA);
  storeUnit(result, -1);
}

/** Writes a flattened ip-socket-address as it lies in memory. */
// prettier-ignore
export function writeAddress(
  at: usize,
  tag: i32,
  a: i32,
  b: i32,
  c: i32,
  d: i32,
  e: i32,
  f: i32,
  g: i32,
  h: i32,
  i: i32,
  j: i32,
  k: i32,
): void {
  store<u8>(at, <u8>tag);
  store<u16>(at, <u16>a, 4);
  if (tag == 0) {
    store<u8>(at, <u8>b, 6);
    store<u8>(at, <u8>c, 7);
    store<u8>(at, <u8>d, 8);
    store<u8>(at, <u8>e, 9);
    return;
  }
  store<u32>(at, b, 8);
  store<u16>(at, <u16>c, 12);
  store<u16>(at, <u16>d, 14);
  store<u16>(at, <u16>e, 16);
  store<u16>(at, <u16>f, 18);
  store<u16>(at, <u16>g, 20);
  store<u16>(at, <u16>h, 22);
  store<u16>(at, <u16>i, 24);
  store<u16>(at, <u16>j, 26);
  store<u32>(at, k, 28);
}

// result<tuple<…>, error-code> of 0.2: what `at` shows @4, or the code @4
function storeStreams(at: usize, socket: TcpSocket): void {
  socket.openStreams();
  store<i32>(at, <i32>hold(socket.input!));
  store<i32>(at, <i32>hold(socket.output!), 4);
}

export function tcpFinishConnect(handle: i32, result: usize): void {
  const socket = socketOf(handle);
  const code = socket.finishConnect();
  store<u8>(result, u8(code >= 0));
  if (code >= 0) store<u8>(result, <u8>code, 4);
  else storeStreams(result + 4, socket);
}

export function tcpAccept(handle: i32, result: usize): void {
  const accepted = socketOf(handle).accept();
  if (accepted <= 0) {
    store<u8>(result, 1);
    store<u8>(result, accepted ? UNKNOWN : WOULD_BLOCK, 4);
    return;
  }
  const socket = new TcpSocket(accepted);
  store<u8>(result, 0);
  store<i32>(result, <i32>hold(socket), 4);
  storeStreams(result + 8, socket);
}

/** The output's end is the end of what is sent; who reads no more lets go of what comes. */
export function tcpShutdown(handle: i32, how: i32, result: usize): void {
  const socket = socketOf(handle);
  if (how != SHUT_RD) {
    socket.output!.open();
    socket.output!.close();
  }
  if (how != SHUT_WR) socket.input!.close();
  storeUnit(result, -1);
}

/** Gives what comes to somebody else, of a stream of 0.2 that was taken: the stream @0 and its future @4; or false. */
export function passInput(stream: i32, at: usize): bool {
  const input = held<TcpInput>(<usize>stream);
  const isGiven = input.give();
  store<i32>(at, input.end);
  store<i32>(at, input.outcome, 4);
  if (!isGiven) input.letGo();
  letGo(<usize>stream);
  return isGiven;
}

/** Has a stream sent, likewise: the future of what comes of it, or -1. */
export function passOutput(stream: i32, data: i32): i32 {
  const output = held<TcpOutput>(<usize>stream);
  const outcome = output.pass(data);
  if (outcome < 0) {
    output.letGo();
    wasi.tcpReceiveStreamDropReadable(data);
  }
  letGo(<usize>stream);
  return outcome;
}

export function tcpLocalAddress(handle: i32, result: usize): void {
  wasi.tcpGetLocalAddress(socketOf(handle).handle, AREA);
  storeAddress(result);
}

export function tcpRemoteAddress(handle: i32, result: usize): void {
  wasi.tcpGetRemoteAddress(socketOf(handle).handle, AREA);
  storeAddress(result);
}

export function tcpSetListenBacklogSize(handle: i32, value: u64, result: usize): void {
  wasi.tcpSetListenBacklogSize(socketOf(handle).handle, value, AREA);
  storeOutcome(result);
}
