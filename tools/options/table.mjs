// The socket options, a row each: all else that is said of them is made of this by generate.mjs. docs/extending.md tells
// how to add one. Names, numbers and meanings: socket(7), tcp(7), ip(7), ipv6(7).

/** @typedef {"socket" | "tcp" | "ip" | "ipv6"} Level */

/**
 * How the core gets at an option of one kind of socket; exactly one of `fact`, `get`, `wasi` and `beyond`.
 *
 * @typedef {object} Way
 * @property {number} [fact] the value that it always has: setting it to that succeeds
 * @property {string} [get] the core's own expression for the value
 * @property {string} [set] the core's own expression that sets `value` and says 0 or a negative errno; without it, it
 *   can't be set
 * @property {string} [wasi] the getter's name in `wasi:sockets`; the setter's is `set-` and that
 * @property {"bool" | "u8" | "u32" | "bytes" | "seconds"} [type] what WASI has: bytes and (nano)seconds are u64
 * @property {true} [beyond] whether WASI lacks it and the Node library's host has it, by the row's name for `host`
 */

/**
 * What the host on Node knows of an option that Node may have no call for: it is set by its numbers then.
 *
 * @typedef {object} Native
 * @property {[level: number, name: number]} darwin as Linux's are the row's
 * @property {[level: number, name: number]} freebsd
 * @property {number} [initial] what Linux starts with; the host knows what its own buffers start with
 * @property {number} most what Linux takes; more is cut to that
 * @property {true} [fromFirstPacket] whether it counts from a connection's first packet
 */

/**
 * @typedef {object} Option
 * @property {Level} level
 * @property {string} name in the API
 * @property {number} number Linux's
 * @property {string} what it is, for the docs
 * @property {"milliseconds" | "seconds" | "bytes"} [unit]
 * @property {[least: number, most: number]} [range] what can be set; anything else is EINVAL
 * @property {"inet" | "inet6"} [family] whose it is; default both
 * @property {Way} [any] of every kind of socket, those of a pair included
 * @property {Way} [tcp]
 * @property {Way} [udp]
 * @property {string} [host] how the host calls it: the core asks whether it reaches the system
 * @property {Native} [native]
 */

/** The most that an option can have. */
export const INT_MAX = 2 ** 31 - 1;

/** @type {Readonly<Record<Level, number>>} */
export const LEVELS = { ip: 0, socket: 1, tcp: 6, ipv6: 41 };

