// Socket options: level, name and value → the WASI call that does it, and back.
//
// No option is faked: it reaches the operating system, or it is what the socket's own state says, or it
// acts in the core (the timeouts and the receive low-water mark), or the call fails with ENOPROTOOPT.
// Numbers and meanings: socket(7), tcp(7), ip(7), ipv6(7).

import { RET } from "./abi";
import { EBADF, EDOM, EINVAL, ENOPROTOOPT, fromWasi } from "./errno";
import { AF_INET, AF_INET6, AF_UNIX } from "./sockaddr";
import { IPPROTO_IP, IPPROTO_TCP, IPPROTO_IPV6, SOCK_DGRAM, SOCK_STREAM, Socket } from "./socket";
import {
  tcpHopLimit,
  tcpKeepAliveCount,
  tcpKeepAliveEnabled,
  tcpKeepAliveIdleTime,
  tcpKeepAliveInterval,
  tcpReceiveBufferSize,
  tcpSendBufferSize,
  tcpSetHopLimit,
  tcpSetKeepAliveCount,
  tcpSetKeepAliveEnabled,
  tcpSetKeepAliveIdleTime,
  tcpSetKeepAliveInterval,
  tcpSetReceiveBufferSize,
  tcpSetSendBufferSize,
  udpReceiveBufferSize,
  udpSendBufferSize,
  udpSetReceiveBufferSize,
  udpSetSendBufferSize,
  udpSetUnicastHopLimit,
  udpUnicastHopLimit,
} from "./wasi/options";

const SOL_SOCKET: i32 = 1;
const SO_REUSEADDR: i32 = 2;
const SO_TYPE: i32 = 3;
const SO_ERROR: i32 = 4;
const SO_SNDBUF: i32 = 7;
const SO_RCVBUF: i32 = 8;
const SO_KEEPALIVE: i32 = 9;
const SO_RCVLOWAT: i32 = 18;
const SO_SNDLOWAT: i32 = 19;
const SO_RCVTIMEO: i32 = 20;
const SO_SNDTIMEO: i32 = 21;
const SO_ACCEPTCONN: i32 = 30;
const SO_PROTOCOL: i32 = 38;
const SO_DOMAIN: i32 = 39;

const SO_BROADCAST: i32 = 6;
const TCP_NODELAY: i32 = 1;
const TCP_KEEPIDLE: i32 = 4;
const TCP_KEEPINTVL: i32 = 5;
const TCP_KEEPCNT: i32 = 6;

const IP_TTL: i32 = 2;
const IPV6_UNICAST_HOPS: i32 = 16;
const IPV6_V6ONLY: i32 = 26;

/** Options whose way to the system depends on the host; numbers of `HostOptions.reaches`. */
const KEEP_ALIVE: i32 = 0;
const KEEP_ALIVE_IDLE: i32 = 1;
const KEEP_ALIVE_INTERVAL: i32 = 2;
const KEEP_ALIVE_COUNT: i32 = 3;
const HOP_LIMIT: i32 = 4;
const RECEIVE_BUFFER: i32 = 5;
const SEND_BUFFER: i32 = 6;

/** Options that WASI does not have; numbers of `HostOptions.get` and `set`. */
const NO_DELAY: i32 = 0;
const BROADCAST: i32 = 1;

/**
 * What a host tells beyond WASI, where it does. WASI lets a host keep a value that it can't hand on to the
 * system, so that only the host knows; where it says nothing it is believed.
 */
export class HostOptions {
  /** Whether an option of a WASI socket reaches the system. */
  reaches(_handle: i32, _option: i32): bool {
    return true;
  }
  /** An option that WASI does not have, or a negative errno. */
  get(_handle: i32, _option: i32): i32 {
    return -ENOPROTOOPT;
  }
  /** Sets one: 0, or a negative errno. */
  set(_handle: i32, _option: i32, _value: i32): i32 {
    return -ENOPROTOOPT;
  }
}

let host: HostOptions = new HostOptions();

/** Takes the word of a host about its options. */
export function setHostOptions(options: HostOptions): void {
  host = options;
}

const NANOSECONDS: u64 = 1_000_000_000;

function isTcp(socket: Socket): bool {
  return socket.type == SOCK_STREAM && socket.family != AF_UNIX;
}
function isUdp(socket: Socket): bool {
  return socket.type == SOCK_DGRAM && socket.family != AF_UNIX;
}

