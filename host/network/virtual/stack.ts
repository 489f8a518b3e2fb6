/** What the TCP and the UDP of a machine have in common: its addresses, and which of its ports are taken. */
import {
  type IpAddress,
  type IpAddressFamily,
  type IpSocketAddress,
  ipOf,
  ipText,
  isWildcard,
  wildcard,
  withPort,
} from "../address.ts";
import type { SocketErrorCode } from "../errors.ts";
import type { World } from "./world.ts";

/** Linux's range of ports for who names none (`ip_local_port_range`). */
const FIRST_PORT = 32_768;
const PORTS = 60_999 - FIRST_PORT + 1;

/** Whence all of 127.0.0.0/8 is reached, and ::1. */
const LOOPBACKS: readonly IpAddress[] = [
  { tag: "ipv4", val: [127, 0, 0, 1] },
  { tag: "ipv6", val: [0, 0, 0, 0, 0, 0, 0, 1] },
];

/** A machine, as its stacks see it, and those of others. */
export interface Machine {
  readonly name: string;
  readonly world: World;
  /** Its own, without those of loopback. */
  readonly addresses: readonly IpAddress[];
}

/** Whether an address leads back to the machine (127.0.0.0/8 and ::1). */
export function isLoopback({ tag, val }: IpAddress): boolean {
  if (tag === "ipv4") return val[0] === 127;
  return val[7] === 1 && val.slice(0, 7).every((group) => group === 0);
}

/** Whether a machine has an address. */
function owns(machine: Machine, address: IpAddress): boolean {
  const text = ipText(address);
  return isLoopback(address) || machine.addresses.some((own) => ipText(own) === text);
}

/** Throws `EADDRNOTAVAIL` where a machine can't be bound to an address. */
export function requireOwn(machine: Machine, local: IpSocketAddress): void {
  if (!isWildcard(local) && !owns(machine, ipOf(local))) throw "EADDRNOTAVAIL" satisfies SocketErrorCode;
}

/**
 * The address that packets to a remote one leave from.
 *
 * @param local where the socket is bound; of a wildcard only the port counts
 * @throws `ENETUNREACH` where the machine has none of the family
 */
export function sourceFor(
  machine: Machine,
  local: IpSocketAddress,
  remote: IpSocketAddress,
): IpSocketAddress {
  if (!isWildcard(local)) return local;
  const to = ipOf(remote);
  const own = isLoopback(to) ? LOOPBACKS : machine.addresses;
  const source = own.find(({ tag }) => tag === to.tag);
  if (source === undefined) throw "ENETUNREACH" satisfies SocketErrorCode;
  return withPort(source, local.val.port);
}

/** Whether two bound addresses want the same packets. */
export function overlaps(one: IpSocketAddress, other: IpSocketAddress): boolean {
  if (one.tag !== other.tag || one.val.port !== other.val.port) return false;
  return isWildcard(one) || isWildcard(other) || ipText(ipOf(one)) === ipText(ipOf(other));
}

/** Whether packets to an address are for who is bound to another. */
export function takes(local: IpSocketAddress, to: IpSocketAddress): boolean {
  return overlaps(local, to);
}

/** The same address with a port that is free, where it has none. Throws `EADDRINUSE` where there is none left. */
export function withFreePort(
  { world }: Machine,
  local: IpSocketAddress,
  isFree: (address: IpSocketAddress) => boolean,
): IpSocketAddress {
  if (local.val.port !== 0) return local;
  const first = world.chance.below(PORTS);
  for (let i = 0; i < PORTS; i++) {
    const port = FIRST_PORT + ((first + i) % PORTS);
    const address = { tag: local.tag, val: { ...local.val, port } } as IpSocketAddress;
    if (isFree(address)) return address;
  }
  throw "EADDRINUSE" satisfies SocketErrorCode;
}

/** No address and no port of a family. */
export function unbound(family: IpAddressFamily): IpSocketAddress {
  return wildcard(family);
}
