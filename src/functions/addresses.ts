/** The functions on address infos. */
import { AddressInfo, defaultHints, lookUp, lookUpContext, requireAddressInfo } from "../address-info.ts";
import { type AddressFamily, Ai, type IpProto, type OtherNumber, type SocketType } from "../constants.ts";
import type { Sockaddr } from "../sockaddr.ts";
import { noteFailure } from "./last-error.ts";

/**
 * Looks up a host and a service.
 *
 * @param host a name, or a literal (IPv4; IPv6 with `%scope`, with or without brackets), which needs no
 *   look-up; null for the wildcard with `Ai.passive`, for the loopback without
 * @param service a name such as `"http"`, a number, a numeric string, or null
 * @param hints default: family unspecified, type stream, protocol ip, flags passive
 * @returns the first of the candidates, in preference order; null when there is none, and `lastError` tells why
 * @throws TypeError or RangeError when an argument is of a wrong type or out of range
 * @see getaddrinfo(3)
 */
export function getAddressInfo(
  host: string | null,
  service: string | number | null,
  hints: AddressInfo = defaultHints,
): Promise<AddressInfo | null> {
  return lookUp(host, service, hints).then((result) => {
    if (typeof result !== "number") return result;
    noteFailure(result, lookUpContext(host, service));
    return null;
  });
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
  family: AddressFamily | OtherNumber,
  socketType: SocketType | OtherNumber,
  protocol: IpProto | OtherNumber,
  flags: number = Ai.passive,
): AddressInfo {
  return new AddressInfo(family, socketType, protocol, flags);
}

/** Whether something is an address info. */
export function isAddressInfo(value: unknown): value is AddressInfo {
  return value instanceof AddressInfo;
}

/** The family of a candidate. */
export function addressInfoFamily(ai: AddressInfo): AddressFamily | OtherNumber {
  return requireAddressInfo("ai", ai).family;
}
/** The socket type of a candidate. */
export function addressInfoSocketType(ai: AddressInfo): SocketType | OtherNumber {
  return requireAddressInfo("ai", ai).socketType;
}
/** The protocol of a candidate. */
export function addressInfoProtocol(ai: AddressInfo): IpProto | OtherNumber {
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
