/**
 * What all sockets of one host share.
 */

import { nextNumber } from "../events/channels.ts";
import type { Caps } from "../io/caps.ts";
import type { Ledger } from "../io/owner.ts";
import { Owner } from "../io/owner.ts";
import type { IpSocketAddress } from "../network/address.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import type { Network } from "../network/network.ts";
import type { Audit } from "../policy/audit.ts";
import { Permissions } from "../policy/permissions.ts";
import type { Policy } from "../policy/policy.ts";
import { SocketBuffers } from "./buffers.ts";
import type { FindOptionBackend } from "./options.ts";
import type { LookupHost, LookupQueue, ResolveName } from "./resolver.ts";

/** One for each host; a socket has it from its birth. */
export class SocketContext implements LookupHost {
  /** Which host this is, in the events of all. */
  readonly id: number = nextNumber();
  readonly ledger: Ledger;
  readonly network: Network;
  /** What the guest may do; the one place that asks the policy. */
  readonly permissions: Permissions;
  readonly caps: Readonly<Caps>;
  /** Whether TCP connections send small pieces at once (`TCP_NODELAY`). */
  readonly noDelay: boolean;
  /** Looks names up instead of the system, where given. */
  readonly resolve: ResolveName | undefined;
  /** Gives what reaches socket options that Node has no call for. */
  readonly findOptionBackend: FindOptionBackend;
  readonly lookups: LookupQueue;
  /** The owner of what has no other. */
  readonly root: Owner;
  /** Through which bytes come and go. */
  readonly buffers: SocketBuffers;
  readonly #waitingForPlace: Set<() => void> = new Set();

  constructor(parts: {
    ledger: Ledger;
    network: Network;
    policy: Policy;
    caps: Readonly<Caps>;
    noDelay: boolean;
    resolve: ResolveName | undefined;
    lookups: LookupQueue;
    findOptionBackend: FindOptionBackend;
    audit?: Audit | undefined;
  }) {
    this.ledger = parts.ledger;
    this.network = parts.network;
    this.permissions = new Permissions(this.id, parts.policy, parts.audit);
    this.caps = parts.caps;
    this.noDelay = parts.noDelay;
    this.resolve = parts.resolve;
    this.lookups = parts.lookups;
    this.findOptionBackend = parts.findOptionBackend;
    this.root = new Owner(parts.ledger, "host");
    this.buffers = new SocketBuffers(parts.caps.readBuffer);
  }

  /**
   * Counts a new socket in.
   *
   * @throws `EACCES`, `EMFILE`; a trap when the host is closed
   */
  claimSocket(kind: "tcp" | "udp"): void {
    this.ledger.assertOpen();
    if (!this.permissions.offers(kind)) throw "EACCES" satisfies SocketErrorCode;
    this.lookups.watch(this);
    if (this.ledger.sockets >= this.caps.sockets) throw "EMFILE" satisfies SocketErrorCode;
    this.ledger.sockets++;
  }

  /** Counts a socket out that is gone, and tells those that wait for its place. */
  releaseSocket(): void {
    this.ledger.sockets--;
    if (this.#waitingForPlace.size === 0) return;
    const waiting = [...this.#waitingForPlace];
    this.#waitingForPlace.clear();
    // not in the midst of what closes it
    this.network.defer(() => {
      for (const look of waiting) look();
    });
  }

  /**
   * Calls back when a socket is gone, once.
   *
   * @param look the same function is kept once
   */
  awaitPlace(look: () => void): void {
    this.#waitingForPlace.add(look);
  }

  /** Calls back no more. */
  forgetPlace(look: () => void): void {
    this.#waitingForPlace.delete(look);
  }

  /**
   * Whether the zone of an address is an interface here, or it has none. Node leaves out a zone that it does not know, and
   * the packet would go by another link.
   */
  isZoneHere({ tag, val }: IpSocketAddress): boolean {
    return tag === "ipv4" || val.scopeId === 0 || this.network.hasZone(val.scopeId);
  }
}
