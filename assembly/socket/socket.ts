// What every socket is, whatever it is made of.

import { EAFNOSUPPORT, EBADF, EINVAL, EIO, EOPNOTSUPP, errnoIn, fromWasi } from "../error/errno";
import { Queue } from "../operation/operation";
import { Sockaddr } from "../address/sockaddr";
import { dropPollable, errorToDebugString, dropError } from "../wasi/io";
import { RET } from "../abi";
import { parseDecimal } from "../abi/buffer";

export const SOCK_STREAM: i32 = 1;
export const SOCK_DGRAM: i32 = 2;
export const SOCK_RAW: i32 = 3;

export const IPPROTO_TCP: i32 = 6;
export const IPPROTO_UDP: i32 = 17;
export const IPPROTO_DCCP: i32 = 33;
export const IPPROTO_SCTP: i32 = 132;
export const IPPROTO_UDPLITE: i32 = 136;

export const MSG_PEEK: i32 = 2;
export const MSG_TRUNC: i32 = 32;
export const MSG_DONTWAIT: i32 = 64;
export const MSG_WAITALL: i32 = 256;

export const SHUT_RD: i32 = 0;
export const SHUT_WR: i32 = 1;
export const SHUT_RDWR: i32 = 2;

/** Someone who has a socket's pollables in a list, and has to know when these are no more. */
export abstract class Watcher {
  abstract pollablesDropped(): void;
}

/** Takes datagrams that are received together. */
export abstract class MessageSink {
  /** The bytes, and the sender's address, are valid during the call only; it has no length in a pair. */
  abstract add(bytes: usize, length: u32, sender: Sockaddr): void;
}

/** How many datagrams are received together at most. */
export const MOST_MESSAGES: u32 = 64;

/** Sockets that are open, of every kind. */
export let openSockets: i32 = 0;

/**
 * A socket. The `try…` methods never wait: they return what they did, or a negative errno, of which
 * -EAGAIN says that it is not possible yet.
 */
export abstract class Socket {
  /** Operations that read: receive and accept. */
  reads: Queue = new Queue();
  /** Operations that write: send and connect. */
  writes: Queue = new Queue();
  closed: bool = false;
  /** SO_RCVTIMEO and SO_SNDTIMEO in seconds; negative for ever. Calls without a limit of their own have these. */
  receiveSeconds: f64 = -1;
  sendSeconds: f64 = -1;
  /** SO_RCVLOWAT: a receive waits for that many bytes. */
  receiveLowWater: i32 = 1;
  /** The WASI socket, 0 for none. */
  handle: i32 = 0;
  /** Its own pollable, for bind, listen, connect and accept. */
  protected ownReady: i32 = 0;
  protected inputReady: i32 = 0;
  protected outputReady: i32 = 0;
  watcher: Watcher | null = null;

  constructor(
    public family: i32,
    public type: i32,
    public protocol: i32,
  ) {
    openSockets++;
  }

  abstract startBind(address: Sockaddr): i32;
  abstract finishBind(): i32;

  setBacklog(_backlog: u32): i32 {
    return -EOPNOTSUPP;
  }
  startListen(): i32 {
    return -EOPNOTSUPP;
  }
  finishListen(): i32 {
    return -EOPNOTSUPP;
  }

  /** A connection that waits, or null with the reason in `acceptError`. */
  tryAccept(): Socket | null {
    acceptError = -EOPNOTSUPP;
    return null;
  }

  abstract startConnect(address: Sockaddr): i32;
  abstract finishConnect(): i32;
  /** Gives up a connect that did not come about; the socket can try again. */
  abandonConnect(): void {}

  /** Sends what can be sent of a region; `to` is null for the peer. */
  abstract trySend(bytes: usize, length: u32, flags: i32, to: Sockaddr | null): i32;
  /** Receives into a region; the sender's address is put into `from` where there is one. */
  abstract tryReceive(bytes: usize, length: u32, flags: i32, from: Sockaddr | null): i32;

  /**
   * Receives the datagrams that are there, at most `most`: how many, 0 where no more can come. They are told to `sink`.
   */
  tryReceiveMany(_most: u32, _sink: MessageSink): i32 {
    return -EOPNOTSUPP;
  }

  isListening(): bool {
    return false;
  }

  /** SO_ERROR: the errno of an error that no call has reported yet, which is thereby reported; 0 for none. */
  takeError(): i32 {
    return 0;
  }

  /** Keeps an error of the input that has to wait until the next receive. */
  deferError(_error: i32): void {}

