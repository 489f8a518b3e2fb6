// Address infos: what a look-up is asked with and what it answers with.

import { EAFNOSUPPORT, EINVAL, ESOCKTNOSUPPORT, ENOENT } from "../error/errno";
import { parseDecimal } from "../abi/buffer";
import { SERVICE_TCP, SERVICE_UDP, servicePort } from "./services";
import { AF_INET, AF_INET6, AF_UNSPEC, Sockaddr } from "./sockaddr";
import {
  IPPROTO_DCCP,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../socket/socket";

export const AI_PASSIVE: i32 = 0x1;
export const AI_CANONNAME: i32 = 0x2;
export const AI_NUMERICHOST: i32 = 0x4;
export const AI_V4MAPPED: i32 = 0x8;
export const AI_ALL: i32 = 0x10;
export const AI_ADDRCONFIG: i32 = 0x20;
const AI_NUMERICSERV: i32 = 0x400;
const AI_KNOWN: i32 = 0x43f;

/** One candidate, or hints. */
@final
export class AddressInfo {
  address: Sockaddr | null = null;
  /** In UTF-8. */
  canonname: ArrayBuffer | null = null;
  next: AddressInfo | null = null;

  constructor(
    public family: i32 = AF_UNSPEC,
    public socketType: i32 = SOCK_STREAM,
    public protocol: i32 = 0,
    public flags: i32 = AI_PASSIVE,
  ) {}

  get addressLength(): u32 {
    const address = this.address;
    return address ? address.length : 0;
  }

  /** 0, or the negative errno of what is wrong with these hints for that host. */
  check(hasHost: bool): i32 {
    if (this.flags & ~AI_KNOWN) return -EINVAL;
    if (this.flags & AI_CANONNAME && !hasHost) return -EINVAL;
    if (this.family != AF_UNSPEC && this.family != AF_INET && this.family != AF_INET6) return -EAFNOSUPPORT;
    return combinations(this) ? 0 : -ESOCKTNOSUPPORT;
  }
}

/** Bits of `combinations`: TCP, UDP, and raw sockets, in the order in which candidates appear. */
const STREAM: u32 = 1;
const DATAGRAM: u32 = 2;
const RAW: u32 = 4;

/** Which socket types hints ask for; 0 when type and protocol contradict each other. */
function combinations(hints: AddressInfo): u32 {
  const type = hints.socketType;
  const protocol = hints.protocol;
  if (type == SOCK_STREAM) return protocol == 0 || protocol == IPPROTO_TCP ? STREAM : 0;
  if (type == SOCK_DGRAM) return protocol == 0 || protocol == IPPROTO_UDP ? DATAGRAM : 0;
  if (type == SOCK_RAW) return RAW;
  if (type != 0) return 0;
  if (protocol == 0) return STREAM | DATAGRAM | RAW;
  if (protocol == IPPROTO_TCP) return STREAM;
  if (protocol == IPPROTO_UDP) return DATAGRAM;
  // these have types of their own, of which there are no sockets here; any other protocol is for raw ones
  return protocol == IPPROTO_DCCP || protocol == IPPROTO_SCTP || protocol == IPPROTO_UDPLITE ? 0 : RAW;
}

/** Makes a list of candidates: each address once for each socket type that the hints and the service allow. */
@final
export class CandidateList {
  head: AddressInfo | null = null;
  /** The family that is wanted; AF_UNSPEC for any. */
  family: i32;
  private tail: AddressInfo | null = null;
  private types: u32;
  private streamPort: i32 = 0;
  private datagramPort: i32 = 0;

  constructor(private hints: AddressInfo) {
    this.family = hints.family;
    this.types = combinations(hints);
  }

  /** Takes the service: 0, or a negative errno when there is no such service. */
  setService(text: usize, length: u32): i32 {
    // getaddrinfo(3), EAI_SERVICE: raw sockets have no services, not even by number
    if (this.types == RAW) return -ENOENT;
    const number = parseDecimal(text, length, 65535);
    if (number >= 0) {
      this.streamPort = this.datagramPort = <i32>number;
      return 0;
    }
    if (this.hints.flags & AI_NUMERICSERV) return -ENOENT;
    this.streamPort = this.types & STREAM ? servicePort(text, length, SERVICE_TCP) : -1;
    this.datagramPort = this.types & DATAGRAM ? servicePort(text, length, SERVICE_UDP) : -1;
    // getaddrinfo(3): a name serves those protocols only for which it is listed
    this.types = (this.streamPort >= 0 ? STREAM : 0) | (this.datagramPort >= 0 ? DATAGRAM : 0);
    return this.types ? 0 : -ENOENT;
  }

  /** Adds an address, unless it is of a family that is not wanted. */
  add(address: Sockaddr): void {
    const family = this.family;
    if (family != AF_UNSPEC && address.family != family) return;
    if (this.types & STREAM) this.append(address, SOCK_STREAM, IPPROTO_TCP, this.streamPort);
    if (this.types & DATAGRAM) this.append(address, SOCK_DGRAM, IPPROTO_UDP, this.datagramPort);
    if (this.types & RAW) this.append(address, SOCK_RAW, this.hints.protocol, this.streamPort);
  }

  private append(address: Sockaddr, type: i32, protocol: i32, port: i32): void {
    const info = new AddressInfo(address.family, type, protocol, this.hints.flags);
    const copy = address.copy();
    copy.port = port;
    info.address = copy;
    const tail = this.tail;
    if (tail) tail.next = info;
    else this.head = info;
    this.tail = info;
  }
}
