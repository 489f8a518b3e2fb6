// wasi:cli/run of a program of WASI 0.3: its top-level code, which waits on its stack where it waits.
// transform/program03.mjs gives the exports their names.

/** transform/program.mjs puts the program's top-level code there. */
// @ts-ignore: decorator
@external("wasock", "main")
declare function main(): void;
// @ts-ignore: decorator
@external("[export]wasi:cli/run@0.3.0", "[task-return]run")
declare function taskReturn(failed: i32): void;

/** Of a callback: the task is over. */
const EXIT: i32 = 0;

/** `run`. */
export function runProgram(): i32 {
  main();
  taskReturn(0);
  return EXIT;
}

/** Its callback. */
export function runCallback(_event: i32, _waitable: i32, _result: i32): i32 {
  return EXIT;
}