/** @type {readonly Option[]} */
export const OPTIONS = [
  { level: "socket", name: "debug", number: 1, what: "debugging in the kernel" },
  {
    level: "socket",
    name: "reuseaddr",
    number: 2,
    what: "whether a listener's address can be used again at once: always of TCP, never of UDP (wasi:sockets)",
    tcp: { fact: 1 },
    udp: { fact: 0 },
  },
  { level: "socket", name: "type", number: 3, what: "the type of the socket", any: { get: "socket.type" } },
  {
    level: "socket",
    name: "error",
    number: 4,
    what: "an error that no call has told yet, which is thereby told; 0 for none",
    any: { get: "socket.takeError()" },
  },
  { level: "socket", name: "dontroute", number: 5, what: "sending past the routes" },
  {
    level: "socket",
    name: "broadcast",
    number: 6,
    what: "whether datagrams may go to a broadcast address",
    udp: { beyond: true },
    host: "broadcast",
  },
  {
    level: "socket",
    name: "sndbuf",
    number: 7,
    what: "the kernel's send buffer",
    unit: "bytes",
    range: [1, INT_MAX],
    tcp: { wasi: "send-buffer-size", type: "bytes" },
    udp: { wasi: "send-buffer-size", type: "bytes" },
    host: "send-buffer-size",
    native: { darwin: [0xffff, 0x1001], freebsd: [0xffff, 0x1001], most: INT_MAX, fromFirstPacket: true },
  },
  {
    level: "socket",
    name: "rcvbuf",
    number: 8,
    what: "the kernel's receive buffer",
    unit: "bytes",
    range: [1, INT_MAX],
    tcp: { wasi: "receive-buffer-size", type: "bytes" },
    udp: { wasi: "receive-buffer-size", type: "bytes" },
    host: "receive-buffer-size",
    native: { darwin: [0xffff, 0x1002], freebsd: [0xffff, 0x1002], most: INT_MAX, fromFirstPacket: true },
  },
  {
    level: "socket",
    name: "keepalive",
    number: 9,
    what: "whether keep-alive probes are sent",
    tcp: { wasi: "keep-alive-enabled", type: "bool" },
    host: "keep-alive",
  },
  { level: "socket", name: "oobinline", number: 10, what: "urgent data among the other" },
  {
    level: "socket",
    name: "rcvlowat",
    number: 18,
    what: "for how many bytes a receive of a stream waits; 0 means 1",
    unit: "bytes",
    any: { get: "socket.receiveLowWater", set: "setReceiveLowWater(socket, value)" },
  },
  {
    level: "socket",
    name: "sndlowat",
    number: 19,
    what: "for how much room a send waits: always 1",
    unit: "bytes",
    any: { get: "1" },
  },
  {
    level: "socket",
    name: "rcvtimeo",
    number: 20,
    what: "how long a receive or an accept without a limit of its own waits; 0 for ever",
    unit: "milliseconds",
    any: { get: "timeoutOf(socket.receiveSeconds)", set: "setReceiveTimeout(socket, value)" },
  },
  {
    level: "socket",
    name: "sndtimeo",
    number: 21,
    what: "how long a send without a limit of its own waits; 0 for ever",
    unit: "milliseconds",
    any: { get: "timeoutOf(socket.sendSeconds)", set: "setSendTimeout(socket, value)" },
  },
  {
    level: "socket",
    name: "acceptconn",
    number: 30,
    what: "whether it listens",
    any: { get: "socket.isListening() ? 1 : 0" },
  },
  { level: "socket", name: "protocol", number: 38, what: "its protocol", any: { get: "socket.protocol" } },
  { level: "socket", name: "domain", number: 39, what: "its family", any: { get: "socket.family" } },
  {
    level: "tcp",
    name: "nodelay",
    number: 1,
    what: "whether small pieces are sent at once",
    tcp: { beyond: true },
    host: "no-delay",
  },
  {
    level: "tcp",
    name: "keepidle",
    number: 4,
    what: "the time without traffic until the first keep-alive probe",
    unit: "seconds",
    range: [1, INT_MAX],
    tcp: { wasi: "keep-alive-idle-time", type: "seconds" },
    host: "keep-alive-idle",
    // MAX_TCP_KEEPIDLE
    native: { darwin: [6, 0x10], freebsd: [6, 256], initial: 7200, most: 32_767 },
  },
  {
    level: "tcp",
    name: "keepintvl",
    number: 5,
    what: "the time between keep-alive probes",
    unit: "seconds",
    range: [1, INT_MAX],
    tcp: { wasi: "keep-alive-interval", type: "seconds" },
    host: "keep-alive-interval",
    // MAX_TCP_KEEPINTVL
    native: { darwin: [6, 0x101], freebsd: [6, 512], initial: 75, most: 32_767 },
  },
  {
    level: "tcp",
    name: "keepcnt",
    number: 6,
    what: "how many keep-alive probes may go unanswered",
    range: [1, INT_MAX],
    tcp: { wasi: "keep-alive-count", type: "u32" },
    host: "keep-alive-count",
    // MAX_TCP_KEEPCNT
    native: { darwin: [6, 0x102], freebsd: [6, 1024], initial: 9, most: 127 },
  },
  {
    level: "ip",
    name: "ttl",
    number: 2,
    what: "how many hops a packet may take",
    range: [1, 255],
    family: "inet",
    tcp: { wasi: "hop-limit", type: "u8" },
    udp: { wasi: "unicast-hop-limit", type: "u8" },
    host: "hop-limit",
    native: { darwin: [0, 4], freebsd: [0, 4], initial: 64, most: 255, fromFirstPacket: true },
  },
  {
    level: "ipv6",
    name: "unicastHops",
    number: 16,
    what: "how many hops a packet may take",
    range: [1, 255],
    family: "inet6",
    tcp: { wasi: "hop-limit", type: "u8" },
    udp: { wasi: "unicast-hop-limit", type: "u8" },
    host: "hop-limit",
    native: { darwin: [41, 4], freebsd: [41, 4], initial: 64, most: 255, fromFirstPacket: true },
  },
  {
    level: "ipv6",
    name: "v6only",
    number: 26,
    what: "whether IPv4 stays out: always (wasi:sockets)",
    family: "inet6",
    any: { fact: 1 },
  },
];
