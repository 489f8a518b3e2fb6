// What came of a write.

import { RET } from "../abi";

const EAGAIN: i32 = 11;

/** How many bytes were taken, which `outputWrite` has left there; -EAGAIN where there was no room. */
export function written(_size: u32): i32 {
  const count = load<i32>(RET, 4);
  return count ? count : -EAGAIN;
}
