// What a program was started with, and how it ends.

import { liftString, liftStrings, RET } from "../../abi";
import { exit as wasiExit, getArguments, getEnvironment } from "../../wasi/cli";

/** The arguments of the command line; the first is the program's name where the runtime gives one. */
export function args(): string[] {
  getArguments(RET); // list<string>: pointer @0, length @4; a string likewise
  return liftStrings(load<usize>(RET), load<usize>(RET, 4));
}

/** All variables of the environment. */
export function environment(): Map<string, string> {
  getEnvironment(RET); // list<tuple<string, string>>
  const list = load<usize>(RET);
  const count = load<i32>(RET, 4);
  const all = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const item = list + ((<usize>i) << 4);
    const name = liftString(load<usize>(item), load<usize>(item, 4));
    all.set(name, liftString(load<usize>(item, 8), load<usize>(item, 12)));
  }
  if (count) heap.free(list);
  return all;
}

/** A variable of the environment, or null. */
export function variable(name: string): string | null {
  const all = environment();
  return all.has(name) ? all.get(name) : null;
}

/** Ends the program. WASI 0.2 knows success (0) and failure, so that every other code arrives as 1. */
export function exit(code: i32 = 0): void {
  wasiExit(code ? 1 : 0);
  unreachable();
}