  abstract shutdown(how: i32): i32;

  peerName(): Sockaddr | null {
    return null;
  }
  ownName(): Sockaddr | null {
    return null;
  }

  protected abstract subscribeOwn(): i32;
  /** A pollable of the input that the caller owns. */
  abstract subscribeInput(): i32;
  /** A pollable of the output that the caller owns. */
  abstract subscribeOutput(): i32;

  subscribeSelf(): i32 {
    return this.subscribeOwn();
  }

  /** The pollable of the socket itself, made once. */
  ownPollable(): i32 {
    if (!this.ownReady) this.ownReady = this.subscribeOwn();
    return this.ownReady;
  }
  inputPollable(): i32 {
    if (!this.inputReady) this.inputReady = this.subscribeInput();
    return this.inputReady;
  }
  outputPollable(): i32 {
    if (!this.outputReady) this.outputReady = this.subscribeOutput();
    return this.outputReady;
  }

  /** Drops the pollables: they are children of what is dropped after them. */
  protected dropPollables(): void {
    if (this.inputReady) dropPollable(this.inputReady);
    if (this.outputReady) dropPollable(this.outputReady);
    if (this.ownReady) dropPollable(this.ownReady);
    this.inputReady = this.outputReady = this.ownReady = 0;
    const watcher = this.watcher;
    if (watcher) watcher.pollablesDropped();
  }

  protected abstract drop(): void;

  /** Closes; pending operations end with EBADF at their next step. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    openSockets--;
    this.drop();
    this.reads.wake();
    this.writes.wake();
  }
}

/** Why the last `tryAccept` gave nothing. */
export let acceptError: i32 = 0;

export function setAcceptError(error: i32): void {
  acceptError = error;
}

/** The negative errno of a result<_, error-code> whose payload is at `offset`; 0 for ok. */
// @ts-ignore: decorator
@inline
export function unitResult(offset: usize): i32 {
  return load<u8>(RET) ? fromWasi(load<u8>(RET + offset)) : 0;
}

/** The address of a result<ip-socket-address, error-code>, whose payload is at 4; null for an error. */
export function addressResult(): Sockaddr | null {
  if (load<u8>(RET)) return null;
  const address = new Sockaddr();
  address.setFromWasi(RET + 4);
  return address;
}

/** A new WASI socket, of a result<own<…>, error-code> whose payload is at 4: 0, or a negative errno. */
export function openResult(socket: Socket): i32 {
  const error = unitResult(4);
  if (!error) socket.handle = load<i32>(RET, 4);
  return error;
}

/**
 * The negative errno of a `stream-error` at `at`: variant { last-operation-failed(own<error>), closed }.
 * `closed` is 0: end of stream for a reader, a broken pipe for a writer.
 *
 * WASI 0.2 gives no code for a failed stream, only a debug text (`network-error-code` is unstable, and not
 * every host has it). Hosts built on an operating system put the system's error number there ("os error
 * 104", "code: 104"), and those built on Node its name ("read ECONNRESET"): that is what is looked for.
 */
export function streamError(at: usize): i32 {
  if (load<u8>(at) != 0) return 0;
  const error = load<i32>(at, 4);
  errorToDebugString(error, RET);
  const text = load<usize>(RET);
  const length = load<u32>(RET, 4);
  const errno = numberAfter(text, length, "os error ");
  let result = errno > 0 ? errno : numberAfter(text, length, "code: ");
  if (result <= 0) result = errnoIn(text, length);
  if (length) heap.free(text);
  dropError(error);
  return result > 0 && result < 134 ? -result : -EIO;
}

// the decimal number that follows `key` in a text, or -1
function numberAfter(text: usize, length: u32, key: string): i32 {
  const size = <u32>key.length;
  for (let i: u32 = 0; i + size < length; i++) {
    let k: u32 = 0;
    while (k < size && <u32>load<u8>(text + i + k) == <u32>key.charCodeAt(k)) k++;
    if (k < size) continue;
    let end = i + size;
    while (end < length && load<u8>(text + end) - 48 < 10) end++;
    return <i32>parseDecimal(text + i + size, end - i - size, 4095);
  }
  return -1;
}

/** Checks that an address can be used with a socket: 0, or a negative errno. */
export function checkFamily(socket: Socket, address: Sockaddr): i32 {
  if (socket.closed) return -EBADF;
  if (address.family == socket.family) return 0;
  return address.family == 0 ? -EINVAL : -EAFNOSUPPORT;
}
