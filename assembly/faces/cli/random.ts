// Random numbers, of the kind that is fit for secrets.

import { expectBytes, expectNothing, RET } from "../../abi";
import { getRandomBytes, getRandomU64 } from "../../wasi/random";

/** Hosts grant no more than so many at once. */
const PIECE: i32 = 65536;

/** Fills `bytes`. */
export function randomFill(bytes: Uint8Array): void {
  let to = bytes.dataStart;
  for (let left = bytes.length; left > 0; left -= PIECE, to += PIECE) {
    const size = min(left, PIECE);
    expectBytes(to, size);
    getRandomBytes(size, RET); // list<u8>: pointer @0, length @4
    const from = load<usize>(RET);
    if (from == to) continue;
    memory.copy(to, from, size);
    heap.free(from);
  }
  expectNothing();
}

/** Any number. */
export function randomU64(): u64 {
  return getRandomU64();
}
