// The core's face for the Node library (src/core.ts): plain numbers, objects as pinned pointers, bytes
// and texts through SCRATCH, and what a step leaves to be known in MAILBOX.
//
// The window of every step is SCRATCH. Addresses stand in ADDRESS, as the bytes of a sockaddr, before a
// function that takes one and after a function that gives one.

import { collectSometimes, discarded, hold } from "../abi";
import { AddressInfo } from "../address/address-info";
import { SCRATCH, SCRATCH_SIZE } from "../abi/buffer";
import { EAGAIN, writeErrorMessage, writeErrorName } from "../error/errno";
import { createSocket, ListenerOperation, OpenOperation, socketError } from "../operation/compound";
import { Operation, PENDING, takeWoken as nextWoken, trackWoken, WOKEN } from "../operation/operation";
import { HostOptions, setHostOptions } from "../socket/options";
import { getOption, setOption } from "../socket/options-table";
import { LookupOperation } from "../address/addrconfig";
import { createPair, pairError, PairSocket } from "../socket/socket-pair";
import { SOCKADDR_IN6_SIZE, Sockaddr } from "../address/sockaddr";
import { acceptError, MessageSink, openSockets as countSockets, Socket } from "../socket/socket";
import {
  AcceptOperation,
  BindOperation,
  ConnectOperation,
  ListenOperation,
  ReceiveManyOperation,
  ReceiveOperation,
  SendOperation,
} from "../operation/socket-operations";
import { hostGet, hostReaches, hostSet } from "../wasi/host-options";
export { cabi_realloc } from "../abi";

trackWoken();

/** The Node library's host, which says what it can do beyond WASI, and what it can't. */
class NodeOptions extends HostOptions {
  reaches(handle: i32, option: i32): bool {
    return hostReaches(handle, option) != 0;
  }
  get(handle: i32, option: i32): i32 {
    return hostGet(handle, option);
  }
  set(handle: i32, option: i32, value: i32): i32 {
    return hostSet(handle, option, value);
  }
}
setHostOptions(new NodeOptions());

/** u32 moved @0 · i32 pollable @4 · i32 timer @8 */
const MAILBOX: usize = memory.data(16, 8);
const ADDRESS: usize = memory.data(32, 8);

/** Datagrams that were received together, 40 bytes each: sockaddr @0 · u32 its length @28 · u32 bytes @32 · u32 length @36 */
const MESSAGES: usize = memory.data(2560, 8); // MOST_MESSAGES of them
const MESSAGE_SIZE: usize = 40;

let operations: i32 = 0;

export function mailbox(): usize {
  return MAILBOX;
}
export function wokenFlag(): usize {
  return WOKEN;
}
export function scratch(): usize {
  return SCRATCH;
}
export function addressArea(): usize {
  return ADDRESS;
}
export function messageArea(): usize {
  return MESSAGES;
}

/** Fills MESSAGES; bytes that are wanted stay until the table is filled again. */
@final
class MessageTable extends MessageSink {
  private count: i32 = 0;
  private kept: ArrayBuffer[] = [];

  constructor(private wantsBytes: bool) {
    super();
  }

  /** Empties it. */
  begin(wantsBytes: bool): MessageTable {
    this.wantsBytes = wantsBytes;
    this.count = 0;
    if (this.kept.length) this.kept = [];
    return this;
  }

  add(from: usize, length: u32, sender: Sockaddr): void {
    const at = MESSAGES + <usize>this.count * MESSAGE_SIZE;
    this.count++;
    memory.copy(at, sender.pointer, SOCKADDR_IN6_SIZE);
    store<u32>(at, sender.length, 28);
    store<usize>(at, this.wantsBytes ? this.keep(from, length) : 0, 32);
    store<u32>(at, length, 36);
  }

  private keep(from: usize, length: u32): usize {
    const copy = new ArrayBuffer(length);
    memory.copy(changetype<usize>(copy), from, length);
    this.kept.push(copy);
    return changetype<usize>(copy);
  }
}
const table = new MessageTable(false);

