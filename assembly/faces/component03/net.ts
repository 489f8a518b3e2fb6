// wasock:net/net of WASI 0.3: what may wait, as calls that return to a callback. `borrow` of one of our own resources
// arrives as its rep, which is the object itself.

import { AddressInfo } from "../../address/address-info";
import { ResolveOperation } from "../../address/resolve";
import { Sockaddr } from "../../address/sockaddr";
import { SCRATCH_SIZE } from "../../abi/buffer";
import { ENOBUFS, EOPNOTSUPP, EBUSY } from "../../error/errno";
import { DEFAULT_BACKLOG, ListenerOperation, OpenOperation } from "../../operation/compound";
import { Operation, TIMED_OUT } from "../../operation/operation";
import {
  AcceptOperation,
  BindOperation,
  ConnectOperation,
  ListenOperation,
  ReceiveManyOperation,
  ReceiveOperation,
  SendOperation,
} from "../../operation/socket-operations";
import { MSG_WAITALL, SHUT_RDWR, Socket } from "../../socket/socket";
import { StreamSocket } from "../../socket/stream-socket";
import { passInput, passOutput } from "../../wasi/sockets";
import { tcpReceiveStreamDropReadable } from "../../wasi/imports/sockets";
import { addressOf, infoOf, seconds, startOpen, startResolve } from "../component/parameters";
import { giveInfo, giveSocket, InfoHandle, letGo } from "../component/resources";
import { failure, freeMessages, LoweredMessages, number, triple, unit } from "../component/results";
import { resume as resumeTask, start, Task, wakeOthers } from "./task";

// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]get-address-info")
declare function returnGetAddressInfo(failed: i32, value: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]bind")
declare function returnBind(failed: i32, value: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]listen")
declare function returnListen(failed: i32, value: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]accept")
declare function returnAccept(failed: i32, value: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]connect")
declare function returnConnect(failed: i32, value: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]open-net-io")
declare function returnOpenNetIo(failed: i32, value: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]make-listener-socket")
declare function returnMakeListenerSocket(failed: i32, value: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]send")
declare function returnSend(failed: i32, value: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]send-non-blocking")
declare function returnSendNonBlocking(failed: i32, value: i32, count: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]receive")
declare function returnReceive(failed: i32, value: i32, length: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]receive-into")
declare function returnReceiveInto(failed: i32, value: i32, length: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]receive-many")
declare function returnReceiveMany(failed: i32, value: i32, length: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]receive-non-blocking")
declare function returnReceiveNonBlocking(failed: i32, value: i32, list: i32, length: i32): void;
// @ts-ignore: decorator
@external("[export]wasock:net/net@0.3.0", "[task-return]receive-into-non-blocking")
declare function returnReceiveIntoNonBlocking(failed: i32, value: i32, list: i32, length: i32): void;

// the functions whose result is a number, a handle or nothing
const GET_ADDRESS_INFO: i32 = 0;
const BIND: i32 = 1;
const LISTEN: i32 = 2;
const ACCEPT: i32 = 3;
const CONNECT: i32 = 4;
const OPEN_NET_IO: i32 = 5;
const MAKE_LISTENER_SOCKET: i32 = 6;
const SEND: i32 = 7;

function givePair(kind: i32, failed: i32, value: i32): void {
  switch (kind) {
    case GET_ADDRESS_INFO:
      return returnGetAddressInfo(failed, value);
    case BIND:
      return returnBind(failed, value);
    case LISTEN:
      return returnListen(failed, value);
    case ACCEPT:
      return returnAccept(failed, value);
    case CONNECT:
      return returnConnect(failed, value);
    case OPEN_NET_IO:
      return returnOpenNetIo(failed, value);
    case MAKE_LISTENER_SOCKET:
      return returnMakeListenerSocket(failed, value);
    case SEND:
      return returnSend(failed, value);
  }
}

