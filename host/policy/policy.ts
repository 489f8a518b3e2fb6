/**
 * What a guest may do with the network.
 */
import type { IpAddress, IpSocketAddress } from "../sockets/address.ts";

/** What an address is wanted for. */
export type AddressUse =
  | "tcp-bind"
  | "tcp-listen"
  | "tcp-accept"
  | "tcp-connect"
  | "udp-bind"
  | "udp-send"
  | "udp-receive";

/** What a guest can want. */
export type Use = AddressUse | "resolve";

/** What a guest may do. Asked before any system call; each answer is given at once. */
export interface Policy {
  /** Whether sockets of a kind, or look-ups, may be had at all. */
  offers(kind: "tcp" | "udp" | "resolve"): boolean;
  /** Whether an address may be used so. The address is the one that the operation is about: see checklist P6. */
  check(use: AddressUse, address: IpSocketAddress): boolean;
  /**
   * Whether a datagram may be sent to an address, which `check` would refuse, because one came from there: asked only
   * of the latest senders to a socket. Without it they are as any other address.
   */
  mayReply?(address: IpSocketAddress): boolean;
  /** Whether a name may be looked up. */
  checkName(name: string): boolean;
  /** Told what a name was resolved to, so that rules about names can know their addresses. */
  resolved?(name: string, addresses: readonly IpAddress[]): void;
}

/** Everything is allowed: for trusted code. */
export const allowAll: Policy = Object.freeze({
  offers: () => true,
  check: () => true,
  checkName: () => true,
});

/** Nothing is allowed. */
export const denyAll: Policy = Object.freeze({
  offers: () => false,
  check: () => false,
  checkName: () => false,
});
