/**
 * The constants of the API. They keep their Linux numbers on every platform, so that a program ported
 * from C or Scheme reads the same.
 */

import type { IpOpt, Ipv6Opt, SocketOpt, TcpOpt } from "./options-table.ts";

export { IpOpt, Ipv6Opt, SocketOpt, TcpOpt } from "./options-table.ts";

/**
 * A number that is none of the constants beside it: a variable of a program, or one that the system may not know. Every
 * call says what becomes of such.
 */
export type OtherNumber = number & Record<never, never>;

/** Address families, as in `socket(2)`. */
export const AddressFamily = { unspecified: 0, unix: 1, inet: 2, inet6: 10 } as const;
export type AddressFamily = (typeof AddressFamily)[keyof typeof AddressFamily];

/** Socket types, as in `socket(2)`. */
export const SocketType = { any: 0, stream: 1, datagram: 2, raw: 3 } as const;
export type SocketType = (typeof SocketType)[keyof typeof SocketType];

/** IP protocols, as in `/etc/protocols`. */
export const IpProto = { ip: 0, icmp: 1, tcp: 6, udp: 17, ipv6: 41 } as const;
export type IpProto = (typeof IpProto)[keyof typeof IpProto];

/** Flags of a look-up, as in `getaddrinfo(3)`. */
export const Ai = {
  passive: 0x1,
  canonname: 0x2,
  numericHost: 0x4,
  v4mapped: 0x8,
  all: 0x10,
  addrconfig: 0x20,
  numericServ: 0x400,
} as const;

/** Flags of messages, as in `recv(2)` and `send(2)`. */
export const Msg = { peek: 0x2, trunc: 0x20, dontwait: 0x40, waitall: 0x100 } as const;

/** Levels of options, as in `getsockopt(2)`. */
export const Level = { ip: 0, socket: 1, tcp: 6, ipv6: 41 } as const;
export type Level = (typeof Level)[keyof typeof Level];

/** The name of an option, at any level. */
export type OptionName = SocketOpt | TcpOpt | IpOpt | Ipv6Opt;
