// The polling driver: waits for an operation in wasi:io/poll, as components and AssemblyScript programs do.

import { collectSome } from "../abi/collect";
import { MORE, Operation, PENDING } from "../operation/operation";
import { pollableBlock, poll } from "../wasi/io";

/** POSIX EDEADLK: what is waited for can only come from an operation that nobody steps meanwhile. */
const EDEADLK: i32 = 35;

/** Runs an operation to its end, with the caller's bytes as its window; TIMED_OUT or as `step`. */
export function blockOn(operation: Operation, bytes: usize = 0, size: u32 = 0): i32 {
  collectSome();
  while (true) {
    const moved = operation.moved;
    const result = operation.step(bytes + moved, size - moved);
    if (result == MORE) continue;
    if (result != PENDING) return result;
    const pollable = operation.waitsFor();
    if (!pollable || (operation.queue && operation.queue!.head !== operation)) {
      if (!operation.timer) {
        operation.finish();
        return -EDEADLK;
      }
      pollableBlock(operation.timer);
    } else {
      wait(pollable, operation.timer);
    }
  }
}

// The call may be suspended, and other exports may run meanwhile, so that it has memory of its own.
function wait(pollable: i32, timer: i32): void {
  if (!timer) {
    pollableBlock(pollable);
    return;
  }
  // list<pollable> @0, its result list<u32> @8
  const area = heap.alloc(16);
  store<i32>(area, pollable);
  store<i32>(area, timer, 4);
  poll(area, 2, area + 8);
  heap.free(load<usize>(area, 8));
  heap.free(area);
}
