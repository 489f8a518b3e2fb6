// Random numbers, of the kind that is fit for secrets.

import { RET } from "../abi";
import { getRandomBytes, getRandomU64 } from "../wasi/cli";

/** Fills `bytes`. */
export function randomFill(bytes: Uint8Array): void {
  if (bytes.length == 0) return;
  getRandomBytes(bytes.length, RET); // list<u8>: pointer @0, length @4
  const from = load<usize>(RET);
  memory.copy(bytes.dataStart, from, bytes.length);
  heap.free(from);
}

/** Any number. */
export function randomU64(): u64 {
  return getRandomU64();
}
