// UDP sockets as wasi:sockets/udp of 0.2 has them, for the core.

import { cabi_realloc, held, hold, letGo } from "../abi";
import { OUTCOME_SIZE, socketCode } from "./errors";
import * as wasi from "./imports/sockets";
import { AREA, storeAddress, storeOutcome } from "./results";
import { retire, Source } from "./waitables";

/** incoming-datagram of 0.2: data @0, remote-address @8. */
const DATAGRAM_SIZE: usize = 40;

/** A socket: what was bound is ready. */
@final
class UdpSocket extends Source {
  isConnected: bool = false;
  constructor(public handle: i32) {
    super();
  }
  isReady(): bool {
    return true;
  }
  protected settle(_result: i32): void {}

  drop(): void {
    wasi.dropUdp(this.handle);
  }
}

@final
class Incoming extends Source {
  private isThere: bool = false;
  // result<tuple<list<u8>, ip-socket-address>, error-code>: data @4, address @12, or the error @4
  private area: usize = heap.alloc(44);

  constructor(private socket: i32) {
    super();
  }

  isReady(): bool {
    if (!this.isThere && !this.waitable) this.isThere = this.call(wasi.udpReceive(this.socket, this.area));
    return this.isThere;
  }

  protected settle(_result: i32): void {
    this.isThere = true;
  }

  /** Stores the datagrams that are there at `to`, at most `most`: how many, or -1 with the code of an error @to. */
  receive(to: usize, most: i32): i32 {
    const area = this.area;
    // the host may have one by now
    this.recall();
    for (let count = 0; count < most; count++) {
      const wasThere = this.isThere;
      if (!this.isReady()) return count;
      if (load<u8>(area)) {
        if (count) return count;
        this.isThere = false;
        store<u8>(to, socketCode(area + 4));
        return -1;
      }
      this.isThere = false;
      const datagram = to + <usize>count * DATAGRAM_SIZE;
      memory.copy(datagram, area + 4, DATAGRAM_SIZE);
      const size = load<u32>(datagram, 4);
      if (!wasThere || !size) continue;
      // it came when it was not expected anywhere
      const data = load<usize>(datagram);
      const place = cabi_realloc(0, 0, 1, size);
      memory.copy(place, data, size);
      heap.free(data);
      store<usize>(datagram, place);
    }
    return most;
  }

  recall(): void {
    if (this.waitable) this.isThere = this.callOff();
  }

  drop(): void {
    this.recall();
    if (this.isThere) {
      if (load<u8>(this.area)) socketCode(this.area + 4);
      else if (load<u32>(this.area, 8)) heap.free(load<usize>(this.area, 4));
    }
    heap.free(this.area);
  }
}

@final
class Outgoing extends Source {
  // what goes on behind our back: the parameters of send @0 (48 bytes) and its result @48
  private area: usize = heap.alloc(48 + OUTCOME_SIZE);
  /** The code of an error that a send has come to which seemed to go well; -1 for none. */
  private error: i32 = -1;

  constructor(private socket: i32) {
    super();
    store<i32>(this.area, socket);
  }

  isReady(): bool {
    return !this.waitable;
  }

  protected settle(_result: i32): void {
    if (load<u8>(this.area, 48)) this.error = socketCode(this.area + 52);
  }

  /** Sends an outgoing-datagram of 0.2, which lies as the parameters behind the socket do: -1, or the code of an error. */
  send(datagram: usize): i32 {
    const area = this.area;
    memory.copy(area + 4, datagram, 44);
    if (this.call(wasi.udpSend(area, area + 48))) this.settle(0);
    return this.takeError();
  }

  takeError(): i32 {
    const error = this.error;
    this.error = -1;
    return error;
  }

  drop(): void {
    if (this.waitable && this.callOff()) this.settle(0);
    heap.free(this.area);
  }
}

// @ts-ignore: decorator
@inline
function socketOf(handle: i32): UdpSocket {
  return held<UdpSocket>(<usize>handle);
}

export function udpHandle(socket: i32): i32 {
  return socketOf(socket).handle;
}

export function createUdpSocket(family: i32, result: usize): void {
  wasi.udpCreate(family, AREA);
  if (storeOutcome(result, 4)) store<i32>(result, <i32>hold(new UdpSocket(load<i32>(AREA, 4))), 4);
}

export function dropUdp(handle: i32): void {
  retire(socketOf(handle));
  letGo(<usize>handle);
}

export function udpSubscribe(handle: i32): i32 {
  return handle;
}

// prettier-ignore
export function udpStartBind(
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
  wasi.udpBind(socketOf(handle).handle, tag, a, b, c, d, e, f, g, h, i, j, k, AREA);
  storeOutcome(result);
}

export function udpFinishBind(_handle: i32, result: usize): void {
  store<u8>(result, 0);
}

/** Sets the peer or takes it away. */
// prettier-ignore
export function udpStream(
  handle: i32,
  hasPeer: i32,
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
  const socket = socketOf(handle);
  store<u8>(AREA, 0);
  if (hasPeer) wasi.udpConnect(socket.handle, tag, a, b, c, d, e, f, g, h, i, j, k, AREA);
  else if (socket.isConnected) wasi.udpDisconnect(socket.handle, AREA);
  if (!storeOutcome(result, 4)) return;
  socket.isConnected = hasPeer != 0;
  store<i32>(result, <i32>hold(new Incoming(socket.handle)), 4);
  store<i32>(result, <i32>hold(new Outgoing(socket.handle)), 8);
}

export function udpLocalAddress(handle: i32, result: usize): void {
  wasi.udpGetLocalAddress(socketOf(handle).handle, AREA);
  storeAddress(result);
}

export function incomingDatagramReceive(handle: i32, most: u64, result: usize): void {
  const count = <i32>most;
  const list = cabi_realloc(0, 0, 4, <usize>count * DATAGRAM_SIZE);
  const found = held<Incoming>(<usize>handle).receive(list, count);
  store<u8>(result, u8(found < 0));
  if (found < 0) {
    store<u8>(result, load<u8>(list), 4);
    return;
  }
  store<usize>(result, list, 4);
  store<i32>(result, found, 8);
}

export function incomingDatagramSubscribe(handle: i32): i32 {
  return handle;
}

export function dropIncomingDatagram(handle: i32): void {
  retire(held<Incoming>(<usize>handle));
  letGo(<usize>handle);
}

// result<u64, error-code> of 0.2
function storeCount(result: usize, error: i32, count: i32): void {
  store<u8>(result, u8(error >= 0));
  if (error >= 0) store<u8>(result, <u8>error, 8);
  else store<u64>(result, count, 8);
}

export function outgoingDatagramCheckSend(handle: i32, result: usize): void {
  const outgoing = held<Outgoing>(<usize>handle);
  storeCount(result, outgoing.takeError(), i32(outgoing.isReady()));
}

/** Sends one, which is what the core sends at a time. */
export function outgoingDatagramSend(handle: i32, list: usize, _count: i32, result: usize): void {
  storeCount(result, held<Outgoing>(<usize>handle).send(list), 1);
}

export function outgoingDatagramSubscribe(handle: i32): i32 {
  return handle;
}

export function dropOutgoingDatagram(handle: i32): void {
  retire(held<Outgoing>(<usize>handle));
  letGo(<usize>handle);
}