// what a getter has left in RET
function small(): i32 {
  return load<u8>(RET) ? fromWasi(load<u8>(RET, 1)) : load<u8>(RET, 1);
}
function medium(): i32 {
  return load<u8>(RET) ? fromWasi(load<u8>(RET, 4)) : load<i32>(RET, 4);
}
function large(divisor: u64): i32 {
  return load<u8>(RET)
    ? fromWasi(load<u8>(RET, 8))
    : <i32>min<u64>(load<u64>(RET, 8) / divisor, i32.MAX_VALUE);
}
// what a setter has left there
function done(): i32 {
  return load<u8>(RET) ? fromWasi(load<u8>(RET, 1)) : 0;
}

/** The value of an option, or a negative errno. */
export function getOption(socket: Socket, level: i32, name: i32): i32 {
  if (socket.closed) return -EBADF;
  if (!reaches(socket, level, name)) return -ENOPROTOOPT;
  if (level == SOL_SOCKET) return getSocketLevel(socket, name);
  const handle = socket.handle;
  if (level == IPPROTO_TCP && isTcp(socket)) {
    if (name == TCP_NODELAY) return host.get(handle, NO_DELAY);
    if (name == TCP_KEEPIDLE) tcpKeepAliveIdleTime(handle, RET);
    else if (name == TCP_KEEPINTVL) tcpKeepAliveInterval(handle, RET);
    else if (name == TCP_KEEPCNT) {
      tcpKeepAliveCount(handle, RET);
      return medium();
    } else return -ENOPROTOOPT;
    return large(NANOSECONDS);
  }
  if (isHops(socket, level, name)) {
    if (socket.type == SOCK_STREAM) tcpHopLimit(handle, RET);
    else udpUnicastHopLimit(handle, RET);
    return small();
  }
  // wasi:sockets: IPv6 sockets never accept IPv4
  if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && socket.family == AF_INET6) return 1;
  return -ENOPROTOOPT;
}

// whether the host hands an option on to the system
function reaches(socket: Socket, level: i32, name: i32): bool {
  if (!isTcp(socket)) {
    if (!isUdp(socket) || level != SOL_SOCKET) return true;
    if (name == SO_RCVBUF) return host.reaches(socket.handle, RECEIVE_BUFFER);
    return name != SO_SNDBUF || host.reaches(socket.handle, SEND_BUFFER);
  }
  if (level == IPPROTO_TCP) {
    if (name == TCP_KEEPIDLE) return host.reaches(socket.handle, KEEP_ALIVE_IDLE);
    if (name == TCP_KEEPINTVL) return host.reaches(socket.handle, KEEP_ALIVE_INTERVAL);
    if (name == TCP_KEEPCNT) return host.reaches(socket.handle, KEEP_ALIVE_COUNT);
    return true;
  }
  if (level == SOL_SOCKET) {
    if (name == SO_KEEPALIVE) return host.reaches(socket.handle, KEEP_ALIVE);
    if (name == SO_RCVBUF) return host.reaches(socket.handle, RECEIVE_BUFFER);
    if (name == SO_SNDBUF) return host.reaches(socket.handle, SEND_BUFFER);
    return true;
  }
  return !isHops(socket, level, name) || host.reaches(socket.handle, HOP_LIMIT);
}

// the hop limit, by the name that fits the family
function isHops(socket: Socket, level: i32, name: i32): bool {
  if (level == IPPROTO_IP) return name == IP_TTL && socket.family == AF_INET;
  return level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS && socket.family == AF_INET6;
}

function getSocketLevel(socket: Socket, name: i32): i32 {
  if (name == SO_TYPE) return socket.type;
  if (name == SO_DOMAIN) return socket.family;
  if (name == SO_PROTOCOL) return socket.protocol;
  if (name == SO_ERROR) return socket.takeError();
  if (name == SO_ACCEPTCONN) return socket.isListening() ? 1 : 0;
  if (name == SO_RCVTIMEO) return timeoutOf(socket.receiveSeconds);
  if (name == SO_SNDTIMEO) return timeoutOf(socket.sendSeconds);
  if (name == SO_RCVLOWAT) return socket.receiveLowWater;
  if (name == SO_SNDLOWAT) return 1; // socket(7): always 1, and can't be changed
  const handle = socket.handle;
  if (isTcp(socket)) {
    // wasi:sockets: a listener's address can be used again at once
    if (name == SO_REUSEADDR) return 1;
    if (name == SO_KEEPALIVE) {
      tcpKeepAliveEnabled(handle, RET);
      return small();
    }
    if (name == SO_RCVBUF) tcpReceiveBufferSize(handle, RET);
    else if (name == SO_SNDBUF) tcpSendBufferSize(handle, RET);
    else return -ENOPROTOOPT;
    return large(1);
  }
  if (isUdp(socket)) {
    if (name == SO_BROADCAST) return host.get(handle, BROADCAST);
    if (name == SO_REUSEADDR) return 0;
    if (name == SO_RCVBUF) udpReceiveBufferSize(handle, RET);
    else if (name == SO_SNDBUF) udpSendBufferSize(handle, RET);
    else return -ENOPROTOOPT;
    return large(1);
  }
  return -ENOPROTOOPT;
}

