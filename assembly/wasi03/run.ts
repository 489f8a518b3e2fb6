// wasi:cli/run of a program of WASI 0.3: its top-level code.
//
// Where the program waits, its stack is wound up and the export returns; its callback winds it down again. So a program that is
// written to block needs no host that can suspend it. Binaryen's pass `asyncify` makes of each function that may come to
// wait one that does this, which transform/program03.mjs sees to; it also gives the exports their names.

import { ASYNCIFY, EVENT, isSuspended, isYielding, waitedFor } from "./waitables";

/** transform/program03.mjs puts the program's top-level code there. */
// @ts-ignore: decorator
@external("wasock", "main")
declare function main(): void;
// @ts-ignore: decorator
@external("[export]wasi:cli/run@0.3.0", "[task-return]run")
declare function taskReturn(failed: i32): void;
// @ts-ignore: decorator
@external("asyncify", "stop_unwind")
declare function stopUnwind(): void;
// @ts-ignore: decorator
@external("asyncify", "start_rewind")
declare function startRewind(stack: usize): void;

/** Of a callback: the task is over, gives others their turn, or waits for the set whose handle stands above these four bits. */
const EXIT: i32 = 0;
const YIELD: i32 = 1;
const WAIT: i32 = 2;

/** `run`. */
export function runProgram(): i32 {
  return go(false);
}

/** Its callback. */
export function runCallback(code: i32, waitable: i32, result: i32): i32 {
  store<i32>(EVENT, waitable);
  store<i32>(EVENT, result, 4);
  store<i32>(EVENT, code, 8);
  return go(true);
}

function go(goesOn: bool): i32 {
  if (goesOn) startRewind(ASYNCIFY);
  main();
  if (isSuspended) {
    stopUnwind();
    return isYielding ? YIELD : WAIT | (waitedFor() << 4);
  }
  taskReturn(0);
  return EXIT;
}
