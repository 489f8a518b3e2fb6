/**
 * `wasi:filesystem` of WASI 0.2 as data. A test holds this file against WASI's own WIT.
 */

import {
  bool,
  borrow,
  enumeration,
  flags,
  func,
  type InterfaceType,
  list,
  methods,
  option,
  own,
  record,
  resource,
  result,
  string,
  tuple,
  u8,
  u64,
  variant,
  type WitType,
} from "./types.ts";
import { datetime, inputStream, ioError, outputStream } from "./wasi02.ts";

const descriptor = resource("wasi:filesystem/types", "descriptor");
const directoryEntryStream = resource("wasi:filesystem/types", "directory-entry-stream");

const bytes = list(u8);

const descriptorType = enumeration(
  "unknown",
  "block-device",
  "character-device",
  "directory",
  "fifo",
  "symbolic-link",
  "regular-file",
  "socket",
);
const descriptorFlags = flags(
  "read",
  "write",
  "file-integrity-sync",
  "data-integrity-sync",
  "requested-write-sync",
  "mutate-directory",
);
const descriptorStat = record({
  type: descriptorType,
  "link-count": u64,
  size: u64,
  "data-access-timestamp": option(datetime),
  "data-modification-timestamp": option(datetime),
  "status-change-timestamp": option(datetime),
});
const pathFlags = flags("symlink-follow");
const openFlags = flags("create", "directory", "exclusive", "truncate");
const newTimestamp = variant({ "no-change": undefined, now: undefined, timestamp: datetime });
const directoryEntry = record({ type: descriptorType, name: string });
const advice = enumeration("normal", "sequential", "random", "will-need", "dont-need", "no-reuse");
const metadataHashValue = record({ lower: u64, upper: u64 });
const errorCode = enumeration(
  "access",
  "would-block",
  "already",
  "bad-descriptor",
  "busy",
  "deadlock",
  "quota",
  "exist",
  "file-too-large",
  "illegal-byte-sequence",
  "in-progress",
  "interrupted",
  "invalid",
  "io",
  "is-directory",
  "loop",
  "too-many-links",
  "message-size",
  "name-too-long",
  "no-device",
  "no-entry",
  "no-lock",
  "insufficient-memory",
  "insufficient-space",
  "not-directory",
  "not-empty",
  "not-recoverable",
  "unsupported",
  "no-tty",
  "no-such-device",
  "overflow",
  "not-permitted",
  "pipe",
  "read-only",
  "invalid-seek",
  "text-file-busy",
  "cross-device",
);

/** `result<ok, error-code>`. */
function or(ok?: WitType): WitType {
  return result(ok, errorCode);
}

/** The interfaces, lowest first. */
export const filesystemInterfaces: readonly InterfaceType[] = [
  {
    name: "wasi:filesystem/types",
    resources: [
      methods(descriptor, {
        "read-via-stream": func({ offset: u64 }, or(own(inputStream))),
        "write-via-stream": func({ offset: u64 }, or(own(outputStream))),
        "append-via-stream": func({}, or(own(outputStream))),
        advise: func({ offset: u64, length: u64, advice }, or()),
        "sync-data": func({}, or()),
        "get-flags": func({}, or(descriptorFlags)),
        "get-type": func({}, or(descriptorType)),
        "set-size": func({ size: u64 }, or()),
        "set-times": func(
          { "data-access-timestamp": newTimestamp, "data-modification-timestamp": newTimestamp },
          or(),
        ),
        read: func({ length: u64, offset: u64 }, or(tuple(bytes, bool))),
        write: func({ buffer: bytes, offset: u64 }, or(u64)),
        "read-directory": func({}, or(own(directoryEntryStream))),
        sync: func({}, or()),
        "create-directory-at": func({ path: string }, or()),
        stat: func({}, or(descriptorStat)),
        "stat-at": func({ "path-flags": pathFlags, path: string }, or(descriptorStat)),
        "set-times-at": func(
          {
            "path-flags": pathFlags,
            path: string,
            "data-access-timestamp": newTimestamp,
            "data-modification-timestamp": newTimestamp,
          },
          or(),
        ),
        "link-at": func(
          {
            "old-path-flags": pathFlags,
            "old-path": string,
            "new-descriptor": borrow(descriptor),
            "new-path": string,
          },
          or(),
        ),
        "open-at": func(
          { "path-flags": pathFlags, path: string, "open-flags": openFlags, flags: descriptorFlags },
          or(own(descriptor)),
        ),
        "readlink-at": func({ path: string }, or(string)),
        "remove-directory-at": func({ path: string }, or()),
        "rename-at": func(
          { "old-path": string, "new-descriptor": borrow(descriptor), "new-path": string },
          or(),
        ),
        "symlink-at": func({ "old-path": string, "new-path": string }, or()),
        "unlink-file-at": func({ path: string }, or()),
        "is-same-object": func({ other: borrow(descriptor) }, bool),
        "metadata-hash": func({}, or(metadataHashValue)),
        "metadata-hash-at": func({ "path-flags": pathFlags, path: string }, or(metadataHashValue)),
      }),
      methods(directoryEntryStream, { "read-directory-entry": func({}, or(option(directoryEntry))) }),
    ],
    functions: { "filesystem-error-code": func({ err: borrow(ioError) }, option(errorCode)) },
  },
  {
    name: "wasi:filesystem/preopens",
    resources: [],
    functions: { "get-directories": func({}, list(tuple(own(descriptor), string))) },
  },
];