function timeoutOf(seconds: f64): i32 {
  return seconds < 0 ? 0 : <i32>min<f64>(seconds * 1000, i32.MAX_VALUE);
}

/** Sets an option: 0, or a negative errno. */
export function setOption(socket: Socket, level: i32, name: i32, value: i32): i32 {
  if (socket.closed) return -EBADF;
  if (!reaches(socket, level, name)) return -ENOPROTOOPT;
  if (level == SOL_SOCKET) return setSocketLevel(socket, name, value);
  const handle = socket.handle;
  if (level == IPPROTO_TCP && isTcp(socket)) {
    if (name == TCP_NODELAY) return host.set(handle, NO_DELAY, value != 0 ? 1 : 0);
    if (name != TCP_KEEPIDLE && name != TCP_KEEPINTVL && name != TCP_KEEPCNT) return -ENOPROTOOPT;
    if (value < 1) return -EINVAL;
    if (name == TCP_KEEPIDLE) tcpSetKeepAliveIdleTime(handle, <u64>value * NANOSECONDS, RET);
    else if (name == TCP_KEEPINTVL) tcpSetKeepAliveInterval(handle, <u64>value * NANOSECONDS, RET);
    else tcpSetKeepAliveCount(handle, value, RET);
    return done();
  }
  if (isHops(socket, level, name)) {
    if (value < 1 || value > 255) return -EINVAL;
    if (socket.type == SOCK_STREAM) tcpSetHopLimit(handle, value, RET);
    else udpSetUnicastHopLimit(handle, value, RET);
    return done();
  }
  if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && socket.family == AF_INET6) return sameOnly(value, 1);
  return -ENOPROTOOPT;
}

// an option whose value is a fact: setting it to what it is anyway is fine
function sameOnly(value: i32, fact: i32): i32 {
  return (value != 0) == (fact != 0) ? 0 : -ENOPROTOOPT;
}

function setSocketLevel(socket: Socket, name: i32, value: i32): i32 {
  if (name == SO_RCVTIMEO || name == SO_SNDTIMEO) {
    if (value < 0) return -EDOM;
    const seconds: f64 = value == 0 ? -1 : <f64>value / 1000;
    if (name == SO_RCVTIMEO) socket.receiveSeconds = seconds;
    else socket.sendSeconds = seconds;
    return 0;
  }
  if (name == SO_RCVLOWAT && socket.type == SOCK_STREAM) {
    // socket(7): 0 means 1
    if (value < 0) return -EINVAL;
    socket.receiveLowWater = max(value, 1);
    return 0;
  }
  const handle = socket.handle;
  if (isTcp(socket)) {
    if (name == SO_REUSEADDR) return sameOnly(value, 1);
    if (name == SO_KEEPALIVE) {
      tcpSetKeepAliveEnabled(handle, value != 0 ? 1 : 0, RET);
      return done();
    }
    if (name != SO_RCVBUF && name != SO_SNDBUF) return -ENOPROTOOPT;
    if (value < 1) return -EINVAL;
    if (name == SO_RCVBUF) tcpSetReceiveBufferSize(handle, value, RET);
    else tcpSetSendBufferSize(handle, value, RET);
    return done();
  }
  if (isUdp(socket)) {
    if (name == SO_BROADCAST) return host.set(handle, BROADCAST, value != 0 ? 1 : 0);
    if (name == SO_REUSEADDR) return sameOnly(value, 0);
    if (name != SO_RCVBUF && name != SO_SNDBUF) return -ENOPROTOOPT;
    if (value < 1) return -EINVAL;
    if (name == SO_RCVBUF) udpSetReceiveBufferSize(handle, value, RET);
    else udpSetSendBufferSize(handle, value, RET);
    return done();
  }
  return -ENOPROTOOPT;
}
