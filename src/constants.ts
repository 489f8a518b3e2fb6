/**
 * The constants of the API. They keep their Linux numbers on every platform, so that a program ported
 * from C or Scheme reads the same.
 */

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

/** Options of the socket level, as in `socket(7)`. */
export const SocketOpt = {
  debug: 1,
  reuseaddr: 2,
  type: 3,
  error: 4,
  dontroute: 5,
  broadcast: 6,
  sndbuf: 7,
  rcvbuf: 8,
  keepalive: 9,
  oobinline: 10,
  rcvlowat: 18,
  sndlowat: 19,
  rcvtimeo: 20,
  sndtimeo: 21,
  acceptconn: 30,
  protocol: 38,
  domain: 39,
} as const;
export type SocketOpt = (typeof SocketOpt)[keyof typeof SocketOpt];

/** Options of the TCP level, as in `tcp(7)`. */
export const TcpOpt = { nodelay: 1, keepidle: 4, keepintvl: 5, keepcnt: 6 } as const;
export type TcpOpt = (typeof TcpOpt)[keyof typeof TcpOpt];

/** Options of the IPv4 level, as in `ip(7)`. */
export const IpOpt = { ttl: 2 } as const;
export type IpOpt = (typeof IpOpt)[keyof typeof IpOpt];

/** Options of the IPv6 level, as in `ipv6(7)`. */
export const Ipv6Opt = { unicastHops: 16, v6only: 26 } as const;
export type Ipv6Opt = (typeof Ipv6Opt)[keyof typeof Ipv6Opt];

/** The name of an option, at any level. */
export type OptionName = SocketOpt | TcpOpt | IpOpt | Ipv6Opt;
