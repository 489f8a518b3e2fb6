/**
 * Policies: the interface by which a host asks what its guest may do, and the simplest ones.
 */
import type { IpAddress, IpSocketAddress } from "../network/address.ts";

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

/**
 * What a guest may do. Asked before any system call. Only the boolean `true`, given at once, grants: a promise, `1` or
 * `"yes"` refuses, and so does whatever is thrown.
 */
export interface Policy {
  /** Whether sockets of a kind, or look-ups, may be had at all. */
  offers(kind: "tcp" | "udp" | "resolve"): boolean;
  /**
   * Whether an address may be used so.
   *
   * @param use what for
   * @param address the one that the operation is about: see checklist P6
   * @param local of accept, send and receive our own end, as it was bound
   */
  check(use: AddressUse, address: IpSocketAddress, local?: IpSocketAddress): boolean;
  /**
   * Whether a datagram may be sent to an address, which `check` would refuse, because one came from there: asked only
   * of the latest senders to a socket. Without it they are as any other address.
   *
   * @param address the sender's
   * @param local our own end, as it was bound
   */
  mayReply?(address: IpSocketAddress, local?: IpSocketAddress): boolean;
  /** Whether a name may be looked up. */
  checkName(name: string): boolean;
  /** Told what a name was resolved to, so that rules about names can know their addresses. */
  resolved?(name: string, addresses: readonly IpAddress[]): void;
  /**
   * Names that nobody may look up, and whose addresses `resolved` is to be told all the same: the host looks them up
   * itself when it is made, and again when the guest has another socket after an hour.
   */
  readonly watched?: readonly string[];
  /** Why the last answer was no, in a few words, for the audit log and hints; asked right after it. */
  why?(): string | undefined;
}

/** What {@link Policy.why} says where no rule was found that allows it. */
export const NOTHING_ALLOWS = "nothing allows it";

/** How it ends where an address was found by a name that may not open it. */
export const NO_NAME_OPENS = "which a name does not open";

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

/** What a policy can offer. */
export type Kind = "tcp" | "udp" | "resolve";

/**
 * A policy without some kinds of sockets, or without look-ups, whatever it grants.
 *
 * @param policy the policy
 * @param denied what is taken away; asked each time, so that it may still grow
 */
export function withoutKinds(policy: Policy, denied: readonly Kind[]): Policy {
  let taken: string | undefined;
  return derivePolicy(policy, {
    offers: (kind) => {
      taken = denied.includes(kind) ? `${kind} is taken away` : undefined;
      return taken === undefined && policy.offers(kind);
    },
    check: (use, address, local) => {
      taken = undefined;
      return policy.check(use, address, local);
    },
    checkName: (name) => {
      taken = undefined;
      return policy.checkName(name);
    },
    why: () => taken ?? policy.why?.(),
  });
}

/**
 * A policy that answers as another does, but for some answers. What the other answers is handed on as it is, so that
 * whoever asks can see what it was.
 *
 * @param policy the other, of any class
 * @param changes what is answered in its place
 */
export function derivePolicy(policy: Policy, changes: Partial<Policy>): Policy {
  const { watched } = policy;
  return {
    offers: (kind) => policy.offers(kind),
    check: (use, address, local) => policy.check(use, address, local),
    checkName: (name) => policy.checkName(name),
    ...(policy.mayReply && {
      mayReply: (address: IpSocketAddress, local?: IpSocketAddress) =>
        policy.mayReply?.(address, local) as boolean,
    }),
    ...(policy.resolved && {
      resolved: (name: string, found: readonly IpAddress[]) => policy.resolved?.(name, found),
    }),
    ...(policy.why && { why: () => policy.why?.() }),
    ...(watched && { watched }),
    ...changes,
  };
}
