// Made by tools/generate.mjs; do not edit.
/** WASI 0.2.12 as data, from its WIT. */
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
  type Resource,
  record,
  resource,
  result,
  string,
  tuple,
  u8,
  u16,
  u32,
  u64,
  variant,
  type WitType,
  waits,
} from "../abi/types.ts";

/** The version of WASI that this is. */
export const version = "0.2.12";

const bytes = list(u8);
export const pollable: Resource = resource("wasi:io/poll", "pollable");

export const datetime: WitType = record({ seconds: u64, nanoseconds: u32 });

export const error: Resource = resource("wasi:io/error", "error");

export const streamError: WitType = variant({ "last-operation-failed": own(error), closed: undefined });

export const inputStream: Resource = resource("wasi:io/streams", "input-stream");

export const outputStream: Resource = resource("wasi:io/streams", "output-stream");

export const descriptorType: WitType = enumeration(
  "unknown",
  "block-device",
  "character-device",
  "directory",
  "fifo",
  "symbolic-link",
  "regular-file",
  "socket",
);

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
  "data-access-timestamp": option(datetime),
  "data-modification-timestamp": option(datetime),
  "status-change-timestamp": option(datetime),
});

export const pathFlags: WitType = flags("symlink-follow");

export const openFlags: WitType = flags("create", "directory", "exclusive", "truncate");

export const newTimestamp: WitType = variant({ "no-change": undefined, now: undefined, timestamp: datetime });

export const directoryEntry: WitType = record({ type: descriptorType, name: string });

