/** The names of failures in `wasi:sockets` 0.3. */
import { naming } from "../messages/failures.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import { NAMES as NAMES_02 } from "../wasi02/network-errors.ts";

/** `wasi:sockets/types.error-code`, and that of `ip-name-lookup`: a case, with words where it has no name. */
export interface ErrorCode {
  readonly tag: string;
  readonly val?: string | undefined;
}

/** As in 0.2 but for what has no name there either, and for what 0.2 tells by the state of a call. */
const NAMES: Readonly<Record<SocketErrorCode, string>> = {
  ...NAMES_02,
  EAGAIN: "other",
  EALREADY: "invalid-state",
  EINTR: "other",
  EIO: "other",
  EMFILE: "other",
  ENFILE: "other",
  EPIPE: "connection-broken",
};

/** What is said of failures that have no name. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ["EMFILE", "too many sockets are open"],
  ["ENFILE", "too many files are open"],
]);

const names: ReadonlyMap<unknown, string> = new Map(Object.entries(NAMES));
const codes: ReadonlyMap<unknown, ErrorCode> = new Map(
  Object.entries(NAMES).map(([code, tag]) => [
    code,
    Object.freeze(tag === "other" ? { tag, val: WORDS.get(code) ?? code } : { tag, val: undefined }),
  ]),
);

/** What a function throws where a socket has thrown: the failure by its name, and anything else as it is. */
export function named(thrown: unknown): unknown {
  return codes.get(thrown) ?? thrown;
}

/** Makes a call of a socket, and throws an {@link ErrorCode} where it fails. */
export const asNamed: <T>(call: () => T) => T = naming(named);

/** The cases that look-ups have, of all. */
const OF_LOOKUPS: ReadonlySet<string> = new Set([
  "access-denied",
  "invalid-argument",
  "name-unresolvable",
  "temporary-resolver-failure",
  "permanent-resolver-failure",
]);

/** The same of a look-up, which has other cases. */
export function namedLookup(thrown: unknown): unknown {
  const tag = names.get(thrown);
  if (tag === undefined) return thrown;
  return OF_LOOKUPS.has(tag) ? { tag, val: undefined } : { tag: "other", val: String(thrown) };
}
