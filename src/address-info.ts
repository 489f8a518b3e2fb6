/** Address infos: what a look-up is asked with, and the candidates that it answers with. */
import { run } from "./await.ts";
import { AddressFamily, Ai, IpProto, SocketType } from "./constants.ts";
import { ADDRESS_SIZE, type CoreObject, core, windowBytes, writeText } from "./core.ts";
import { requireInteger, show } from "./errors.ts";
import { numericScope, requireSockaddr, Sockaddr, takeAddress } from "./sockaddr.ts";

/** The address of an address info, made when there is none: where a sender's address goes. */
export let ownAddress: (info: AddressInfo) => Sockaddr;

/** One candidate of a look-up, with the next one in `next`; or hints for a look-up. */
export class AddressInfo implements Iterable<AddressInfo> {
  readonly family: number;
  readonly socketType: number;
  readonly protocol: number;
  readonly flags: number;
  /** The canonical name, only on the first candidate and only where `Ai.canonname` was given. */
  readonly canonname: string | null;
  /** The next candidate. */
  readonly next: AddressInfo | null;
  #address: Sockaddr | null;

  static {
    ownAddress = (info) => {
      info.#address ??= new Sockaddr();
      return info.#address;
    };
  }

  /**
   * @param family one of `AddressFamily`
   * @param socketType one of `SocketType`
   * @param protocol one of `IpProto`
   * @param flags of `Ai`, combined with `|`; default `Ai.passive`
   * @throws TypeError or RangeError when one of them is wrong
   */
  constructor(
    family: number,
    socketType: number,
    protocol: number,
    flags: number = Ai.passive,
    address: Sockaddr | null = null,
    canonname: string | null = null,
    next: AddressInfo | null = null,
  ) {
    requireInteger("family", family, 0, 65535);
    requireInteger("socketType", socketType, 0, 65535);
    requireInteger("protocol", protocol, 0, 65535);
    requireInteger("flags", flags, 0, 2 ** 31 - 1);
    if (canonname !== null && typeof canonname !== "string") {
      throw new TypeError(`canonname must be a string or null, got ${show(canonname)}`);
    }
    this.family = family;
    this.socketType = socketType;
    this.protocol = protocol;
    this.flags = flags;
    this.#address = address === null ? null : requireSockaddr("address", address);
    this.canonname = canonname;
    this.next = next === null ? null : requireAddressInfo("next", next);
  }

  /** The address; null in hints that no message was received with. */
  get address(): Sockaddr | null {
    return this.#address;
  }

  /** 16 for IPv4, 28 for IPv6, 0 for no address. */
  get addressLength(): number {
    return this.#address?.length ?? 0;
  }

  /** This candidate and those that follow. */
  *[Symbol.iterator](): IterableIterator<AddressInfo> {
    for (let info: AddressInfo | null = this; info !== null; info = info.next) yield info;
  }
}

const defaultHints = new AddressInfo(AddressFamily.unspecified, SocketType.stream, IpProto.ip);

/**
 * Looks up a host and a service.
 *
 * @param host a name, or a literal (IPv4; IPv6 with `%scope`, with or without brackets), which needs no
 *   look-up; null for the wildcard with `Ai.passive`, for the loopback without
 * @param service a name such as `"http"`, a number, a numeric string, or null
 * @param hints default: family unspecified, type stream, protocol ip, flags passive
 * @returns the first of the candidates, in preference order; null when there is none
 * @throws TypeError or RangeError when an argument is of a wrong type or out of range
 * @see getaddrinfo(3)
 */
export function getAddressInfo(
  host: string | null,
  service: string | number | null,
  hints: AddressInfo = defaultHints,
): Promise<AddressInfo | null> {
  const { family, socketType, protocol, flags } = requireAddressInfo("hints", hints);
  const [hostLength, serviceLength] = writeNames(host, service);
  const canonname = (flags & Ai.canonname) !== 0 ? host : null;
  return run(
    core.startResolve(hostLength, serviceLength, family, socketType, protocol, flags),
    (result, operation) => (result < 0 ? null : takeCandidates(operation, canonname)),
  );
}

/** A candidate in the core's memory: five i32 and a sockaddr. */
const CANDIDATE_SIZE: number = 20 + ADDRESS_SIZE;

