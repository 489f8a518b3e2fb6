// Where WASI 0.2 and 0.3 differ, so that the core asks.

import { RET } from "../abi";
import { refuseToWait } from "./waitables";

const EAGAIN: i32 = 11;

/** How many bytes were taken, which `outputWrite` has left there; -EAGAIN where there was no room. */
export function written(_size: u32): i32 {
  const count = load<i32>(RET, 4);
  return count ? count : -EAGAIN;
}

/**
 * The program ends with what it says now, and waits for nothing more: else each function in which something may go wrong
 * would have to be one that can be suspended.
 */
export function endsNow(): void {
  refuseToWait();
}
