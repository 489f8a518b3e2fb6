/** Pairs of connected sockets in the core's memory. */
import { callCore } from "./await.ts";
import { AddressFamily, SocketType } from "./constants.ts";
import { core } from "./core.ts";
import { requireInteger } from "./errors.ts";
import { type Socket, socketOf } from "./socket.ts";

/**
 * Makes two connected sockets. They live in the core's memory: no port is opened and no permission needed.
 * Each direction holds at most 64 KiB (and 256 datagrams); a sender waits while it is full.
 *
 * @param family `AddressFamily.unix`, the default
 * @param type `SocketType.stream`, the default, or `datagram`
 * @param protocol 0, the default
 * @returns the two, or false where `socketpair(2)` would fail
 * @throws TypeError or RangeError when an argument is wrong
 */
export function openSocketPair(
  family: number = AddressFamily.unix,
  type: number = SocketType.stream,
  protocol = 0,
): [Socket, Socket] | false {
  requireInteger("family", family, 0, 65535);
  requireInteger("type", type, 0, 65535);
  requireInteger("protocol", protocol, 0, 65535);
  const one = callCore(() => core.pairNew(family, type, protocol));
  if (one < 0) return false;
  return [socketOf(one, AddressFamily.unix, type), socketOf(core.pairPeer(one), AddressFamily.unix, type)];
}
