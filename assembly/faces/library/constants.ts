// The constants of the API, with their Linux numbers.

/** Address families, as in socket(2). */
export enum AddressFamily {
  unspecified = 0,
  unix = 1,
  inet = 2,
  inet6 = 10,
}

/** Socket types, as in socket(2). */
export enum SocketType {
  any = 0,
  stream = 1,
  datagram = 2,
  raw = 3,
}

/** IP protocols. */
export enum IpProto {
  ip = 0,
  icmp = 1,
  tcp = 6,
  udp = 17,
  ipv6 = 41,
}

/** Flags of a look-up, as in getaddrinfo(3). */
export enum Ai {
  passive = 0x1,
  canonname = 0x2,
  numericHost = 0x4,
  v4mapped = 0x8,
  all = 0x10,
  addrconfig = 0x20,
  numericServ = 0x400,
}

/** Flags of messages, as in recv(2) and send(2). */
export enum Msg {
  peek = 0x2,
  trunc = 0x20,
  dontwait = 0x40,
  waitall = 0x100,
}

/** Levels of options, as in getsockopt(2). */
export enum Level {
  ip = 0,
  socket = 1,
  tcp = 6,
  ipv6 = 41,
}

export { IpOpt, Ipv6Opt, SocketOpt, TcpOpt } from "./options-table";

/** What `shutdown` ends. */
export enum Shutdown {
  read = 0,
  write = 1,
  both = 2,
}

/** What the calls with a time limit return for false: nothing was done in time. */
export const TIMED_OUT: i32 = i32.MIN_VALUE + 1;