// Handles are pinned: the collector does not see what JavaScript holds.
function letGo(object: usize): void {
  __unpin(object);
  discarded();
}

function begin(operation: Operation): usize {
  operations++;
  return hold(operation);
}

// the address in ADDRESS
function address(length: u32): Sockaddr {
  const result = new Sockaddr();
  result.setBytes(ADDRESS, length);
  return result;
}

function giveAddress(address: Sockaddr | null): u32 {
  if (!address) return 0;
  memory.copy(ADDRESS, address.pointer, SOCKADDR_IN6_SIZE);
  return address.length;
}

// a text argument at an offset of SCRATCH; a negative length stands for none
function text(offset: u32, length: i32): usize {
  return length < 0 ? 0 : SCRATCH + offset;
}

// Sockets

/** A socket, or a negative errno. */
export function socketNew(family: i32, type: i32, protocol: i32): i32 {
  const socket = createSocket(family, type, protocol);
  return socket ? <i32>hold(socket) : socketError;
}
/** Closes a socket and lets go of it. */
export function socketClose(socket: Socket): void {
  socket.close();
  letGo(changetype<usize>(socket));
}
export function socketShutdown(socket: Socket, how: i32): i32 {
  return socket.shutdown(how);
}
/** A pair of sockets in the core's memory: one of them, with the other one from `pairPeer`, or a negative errno. */
export function pairNew(family: i32, type: i32, protocol: i32): i32 {
  const socket = createPair(family, type, protocol);
  if (!socket) return pairError;
  hold(socket.peer!);
  return <i32>hold(socket);
}
export function pairPeer(socket: PairSocket): usize {
  return changetype<usize>(socket.peer);
}
/** The value of an option, or a negative errno. */
export function socketGetOption(socket: Socket, level: i32, name: i32): i32 {
  return getOption(socket, level, name);
}
/** 0, or a negative errno. */
export function socketSetOption(socket: Socket, level: i32, name: i32, value: i32): i32 {
  return setOption(socket, level, name, value);
}
/** The handle of the WASI socket under it; 0 for none. */
export function socketHandle(socket: Socket): i32 {
  return socket.handle;
}
export function socketFamily(socket: Socket): i32 {
  return socket.family;
}
/** The length of the address left in ADDRESS; 0 for none. */
export function socketName(socket: Socket, peer: bool): u32 {
  return giveAddress(peer ? socket.peerName() : socket.ownName());
}

// the address of a call that is tried at once: one object, so that a datagram allocates nothing
const peerAddress = new Sockaddr();

// A try without an operation comes to its result; to PENDING when nothing stands against trying again as soon as the
// socket is ready; or to -EAGAIN when only an operation will do: other operations come first, or an option is set that
// nothing else honours.

/** One try to send `length` bytes of SCRATCH, to the address in ADDRESS when that has a length: the number sent. */
export function sendNow(socket: Socket, length: u32, addressLength: u32): i32 {
  if (socket.writes.head) return -EAGAIN;
  if (addressLength) peerAddress.setBytes(ADDRESS, addressLength);
  const result = socket.trySend(SCRATCH, length, 0, addressLength ? peerAddress : null);
  return tried(result, socket.sendSeconds);
}
/** One try to receive at most `length` bytes into SCRATCH: the number; the sender is left in ADDRESS if wanted. */
export function receiveNow(socket: Socket, length: u32, wantsSender: bool): i32 {
  if (socket.reads.head || socket.receiveLowWater > 1) return -EAGAIN;
  const result = socket.tryReceive(SCRATCH, length, 0, wantsSender ? peerAddress : null);
  if (wantsSender && result >= 0) giveAddress(peerAddress);
  return tried(result, socket.receiveSeconds);
}
/** One try to accept: the connection. */
export function acceptNow(socket: Socket): i32 {
  if (socket.reads.head) return -EAGAIN;
  const accepted = socket.tryAccept();
  return accepted ? <i32>hold(accepted) : tried(acceptError, socket.receiveSeconds);
}
/**
 * One try to receive at most `most` datagrams: how many, 0 where no more can come. What is known of each is left in
 * MESSAGES, its bytes with it where `wantsBytes`; else they went past the core.
 */
