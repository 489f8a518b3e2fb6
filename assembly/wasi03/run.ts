// Async exports of a program of WASI 0.3: `wasi:cli/run`, which is its top-level code, or those of a world of its own.
//
// Where the program waits, its stack is wound up and the export returns; its callback winds it down again. So a program that is
// written to block needs no host that can suspend it. Binaryen's pass `asyncify` makes of each function that may come to
// wait one that does this, which transform/program03.mjs sees to; it also gives the exports their names.

import { ASYNCIFY, deliver, EVENT, isSuspended, isYielding, setMayWait, waitedFor } from "./waitables";

/** transform/program03.mjs puts there what has been called, with its result. */
// @ts-ignore: decorator
@external("wasock", "main")
declare function main(): void;
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

/** Such an export. */
export function runProgram(): i32 {
  setMayWait(true);
  return go();
}

/** The callback of each. */
export function runCallback(code: i32, waitable: i32, result: i32): i32 {
  store<i32>(EVENT, waitable);
  store<i32>(EVENT, result, 4);
  // before anything is called off, whose event this may be
  if (code) deliver(code);
  setMayWait(true);
  startRewind(ASYNCIFY);
  return go();
}

function go(): i32 {
  main();
  setMayWait(false);
  if (!isSuspended) return EXIT;
  stopUnwind();
  return isYielding ? YIELD : WAIT | (waitedFor() << 4);
}