/** A call of one of these. */
// @ts-ignore: decorator
@final
class Call extends Task {
  constructor(
    private kind: i32,
    operation: Operation,
    private peer: Sockaddr | null = null,
  ) {
    super(operation);
  }

  give(result: i32): void {
    if (result < 0) return givePair(this.kind, 1, -result);
    givePair(this.kind, 0, this.valueOf(result));
  }

  private valueOf(result: i32): i32 {
    const operation = this.operation;
    switch (this.kind) {
      case GET_ADDRESS_INFO:
        return giveInfo((operation as ResolveOperation).found!);
      case OPEN_NET_IO:
        return giveSocket((operation as OpenOperation).opened!);
      case MAKE_LISTENER_SOCKET:
        return giveSocket((operation as ListenerOperation).listener!);
      case ACCEPT: {
        const accepted = (operation as AcceptOperation).accepted!;
        const into = this.peer;
        const peer = into ? accepted.peerName() : null;
        if (peer) into!.copyFrom(peer);
        return giveSocket(accepted);
      }
    }
    return result;
  }
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#get-address-info")
export function getAddressInfo(
  hostSome: i32,
  host: usize,
  hostLength: u32,
  serviceSome: i32,
  service: usize,
  serviceLength: u32,
  hintsSome: i32,
  hints: usize,
): i32 {
  const info = infoOf(hintsSome, hints);
  const operation = startResolve(hostSome, host, hostLength, serviceSome, service, serviceLength, info);
  return start(new Call(GET_ADDRESS_INFO, operation));
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#bind")
export function bind(socket: Socket, address: Sockaddr): i32 {
  return start(new Call(BIND, new BindOperation(socket, address)));
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#listen")
export function listen(socket: Socket, backlog: u32): i32 {
  return start(new Call(LISTEN, new ListenOperation(socket, backlog)));
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#accept")
export function accept(socket: Socket, some: i32, into: usize): i32 {
  let peer: Sockaddr | null = null;
  if (some) peer = changetype<Sockaddr>(into);
  return start(new Call(ACCEPT, new AcceptOperation(socket, -1), peer));
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#connect")
export function connect(socket: Socket, address: Sockaddr): i32 {
  return start(new Call(CONNECT, new ConnectOperation(socket, address, -1)));
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#open-net-io")
export function openNetIo(
  hostSome: i32,
  host: usize,
  hostLength: u32,
  service: usize,
  serviceLength: u32,
): i32 {
  return start(new Call(OPEN_NET_IO, startOpen(hostSome, host, hostLength, service, serviceLength)));
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#make-listener-socket")
export function makeListenerSocket(ai: InfoHandle, some: i32, maxConn: u32): i32 {
  const operation = new ListenerOperation(ai.info, some ? maxConn : DEFAULT_BACKLOG);
  return start(new Call(MAKE_LISTENER_SOCKET, operation));
}

// What is sent and received

/** A send with a timeout. */
// @ts-ignore: decorator
@final
class TimedSend extends Task {
  give(result: i32): void {
    if (result == TIMED_OUT) returnSendNonBlocking(0, 0, 0);
    else if (result < 0) returnSendNonBlocking(1, -result, 0);
    else returnSendNonBlocking(0, 1, result);
  }
}

function startSend(task: Task, from: usize, length: u32): i32 {
  task.bytes = from;
  task.size = length;
  return start(task);
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#send")
export function send(
  socket: Socket,
  from: usize,
  length: u32,
  flagsSome: i32,
  flags: i32,
  aiSome: i32,
  ai: usize,
): i32 {
  const to = addressOf(infoOf(aiSome, ai));
  const operation = new SendOperation(socket, length, flagsSome ? flags : 0, to, -1);
  return startSend(new Call(SEND, operation), from, length);
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#send-non-blocking")
export function sendNonBlocking(
  socket: Socket,
  from: usize,
  length: u32,
  timeoutSome: i32,
  timeout: f64,
  flagsSome: i32,
  flags: i32,
  aiSome: i32,
  ai: usize,
): i32 {
  const to = addressOf(infoOf(aiSome, ai));
  const limit = seconds(timeoutSome, timeout);
  const operation = new SendOperation(socket, length, flagsSome ? flags : 0, to, limit);
  return startSend(new TimedSend(operation), from, length);
}

/** A receive. */
// @ts-ignore: decorator
@final
class Receive extends Task {
  constructor(
    operation: Operation,
    private sender: AddressInfo | null,
    private isTimed: bool,
    private isInto: bool,
  ) {
    super(operation);
  }

  give(result: i32): void {
    const sender = this.sender;
    if (result >= 0 && sender) sender.address = (this.operation as ReceiveOperation).sender;
    // with the trunc flag a datagram's length may be more than what came
    const length = min(<u32>result, this.size);
    if (this.isTimed) {
      if (result == TIMED_OUT) this.giveTimed(0, 0, 0);
      else if (result < 0) this.giveTimed(1, -result, 0);
      else this.giveTimed(0, 1, length);
    } else if (result < 0) this.giveBytes(1, -result, 0);
    else this.giveBytes(0, <i32>this.bytes, length);
  }

  private giveBytes(failed: i32, value: i32, length: i32): void {
    if (this.isInto) returnReceiveInto(failed, value, length);
    else returnReceive(failed, value, length);
  }

  private giveTimed(failed: i32, value: i32, length: i32): void {
    if (this.isInto) returnReceiveIntoNonBlocking(failed, value, <i32>this.bytes, length);
    else returnReceiveNonBlocking(failed, value, <i32>this.bytes, length);
  }
}

function startReceive(
  socket: Socket,
  n: u32,
  flags: i32,
  limit: f64,
  sender: AddressInfo | null,
  isTimed: bool,
  isInto: bool,
): i32 {
  // no more than one call can bring: only with waitall that is more than a window
  const size = flags & MSG_WAITALL ? n : min(n, SCRATCH_SIZE);
  const isTooMuch = size > 0x20000000;
  const operation = new ReceiveOperation(socket, isTooMuch ? 0 : size, flags, sender != null, limit);
  const task = new Receive(operation, sender, isTimed, isInto);
  if (isTooMuch) return startFailed(task, -ENOBUFS);
  if (size) task.bytes = heap.alloc(size);
  task.size = size;
  return start(task);
}

// a call that fails at once
function startFailed(task: Task, error: i32): i32 {
  task.operation.finish();
  task.give(error);
  return 0;
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#receive")
export function receive(socket: Socket, n: u32, flagsSome: i32, flags: i32, aiSome: i32, ai: usize): i32 {
  return startReceive(socket, n, flagsSome ? flags : 0, -1, infoOf(aiSome, ai), false, false);
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#receive-into")
export function receiveInto(socket: Socket, n: u32, flagsSome: i32, flags: i32, aiSome: i32, ai: usize): i32 {
  return startReceive(socket, n, flagsSome ? flags : 0, -1, infoOf(aiSome, ai), false, true);
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#receive-non-blocking")
export function receiveNonBlocking(
  socket: Socket,
  n: u32,
  timeoutSome: i32,
  timeout: f64,
  flagsSome: i32,
  flags: i32,
  aiSome: i32,
  ai: usize,
): i32 {
  const limit = seconds(timeoutSome, timeout);
  return startReceive(socket, n, flagsSome ? flags : 0, limit, infoOf(aiSome, ai), true, false);
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#receive-into-non-blocking")
export function receiveIntoNonBlocking(
  socket: Socket,
  n: u32,
  timeoutSome: i32,
  timeout: f64,
  flagsSome: i32,
  flags: i32,
  aiSome: i32,
  ai: usize,
): i32 {
  const limit = seconds(timeoutSome, timeout);
  return startReceive(socket, n, flagsSome ? flags : 0, limit, infoOf(aiSome, ai), true, true);
}

/** A receive of many datagrams. */
// @ts-ignore: decorator
@final
class ReceiveMany extends Task {
  give(result: i32): void {
    if (result < 0) return returnReceiveMany(1, -result, 0);
    const at = ((this.operation as ReceiveManyOperation).sink as LoweredMessages).give(0);
    returnReceiveMany(0, load<i32>(at, 4), load<i32>(at, 8));
    freeMessages(at);
    heap.free(at);
  }
}

// @ts-ignore: decorator
@witExport("[async-lift]wasock:net/net@0.3.0#receive-many")
export function receiveMany(socket: Socket, n: u32): i32 {
  return start(new ReceiveMany(new ReceiveManyOperation(socket, n, new LoweredMessages(), -1)));
}

// @ts-ignore: decorator
@witExport(
  "[callback][async-lift]wasock:net/net@0.3.0#get-address-info",
  "[callback][async-lift]wasock:net/net@0.3.0#bind",
  "[callback][async-lift]wasock:net/net@0.3.0#listen",
  "[callback][async-lift]wasock:net/net@0.3.0#accept",
  "[callback][async-lift]wasock:net/net@0.3.0#connect",
  "[callback][async-lift]wasock:net/net@0.3.0#open-net-io",
  "[callback][async-lift]wasock:net/net@0.3.0#make-listener-socket",
  "[callback][async-lift]wasock:net/net@0.3.0#send",
  "[callback][async-lift]wasock:net/net@0.3.0#send-non-blocking",
  "[callback][async-lift]wasock:net/net@0.3.0#receive",
  "[callback][async-lift]wasock:net/net@0.3.0#receive-into",
  "[callback][async-lift]wasock:net/net@0.3.0#receive-many",
  "[callback][async-lift]wasock:net/net@0.3.0#receive-non-blocking",
  "[callback][async-lift]wasock:net/net@0.3.0#receive-into-non-blocking",
)
export function resume(code: i32, waitable: i32, result: i32): i32 {
  return resumeTask(code, waitable, result);
}

// Ports

/** The stream and the future of a port. */
const PORT: usize = memory.data(8, 4);

// @ts-ignore: decorator
@witExport("wasock:net/net@0.3.0#input")
export function input(socket: Socket): usize {
  if (!(socket instanceof StreamSocket)) return failure(-EOPNOTSUPP);
  const taken = (socket as StreamSocket).takeInput();
  if (taken < 0) return failure(taken);
  if (!passInput(taken, PORT)) return failure(-EBUSY);
  return triple(load<i32>(PORT), load<i32>(PORT, 4), 0);
}

// @ts-ignore: decorator
@witExport("wasock:net/net@0.3.0#output")
export function output(socket: Socket, data: i32): usize {
  const taken = socket instanceof StreamSocket ? (socket as StreamSocket).takeOutput() : -EOPNOTSUPP;
  if (taken < 0) {
    tcpReceiveStreamDropReadable(data);
    return failure(taken);
  }
  const outcome = passOutput(taken, data);
  return outcome < 0 ? failure(-EBUSY) : number(outcome);
}

// What may end others

// @ts-ignore: decorator
@witExport("wasock:net/types@0.3.0#[dtor]socket")
export function dropSocket(socket: Socket): void {
  socket.close();
  wakeOthers();
  letGo(changetype<usize>(socket));
}

// @ts-ignore: decorator
@witExport("wasock:net/net@0.3.0#close")
export function close(socket: Socket): void {
  socket.close();
  wakeOthers();
}

// @ts-ignore: decorator
@witExport("wasock:net/net@0.3.0#shutdown")
export function shutdown(socket: Socket, how: i32): usize {
  const result = socket.shutdown(min(how, SHUT_RDWR));
  wakeOthers();
  return unit(result);
}
