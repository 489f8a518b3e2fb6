// UDP sockets.

import { expectBytes, expectCells, expectNothing, RET } from "../abi";
import { SCRATCH, SCRATCH_SIZE } from "../abi/buffer";
import {
  EAFNOSUPPORT,
  EAGAIN,
  EBADF,
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
  IPPROTO_UDP,
  MessageSink,
  MOST_MESSAGES,
  MSG_PEEK,
  MSG_TRUNC,
  openResult,
  SHUT_RD,
  SHUT_WR,
  SOCK_DGRAM,
  Socket,
  unitResult,
} from "./socket";
import { network } from "../wasi/network";
import {
  createUdpSocket,
  dropIncomingDatagram,
  dropOutgoingDatagram,
  dropUdp,
  incomingDatagramReceive,
  incomingDatagramSubscribe,
  outgoingDatagramCheckSend,
  outgoingDatagramSend,
  outgoingDatagramSubscribe,
  udpFinishBind,
  udpLocalAddress,
  udpStartBind,
  udpStream,
  udpSubscribe,
} from "../wasi/sockets";

// record outgoing-datagram: data list<u8> @0 · remote-address option<ip-socket-address> @8 (payload @12); size 44
const OUTGOING: usize = memory.data(44, 4);
// record incoming-datagram: data list<u8> @0 · remote-address ip-socket-address @8
const INCOMING_SIZE: u32 = 40;
const INCOMING: usize = memory.data(40, 4);
const MANY_INCOMING: usize = memory.data(2560, 4); // MOST_MESSAGES of them

// one object for all, so that a datagram allocates nothing
const sender = new Sockaddr();

@final
export class DatagramSocket extends Socket {
  private bound: bool = false;
  private binding: bool = false;
  private incoming: i32 = 0;
  private outgoing: i32 = 0;
  private peer: Sockaddr | null = null;
  private noMoreInput: bool = false;
  private noMoreOutput: bool = false;
  // a datagram that was peeked at and is still to be received
  private peeked: ArrayBuffer | null = null;
  private peekedFrom: Sockaddr | null = null;

  constructor(family: i32) {
    super(family, SOCK_DGRAM, IPPROTO_UDP);
  }

  /** Makes the WASI socket: 0, or a negative errno. */
  open(): i32 {
    createUdpSocket(this.family == AF_INET6 ? 1 : 0, RET);
    return openResult(this);
  }

  startBind(address: Sockaddr): i32 {
    const wrong = checkFamily(this, address);
    if (wrong) return wrong;
    if (this.bound || this.binding) return -EINVAL;
    flatten(address);
    udpStartBind(this.handle, network(), tag, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, RET);
    const error = unitResult(1);
    if (!error) this.binding = true;
    return error;
  }

  finishBind(): i32 {
    if (!this.binding) return this.closed ? -EBADF : -EINVAL;
    udpFinishBind(this.handle, RET);
    const error = unitResult(1);
    if (error == -EAGAIN) return error;
    this.binding = false;
    if (error) return error;
    this.bound = true;
    // from now on datagrams are wanted: without its streams a WASI socket has no readiness
    return this.stream(null);
  }

  // binds to any port when it is not bound yet, as the first send or connect does
  private ensureBound(): i32 {
    if (this.bound) return 0;
    if (!this.binding) {
      const any = new Sockaddr();
      if (this.family == AF_INET6) any.setInet6(0, 0);
      else any.setInet(0, 0, 0, 0, 0);
      const error = this.startBind(any);
      if (error) return error;
    }
    return this.finishBind();
  }

  // makes the pair of streams, for one peer or for all
  private stream(peer: Sockaddr | null): i32 {
    this.dropStreams();
    if (peer) {
      flatten(peer);
      udpStream(this.handle, 1, tag, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, RET);
    } else {
      udpStream(this.handle, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, RET);
    }
    // result<tuple<own<incoming-datagram-stream>, own<outgoing-datagram-stream>>, error-code>: payload @4
    if (load<u8>(RET)) return fromWasi(load<u8>(RET, 4));
    this.incoming = load<i32>(RET, 4);
    this.outgoing = load<i32>(RET, 8);
    // whoever waited for the old streams has to wait for the new ones
    this.reads.wake();
    this.writes.wake();
    return 0;
  }

  startConnect(address: Sockaddr): i32 {
    if (this.closed) return -EBADF;
    if (address.family != 0) {
      const wrong = checkFamily(this, address);
      if (wrong) return wrong;
    }
    const error = this.ensureBound();
    if (error) return error;
    // connect(2): an address of family unspecified dissolves the association
    let peer: Sockaddr | null = null;
    if (address.family != 0) peer = address;
    const failed = this.stream(peer);
    this.peer = null;
    if (failed) {
      this.stream(null);
      return failed;
    }
    if (peer) this.peer = peer.copy();
    return 0;
  }

  finishConnect(): i32 {
    return 0;
  }

