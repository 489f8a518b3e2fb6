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
import {
  returnAccept,
  returnBind,
  returnConnect,
  returnGetAddressInfo,
  returnListen,
  returnMakeListenerSocket,
  returnOpenNetIo,
  returnReceive,
  returnReceiveInto,
  returnReceiveIntoNonBlocking,
  returnReceiveMany,
  returnReceiveNonBlocking,
  returnSend,
  returnSendNonBlocking,
} from "../../wasi/component";
import { passInput, passOutput } from "../../wasi/sockets";
import { tcpReceiveStreamDropReadable } from "../../wasi/imports/sockets";
import { addressOf, infoOf, seconds, startOpen, startResolve } from "../component/parameters";
import { giveInfo, giveSocket, InfoHandle, letGo } from "../component/resources";
import { failure, freeMessages, LoweredMessages, number, triple, unit } from "../component/results";
import { start, Task, wakeOthers } from "./task";

/** A call whose result is a number, a handle or nothing. */
@final
class Call extends Task {
  constructor(
    private returns: (failed: i32, value: i32) => void,
    operation: Operation,
    private peer: Sockaddr | null = null,
  ) {
    super(operation);
  }

  give(result: i32): void {
    if (result < 0) this.returns(1, -result);
    else this.returns(0, this.valueOf(result));
  }

  private valueOf(result: i32): i32 {
    const operation = this.operation;
    if (operation instanceof ResolveOperation) return giveInfo((operation as ResolveOperation).found!);
    if (operation instanceof OpenOperation) return giveSocket((operation as OpenOperation).opened!);
    if (operation instanceof ListenerOperation) return giveSocket((operation as ListenerOperation).listener!);
    if (!(operation instanceof AcceptOperation)) return result;
    const accepted = (operation as AcceptOperation).accepted!;
    const into = this.peer;
    const peer = into ? accepted.peerName() : null;
    if (peer) into!.copyFrom(peer);
    return giveSocket(accepted);
  }
}

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
  return start(new Call(returnGetAddressInfo, operation));
}

export function bind(socket: Socket, address: Sockaddr): i32 {
  return start(new Call(returnBind, new BindOperation(socket, address)));
}

export function listen(socket: Socket, backlog: u32): i32 {
  return start(new Call(returnListen, new ListenOperation(socket, backlog)));
}

export function accept(socket: Socket, some: i32, into: usize): i32 {
  let peer: Sockaddr | null = null;
  if (some) peer = changetype<Sockaddr>(into);
  return start(new Call(returnAccept, new AcceptOperation(socket, -1), peer));
}

export function connect(socket: Socket, address: Sockaddr): i32 {
  return start(new Call(returnConnect, new ConnectOperation(socket, address, -1)));
}

export function openNetIo(
  hostSome: i32,
  host: usize,
  hostLength: u32,
  service: usize,
  serviceLength: u32,
): i32 {
  return start(new Call(returnOpenNetIo, startOpen(hostSome, host, hostLength, service, serviceLength)));
}

export function makeListenerSocket(ai: InfoHandle, some: i32, maxConn: u32): i32 {
  const operation = new ListenerOperation(ai.info, some ? maxConn : DEFAULT_BACKLOG);
  return start(new Call(returnMakeListenerSocket, operation));
}

// What is sent and received

/** A send with a timeout. */
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
  return startSend(new Call(returnSend, operation), from, length);
}

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

export function receive(socket: Socket, n: u32, flagsSome: i32, flags: i32, aiSome: i32, ai: usize): i32 {
  return startReceive(socket, n, flagsSome ? flags : 0, -1, infoOf(aiSome, ai), false, false);
}

export function receiveInto(socket: Socket, n: u32, flagsSome: i32, flags: i32, aiSome: i32, ai: usize): i32 {
  return startReceive(socket, n, flagsSome ? flags : 0, -1, infoOf(aiSome, ai), false, true);
}

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

export function receiveMany(socket: Socket, n: u32): i32 {
  return start(new ReceiveMany(new ReceiveManyOperation(socket, n, new LoweredMessages(), -1)));
}

// Ports

/** The stream and the future of a port. */
const PORT: usize = memory.data(8, 4);

export function input(socket: Socket): usize {
  if (!(socket instanceof StreamSocket)) return failure(-EOPNOTSUPP);
  if (socket.reads.head) return failure(-EBUSY);
  const taken = (socket as StreamSocket).takeInput();
  if (taken < 0) return failure(taken);
  if (!passInput(taken, PORT)) return failure(-EBUSY);
  return triple(load<i32>(PORT), load<i32>(PORT, 4), 0);
}

export function output(socket: Socket, data: i32): usize {
  let taken = -EOPNOTSUPP;
  if (socket instanceof StreamSocket)
    taken = socket.writes.head ? -EBUSY : (socket as StreamSocket).takeOutput();
  if (taken < 0) {
    tcpReceiveStreamDropReadable(data);
    return failure(taken);
  }
  const outcome = passOutput(taken, data);
  return outcome < 0 ? failure(-EBUSY) : number(outcome);
}

// What may end others

export function dropSocket(socket: Socket): void {
  socket.close();
  wakeOthers();
  letGo(changetype<usize>(socket));
}

export function close(socket: Socket): void {
  socket.close();
  wakeOthers();
}

export function shutdown(socket: Socket, how: i32): usize {
  const result = socket.shutdown(min(how, SHUT_RDWR));
  wakeOthers();
  return unit(result);
}
