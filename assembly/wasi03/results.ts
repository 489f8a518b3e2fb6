// Results of WASI 0.3 as those of 0.2: where the payload lies depends on its size there, and the code lies where it would.

import { socketCode } from "./errors";

/** Where a call leaves its result: the largest is result<ip-socket-address, error-code>, of 36 bytes. */
export const AREA: usize = memory.data(48, 8);

/** result<_, error-code> of 0.2: the code, -1 for ok. */
export function storeUnit(result: usize, code: i32): void {
  store<u8>(result, u8(code >= 0));
  store<u8>(result, <u8>code, 1);
}

/** Whether the call went well; else its code is stored at `at`. */
export function storeOutcome(result: usize, at: usize = 1): bool {
  const failed = load<u8>(AREA) != 0;
  store<u8>(result, u8(failed));
  if (failed) store<u8>(result + at, socketCode(AREA + 4));
  return !failed;
}

export function storeAddress(result: usize): void {
  if (storeOutcome(result, 4)) memory.copy(result + 4, AREA + 4, 32);
}
export function storeSmall(result: usize): void {
  if (storeOutcome(result)) store<u8>(result, load<u8>(AREA, 4), 1);
}
export function storeMedium(result: usize): void {
  if (storeOutcome(result, 4)) store<u32>(result, load<u32>(AREA, 4), 4);
}
/** The payload lies behind its alignment here too, and so does the code. */
export function storeLarge(result: usize): void {
  const failed = load<u8>(AREA) != 0;
  store<u8>(result, u8(failed));
  if (failed) store<u8>(result, socketCode(AREA + 8), 8);
  else store<u64>(result, load<u64>(AREA, 8), 8);
}