export function receiveManyNow(socket: Socket, most: u32, wantsBytes: bool): i32 {
  if (socket.reads.head) return -EAGAIN;
  return tried(socket.tryReceiveMany(most, table.begin(wantsBytes)), socket.receiveSeconds);
}
// SO_RCVTIMEO and SO_SNDTIMEO take an operation
function tried(result: i32, seconds: f64): i32 {
  return result == -EAGAIN && seconds < 0 ? PENDING : result;
}

// Operations

export function startBind(socket: Socket, addressLength: u32): usize {
  return begin(new BindOperation(socket, address(addressLength)));
}
export function startListen(socket: Socket, backlog: u32): usize {
  return begin(new ListenOperation(socket, backlog));
}
export function startAccept(socket: Socket, seconds: f64): usize {
  return begin(new AcceptOperation(socket, seconds));
}
export function startConnect(socket: Socket, addressLength: u32, seconds: f64): usize {
  return begin(new ConnectOperation(socket, address(addressLength), seconds));
}
export function startSend(socket: Socket, total: u32, flags: i32, addressLength: u32, seconds: f64): usize {
  return begin(
    new SendOperation(socket, total, flags, addressLength ? address(addressLength) : null, seconds),
  );
}
export function startReceive(socket: Socket, total: u32, flags: i32, wantsSender: bool, seconds: f64): usize {
  return begin(new ReceiveOperation(socket, total, flags, wantsSender, seconds));
}
export function startReceiveMany(socket: Socket, most: u32, wantsBytes: bool, seconds: f64): usize {
  return begin(new ReceiveManyOperation(socket, most, new MessageTable(wantsBytes), seconds));
}
/** A look-up whose names the library asks its host for, which spares a crossing for every address. */
@final
class LibraryLookup extends LookupOperation {
  protected ask(_host: usize, _hostLength: u32): i32 {
    this.isAsked = true;
    return 0;
  }

  /** Takes the addresses at SCRATCH, 28 bytes each, or why there are none: 0, or a negative errno. */
  answer(count: u32, error: i32): void {
    this.isAsked = false;
    this.error = error;
    for (let i: u32 = 0; i < count; i++) {
      const address = new Sockaddr();
      address.setBytes(SCRATCH + i * SOCKADDR_IN6_SIZE, SOCKADDR_IN6_SIZE);
      this.add(address);
    }
  }

  protected attempt(window: usize, size: u32): i32 {
    return this.isAsked ? -EAGAIN : super.attempt(window, size);
  }
}

/** The host at the start of SCRATCH, the service right behind it; a negative length for none. */
export function startResolve(
  host: i32,
  service: i32,
  family: i32,
  type: i32,
  protocol: i32,
  flags: i32,
): usize {
  const hints = new AddressInfo(family, type, protocol, flags);
  return begin(new LibraryLookup(text(0, host), host, text(max(host, 0), service), service, hints));
}
export function startOpen(host: i32, service: i32, seconds: f64): usize {
  const operation = new OpenOperation(text(0, host), host, text(max(host, 0), service), service);
  operation.limitTo(seconds);
  return begin(operation);
}
export function startListener(
  family: i32,
  type: i32,
  protocol: i32,
  addressLength: u32,
  backlog: u32,
): usize {
  const info = new AddressInfo(family, type, protocol);
  info.address = address(addressLength);
  return begin(new ListenerOperation(info, backlog));
}