function takeCandidates(operation: CoreObject, canonname: string | null): AddressInfo | null {
  const count = core.candidates(operation);
  const window = windowBytes();
  let head: AddressInfo | null = null;
  for (let i = count - 1; i >= 0; i--) {
    const at = i * CANDIDATE_SIZE;
    const field = (index: number): number => window.readInt32LE(at + 4 * index);
    const address = takeAddress(new Sockaddr(), window.subarray(at + 20, at + CANDIDATE_SIZE));
    head = new AddressInfo(field(0), field(1), field(2), field(3), address, i === 0 ? canonname : null, head);
  }
  return head;
}

/**
 * Puts a host and a service into the window, as the core wants them.
 *
 * @returns the lengths in bytes, -1 for null
 * @throws TypeError or RangeError when an argument is of a wrong type or out of range
 */
export function writeNames(host: string | null, service: string | number | null): [number, number] {
  if (host !== null) requireName("host", host);
  if (typeof service === "number") requireInteger("service", service, 0, 65535);
  else if (service !== null) requireName("service", service);
  const hostLength = writeText(host === null ? null : numericScope(host));
  return [hostLength, writeText(service === null ? null : String(service), Math.max(0, hostLength))];
}

/** The longest name: what DNS allows, with room for names that must be told to be wrong. */
const NAME_LIMIT = 1025;

function requireName(name: string, value: unknown): void {
  if (typeof value !== "string") {
    const also = name === "service" ? ", a number" : "";
    throw new TypeError(`${name} must be a string${also} or null, got ${show(value)}`);
  }
  if (value.length > NAME_LIMIT) {
    throw new RangeError(`${name} must be at most ${NAME_LIMIT} characters, got ${value.length}`);
  }
  if (value.includes("\0"))
    throw new TypeError(`${name} must not contain a null character, got ${show(value)}`);
}

/**
 * Makes hints for a look-up.
 *
 * @param family one of `AddressFamily`
 * @param socketType one of `SocketType`
 * @param protocol one of `IpProto`
 * @param flags of `Ai`, combined with `|`; default `Ai.passive`
 * @throws TypeError or RangeError when one of them is wrong
 */
export function makeAddressInfo(
  family: number,
  socketType: number,
  protocol: number,
  flags: number = Ai.passive,
): AddressInfo {
  return new AddressInfo(family, socketType, protocol, flags);
}

/** Whether something is an address info. */
export function isAddressInfo(value: unknown): value is AddressInfo {
  return value instanceof AddressInfo;
}

/** @throws TypeError when it is none */
export function requireAddressInfo(name: string, value: unknown): AddressInfo {
  if (value instanceof AddressInfo) return value;
  throw new TypeError(`${name} must be an AddressInfo, got ${show(value)}`);
}

/** The family of a candidate. */
export function addressInfoFamily(ai: AddressInfo): number {
  return requireAddressInfo("ai", ai).family;
}
/** The socket type of a candidate. */
export function addressInfoSocketType(ai: AddressInfo): number {
  return requireAddressInfo("ai", ai).socketType;
}
/** The protocol of a candidate. */
export function addressInfoProtocol(ai: AddressInfo): number {
  return requireAddressInfo("ai", ai).protocol;
}
/** The flags that the look-up was made with. */
export function addressInfoFlags(ai: AddressInfo): number {
  return requireAddressInfo("ai", ai).flags;
}
/** The address of a candidate; null in hints. */
export function addressInfoAddress(ai: AddressInfo): Sockaddr | null {
  return requireAddressInfo("ai", ai).address;
}
/** 16 for IPv4, 28 for IPv6, 0 for no address. */
export function addressInfoAddressLength(ai: AddressInfo): number {
  return requireAddressInfo("ai", ai).addressLength;
}
/** The canonical name of the first candidate, where `Ai.canonname` was given. */
export function addressInfoCanonname(ai: AddressInfo): string | null {
  return requireAddressInfo("ai", ai).canonname;
}
/** The next candidate. */
export function addressInfoNext(ai: AddressInfo): AddressInfo | null {
  return requireAddressInfo("ai", ai).next;
}