  trySend(bytes: usize, length: u32, _flags: i32, to: Sockaddr | null): i32 {
    if (this.closed) return -EBADF;
    if (this.noMoreOutput) return -EPIPE;
    const target = to && to.length ? to : null;
    if (!target && !this.peer) return -EDESTADDRREQ;
    if (target && target.family != this.family) return -EAFNOSUPPORT;
    const unbound = this.ensureBound();
    if (unbound) return unbound;
    outgoingDatagramCheckSend(this.outgoing, RET); // result<u64, error-code>: payload @8
    if (load<u8>(RET)) return fromWasi(load<u8>(RET, 8));
    if (load<u64>(RET, 8) == 0) return -EAGAIN;
    store<usize>(OUTGOING, bytes);
    store<u32>(OUTGOING, length, 4);
    // a connected socket takes no other address than its peer's: none is the shorter way to say so
    const explicit = target != null && !this.peer;
    store<u8>(OUTGOING, explicit ? 1 : 0, 8);
    if (explicit) target!.writeWasi(OUTGOING + 12);
    else if (target && memory.compare(target.pointer, this.peer!.pointer, target.length)) return -EISCONN;
    outgoingDatagramSend(this.outgoing, OUTGOING, 1, RET); // result<u64, error-code>: payload @8
    if (load<u8>(RET)) return fromWasi(load<u8>(RET, 8));
    return load<u64>(RET, 8) ? <i32>length : -EAGAIN;
  }

  tryReceive(bytes: usize, length: u32, flags: i32, from: Sockaddr | null): i32 {
    if (this.closed) return -EBADF;
    if (this.noMoreInput) {
      if (from) from.clear(); // not the one of an earlier datagram
      return 0;
    }
    const peeked = this.peeked;
    if (peeked) {
      if (from) from.copyFrom(this.peekedFrom!);
      const size = <u32>peeked.byteLength;
      memory.copy(bytes, changetype<usize>(peeked), min(size, length));
      if (!(flags & MSG_PEEK)) this.peeked = null;
      return flags & MSG_TRUNC ? size : min(size, length);
    }
    if (!this.incoming) {
      // recv(2) on an unbound socket waits for datagrams that can't come: it has no port yet
      const unbound = this.ensureBound();
      if (unbound) return unbound;
    }
    // straight into the window when every datagram fits there
    const direct = length >= SCRATCH_SIZE - 1;
    const target = direct ? bytes : SCRATCH;
    expectBytes(target, SCRATCH_SIZE);
    expectCells(INCOMING, INCOMING_SIZE);
    incomingDatagramReceive(this.incoming, 1, RET); // result<list<incoming-datagram>, error-code>: payload @4
    expectNothing();
    if (load<u8>(RET)) return fromWasi(load<u8>(RET, 4));
    if (load<u32>(RET, 8) == 0) return -EAGAIN;
    const at = load<usize>(RET, 4);
    const data = load<usize>(at);
    const size = load<u32>(at, 4);
    if (from) from.setFromWasi(at + 8);
    if (flags & MSG_PEEK) this.keep(data, size, at + 8);
    const count = min(size, length);
    if (data != bytes) memory.copy(bytes, data, count);
    return flags & MSG_TRUNC ? size : count;
  }

  tryReceiveMany(most: u32, sink: MessageSink): i32 {
    if (this.closed) return -EBADF;
    if (this.noMoreInput) return 0;
    const peeked = this.peeked;
    if (peeked) {
      sink.add(changetype<usize>(peeked), peeked.byteLength, this.peekedFrom!);
      this.peeked = null;
      return 1;
    }
    if (!this.incoming) {
      const unbound = this.ensureBound();
      if (unbound) return unbound;
    }
    expectCells(MANY_INCOMING, MOST_MESSAGES * INCOMING_SIZE);
    incomingDatagramReceive(this.incoming, min(most, MOST_MESSAGES), RET); // as in tryReceive
    expectNothing();
    if (load<u8>(RET)) return fromWasi(load<u8>(RET, 4));
    const count = load<u32>(RET, 8);
    if (count == 0) return -EAGAIN;
    let at = load<usize>(RET, 4);
    for (let i: u32 = 0; i < count; i++) {
      const data = load<usize>(at);
      const size = load<u32>(at, 4);
      sender.setFromWasi(at + 8);
      sink.add(data, size, sender);
      // what goes past this memory seems to be at SCRATCH
      if (size && data != SCRATCH) heap.free(data);
      at += INCOMING_SIZE;
    }
    return count;
  }

  private keep(data: usize, size: u32, from: usize): void {
    const copy = new ArrayBuffer(size);
    memory.copy(changetype<usize>(copy), data, size);
    const sender = new Sockaddr();
    sender.setFromWasi(from);
    this.peeked = copy;
    this.peekedFrom = sender;
  }

  shutdown(how: i32): i32 {
    if (this.closed) return -EBADF;
    if (!this.peer) return -ENOTCONN;
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
    return this.closed ? null : this.peer;
  }

  ownName(): Sockaddr | null {
    if (this.closed || !this.bound) return null;
    udpLocalAddress(this.handle, RET);
    return addressResult();
  }

  protected subscribeOwn(): i32 {
    return udpSubscribe(this.handle);
  }
  subscribeInput(): i32 {
    return this.incoming ? incomingDatagramSubscribe(this.incoming) : udpSubscribe(this.handle);
  }
  subscribeOutput(): i32 {
    return this.outgoing ? outgoingDatagramSubscribe(this.outgoing) : udpSubscribe(this.handle);
  }

  private dropStreams(): void {
    this.dropPollables();
    if (this.incoming) dropIncomingDatagram(this.incoming);
    if (this.outgoing) dropOutgoingDatagram(this.outgoing);
    this.incoming = this.outgoing = 0;
  }

  protected drop(): void {
    this.dropStreams();
    if (this.handle) dropUdp(this.handle);
    this.handle = 0;
    this.peeked = null;
  }
}
