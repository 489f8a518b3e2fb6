// wasock:net/operations: the same work, never blocking.

import { collectSometimes } from "../../abi";
import { SCRATCH, SCRATCH_SIZE } from "../../abi/buffer";
import { OpenOperation } from "../../operation/compound";
import { MORE, Operation, PENDING, TIMED_OUT } from "../../operation/operation";
import { ResolveOperation } from "../../address/resolve";
import { Sockaddr } from "../../address/sockaddr";
import { MSG_WAITALL, Socket } from "../../socket/socket";
import {
  AcceptOperation,
  BindOperation,
  ConnectOperation,
  ListenOperation,
  ReceiveManyOperation,
  ReceiveOperation,
  SendOperation,
} from "../../operation/socket-operations";
import { subscribeDuration } from "../../wasi/clocks";
import { newOperation } from "../../wasi/component";
import { addressOf, infoOf, seconds, startOpen, startResolve } from "./parameters";
import { LoweredMessages, optionalHandle, outcome, RECEIVED, RECEIVED_MANY } from "./results";
import { giveAddress, giveInfo, giveSocket, hold, letGo } from "./resources";

// outcome, in WIT order
const IS_PENDING: u8 = 0;
const IS_TIMED_OUT: u8 = 1;
const IS_FAILED: u8 = 2;
const IS_DONE: u8 = 3;
const IS_SENT: u8 = 4;
const IS_ACCEPTED: u8 = 6;
const IS_RESOLVED: u8 = 7;
const IS_OPENED: u8 = 8;

/** An operation with its bytes: those to be sent, or, for a receive that fills all of them, those that came. */
@final
class Task {
  bytes: usize = 0;
  size: u32 = 0;
  constructor(public operation: Operation) {}

  free(): void {
    if (this.size) heap.free(this.bytes);
    this.size = 0;
  }
}

let live: i32 = 0;

function give(operation: Operation): i32 {
  return giveTask(new Task(operation));
}

function giveTask(task: Task): i32 {
  live++;
  return newOperation(hold(changetype<usize>(task)));
}

export function dropOperation(task: Task): void {
  task.operation.finish();
  task.free();
  live--;
  letGo(changetype<usize>(task));
}

export function operationStep(task: Task): usize {
  const operation = task.operation;
  let result: i32;
  do {
    if (task.size) result = operation.step(task.bytes + operation.moved, task.size - operation.moved);
    else result = operation.step(SCRATCH, SCRATCH_SIZE);
  } while (result == MORE);
  if (result == PENDING) return outcome(IS_PENDING);
  if (result == TIMED_OUT) return outcome(IS_TIMED_OUT);
  if (result < 0) return numbered(IS_FAILED, -result);
  return finished(task, operation, result);
}

function numbered(kind: u8, value: i32): usize {
  const at = outcome(kind);
  store<i32>(at, value, 4);
  return at;
}

function finished(task: Task, operation: Operation, result: i32): usize {
  if (operation instanceof SendOperation) return numbered(IS_SENT, result);
  if (operation instanceof AcceptOperation) {
    return numbered(IS_ACCEPTED, giveSocket((operation as AcceptOperation).accepted!));
  }
  if (operation instanceof ResolveOperation) {
    return numbered(IS_RESOLVED, giveInfo((operation as ResolveOperation).found!));
  }
  if (operation instanceof OpenOperation)
    return numbered(IS_OPENED, giveSocket((operation as OpenOperation).opened!));
  if (operation instanceof ReceiveManyOperation) {
    return ((operation as ReceiveManyOperation).sink as LoweredMessages).give(RECEIVED_MANY);
  }
  if (!(operation instanceof ReceiveOperation)) return outcome(IS_DONE);
  // record message: bytes list<u8> @4 · sender option<own<sockaddr>> @12
  const receive = operation as ReceiveOperation;
  const limit = task.size ? task.size : min(receive.limit, SCRATCH_SIZE);
  const length = min(<u32>result, limit);
  const at = outcome(RECEIVED);
  const copy = heap.alloc(length);
  memory.copy(copy, task.size ? task.bytes : SCRATCH, length);
  store<usize>(at, copy, 4);
  store<u32>(at, length, 8);
  const sender = receive.sender;
  const known = sender != null && sender.length != 0;
  store<u8>(at, known ? 1 : 0, 12);
  store<i32>(at, known ? giveAddress(sender) : 0, 16);
  return at;
}

export function operationSubscribe(task: Task): i32 {
  const operation = task.operation;
  // what is over need not be waited for
  return operation.willEnd() ? subscribeDuration(0) : operation.subscribe();
}

export function operationDeadline(task: Task): usize {
  const operation = task.operation;
  return optionalHandle(operation.willEnd() ? 0 : operation.subscribeDeadline());
}

export function startGetAddressInfo(
  hostSome: i32,
  host: usize,
  hostLength: u32,
  serviceSome: i32,
  service: usize,
  serviceLength: u32,
  hintsSome: i32,
  hints: usize,
): i32 {
  return give(
    startResolve(hostSome, host, hostLength, serviceSome, service, serviceLength, infoOf(hintsSome, hints)),
  );
}

export function startBind(socket: Socket, address: Sockaddr): i32 {
  // the operation may outlive the resource that the caller lends
  return give(new BindOperation(socket, address.copy()));
}

export function startListen(socket: Socket, backlog: u32): i32 {
  return give(new ListenOperation(socket, backlog));
}

export function startAccept(socket: Socket, some: i32, timeout: f64): i32 {
  return give(new AcceptOperation(socket, seconds(some, timeout)));
}

export function startConnect(socket: Socket, address: Sockaddr, some: i32, timeout: f64): i32 {
  return give(new ConnectOperation(socket, address.copy(), seconds(some, timeout)));
}

export function startOpenNetIo(
  hostSome: i32,
  host: usize,
  hostLength: u32,
  service: usize,
  serviceLength: u32,
): i32 {
  return give(startOpen(hostSome, host, hostLength, service, serviceLength));
}

export function startSend(
  socket: Socket,
  from: usize,
  length: u32,
  some: i32,
  timeout: f64,
  flagsSome: i32,
  flags: i32,
  aiSome: i32,
  ai: usize,
): i32 {
  collectSometimes(live << 2);
  const address = addressOf(infoOf(aiSome, ai));
  const to = address ? address.copy() : null;
  const task = new Task(new SendOperation(socket, length, flagsSome ? flags : 0, to, seconds(some, timeout)));
  task.bytes = from;
  task.size = length;
  return giveTask(task);
}

export function startReceive(
  socket: Socket,
  n: u32,
  some: i32,
  timeout: f64,
  flagsSome: i32,
  flagsGiven: i32,
): i32 {
  collectSometimes(live << 2);
  const flags = flagsSome ? flagsGiven : 0;
  const fills = (flags & MSG_WAITALL) != 0;
  const size = fills ? min<u32>(n, 0x10000000) : min(n, SCRATCH_SIZE);
  const task = new Task(new ReceiveOperation(socket, size, flags, true, seconds(some, timeout)));
  if (fills && size) {
    task.bytes = heap.alloc(size);
    task.size = size;
  }
  return giveTask(task);
}

export function startReceiveMany(socket: Socket, n: u32, some: i32, timeout: f64): i32 {
  collectSometimes(live << 2);
  return give(new ReceiveManyOperation(socket, n, new LoweredMessages(), seconds(some, timeout)));
}
