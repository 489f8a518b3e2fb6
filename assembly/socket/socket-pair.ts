// Pairs of connected sockets in the core's own memory: no port is opened and no permission is needed.

import { SCRATCH, SCRATCH_SIZE } from "../abi/buffer";
import {
  EAGAIN,
  EAFNOSUPPORT,
  EBADF,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  EOPNOTSUPP,
  EPIPE,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from "../error/errno";
import { AF_UNIX, AF_UNSPEC, Sockaddr } from "../address/sockaddr";
import {
  MessageSink,
  MOST_MESSAGES,
  MSG_PEEK,
  MSG_TRUNC,
  SHUT_RD,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
  Socket,
} from "./socket";
import { subscribeDuration } from "../wasi/clocks";

/** What one direction of a pair holds at most: bytes, and for datagrams also messages. */
const PAIR_CAPACITY: u32 = 65536;
const PAIR_MESSAGES: i32 = 256;

/** How often someone who waits outside of the core looks again: nothing in WASI can be woken from inside. */
const LOOK_AGAIN_NANOSECONDS: u64 = 1_000_000;

// the sender of a datagram in a pair
const nobody = new Sockaddr();

/** One direction of a pair. Its memory is there while it holds something. */
abstract class Channel {
  protected held: u32 = 0;
  /** No more will be written. */
  ended: bool = false;
  /** Nobody will read. */
  abandoned: bool = false;

  abstract write(bytes: usize, length: u32): i32;
  abstract read(bytes: usize, length: u32, flags: i32): i32;
  abstract clear(): void;

  isEmpty(): bool {
    return this.held == 0;
  }
}

/** Bytes in order, in a ring. */
@final
class StreamChannel extends Channel {
  private ring: usize = 0;
  private start: u32 = 0;

  write(bytes: usize, length: u32): i32 {
    const count = min(length, PAIR_CAPACITY - this.held);
    if (count == 0) return length ? -EAGAIN : 0;
    if (!this.ring) this.ring = heap.alloc(PAIR_CAPACITY);
    const at = (this.start + this.held) & (PAIR_CAPACITY - 1);
    const first = min(count, PAIR_CAPACITY - at);
    memory.copy(this.ring + at, bytes, first);
    memory.copy(this.ring, bytes + first, count - first);
    this.held += count;
    return count;
  }

  read(bytes: usize, length: u32, flags: i32): i32 {
    const count = min(length, this.held);
    if (count == 0) return length && !this.ended ? -EAGAIN : 0;
    if (!(flags & MSG_TRUNC)) {
      const first = min(count, PAIR_CAPACITY - this.start);
      memory.copy(bytes, this.ring + this.start, first);
      memory.copy(bytes + first, this.ring, count - first);
    }
    if (flags & MSG_PEEK) return count;
    this.start = (this.start + count) & (PAIR_CAPACITY - 1);
    this.held -= count;
    if (!this.held) this.clear();
    return count;
  }

  clear(): void {
    if (this.ring) heap.free(this.ring);
    this.ring = 0;
    this.start = this.held = 0;
  }
}

/** Messages in order: each a block of the heap, u32 next @0 · u32 length @4 · bytes @8. */
@final
class DatagramChannel extends Channel {
  private first: usize = 0;
  private last: usize = 0;
  private messages: i32 = 0;

  write(bytes: usize, length: u32): i32 {
    if (length > PAIR_CAPACITY) return -EMSGSIZE;
    if (this.messages == PAIR_MESSAGES || this.held + length > PAIR_CAPACITY) return -EAGAIN;
    const block = heap.alloc(8 + length);
    store<usize>(block, 0);
    store<u32>(block, length, 4);
    memory.copy(block + 8, bytes, length);
    if (this.last) store<usize>(this.last, block);
    else this.first = block;
    this.last = block;
    this.messages++;
    this.held += length;
    return length;
  }

  read(bytes: usize, length: u32, flags: i32): i32 {
    const block = this.first;
    if (!block) return this.ended ? 0 : -EAGAIN;
    const size = load<u32>(block, 4);
    const count = min(size, length);
    memory.copy(bytes, block + 8, count);
    if (!(flags & MSG_PEEK)) this.drop();
    return flags & MSG_TRUNC ? size : count;
  }

  private drop(): void {
    const block = this.first;
    this.first = load<usize>(block);
    if (!this.first) this.last = 0;
    this.messages--;
    this.held -= load<u32>(block, 4);
    heap.free(block);
  }

  clear(): void {
    while (this.first) this.drop();
  }

  isEmpty(): bool {
    return !this.first;
  }
}

@final
export class PairSocket extends Socket {
  peer: PairSocket | null = null;

  constructor(
    type: i32,
    private incoming: Channel,
    private outgoing: Channel,
  ) {
    super(AF_UNIX, type, 0);
  }

  startBind(_address: Sockaddr): i32 {
    return -EINVAL;
  }
  finishBind(): i32 {
    return -EINVAL;
  }
  startConnect(_address: Sockaddr): i32 {
    return -EISCONN;
  }
  finishConnect(): i32 {
    return -EISCONN;
  }

  trySend(bytes: usize, length: u32, _flags: i32, to: Sockaddr | null): i32 {
    if (this.closed) return -EBADF;
    if (to && to.length) return -EISCONN;
    const channel = this.outgoing;
    if (channel.ended || channel.abandoned) return -EPIPE;
    const count = channel.write(bytes, length);
    const peer = this.peer;
    if (count >= 0 && peer) peer.reads.wake();
    return count;
  }

  tryReceive(bytes: usize, length: u32, flags: i32, from: Sockaddr | null): i32 {
    if (this.closed) return -EBADF;
    if (from) from.clear();
    const channel = this.incoming;
    if (channel.abandoned) return 0;
    const count = channel.read(bytes, length, flags);
    const peer = this.peer;
    if (count >= 0 && peer) peer.writes.wake();
    return count;
  }

  tryReceiveMany(most: u32, sink: MessageSink): i32 {
    if (this.type == SOCK_STREAM) return super.tryReceiveMany(most, sink);
    // which tells whether any can come
    if (this.incoming.isEmpty()) return this.tryReceive(SCRATCH, SCRATCH_SIZE, 0, null);
    let count: u32 = 0;
    while (count < min(most, MOST_MESSAGES) && !this.incoming.isEmpty()) {
      const size = this.tryReceive(SCRATCH, SCRATCH_SIZE, 0, null);
      sink.add(SCRATCH, size, nobody);
      count++;
    }
    return count;
  }

  shutdown(how: i32): i32 {
    if (this.closed) return -EBADF;
    if (how != SHUT_WR) {
      this.incoming.abandoned = true;
      this.incoming.clear();
    }
    if (how != SHUT_RD) this.outgoing.ended = true;
    this.wakeBoth();
    return 0;
  }

  private wakeBoth(): void {
    this.reads.wake();
    this.writes.wake();
    const peer = this.peer;
    if (!peer) return;
    peer.reads.wake();
    peer.writes.wake();
  }

  // nothing of the host's can be waited for
  ownPollable(): i32 {
    return 0;
  }
  inputPollable(): i32 {
    return 0;
  }
  outputPollable(): i32 {
    return 0;
  }
  protected subscribeOwn(): i32 {
    return subscribeDuration(LOOK_AGAIN_NANOSECONDS);
  }
  subscribeInput(): i32 {
    return this.subscribeOwn();
  }
  subscribeOutput(): i32 {
    return this.subscribeOwn();
  }

  protected drop(): void {
    this.incoming.abandoned = true;
    this.incoming.clear();
    this.outgoing.ended = true;
    this.wakeBoth();
    const peer = this.peer;
    if (peer) peer.peer = null;
    this.peer = null;
  }
}

/** Why the last `createPair` gave nothing. */
export let pairError: i32 = 0;

/** Makes two connected sockets as socketpair(2) does; one of them, with the other in `peer`. */
export function createPair(family: i32, type: i32, protocol: i32): PairSocket | null {
  pairError = checkPair(family, type, protocol);
  if (pairError) return null;
  const there = type == SOCK_STREAM ? (new StreamChannel() as Channel) : (new DatagramChannel() as Channel);
  const back = type == SOCK_STREAM ? (new StreamChannel() as Channel) : (new DatagramChannel() as Channel);
  const one = new PairSocket(type, back, there);
  const other = new PairSocket(type, there, back);
  one.peer = other;
  other.peer = one;
  return one;
}

// socketpair(2): Linux makes pairs of family unix only
function checkPair(family: i32, type: i32, protocol: i32): i32 {
  if (family == 2 || family == 10) return -EOPNOTSUPP;
  if (family != AF_UNIX && family != AF_UNSPEC) return -EAFNOSUPPORT;
  if (type != SOCK_STREAM && type != SOCK_DGRAM) return -ESOCKTNOSUPPORT;
  return protocol == 0 ? 0 : -EPROTONOSUPPORT;
}
