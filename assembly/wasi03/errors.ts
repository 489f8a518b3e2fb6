// Errors of WASI 0.3 as those of 0.2, which the core knows.

/** The size of `result<_, error-code>` of wasi:sockets: the result @0, the case @4, an `other`'s words @8. */
export const OUTCOME_SIZE: usize = 20;

/** `connection-broken`, which 0.2 has no code for: what 0.2 says of a connection that has ended. */
const BROKEN: u8 = 15;

/** The code of 0.2 for each case of wasi:sockets/types.error-code, in the order of its WIT; the last is `other`. */
const OF_SOCKETS: usize = memory.data<u8>([1, 2, 3, 4, 5, 9, 11, 12, 13, 14, BROKEN, 15, 16, 17, 0]);
/** The same of wasi:sockets/ip-name-lookup: what can't be a name does not exist. */
const OF_LOOKUPS: usize = memory.data<u8>([1, 18, 18, 19, 20, 0]);

/** The code of 0.2 of an error-code at `at`, whose words are freed. */
function codeAt(at: usize, table: usize, last: u8): u8 {
  const tag = load<u8>(at);
  // other: option<string>
  if (tag >= last && load<u8>(at, 4) && load<u32>(at, 12)) heap.free(load<usize>(at, 8));
  return load<u8>(table + min(tag, last));
}

/** The code of 0.2 of wasi:sockets/types.error-code. */
export function socketCode(at: usize): u8 {
  return codeAt(at, OF_SOCKETS, 14);
}

/** The code of 0.2 of wasi:sockets/ip-name-lookup.error-code. */
export function lookupCode(at: usize): u8 {
  return codeAt(at, OF_LOOKUPS, 5);
}
