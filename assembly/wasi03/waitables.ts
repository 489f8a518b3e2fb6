// What can be waited for: an operation of the host's that is under way, and the set by which the program waits.
//
// The core asks whether something is ready and then tries it, as WASI 0.2 has it; WASI 0.3 says when something is done.
// Each source here stands for one pollable of the core's: when it is asked whether it is ready, it starts what tells (a
// copy of no bytes, a call), and the event of that makes it ready.

// @ts-ignore: decorator
@external("$root", "[waitable-set-new]")
export declare function setNew(): i32;
// @ts-ignore: decorator
@external("$root", "[waitable-set-drop]")
export declare function setDrop(set: i32): void;
// @ts-ignore: decorator
@external("asyncify", "start_unwind")
declare function startUnwind(stack: usize): void;
// @ts-ignore: decorator
@external("asyncify", "stop_rewind")
declare function stopRewind(): void;
// @ts-ignore: decorator
@external("$root", "[waitable-set-poll]")
declare function setPoll(set: i32, event: usize): i32;
// @ts-ignore: decorator
@external("$root", "[waitable-join]")
declare function join(waitable: i32, set: i32): void;
// @ts-ignore: decorator
@external("$root", "[subtask-cancel]")
declare function subtaskCancel(subtask: i32): i32;
// @ts-ignore: decorator
@external("$root", "[subtask-drop]")
declare function subtaskDrop(subtask: i32): void;

/** Of a copy: nothing has come of it yet. */
export const BLOCKED: i32 = -1;
/** Of a copy: the other end is gone. How many elements were moved stands above these four bits. */
export const DROPPED: i32 = 1;
/** Of a copy that was called off: nothing came of it. */
export const CANCELLED: i32 = 2;
/** Of a call: its result is there. The handle of a call that goes on stands above these four bits. */
const RETURNED: i32 = 2;

const SUBTASK: i32 = 1;

/** An event: the waitable u32 @0, what came of it u32 @4. */
export const EVENT: usize = memory.data(8, 4);

/** Where a stack is kept: where the next frame goes u32 @0, where the room for them ends u32 @4, and the frames. */
const STACK_SIZE: usize = 65536;
export const ASYNCIFY: usize = memory.data(65544, 8);

/** Whether the program's stack is kept there, while the program waits. */
export let isSuspended: bool = false;
/** Whether it then only gives the host its turn. */
export let isYielding: bool = false;

/** How often something may be ready at once until the host has its turn: what it does for others would wait for ever. */
const TURNS: i32 = 32;

/** From how many on it pays to ask for more events at once. */
const MANY: i32 = 3;

let set: i32 = 0;
// by the handle of what is under way
const sources = new Array<Source | null>();

/** What a pollable stands for. */
export abstract class Source {
  /** The handle of what is under way; 0 for nothing. */
  protected waitable: i32 = 0;
  private isJoined: bool = false;

  /** Whether it is ready; where that isn't known, what tells is started. */
  abstract isReady(): bool;

  /** What is under way has come to its end. */
  protected abstract settle(result: i32): void;

  /** Takes note of what is under way. */
  protected begin(waitable: i32): void {
    this.waitable = waitable;
    while (sources.length <= waitable) sources.push(null);
    sources[waitable] = this;
  }

  /** Has the event of what is under way come to the program's set. */
  join(): void {
    if (!set) set = setNew();
    if (!this.isJoined) this.joinTo(set);
  }

  /** Has it come to some set. */
  joinTo(some: i32): void {
    if (!this.waitable) return;
    join(this.waitable, some);
    this.isJoined = true;
  }

  /** Has it come to none. */
  part(): void {
    if (this.isJoined) join(this.waitable, 0);
    this.isJoined = false;
  }

  /** Takes what is under way out of the set, as what calls it off wants it, and forgets it: its handle. */
  protected forget(): i32 {
    const waitable = this.waitable;
    this.part();
    this.waitable = 0;
    sources[waitable] = null;
    return waitable;
  }

  /** An event of it has come. */
  onEvent(code: i32, result: i32): void {
    if (code == SUBTASK) {
      if (result < RETURNED) return;
      this.isJoined = false;
      const subtask = this.waitable;
      this.waitable = 0;
      sources[subtask] = null;
      subtaskDrop(subtask);
    } else {
      this.forget();
    }
    this.settle(result);
  }

