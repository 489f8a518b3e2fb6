// getAddressInfo as an operation.

import { RET } from "../abi";
import {
  AddressInfo,
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_PASSIVE,
  AI_V4MAPPED,
  CandidateList,
} from "./address-info";
import { EINVAL, ENOENT, fromWasi } from "../error/errno";
import { Operation } from "../operation/operation";
import { AF_INET, AF_INET6, Sockaddr } from "./sockaddr";
import { dropPollable } from "../wasi/io";
import { subscribeDuration } from "../wasi/clocks";
import {
  dropResolveAddress,
  resolveAddresses,
  resolveAddressResolveNextAddress as resolveNextAddress,
  resolveAddressSubscribe,
} from "../wasi/sockets";
import { network } from "../wasi/network";

/** How many addresses of one name are looked at. */
const ADDRESS_LIMIT: i32 = 256;

/**
 * Looks a host and a service up; its result is 0 and the candidates are in `found`. The texts are read
 * by the constructor only; a null pointer stands for none. It does not know the flag addrconfig, which takes
 * datagram sockets (configured.ts): who only opens connections goes without them.
 */
export class ResolveOperation extends Operation {
  found: AddressInfo | null = null;
  protected list: CandidateList;
  protected error: i32 = 0;
  /** Whether somebody else asks the host for the name. It is here since `ask` runs before a subclass has its fields. */
  protected isAsked: bool = false;
  private stream: i32 = 0;
  private streamReady: i32 = 0;
  private canonname: ArrayBuffer | null = null;
  private seen: i32 = 0;
  // IPv4 addresses that may be wanted as IPv6 ones (v4mapped), in the order in which they came
  private mappable: Array<Sockaddr> | null = null;

  constructor(
    host: usize,
    hostLength: u32,
    service: usize,
    serviceLength: u32,
    private hints: AddressInfo,
  ) {
    super();
    this.list = new CandidateList(hints);
    this.error = this.start(host, hostLength, service, serviceLength);
  }

  private start(host: usize, hostLength: u32, service: usize, serviceLength: u32): i32 {
    const hints = this.hints;
    // getaddrinfo(3): EAI_NONAME when both are missing
    if (!host && !service) return -ENOENT;
    const wrong = hints.check(host != 0);
    if (wrong) return wrong;
    if (service) {
      const error = this.list.setService(service, serviceLength);
      if (error) return error;
    }
    if (hints.flags & AI_ADDRCONFIG && !this.keepConfigured()) return -ENOENT;
    const address = new Sockaddr();
    if (!host) {
      this.addLocal(address, (hints.flags & AI_PASSIVE) != 0);
      return 0;
    }
    const family = this.list.family;
    if (family == AF_INET6 && hints.flags & AI_V4MAPPED) this.mappable = new Array<Sockaddr>();
    if (hints.flags & AI_CANONNAME) {
      const name = new ArrayBuffer(hostLength);
      memory.copy(changetype<usize>(name), host, hostLength);
      this.canonname = name;
    }
    if (address.parse(host, hostLength, 0) || address.parseNumbers(host, hostLength, 0)) {
      // an IPv6 literal may stand for an IPv4 address
      if (family == AF_INET && address.isV4Mapped()) address.unmap();
      this.add(address);
      return 0;
    }
    if (hints.flags & AI_NUMERICHOST) return -ENOENT;
    const code = this.ask(host, hostLength);
    return code == -EINVAL ? -ENOENT : code; // a name that can't be one does not exist
  }

  // asks the host for the addresses of a name: 0, or a negative errno
  protected ask(host: usize, hostLength: u32): i32 {
    // result<own<resolve-address-stream>, error-code>: payload @4
    resolveAddresses(network(), host, hostLength, RET);
    if (load<u8>(RET)) return fromWasi(load<u8>(RET, 4));
    this.stream = load<i32>(RET, 4);
    return 0;
  }

  // addrconfig: leaves the families that can be used; false when the wanted one can't
  protected keepConfigured(): bool {
    return true;
  }

  // the wildcard or the loopback addresses, in the order of getaddrinfo(3)
  private addLocal(address: Sockaddr, passive: bool): void {
    if (passive) {
      address.setInet(0, 0, 0, 0, 0);
      this.add(address);
    }
    address.setInet6(0, 0);
    if (!passive) address.setGroup(7, 1);
    this.add(address);
    if (!passive) {
      address.setInet(127, 0, 0, 1, 0);
      this.add(address);
    }
  }

  protected add(address: Sockaddr): void {
    const mappable = this.mappable;
    if (mappable && address.family == AF_INET) {
      const copy = address.copy();
      copy.mapToV6();
      mappable.push(copy);
    } else {
      this.list.add(address);
    }
  }

  protected attempt(_window: usize, _size: u32): i32 {
    if (this.error) return this.error;
    while (this.stream) {
      // result<option<ip-address>, error-code>: error @2; option @2, address @4
      resolveNextAddress(this.stream, RET);
      if (load<u8>(RET)) return fromWasi(load<u8>(RET, 2));
      if (load<u8>(RET, 2) == 0 || this.seen == ADDRESS_LIMIT) break;
      this.seen++;
      const address = new Sockaddr();
      address.setFromWasiAddress(RET + 4, 0);
      this.add(address);
    }
    const mappable = this.mappable;
    if (mappable && (!this.list.head || this.hints.flags & AI_ALL)) {
      for (let i = 0; i < mappable.length; i++) this.list.add(mappable[i]);
    }
    const head = this.list.head;
    if (!head) return -ENOENT;
    head.canonname = this.canonname;
    this.found = head;
    return 0;
  }

  waitsFor(): i32 {
    if (!this.stream) return 0;
    if (!this.streamReady) this.streamReady = resolveAddressSubscribe(this.stream);
    return this.streamReady;
  }
  subscribe(): i32 {
    return this.stream ? resolveAddressSubscribe(this.stream) : subscribeDuration(0);
  }
  protected release(): void {
    if (this.streamReady) dropPollable(this.streamReady);
    if (this.stream) dropResolveAddress(this.stream);
    this.stream = this.streamReady = 0;
  }
}