export const filesystemErrorCode: WitType = enumeration(
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

export const directoryEntryStream: Resource = resource("wasi:filesystem/types", "directory-entry-stream");

export const network: Resource = resource("wasi:sockets/network", "network");

export const socketsErrorCode: WitType = enumeration(
  "unknown",
  "access-denied",
  "not-supported",
  "invalid-argument",
  "out-of-memory",
  "timeout",
  "concurrency-conflict",
  "not-in-progress",
  "would-block",
  "invalid-state",
  "new-socket-limit",
  "address-not-bindable",
  "address-in-use",
  "remote-unreachable",
  "connection-refused",
  "connection-reset",
  "connection-aborted",
  "datagram-too-large",
  "name-unresolvable",
  "temporary-resolver-failure",
  "permanent-resolver-failure",
);

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

export const incomingDatagram: WitType = record({ data: bytes, "remote-address": ipSocketAddress });

export const outgoingDatagram: WitType = record({ data: bytes, "remote-address": option(ipSocketAddress) });

export const udpSocket: Resource = resource("wasi:sockets/udp", "udp-socket");

export const incomingDatagramStream: Resource = resource("wasi:sockets/udp", "incoming-datagram-stream");

export const outgoingDatagramStream: Resource = resource("wasi:sockets/udp", "outgoing-datagram-stream");

export const shutdownType: WitType = enumeration("receive", "send", "both");

export const tcpSocket: Resource = resource("wasi:sockets/tcp", "tcp-socket");

export const resolveAddressStream: Resource = resource(
  "wasi:sockets/ip-name-lookup",
  "resolve-address-stream",
);

export const terminalInput: Resource = resource("wasi:cli/terminal-input", "terminal-input");

export const terminalOutput: Resource = resource("wasi:cli/terminal-output", "terminal-output");

/** The interfaces, each after those that it uses. */
export const interfaces: readonly InterfaceType[] = [
  {
    name: "wasi:io/poll",
    resources: [methods(pollable, { ready: func({}, bool), block: waits({}) })],
    functions: { poll: waits({ in: list(borrow(pollable)) }, list(u32)) },
  },
  {
    name: "wasi:clocks/monotonic-clock",
    resources: [],
    functions: {
      now: func({}, u64),
      resolution: func({}, u64),
      "subscribe-instant": func({ when: u64 }, own(pollable)),
      "subscribe-duration": func({ when: u64 }, own(pollable)),
    },
  },
  {
    name: "wasi:clocks/wall-clock",
    resources: [],
    functions: { now: func({}, datetime), resolution: func({}, datetime) },
  },
  {
    name: "wasi:io/error",
    resources: [methods(error, { "to-debug-string": func({}, string) })],
    functions: {},
  },
  {
    name: "wasi:io/streams",
    resources: [
      methods(inputStream, {
        read: func({ len: u64 }, result(bytes, streamError)),
        "blocking-read": waits({ len: u64 }, result(bytes, streamError)),
        skip: func({ len: u64 }, result(u64, streamError)),
        "blocking-skip": waits({ len: u64 }, result(u64, streamError)),
        subscribe: func({}, own(pollable)),
      }),
      methods(outputStream, {
        "check-write": func({}, result(u64, streamError)),
        write: func({ contents: bytes }, result(undefined, streamError)),
        "blocking-write-and-flush": waits({ contents: bytes }, result(undefined, streamError)),
        flush: func({}, result(undefined, streamError)),
        "blocking-flush": waits({}, result(undefined, streamError)),
        subscribe: func({}, own(pollable)),
        "write-zeroes": func({ len: u64 }, result(undefined, streamError)),
        "blocking-write-zeroes-and-flush": waits({ len: u64 }, result(undefined, streamError)),
        splice: func({ src: borrow(inputStream), len: u64 }, result(u64, streamError)),
        "blocking-splice": waits({ src: borrow(inputStream), len: u64 }, result(u64, streamError)),
      }),
    ],
    functions: {},
  },
  {
    name: "wasi:filesystem/types",
    resources: [
      methods(descriptor, {
        "read-via-stream": func({ offset: u64 }, result(own(inputStream), filesystemErrorCode)),
        "write-via-stream": func({ offset: u64 }, result(own(outputStream), filesystemErrorCode)),
        "append-via-stream": func({}, result(own(outputStream), filesystemErrorCode)),
        advise: func({ offset: u64, length: u64, advice: advice }, result(undefined, filesystemErrorCode)),
        "sync-data": func({}, result(undefined, filesystemErrorCode)),
        "get-flags": func({}, result(descriptorFlags, filesystemErrorCode)),
        "get-type": func({}, result(descriptorType, filesystemErrorCode)),
        "set-size": func({ size: u64 }, result(undefined, filesystemErrorCode)),
        "set-times": func(
          { "data-access-timestamp": newTimestamp, "data-modification-timestamp": newTimestamp },
          result(undefined, filesystemErrorCode),
        ),
        read: func({ length: u64, offset: u64 }, result(tuple(bytes, bool), filesystemErrorCode)),
        write: func({ buffer: bytes, offset: u64 }, result(u64, filesystemErrorCode)),
        "read-directory": func({}, result(own(directoryEntryStream), filesystemErrorCode)),
        sync: func({}, result(undefined, filesystemErrorCode)),
        "create-directory-at": func({ path: string }, result(undefined, filesystemErrorCode)),
        stat: func({}, result(descriptorStat, filesystemErrorCode)),
        "stat-at": func(
          { "path-flags": pathFlags, path: string },
          result(descriptorStat, filesystemErrorCode),
        ),
        "set-times-at": func(
          {
            "path-flags": pathFlags,
            path: string,
            "data-access-timestamp": newTimestamp,
            "data-modification-timestamp": newTimestamp,
          },
          result(undefined, filesystemErrorCode),
        ),
        "link-at": func(
          {
            "old-path-flags": pathFlags,
            "old-path": string,
            "new-descriptor": borrow(descriptor),
            "new-path": string,
          },
          result(undefined, filesystemErrorCode),
        ),
        "open-at": func(
          { "path-flags": pathFlags, path: string, "open-flags": openFlags, flags: descriptorFlags },
          result(own(descriptor), filesystemErrorCode),
        ),
        "readlink-at": func({ path: string }, result(string, filesystemErrorCode)),
        "remove-directory-at": func({ path: string }, result(undefined, filesystemErrorCode)),
        "rename-at": func(
          { "old-path": string, "new-descriptor": borrow(descriptor), "new-path": string },
          result(undefined, filesystemErrorCode),
        ),
        "symlink-at": func(
          { "old-path": string, "new-path": string },
          result(undefined, filesystemErrorCode),
        ),
        "unlink-file-at": func({ path: string }, result(undefined, filesystemErrorCode)),
        "is-same-object": func({ other: borrow(descriptor) }, bool),
        "metadata-hash": func({}, result(metadataHashValue, filesystemErrorCode)),
        "metadata-hash-at": func(
          { "path-flags": pathFlags, path: string },
          result(metadataHashValue, filesystemErrorCode),
        ),
      }),
      methods(directoryEntryStream, {
        "read-directory-entry": func({}, result(option(directoryEntry), filesystemErrorCode)),
      }),
    ],
    functions: { "filesystem-error-code": func({ err: borrow(error) }, option(filesystemErrorCode)) },
  },
  {
    name: "wasi:filesystem/preopens",
    resources: [],
    functions: { "get-directories": func({}, list(tuple(own(descriptor), string))) },
  },
  {
    name: "wasi:sockets/network",
    resources: [methods(network, {})],
    functions: { "network-error-code": func({ err: borrow(error) }, option(socketsErrorCode)) },
  },
  {
    name: "wasi:sockets/instance-network",
    resources: [],
    functions: { "instance-network": func({}, own(network)) },
  },
  {
    name: "wasi:sockets/udp",
    resources: [
      methods(udpSocket, {
        "start-bind": func(
          { network: borrow(network), "local-address": ipSocketAddress },
          result(undefined, socketsErrorCode),
        ),
        "finish-bind": func({}, result(undefined, socketsErrorCode)),
        stream: func(
          { "remote-address": option(ipSocketAddress) },
          result(tuple(own(incomingDatagramStream), own(outgoingDatagramStream)), socketsErrorCode),
        ),
        "local-address": func({}, result(ipSocketAddress, socketsErrorCode)),
        "remote-address": func({}, result(ipSocketAddress, socketsErrorCode)),
        "address-family": func({}, ipAddressFamily),
        "unicast-hop-limit": func({}, result(u8, socketsErrorCode)),
        "set-unicast-hop-limit": func({ value: u8 }, result(undefined, socketsErrorCode)),
        "receive-buffer-size": func({}, result(u64, socketsErrorCode)),
        "set-receive-buffer-size": func({ value: u64 }, result(undefined, socketsErrorCode)),
        "send-buffer-size": func({}, result(u64, socketsErrorCode)),
        "set-send-buffer-size": func({ value: u64 }, result(undefined, socketsErrorCode)),
        subscribe: func({}, own(pollable)),
      }),
      methods(incomingDatagramStream, {
        receive: func({ "max-results": u64 }, result(list(incomingDatagram), socketsErrorCode)),
        subscribe: func({}, own(pollable)),
      }),
      methods(outgoingDatagramStream, {
        "check-send": func({}, result(u64, socketsErrorCode)),
        send: func({ datagrams: list(outgoingDatagram) }, result(u64, socketsErrorCode)),
        subscribe: func({}, own(pollable)),
      }),
    ],
    functions: {},
  },
  {
    name: "wasi:sockets/udp-create-socket",
    resources: [],
    functions: {
      "create-udp-socket": func(
        { "address-family": ipAddressFamily },
        result(own(udpSocket), socketsErrorCode),
      ),
    },
  },
  {
    name: "wasi:sockets/tcp",
    resources: [
      methods(tcpSocket, {
        "start-bind": func(
          { network: borrow(network), "local-address": ipSocketAddress },
          result(undefined, socketsErrorCode),
        ),
        "finish-bind": func({}, result(undefined, socketsErrorCode)),
        "start-connect": func(
          { network: borrow(network), "remote-address": ipSocketAddress },
          result(undefined, socketsErrorCode),
        ),
        "finish-connect": func({}, result(tuple(own(inputStream), own(outputStream)), socketsErrorCode)),
        "start-listen": func({}, result(undefined, socketsErrorCode)),
        "finish-listen": func({}, result(undefined, socketsErrorCode)),
        accept: func(
          {},
          result(tuple(own(tcpSocket), own(inputStream), own(outputStream)), socketsErrorCode),
        ),
        "local-address": func({}, result(ipSocketAddress, socketsErrorCode)),
        "remote-address": func({}, result(ipSocketAddress, socketsErrorCode)),
        "is-listening": func({}, bool),
        "address-family": func({}, ipAddressFamily),
        "set-listen-backlog-size": func({ value: u64 }, result(undefined, socketsErrorCode)),
        "keep-alive-enabled": func({}, result(bool, socketsErrorCode)),
        "set-keep-alive-enabled": func({ value: bool }, result(undefined, socketsErrorCode)),
        "keep-alive-idle-time": func({}, result(u64, socketsErrorCode)),
        "set-keep-alive-idle-time": func({ value: u64 }, result(undefined, socketsErrorCode)),
        "keep-alive-interval": func({}, result(u64, socketsErrorCode)),
        "set-keep-alive-interval": func({ value: u64 }, result(undefined, socketsErrorCode)),
        "keep-alive-count": func({}, result(u32, socketsErrorCode)),
        "set-keep-alive-count": func({ value: u32 }, result(undefined, socketsErrorCode)),
        "hop-limit": func({}, result(u8, socketsErrorCode)),
        "set-hop-limit": func({ value: u8 }, result(undefined, socketsErrorCode)),
        "receive-buffer-size": func({}, result(u64, socketsErrorCode)),
        "set-receive-buffer-size": func({ value: u64 }, result(undefined, socketsErrorCode)),
        "send-buffer-size": func({}, result(u64, socketsErrorCode)),
        "set-send-buffer-size": func({ value: u64 }, result(undefined, socketsErrorCode)),
        subscribe: func({}, own(pollable)),
        shutdown: func({ "shutdown-type": shutdownType }, result(undefined, socketsErrorCode)),
      }),
    ],
    functions: {},
  },
  {
    name: "wasi:sockets/tcp-create-socket",
    resources: [],
    functions: {
      "create-tcp-socket": func(
        { "address-family": ipAddressFamily },
        result(own(tcpSocket), socketsErrorCode),
      ),
    },
  },
  {
    name: "wasi:sockets/ip-name-lookup",
    resources: [
      methods(resolveAddressStream, {
        "resolve-next-address": func({}, result(option(ipAddress), socketsErrorCode)),
        subscribe: func({}, own(pollable)),
      }),
    ],
    functions: {
      "resolve-addresses": func(
        { network: borrow(network), name: string },
        result(own(resolveAddressStream), socketsErrorCode),
      ),
    },
  },
  {
    name: "wasi:random/random",
    resources: [],
    functions: { "get-random-bytes": func({ len: u64 }, bytes), "get-random-u64": func({}, u64) },
  },
  {
    name: "wasi:random/insecure",
    resources: [],
    functions: {
      "get-insecure-random-bytes": func({ len: u64 }, bytes),
      "get-insecure-random-u64": func({}, u64),
    },
  },
  {
    name: "wasi:random/insecure-seed",
    resources: [],
    functions: { "insecure-seed": func({}, tuple(u64, u64)) },
  },
  {
    name: "wasi:cli/environment",
    resources: [],
    functions: {
      "get-environment": func({}, list(tuple(string, string))),
      "get-arguments": func({}, list(string)),
      "initial-cwd": func({}, option(string)),
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
    functions: { "get-stdin": func({}, own(inputStream)) },
  },
  {
    name: "wasi:cli/stdout",
    resources: [],
    functions: { "get-stdout": func({}, own(outputStream)) },
  },
  {
    name: "wasi:cli/stderr",
    resources: [],
    functions: { "get-stderr": func({}, own(outputStream)) },
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
