// Socket options: level, name and value → the WASI call that does it, and back. Which options there are stands in
// options-table.ts, which is made; here is what its rows are made of.
//
// No option is faked: it reaches the operating system, or it is what the socket's own state says, or it
// acts in the core (the timeouts and the receive low-water mark), or the call fails with ENOPROTOOPT.

import { RET } from "../abi";
import { EDOM, EINVAL, ENOPROTOOPT, fromWasi } from "../error/errno";
import { AF_UNIX } from "../address/sockaddr";
import { SOCK_DGRAM, SOCK_STREAM, Socket } from "./socket";

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

export let host: HostOptions = new HostOptions();

/** Takes the word of a host about its options. */
export function setHostOptions(options: HostOptions): void {
  host = options;
}

/** In a second. */
export const NANOSECONDS: u64 = 1_000_000_000;

export function isTcp(socket: Socket): bool {
  return socket.type == SOCK_STREAM && socket.family != AF_UNIX;
}
export function isUdp(socket: Socket): bool {
  return socket.type == SOCK_DGRAM && socket.family != AF_UNIX;
}

// what a getter has left in RET
export function small(): i32 {
  return load<u8>(RET) ? fromWasi(load<u8>(RET, 1)) : load<u8>(RET, 1);
}
export function medium(): i32 {
  return load<u8>(RET) ? fromWasi(load<u8>(RET, 4)) : load<i32>(RET, 4);
}
export function large(divisor: u64): i32 {
  return load<u8>(RET)
    ? fromWasi(load<u8>(RET, 8))
    : <i32>min<u64>(load<u64>(RET, 8) / divisor, i32.MAX_VALUE);
}
// what a setter has left there
export function done(): i32 {
  return load<u8>(RET) ? fromWasi(load<u8>(RET, 1)) : 0;
}

// an option whose value is a fact: setting it to what it is anyway is fine
export function sameOnly(value: i32, fact: i32): i32 {
  return (value != 0) == (fact != 0) ? 0 : -ENOPROTOOPT;
}

/** SO_RCVTIMEO and SO_SNDTIMEO are in milliseconds, of which 0 is for ever. */
export function timeoutOf(seconds: f64): i32 {
  return seconds < 0 ? 0 : <i32>min<f64>(seconds * 1000, i32.MAX_VALUE);
}
function secondsOf(milliseconds: i32): f64 {
  return milliseconds == 0 ? -1 : <f64>milliseconds / 1000;
}
export function setReceiveTimeout(socket: Socket, value: i32): i32 {
  if (value < 0) return -EDOM;
  socket.receiveSeconds = secondsOf(value);
  return 0;
}
export function setSendTimeout(socket: Socket, value: i32): i32 {
  if (value < 0) return -EDOM;
  socket.sendSeconds = secondsOf(value);
  return 0;
}
/** SO_RCVLOWAT: 0 means 1 (socket(7)). */
export function setReceiveLowWater(socket: Socket, value: i32): i32 {
  if (socket.type != SOCK_STREAM) return -ENOPROTOOPT;
  if (value < 0) return -EINVAL;
  socket.receiveLowWater = max(value, 1);
  return 0;
}
