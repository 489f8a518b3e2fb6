// Made by tools/generate.mjs; do not edit.
/** WASI 0.3.0 as data, from its WIT. */
import {
  asyncFunc,
  bool,
  borrow,
  enumeration,
  flags,
  func,
  future,
  type InterfaceType,
  list,
  methods,
  option,
  own,
  type Resource,
  record,
  resource,
  result,
  stream,
  string,
  tuple,
  u8,
  u16,
  u32,
  u64,
  variant,
  type WitType,
} from "../abi/types.ts";

/** The version of WASI that this is. */
export const version = "0.3.0";

const bytes = list(u8);
export const instant: WitType = record({ seconds: { kind: "s64" }, nanoseconds: u32 });

export const descriptorType: WitType = variant({
  "block-device": undefined,
  "character-device": undefined,
  directory: undefined,
  fifo: undefined,
  "symbolic-link": undefined,
  "regular-file": undefined,
  socket: undefined,
  other: option(string),
});

export const descriptorFlags: WitType = flags(
  "read",
  "write",
  "file-integrity-sync",
  "data-integrity-sync",
  "requested-write-sync",
  "mutate-directory",
);

export const descriptorStat: WitType = record({
  type: descriptorType,
  "link-count": u64,
  size: u64,
  "data-access-timestamp": option(instant),
  "data-modification-timestamp": option(instant),
  "status-change-timestamp": option(instant),
});

export const pathFlags: WitType = flags("symlink-follow");

export const openFlags: WitType = flags("create", "directory", "exclusive", "truncate");

export const newTimestamp: WitType = variant({ "no-change": undefined, now: undefined, timestamp: instant });

export const directoryEntry: WitType = record({ type: descriptorType, name: string });

export const filesystemErrorCode: WitType = variant({
  access: undefined,
  already: undefined,
  "bad-descriptor": undefined,
  busy: undefined,
  deadlock: undefined,
  quota: undefined,
  exist: undefined,
  "file-too-large": undefined,
  "illegal-byte-sequence": undefined,
  "in-progress": undefined,
  interrupted: undefined,
  invalid: undefined,
  io: undefined,
  "is-directory": undefined,
  loop: undefined,
  "too-many-links": undefined,
  "message-size": undefined,
  "name-too-long": undefined,
  "no-device": undefined,
  "no-entry": undefined,
  "no-lock": undefined,
  "insufficient-memory": undefined,
  "insufficient-space": undefined,
  "not-directory": undefined,
  "not-empty": undefined,
  "not-recoverable": undefined,
  unsupported: undefined,
  "no-tty": undefined,
  "no-such-device": undefined,
  overflow: undefined,
  "not-permitted": undefined,
  pipe: undefined,
  "read-only": undefined,
  "invalid-seek": undefined,
  "text-file-busy": undefined,
  "cross-device": undefined,
  other: option(string),
});

export const advice: WitType = enumeration(
  "normal",
  "sequential",
  "random",
  "will-need",
  "dont-need",
  "no-reuse",
);

export const metadataHashValue: WitType = record({ lower: u64, upper: u64 });

export const descriptor: Resource = resource("wasi:filesystem/types", "descriptor");

export const socketsTypesErrorCode: WitType = variant({
  "access-denied": undefined,
  "not-supported": undefined,
  "invalid-argument": undefined,
  "out-of-memory": undefined,
  timeout: undefined,
  "invalid-state": undefined,
  "address-not-bindable": undefined,
  "address-in-use": undefined,
  "remote-unreachable": undefined,
  "connection-refused": undefined,
  "connection-broken": undefined,
  "connection-reset": undefined,
  "connection-aborted": undefined,
  "datagram-too-large": undefined,
  other: option(string),
});

export const ipAddressFamily: WitType = enumeration("ipv4", "ipv6");

export const ipv4Address: WitType = tuple(u8, u8, u8, u8);

export const ipv6Address: WitType = tuple(u16, u16, u16, u16, u16, u16, u16, u16);