/** A step with a window of `size` bytes in SCRATCH. */
export function step(operation: Operation, size: u32): i32 {
  const result = operation.step(SCRATCH, size);
  store<u32>(MAILBOX, operation.moved);
  if (result == PENDING) {
    const queue = operation.queue;
    store<i32>(MAILBOX, queue && queue.head !== operation ? 0 : operation.waitsFor(), 4);
    store<i32>(MAILBOX, operation.timer, 8);
  }
  return result;
}
/** Ends an operation, done or not, and lets go of it. Its results have to be taken before. */
export function endOperation(operation: Operation): void {
  operation.finish();
  operations--;
  letGo(changetype<usize>(operation));
  collectSometimes(operations + (countSockets << 3));
}
/** The next operation that may get further because of another one; 0 for none. */
export function takeWoken(): usize {
  return changetype<usize>(nextWoken());
}

/** The sender's address of a receive, in ADDRESS. */
export function sender(operation: ReceiveOperation): u32 {
  return giveAddress(operation.sender);
}
/** The socket that an accept has brought. */
export function accepted(operation: AcceptOperation): usize {
  return hold(operation.accepted!);
}
/** The connection that an open has brought. */
export function opened(operation: OpenOperation): usize {
  return hold(operation.opened!);
}
/** Which step of an open is under way, or failed: 0 look-up, 1 connect. */
export function openPhase(operation: OpenOperation): i32 {
  return operation.phase;
}
/** The listener that was made. */
export function listener(operation: ListenerOperation): usize {
  return hold(operation.listener!);
}
/** Which step of making a listener is under way, or failed: 0 socket, 1 bind, 2 listen. */
export function listenerPhase(operation: ListenerOperation): i32 {
  return operation.phase;
}
/**
 * Goes on with a look-up: PENDING when the library has to ask its host, and to give the answer with `answerResolve`; a
 * negative errno; or how many candidates are left in SCRATCH, 48 bytes each: i32 family, type, protocol, flags, address
 * length, and 28 bytes of address.
 */
export function stepResolve(operation: LibraryLookup): i32 {
  const result = operation.step(SCRATCH, SCRATCH_SIZE);
  if (result) return result;
  let at = SCRATCH;
  let count = 0;
  for (
    let info: AddressInfo | null = operation.found;
    info && at + 48 <= SCRATCH + SCRATCH_SIZE;
    info = info!.next
  ) {
    store<i32>(at, info.family);
    store<i32>(at, info.socketType, 4);
    store<i32>(at, info.protocol, 8);
    store<i32>(at, info.flags, 12);
    store<u32>(at, info.addressLength, 16);
    memory.copy(at + 20, info.address!.pointer, SOCKADDR_IN6_SIZE);
    at += 48;
    count++;
  }
  return count;
}
/** Goes on so with the answer of the host: addresses at SCRATCH, 28 bytes each, or a negative errno. */
export function answerResolve(operation: LibraryLookup, count: u32, error: i32): i32 {
  operation.answer(count, error);
  return stepResolve(operation);
}

// Texts

/** The name of the address in ADDRESS, put at SCRATCH; its length in bytes. */
export function sockaddrName(addressLength: u32): u32 {
  return address(addressLength).writeName(SCRATCH);
}
/** Parses the address literal in SCRATCH; the length of the address left in ADDRESS, 0 when it is none. */
export function sockaddrParse(length: u32, port: i32): u32 {
  const result = new Sockaddr();
  return result.parse(SCRATCH, length, port) ? giveAddress(result) : 0;
}
/** The name of an error, put at SCRATCH; its length in bytes. */
export function errorName(errno: i32): u32 {
  return writeErrorName(errno, SCRATCH);
}
/** What an error means, put at SCRATCH; its length in bytes. */
export function errorMessage(errno: i32): u32 {
  return writeErrorMessage(errno, SCRATCH);
}

// Counts, for tests of what is left behind

export function openSockets(): i32 {
  return countSockets;
}
export function openOperations(): i32 {
  return operations;
}
export function collect(): void {
  __collect();
}