  /** Begins a call, which may be over at once: whether it is. */
  protected call(status: i32): bool {
    if ((status & 15) == RETURNED) return true;
    this.begin(status >>> 4);
    return false;
  }

  get isBusy(): bool {
    return this.waitable != 0;
  }

  /** Takes back what was started to learn whether it is ready: nobody waits for it any more. */
  recall(): void {
    this.part();
  }

  /** Lets go of all that it has; see `retire`. */
  abstract drop(): void;

  /** Calls a call off: whether its result has come all the same. */
  protected callOff(): bool {
    const subtask = this.forget();
    const state = subtaskCancel(subtask);
    subtaskDrop(subtask);
    return state == RETURNED;
  }
}

/**
 * Whether what runs is an async function. Another may wait for nothing, and so may call nothing off either: the end of
 * that would have to be waited for.
 */
export let mayWait: bool = false;

/** Says whether it is one. */
export function setMayWait(may: bool): void {
  mayWait = may;
  if (may) sweep();
}

// What is to be dropped when something may be called off. The first makes it: a program begins before its top-level code, which
// makes what is declared here, has run.
let leaving: Array<Source> | null = null;

/** Drops a source; what is under way is called off at once, or by the next function that may: what waits for it is woken. */
export function retire(source: Source): void {
  // in this order: what one has lent the next may want back
  const all = leaving;
  if (mayWait || !(source.isBusy || all)) source.drop();
  else if (all) all.push(source);
  else leaving = [source];
}

function sweep(): void {
  const all = leaving;
  if (!all) return;
  while (all.length) all.shift().drop();
  leaving = null;
}

/** The source that a pollable of the core's is. */
// @ts-ignore: decorator
@inline
export function sourceOf(pollable: i32): Source {
  return changetype<Source>(<usize>pollable);
}

/** Tells an event to its source. */
export function deliver(code: i32): void {
  const source = sources[load<i32>(EVENT)];
  if (source) source.onEvent(code, load<i32>(EVENT, 4));
}

/** Whether there is waiting no more. */
export let isEnding: bool = false;

/** Has nothing wait any more. */
export function refuseToWait(): void {
  isEnding = true;
}

/** The set that it waits for. */
export function waitedFor(): i32 {
  return set;
}

/** Lets the host do what it has to, and takes the events of it. */
function giveTurn(): void {
  isYielding = true;
  suspend();
  isYielding = false;
  takeEvents();
}

// Winds the stack up, or comes to the end of winding it down.
function suspend(): void {
  if (!mayWait) throw new Error("a function that is not async would have to wait");
  isSuspended = !isSuspended;
  if (isSuspended) {
    store<usize>(ASYNCIFY, ASYNCIFY + 8);
    store<usize>(ASYNCIFY, ASYNCIFY + 8 + STACK_SIZE, 4);
    startUnwind(ASYNCIFY);
  } else {
    stopRewind();
  }
}

/** Takes the events that are there. */
export function takeEvents(): void {
  if (!set) return;
  for (let code = setPoll(set, EVENT); code; code = setPoll(set, EVENT)) deliver(code);
}

// how often something was ready at once since the host had its turn
let turns: i32 = 0;

/** Waits until one of some pollables is ready, and stores the places of those that are at `to`: how many. */
export function waitForSome(list: usize, count: i32, to: usize): i32 {
  while (true) {
    let found = 0;
    for (let i = 0; i < count; i++) {
      const source = sourceOf(load<i32>(list + ((<usize>i) << 2)));
      if (!source.isReady()) continue;
      store<i32>(to + ((<usize>found) << 2), i);
      found++;
    }
    if (found && ++turns < TURNS) return found;
    turns = 0;
    for (let i = 0; i < count; i++) sourceOf(load<i32>(list + ((<usize>i) << 2))).join();
    if (found) {
      giveTurn();
      continue;
    }
    suspend();
    if (count >= MANY) takeEvents();
  }
}

/** Waits for one. */
export function waitFor(source: Source): void {
  while (!source.isReady()) {
    source.join();
    suspend();
  }
}
