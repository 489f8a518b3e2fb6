// Made by tools/generate.mjs; do not edit. From tools/options/table.mjs.

import { RET } from "../abi";
import { AF_INET, AF_INET6 } from "../address/sockaddr";
import { EBADF, EINVAL, ENOPROTOOPT } from "../error/errno";
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
} from "../wasi/sockets";
import {
  done,
  host,
  isTcp,
  isUdp,
  large,
  medium,
  NANOSECONDS,
  sameOnly,
  setReceiveLowWater,
  setReceiveTimeout,
  setSendTimeout,
  small,
  timeoutOf,
} from "./options";
import { Socket } from "./socket";

const SO_REUSEADDR: i32 = 2;
const SO_TYPE: i32 = 3;
const SO_ERROR: i32 = 4;
const SO_BROADCAST: i32 = 6;
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
const TCP_NODELAY: i32 = 1;
const TCP_KEEPIDLE: i32 = 4;
const TCP_KEEPINTVL: i32 = 5;
const TCP_KEEPCNT: i32 = 6;
const IP_TTL: i32 = 2;
const IPV6_UNICAST_HOPS: i32 = 16;
const IPV6_V6ONLY: i32 = 26;

// how the host calls them
const BROADCAST: i32 = 0;
const SEND_BUFFER_SIZE: i32 = 1;
const RECEIVE_BUFFER_SIZE: i32 = 2;
const KEEP_ALIVE: i32 = 3;
const NO_DELAY: i32 = 4;
const KEEP_ALIVE_IDLE: i32 = 5;
const KEEP_ALIVE_INTERVAL: i32 = 6;
const KEEP_ALIVE_COUNT: i32 = 7;
const HOP_LIMIT: i32 = 8;

/** The value of an option, or a negative errno. */
export function getOption(socket: Socket, level: i32, name: i32): i32 {
  if (socket.closed) return -EBADF;
  const handle = socket.handle;
  switch (level) {
    case 1: // socket
      switch (name) {
        case SO_REUSEADDR:
          if (isTcp(socket)) {
            return 1;
          }
          if (isUdp(socket)) {
            return 0;
          }
          break;
        case SO_TYPE:
          return socket.type;
        case SO_ERROR:
          return socket.takeError();
        case SO_BROADCAST:
          if (isUdp(socket)) {
            return host.get(handle, BROADCAST);
          }
          break;
        case SO_SNDBUF:
          if (!handle) break;
          if (!host.reaches(handle, SEND_BUFFER_SIZE)) break;
          if (isTcp(socket)) tcpSendBufferSize(handle, RET);
          else udpSendBufferSize(handle, RET);
          return large(1);
        case SO_RCVBUF:
          if (!handle) break;
          if (!host.reaches(handle, RECEIVE_BUFFER_SIZE)) break;
          if (isTcp(socket)) tcpReceiveBufferSize(handle, RET);
          else udpReceiveBufferSize(handle, RET);
          return large(1);
        case SO_KEEPALIVE:
          if (isTcp(socket)) {
            if (!host.reaches(handle, KEEP_ALIVE)) break;
            tcpKeepAliveEnabled(handle, RET);
            return small();
          }
          break;
        case SO_RCVLOWAT:
          return socket.receiveLowWater;
        case SO_SNDLOWAT:
          return 1;
        case SO_RCVTIMEO:
          return timeoutOf(socket.receiveSeconds);
        case SO_SNDTIMEO:
          return timeoutOf(socket.sendSeconds);
        case SO_ACCEPTCONN:
          return socket.isListening() ? 1 : 0;
        case SO_PROTOCOL:
          return socket.protocol;
        case SO_DOMAIN:
          return socket.family;
      }
      break;
    case 6: // tcp
      switch (name) {
        case TCP_NODELAY:
          if (isTcp(socket)) {
            return host.get(handle, NO_DELAY);
          }
          break;
        case TCP_KEEPIDLE:
          if (isTcp(socket)) {
            if (!host.reaches(handle, KEEP_ALIVE_IDLE)) break;
            tcpKeepAliveIdleTime(handle, RET);
            return large(NANOSECONDS);
          }
          break;
        case TCP_KEEPINTVL:
          if (isTcp(socket)) {
            if (!host.reaches(handle, KEEP_ALIVE_INTERVAL)) break;
            tcpKeepAliveInterval(handle, RET);
            return large(NANOSECONDS);
          }
          break;
        case TCP_KEEPCNT:
          if (isTcp(socket)) {
            if (!host.reaches(handle, KEEP_ALIVE_COUNT)) break;
            tcpKeepAliveCount(handle, RET);
            return medium();
          }
          break;
      }
      break;
    case 0: // ip
      switch (name) {
        case IP_TTL:
          if (socket.family != AF_INET) break;
          if (!handle) break;
          if (!host.reaches(handle, HOP_LIMIT)) break;
          if (isTcp(socket)) tcpHopLimit(handle, RET);
          else udpUnicastHopLimit(handle, RET);
          return small();
      }
      break;
    case 41: // ipv6
      switch (name) {
        case IPV6_UNICAST_HOPS:
          if (socket.family != AF_INET6) break;
          if (!handle) break;
          if (!host.reaches(handle, HOP_LIMIT)) break;
          if (isTcp(socket)) tcpHopLimit(handle, RET);
          else udpUnicastHopLimit(handle, RET);
          return small();
        case IPV6_V6ONLY:
          if (socket.family != AF_INET6) break;
          return 1;
      }
      break;
  }
  return -ENOPROTOOPT;
}

