// Calls of the component of WASI 0.3 that may wait: an operation, whose step is the body of the callback.
//
// A task has a set of its own. What its operation waits for is joined to it; one that waits for another operation only, or
// whose socket changes, is told by an event that is made for it.

import { enter, leave } from "../../abi";
import { Operation, MORE, PENDING, takeWoken, trackWoken } from "../../operation/operation";
import {
  tcpReceiveStreamCancelRead,
  tcpReceiveStreamDropReadable,
  tcpReceiveStreamRead,
  tcpSendStreamDropWritable,
  tcpSendStreamNew,
  tcpSendStreamWrite,
} from "../../wasi/imports/sockets";
import { deliver, EVENT, setDrop, setMayWait, setNew, Source, sourceOf } from "../../wasi/waitables";

// @ts-ignore: decorator
@external("$root", "[context-get-0]")
declare function contextGet(): usize;
// @ts-ignore: decorator
@external("$root", "[context-set-0]")
declare function contextSet(value: usize): void;
// @ts-ignore: decorator
@external("[export]$root", "[task-cancel]")
declare function taskCancel(): void;

/** Of a callback: the task is over, or waits for the set whose handle stands above these four bits. */
const EXIT: i32 = 0;
const WAIT: i32 = 2;

/** The event of a task that its caller calls off. */
const CANCELLED: i32 = 6;

/** A call under way. */
export abstract class Task {
  /** What is sent, or where what comes is put; the heap's. */
  bytes: usize = 0;
  size: u32 = 0;
  /** Its set; 0 before it has waited. */
  set: i32 = 0;
  /** What is joined to it besides a timer. */
  source: Source | null = null;
  wake: Wake | null = null;

  constructor(public operation: Operation) {}

  /** Tells the caller what came of it: the operation's result, or a negative errno. */
  abstract give(result: i32): void;

  free(): void {
    if (this.size) heap.free(this.bytes);
    this.size = 0;
  }
}

// those that wait, by their operations
const waiting = new Map<usize, Task>();

/** An event for a task that waits: a byte of a stream that is the component's own. */
@final
class Wake extends Source {
  private readable: i32 = 0;
  private writable: i32 = 0;

  constructor(set: i32) {
    super();
    const ends = tcpSendStreamNew();
    this.readable = <i32>ends;
    this.writable = <i32>(ends >>> 32);
    tcpReceiveStreamRead(this.readable, EVENT, 1);
    this.begin(this.readable);
    this.joinTo(set);
    tcpSendStreamWrite(this.writable, EVENT + 4, 1);
  }

  isReady(): bool {
    return false;
  }

  get isUnderWay(): bool {
    return this.waitable != 0;
  }

  /** Takes the event back, where it has not come yet. */
  drop(): void {
    if (!this.waitable) return;
    this.forget();
    tcpReceiveStreamCancelRead(this.readable);
    this.settle(0);
  }

  protected settle(_result: i32): void {
    tcpReceiveStreamDropReadable(this.readable);
    tcpSendStreamDropWritable(this.writable);
  }
}

/** Starts a call: what its export returns. */
export function start(task: Task): i32 {
  trackWoken();
  // what is not pinned may be collected
  contextSet(__pin(changetype<usize>(task)));
  enter(0);
  setMayWait(true);
  return left(go(task));
}

function left(code: i32): i32 {
  setMayWait(false);
  return code;
}

/** The callback of every call. */
export function resume(code: i32, waitable: i32, result: i32): i32 {
  const task = changetype<Task>(contextGet());
  waiting.delete(changetype<usize>(task.operation));
  if (code == CANCELLED) {
    setMayWait(true);
    task.operation.finish();
    part(task);
    end(task);
    taskCancel();
    return left(EXIT);
  }
  store<i32>(EVENT, waitable);
  store<i32>(EVENT, result, 4);
  // before anything is called off, whose event this may be
  if (code) deliver(code);
  setMayWait(true);
  return left(go(task));
}

function go(task: Task): i32 {
  const operation = task.operation;
  while (true) {
    const moved = operation.moved;
    const result = operation.step(task.bytes + moved, task.size - moved);
    if (result == MORE) continue;
    if (result != PENDING) {
      // what is called off may make it wait, and its caller shall not go on meanwhile
      part(task);
      task.give(result);
      end(task);
      return EXIT;
    }
    if (!task.set) task.set = setNew();
    const isFirst = !operation.queue || operation.queue!.head === operation;
    const pollable = isFirst ? operation.waitsFor() : 0;
    task.source = pollable ? sourceOf(pollable) : null;
    if (joins(pollable, task.set) && joins(operation.timer, task.set)) break;
  }
  waiting.set(changetype<usize>(operation), task);
  wakeOthers();
  return WAIT | (task.set << 4);
}

// joins what a pollable stands for to a set; false where it is ready already
function joins(pollable: i32, set: i32): bool {
  if (!pollable) return true;
  const source = sourceOf(pollable);
  if (source.isReady()) return false;
  source.joinTo(set);
  return true;
}

/** Lets go of what a task waited for. */
function part(task: Task): void {
  if (!task.set) return;
  const source = task.source;
  if (source) source.recall();
  const wake = task.wake;
  if (wake) wake.drop();
  setDrop(task.set);
}

function end(task: Task): void {
  task.free();
  wakeOthers();
  __unpin(changetype<usize>(task));
  leave();
}

/** Tells those that another operation has woken, or a change of their socket. */
export function wakeOthers(): void {
  for (let operation = takeWoken(); operation; operation = takeWoken()) {
    const key = changetype<usize>(operation);
    if (!waiting.has(key)) continue;
    const task = waiting.get(key);
    const wake = task.wake;
    if (!wake || !wake.isUnderWay) task.wake = new Wake(task.set);
  }
}
