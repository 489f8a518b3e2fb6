/**
 * WASI 0.2's `wasi:io`, `wasi:clocks` and `wasi:sockets` as data, in the order of their WIT.
 * A test holds this file against WASI's own WIT.
 */

import {
  bool,
  borrow,
  enumeration,
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
} from "./types.ts";

export const ioError: Resource = resource("wasi:io/error", "error");
export const pollable: Resource = resource("wasi:io/poll", "pollable");
export const inputStream: Resource = resource("wasi:io/streams", "input-stream");
export const outputStream: Resource = resource("wasi:io/streams", "output-stream");
const network: Resource = resource("wasi:sockets/network", "network");
const tcpSocket: Resource = resource("wasi:sockets/tcp", "tcp-socket");
const udpSocket: Resource = resource("wasi:sockets/udp", "udp-socket");
const incomingDatagramStream: Resource = resource("wasi:sockets/udp", "incoming-datagram-stream");
const outgoingDatagramStream: Resource = resource("wasi:sockets/udp", "outgoing-datagram-stream");
const resolveAddressStream: Resource = resource("wasi:sockets/ip-name-lookup", "resolve-address-stream");

const bytes = list(u8);

const streamError = variant({ "last-operation-failed": own(ioError), closed: undefined });

export const datetime: WitType = record({ seconds: u64, nanoseconds: u32 });