export const ipAddress: WitType = variant({ ipv4: ipv4Address, ipv6: ipv6Address });

export const ipv4SocketAddress: WitType = record({ port: u16, address: ipv4Address });

export const ipv6SocketAddress: WitType = record({
  port: u16,
  "flow-info": u32,
  address: ipv6Address,
  "scope-id": u32,
});

export const ipSocketAddress: WitType = variant({ ipv4: ipv4SocketAddress, ipv6: ipv6SocketAddress });

export const tcpSocket: Resource = resource("wasi:sockets/types", "tcp-socket");

export const udpSocket: Resource = resource("wasi:sockets/types", "udp-socket");

export const socketsIpNameLookupErrorCode: WitType = variant({
  "access-denied": undefined,
  "invalid-argument": undefined,
  "name-unresolvable": undefined,
  "temporary-resolver-failure": undefined,
  "permanent-resolver-failure": undefined,
  other: option(string),
});

export const cliErrorCode: WitType = enumeration("io", "illegal-byte-sequence", "pipe");

export const terminalInput: Resource = resource("wasi:cli/terminal-input", "terminal-input");

export const terminalOutput: Resource = resource("wasi:cli/terminal-output", "terminal-output");

/** The interfaces, each after those that it uses. */
export const interfaces: readonly InterfaceType[] = [
  {
    name: "wasi:clocks/monotonic-clock",
    resources: [],
    functions: {
      now: func({}, u64),
      "get-resolution": func({}, u64),
      "wait-until": asyncFunc({ when: u64 }),
      "wait-for": asyncFunc({ "how-long": u64 }),
    },
  },
  {
    name: "wasi:clocks/system-clock",
    resources: [],
    functions: { now: func({}, instant), "get-resolution": func({}, u64) },
  },
  {
    name: "wasi:filesystem/types",
    resources: [
      methods(descriptor, {
        "read-via-stream": func(
          { offset: u64 },
          tuple(stream(u8), future(result(undefined, filesystemErrorCode))),
        ),
        "write-via-stream": func(
          { data: stream(u8), offset: u64 },
          future(result(undefined, filesystemErrorCode)),
        ),
        "append-via-stream": func({ data: stream(u8) }, future(result(undefined, filesystemErrorCode))),
        advise: asyncFunc(
          { offset: u64, length: u64, advice: advice },
          result(undefined, filesystemErrorCode),
        ),
        "sync-data": asyncFunc({}, result(undefined, filesystemErrorCode)),
        "get-flags": asyncFunc({}, result(descriptorFlags, filesystemErrorCode)),
        "get-type": asyncFunc({}, result(descriptorType, filesystemErrorCode)),
        "set-size": asyncFunc({ size: u64 }, result(undefined, filesystemErrorCode)),
        "set-times": asyncFunc(
          { "data-access-timestamp": newTimestamp, "data-modification-timestamp": newTimestamp },
          result(undefined, filesystemErrorCode),
        ),
        "read-directory": func(
          {},
          tuple(stream(directoryEntry), future(result(undefined, filesystemErrorCode))),
        ),
        sync: asyncFunc({}, result(undefined, filesystemErrorCode)),
        "create-directory-at": asyncFunc({ path: string }, result(undefined, filesystemErrorCode)),
        stat: asyncFunc({}, result(descriptorStat, filesystemErrorCode)),
        "stat-at": asyncFunc(
          { "path-flags": pathFlags, path: string },
          result(descriptorStat, filesystemErrorCode),
        ),
        "set-times-at": asyncFunc(
          {
            "path-flags": pathFlags,
            path: string,
            "data-access-timestamp": newTimestamp,
            "data-modification-timestamp": newTimestamp,
          },
          result(undefined, filesystemErrorCode),
        ),
        "link-at": asyncFunc(
          {
            "old-path-flags": pathFlags,
            "old-path": string,
            "new-descriptor": borrow(descriptor),
            "new-path": string,
          },
          result(undefined, filesystemErrorCode),
        ),
        "open-at": asyncFunc(
          { "path-flags": pathFlags, path: string, "open-flags": openFlags, flags: descriptorFlags },
          result(own(descriptor), filesystemErrorCode),
        ),
        "readlink-at": asyncFunc({ path: string }, result(string, filesystemErrorCode)),
        "remove-directory-at": asyncFunc({ path: string }, result(undefined, filesystemErrorCode)),
        "rename-at": asyncFunc(
          { "old-path": string, "new-descriptor": borrow(descriptor), "new-path": string },
          result(undefined, filesystemErrorCode),
        ),
        "symlink-at": asyncFunc(
          { "old-path": string, "new-path": string },
          result(undefined, filesystemErrorCode),
        ),
        "unlink-file-at": asyncFunc({ path: string }, result(undefined, filesystemErrorCode)),
        "is-same-object": asyncFunc({ other: borrow(descriptor) }, bool),
        "metadata-hash": asyncFunc({}, result(metadataHashValue, filesystemErrorCode)),
        "metadata-hash-at": asyncFunc(
          { "path-flags": pathFlags, path: string },
          result(metadataHashValue, filesystemErrorCode),
        ),
      }),
    ],
    functions: {},
  },
  {
    name: "wasi:filesystem/preopens",
    resources: [],
    functions: { "get-directories": func({}, list(tuple(own(descriptor), string))) },
  },
  {
    name: "wasi:sockets/types",
    resources: [
      {
        ...methods(tcpSocket, {
          bind: func({ "local-address": ipSocketAddress }, result(undefined, socketsTypesErrorCode)),
          connect: asyncFunc({ "remote-address": ipSocketAddress }, result(undefined, socketsTypesErrorCode)),
          listen: func({}, result(stream(own(tcpSocket)), socketsTypesErrorCode)),
          send: func({ data: stream(u8) }, future(result(undefined, socketsTypesErrorCode))),
          receive: func({}, tuple(stream(u8), future(result(undefined, socketsTypesErrorCode)))),
          "get-local-address": func({}, result(ipSocketAddress, socketsTypesErrorCode)),
          "get-remote-address": func({}, result(ipSocketAddress, socketsTypesErrorCode)),
          "get-is-listening": func({}, bool),
          "get-address-family": func({}, ipAddressFamily),
          "set-listen-backlog-size": func({ value: u64 }, result(undefined, socketsTypesErrorCode)),
          "get-keep-alive-enabled": func({}, result(bool, socketsTypesErrorCode)),
          "set-keep-alive-enabled": func({ value: bool }, result(undefined, socketsTypesErrorCode)),
          "get-keep-alive-idle-time": func({}, result(u64, socketsTypesErrorCode)),
          "set-keep-alive-idle-time": func({ value: u64 }, result(undefined, socketsTypesErrorCode)),
          "get-keep-alive-interval": func({}, result(u64, socketsTypesErrorCode)),
          "set-keep-alive-interval": func({ value: u64 }, result(undefined, socketsTypesErrorCode)),
          "get-keep-alive-count": func({}, result(u32, socketsTypesErrorCode)),
          "set-keep-alive-count": func({ value: u32 }, result(undefined, socketsTypesErrorCode)),
          "get-hop-limit": func({}, result(u8, socketsTypesErrorCode)),
          "set-hop-limit": func({ value: u8 }, result(undefined, socketsTypesErrorCode)),
          "get-receive-buffer-size": func({}, result(u64, socketsTypesErrorCode)),
          "set-receive-buffer-size": func({ value: u64 }, result(undefined, socketsTypesErrorCode)),
          "get-send-buffer-size": func({}, result(u64, socketsTypesErrorCode)),
          "set-send-buffer-size": func({ value: u64 }, result(undefined, socketsTypesErrorCode)),
        }),
        statics: {
          create: func({ "address-family": ipAddressFamily }, result(own(tcpSocket), socketsTypesErrorCode)),
        },
      },
      {
        ...methods(udpSocket, {
          bind: func({ "local-address": ipSocketAddress }, result(undefined, socketsTypesErrorCode)),
          connect: func({ "remote-address": ipSocketAddress }, result(undefined, socketsTypesErrorCode)),
          disconnect: func({}, result(undefined, socketsTypesErrorCode)),
          send: asyncFunc(
            { data: bytes, "remote-address": option(ipSocketAddress) },
            result(undefined, socketsTypesErrorCode),
          ),
          receive: asyncFunc({}, result(tuple(bytes, ipSocketAddress), socketsTypesErrorCode)),
          "get-local-address": func({}, result(ipSocketAddress, socketsTypesErrorCode)),
          "get-remote-address": func({}, result(ipSocketAddress, socketsTypesErrorCode)),
          "get-address-family": func({}, ipAddressFamily),
          "get-unicast-hop-limit": func({}, result(u8, socketsTypesErrorCode)),
          "set-unicast-hop-limit": func({ value: u8 }, result(undefined, socketsTypesErrorCode)),
          "get-receive-buffer-size": func({}, result(u64, socketsTypesErrorCode)),
          "set-receive-buffer-size": func({ value: u64 }, result(undefined, socketsTypesErrorCode)),
          "get-send-buffer-size": func({}, result(u64, socketsTypesErrorCode)),
          "set-send-buffer-size": func({ value: u64 }, result(undefined, socketsTypesErrorCode)),
        }),
        statics: {
          create: func({ "address-family": ipAddressFamily }, result(own(udpSocket), socketsTypesErrorCode)),
        },
      },
    ],
    functions: {},
  },
  {
    name: "wasi:sockets/ip-name-lookup",
    resources: [],
    functions: {
      "resolve-addresses": asyncFunc({ name: string }, result(list(ipAddress), socketsIpNameLookupErrorCode)),
    },
  },
  {
    name: "wasi:random/random",
    resources: [],
    functions: { "get-random-bytes": func({ "max-len": u64 }, bytes), "get-random-u64": func({}, u64) },
  },
  {
    name: "wasi:random/insecure",
    resources: [],
    functions: {
      "get-insecure-random-bytes": func({ "max-len": u64 }, bytes),
      "get-insecure-random-u64": func({}, u64),
    },
  },
  {
    name: "wasi:random/insecure-seed",
    resources: [],
    functions: { "get-insecure-seed": func({}, tuple(u64, u64)) },
  },
  {
    name: "wasi:cli/environment",
    resources: [],
    functions: {
      "get-environment": func({}, list(tuple(string, string))),
      "get-arguments": func({}, list(string)),
      "get-initial-cwd": func({}, option(string)),
    },
  },
  {
    name: "wasi:cli/exit",
    resources: [],
    functions: {
      exit: func({ status: result(undefined, undefined) }),
      "exit-with-code": func({ "status-code": u8 }),
    },
  },
  {
    name: "wasi:cli/stdin",
    resources: [],
    functions: { "read-via-stream": func({}, tuple(stream(u8), future(result(undefined, cliErrorCode)))) },
  },
  {
    name: "wasi:cli/stdout",
    resources: [],
    functions: { "write-via-stream": func({ data: stream(u8) }, future(result(undefined, cliErrorCode))) },
  },
  {
    name: "wasi:cli/stderr",
    resources: [],
    functions: { "write-via-stream": func({ data: stream(u8) }, future(result(undefined, cliErrorCode))) },
  },
  {
    name: "wasi:cli/terminal-input",
    resources: [methods(terminalInput, {})],
    functions: {},
  },
  {
    name: "wasi:cli/terminal-output",
    resources: [methods(terminalOutput, {})],
    functions: {},
  },
  {
    name: "wasi:cli/terminal-stdin",
    resources: [],
    functions: { "get-terminal-stdin": func({}, option(own(terminalInput))) },
  },
  {
    name: "wasi:cli/terminal-stdout",
    resources: [],
    functions: { "get-terminal-stdout": func({}, option(own(terminalOutput))) },
  },
  {
    name: "wasi:cli/terminal-stderr",
    resources: [],
    functions: { "get-terminal-stderr": func({}, option(own(terminalOutput))) },
  },
];
