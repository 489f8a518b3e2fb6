/** Address infos: what a look-up is asked with, and the candidates that it answers with. */

import { LookUp } from "./calls/look-up.ts";
import { type Abortable, signalOf } from "./calls/wait.ts";
import { AddressFamily, Ai, IpProto, type OtherNumber, SocketType } from "./constants.ts";
import { ADDRESS_SIZE, type CoreObject, core, windowBytes, writeText } from "./core.ts";
import { NetError, type NetErrorContext, requireInteger, show } from "./errors.ts";
import { type Inspect, inspectCustom, nameOf, printed } from "./inspect.ts";
import { numericScope, readAddress, requireSockaddr, Sockaddr } from "./sockaddr.ts";

/** The address of an address info, made when there is none: where a sender's address goes. */
export let ownAddress: (info: AddressInfo) => Sockaddr;

/** One candidate of a look-up, with the next one in `next`; or hints for a look-up. */
export class AddressInfo implements Iterable<AddressInfo> {
  readonly family: AddressFamily | OtherNumber;
  readonly socketType: SocketType | OtherNumber;
  readonly protocol: IpProto | OtherNumber;
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
    family: AddressFamily | OtherNumber,
    socketType: SocketType | OtherNumber,
    protocol: IpProto | OtherNumber,
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

  /**
   * Looks a host and a service up, as the function `getAddressInfo` does.
   *
   * @param host a name or an address literal; null for the wildcard with `Ai.passive`, for the loopback
   *   without
   * @param service a name such as `"http"`, a number, a numeric string, or null
   * @param hints default: family unspecified, type stream, protocol ip, flags passive
   * @returns the first of the candidates, in preference order
   * @throws NetError ENOENT (there is no such host or service), EAGAIN (the resolver can't be asked now);
   *   TypeError or RangeError when an argument is wrong; the signal's reason when it is aborted
   */
  static async getAddressInfo(
    host: string | null,
    service: string | number | null,
    hints: AddressInfo = defaultHints,
    options?: Abortable,
  ): Promise<AddressInfo> {
    const result = await lookUp(host, service, hints, signalOf(options));
    if (typeof result !== "number") return result;
    throw new NetError(result, lookUpContext(host, service));
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

  /** What `JSON.stringify` makes of it: the properties as they are. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { family, socketType, protocol, flags, address, canonname, next } = this;
    return { family, socketType, protocol, flags, address, canonname, next };
  }

  /** @internal */
  [inspectCustom](depth: number | null, options: object, inspect: Inspect): string {
    const fields = (): object => ({
      ...this.toJSON(),
      family: nameOf(AddressFamily, this.family),
      socketType: nameOf(SocketType, this.socketType),
      protocol: nameOf(IpProto, this.protocol),
    });
    return printed("AddressInfo", fields, depth, options, inspect);
  }
}

/** Family unspecified, type stream, protocol ip, flags passive. */
export const defaultHints: AddressInfo = new AddressInfo(
  AddressFamily.unspecified,
  SocketType.stream,
  IpProto.ip,
);

/**
 * Looks a host and a service up.
 *
 * @returns the first of the candidates, or a negative errno
 * @throws TypeError or RangeError when an argument is of a wrong type or out of range
 */
export function lookUp(
  host: string | null,
  service: string | number | null,
  hints: AddressInfo,
  signal?: AbortSignal,
): Promise<AddressInfo | number> {
  const { family, socketType, protocol, flags } = requireAddressInfo("hints", hints);
  const [hostLength, serviceLength] = writeNames(host, service);
  const canonname = (flags & Ai.canonname) !== 0 ? host : null;
  const queue = (): CoreObject =>
    core.startResolve(hostLength, serviceLength, family, socketType, protocol, flags);
  const finish = (result: number): AddressInfo | number =>
    result < 0 ? result : readCandidates(result, canonname);
  return new LookUp(queue, host && numericScope(host), finish, signal).promise();
}

/** What a look-up is told with that has failed. */
export function lookUpContext(host: string | null, service: string | number | null): NetErrorContext {
  return { syscall: "getaddrinfo", address: host ?? undefined, port: service ?? undefined };
}

/** A candidate in the core's memory: five i32 and a sockaddr. */
const CANDIDATE_SIZE: number = 20 + ADDRESS_SIZE;

function readCandidates(count: number, canonname: string | null): AddressInfo {
  const window = windowBytes();
  let head: AddressInfo | null = null;
  for (let i = count - 1; i >= 0; i--) {
    const at = i * CANDIDATE_SIZE;
    const field = (index: number): number => window.readInt32LE(at + 4 * index);
    const address = readAddress(new Sockaddr(), window.subarray(at + 20, at + CANDIDATE_SIZE));
    head = new AddressInfo(field(0), field(1), field(2), field(3), address, i === 0 ? canonname : null, head);
  }
  return head as unknown as AddressInfo; // there is one at least, or the look-up had failed
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

/** @throws TypeError when it is none */
export function requireAddressInfo(name: string, value: unknown): AddressInfo {
  if (value instanceof AddressInfo) return value;
  throw new TypeError(`${name} must be an AddressInfo, got ${show(value)}`);
}