const errorCode = enumeration(
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

const ipAddressFamily = enumeration("ipv4", "ipv6");
const shutdownType = enumeration("receive", "send", "both");

const ipv4Address = tuple(u8, u8, u8, u8);
const ipv6Address = tuple(u16, u16, u16, u16, u16, u16, u16, u16);
const ipAddress = variant({ ipv4: ipv4Address, ipv6: ipv6Address });
const ipv4SocketAddress = record({ port: u16, address: ipv4Address });
const ipv6SocketAddress = record({ port: u16, "flow-info": u32, address: ipv6Address, "scope-id": u32 });

/** `ip-socket-address`. */
export const ipSocketAddress: WitType = variant({ ipv4: ipv4SocketAddress, ipv6: ipv6SocketAddress });

/** `incoming-datagram`. */
export const incomingDatagram: WitType = record({ data: bytes, "remote-address": ipSocketAddress });

/** `outgoing-datagram`. */
export const outgoingDatagram: WitType = record({ data: bytes, "remote-address": option(ipSocketAddress) });

/** The interfaces that `host/lowered` serves, lowest first. */
export const interfaces: readonly InterfaceType[] = [
  {
    name: "wasi:io/error",
    resources: [methods(ioError, { "to-debug-string": func({}, string) })],
    functions: {},
  },
  {
    name: "wasi:io/poll",
    resources: [methods(pollable, { ready: func({}, bool), block: waits({}) })],
    functions: { poll: waits({ in: list(borrow(pollable)) }, list(u32)) },
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
    name: "wasi:sockets/network",
    resources: [methods(network, {})],
    functions: { "network-error-code": func({ err: borrow(ioError) }, option(errorCode)) },
  },
  {
    name: "wasi:sockets/instance-network",
    resources: [],
    functions: { "instance-network": func({}, own(network)) },
  },
  {
    name: "wasi:sockets/ip-name-lookup",
    resources: [
      methods(resolveAddressStream, {
        "resolve-next-address": func({}, result(option(ipAddress), errorCode)),
        subscribe: func({}, own(pollable)),
      }),
    ],
    functions: {
      "resolve-addresses": func(
        { network: borrow(network), name: string },
        result(own(resolveAddressStream), errorCode),
      ),
    },
  },
  {
    name: "wasi:sockets/tcp-create-socket",
    resources: [],
    functions: {
      "create-tcp-socket": func({ "address-family": ipAddressFamily }, result(own(tcpSocket), errorCode)),
    },
  },
  {
    name: "wasi:sockets/tcp",
    resources: [
      methods(tcpSocket, {
        "start-bind": func(
          { network: borrow(network), "local-address": ipSocketAddress },
          result(undefined, errorCode),
        ),
        "finish-bind": func({}, result(undefined, errorCode)),
        "start-connect": func(
          { network: borrow(network), "remote-address": ipSocketAddress },
          result(undefined, errorCode),
        ),
        "finish-connect": func({}, result(tuple(own(inputStream), own(outputStream)), errorCode)),
        "start-listen": func({}, result(undefined, errorCode)),
        "finish-listen": func({}, result(undefined, errorCode)),
        accept: func({}, result(tuple(own(tcpSocket), own(inputStream), own(outputStream)), errorCode)),
        "local-address": func({}, result(ipSocketAddress, errorCode)),
        "remote-address": func({}, result(ipSocketAddress, errorCode)),
        "is-listening": func({}, bool),
        "address-family": func({}, ipAddressFamily),
        "set-listen-backlog-size": func({ value: u64 }, result(undefined, errorCode)),
        "keep-alive-enabled": func({}, result(bool, errorCode)),
        "set-keep-alive-enabled": func({ value: bool }, result(undefined, errorCode)),
        "keep-alive-idle-time": func({}, result(u64, errorCode)),
        "set-keep-alive-idle-time": func({ value: u64 }, result(undefined, errorCode)),
        "keep-alive-interval": func({}, result(u64, errorCode)),
        "set-keep-alive-interval": func({ value: u64 }, result(undefined, errorCode)),
        "keep-alive-count": func({}, result(u32, errorCode)),
        "set-keep-alive-count": func({ value: u32 }, result(undefined, errorCode)),
        "hop-limit": func({}, result(u8, errorCode)),
        "set-hop-limit": func({ value: u8 }, result(undefined, errorCode)),
        "receive-buffer-size": func({}, result(u64, errorCode)),
        "set-receive-buffer-size": func({ value: u64 }, result(undefined, errorCode)),
        "send-buffer-size": func({}, result(u64, errorCode)),
        "set-send-buffer-size": func({ value: u64 }, result(undefined, errorCode)),
        subscribe: func({}, own(pollable)),
        shutdown: func({ "shutdown-type": shutdownType }, result(undefined, errorCode)),
      }),
    ],
    functions: {},
  },
  {
    name: "wasi:sockets/udp-create-socket",
    resources: [],
    functions: {
      "create-udp-socket": func({ "address-family": ipAddressFamily }, result(own(udpSocket), errorCode)),
    },
  },
  {
    name: "wasi:sockets/udp",
    resources: [
      methods(udpSocket, {
        "start-bind": func(
          { network: borrow(network), "local-address": ipSocketAddress },
          result(undefined, errorCode),
        ),
        "finish-bind": func({}, result(undefined, errorCode)),
        stream: func(
          { "remote-address": option(ipSocketAddress) },
          result(tuple(own(incomingDatagramStream), own(outgoingDatagramStream)), errorCode),
        ),
        "local-address": func({}, result(ipSocketAddress, errorCode)),
        "remote-address": func({}, result(ipSocketAddress, errorCode)),
        "address-family": func({}, ipAddressFamily),
        "unicast-hop-limit": func({}, result(u8, errorCode)),
        "set-unicast-hop-limit": func({ value: u8 }, result(undefined, errorCode)),
        "receive-buffer-size": func({}, result(u64, errorCode)),
        "set-receive-buffer-size": func({ value: u64 }, result(undefined, errorCode)),
        "send-buffer-size": func({}, result(u64, errorCode)),
        "set-send-buffer-size": func({ value: u64 }, result(undefined, errorCode)),
        subscribe: func({}, own(pollable)),
      }),
      methods(incomingDatagramStream, {
        receive: func({ "max-results": u64 }, result(list(incomingDatagram), errorCode)),
        subscribe: func({}, own(pollable)),
      }),
      methods(outgoingDatagramStream, {
        "check-send": func({}, result(u64, errorCode)),
        send: func({ datagrams: list(outgoingDatagram) }, result(u64, errorCode)),
        subscribe: func({}, own(pollable)),
      }),
    ],
    functions: {},
  },
];