/** Sets an option: 0, or a negative errno. */
export function setOption(socket: Socket, level: i32, name: i32, value: i32): i32 {
  if (socket.closed) return -EBADF;
  const handle = socket.handle;
  switch (level) {
    case 1: // socket
      switch (name) {
        case SO_REUSEADDR:
          if (isTcp(socket)) {
            return sameOnly(value, 1);
          }
          if (isUdp(socket)) {
            return sameOnly(value, 0);
          }
          break;
        case SO_BROADCAST:
          if (isUdp(socket)) {
            return host.set(handle, BROADCAST, value != 0 ? 1 : 0);
          }
          break;
        case SO_SNDBUF:
          if (!handle) break;
          if (!host.reaches(handle, SEND_BUFFER_SIZE)) break;
          if (value < 1) return -EINVAL;
          if (isTcp(socket)) tcpSetSendBufferSize(handle, value, RET);
          else udpSetSendBufferSize(handle, value, RET);
          return done();
        case SO_RCVBUF:
          if (!handle) break;
          if (!host.reaches(handle, RECEIVE_BUFFER_SIZE)) break;
          if (value < 1) return -EINVAL;
          if (isTcp(socket)) tcpSetReceiveBufferSize(handle, value, RET);
          else udpSetReceiveBufferSize(handle, value, RET);
          return done();
        case SO_KEEPALIVE:
          if (isTcp(socket)) {
            if (!host.reaches(handle, KEEP_ALIVE)) break;
            tcpSetKeepAliveEnabled(handle, value != 0 ? 1 : 0, RET);
            return done();
          }
          break;
        case SO_RCVLOWAT:
          return setReceiveLowWater(socket, value);
        case SO_RCVTIMEO:
          return setReceiveTimeout(socket, value);
        case SO_SNDTIMEO:
          return setSendTimeout(socket, value);
      }
      break;
    case 6: // tcp
      switch (name) {
        case TCP_NODELAY:
          if (isTcp(socket)) {
            return host.set(handle, NO_DELAY, value != 0 ? 1 : 0);
          }
          break;
        case TCP_KEEPIDLE:
          if (isTcp(socket)) {
            if (!host.reaches(handle, KEEP_ALIVE_IDLE)) break;
            if (value < 1) return -EINVAL;
            tcpSetKeepAliveIdleTime(handle, <u64>value * NANOSECONDS, RET);
            return done();
          }
          break;
        case TCP_KEEPINTVL:
          if (isTcp(socket)) {
            if (!host.reaches(handle, KEEP_ALIVE_INTERVAL)) break;
            if (value < 1) return -EINVAL;
            tcpSetKeepAliveInterval(handle, <u64>value * NANOSECONDS, RET);
            return done();
          }
          break;
        case TCP_KEEPCNT:
          if (isTcp(socket)) {
            if (!host.reaches(handle, KEEP_ALIVE_COUNT)) break;
            if (value < 1) return -EINVAL;
            tcpSetKeepAliveCount(handle, value, RET);
            return done();
          }
          break;
      }
      break;
    case 0: // ip
      switch (name) {
        case IP_TTL:
          if (socket.family != AF_INET) break;
          if (!handle) break;
          if (!host.reaches(handle, HOP_LIMIT)) break;
          if (value < 1 || value > 255) return -EINVAL;
          if (isTcp(socket)) tcpSetHopLimit(handle, value, RET);
          else udpSetUnicastHopLimit(handle, value, RET);
          return done();
      }
      break;
    case 41: // ipv6
      switch (name) {
        case IPV6_UNICAST_HOPS:
          if (socket.family != AF_INET6) break;
          if (!handle) break;
          if (!host.reaches(handle, HOP_LIMIT)) break;
          if (value < 1 || value > 255) return -EINVAL;
          if (isTcp(socket)) tcpSetHopLimit(handle, value, RET);
          else udpSetUnicastHopLimit(handle, value, RET);
          return done();
        case IPV6_V6ONLY:
          if (socket.family != AF_INET6) break;
          return sameOnly(value, 1);
      }
      break;
  }
  return -ENOPROTOOPT;
}
