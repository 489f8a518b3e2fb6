/**
 * What all sockets of one host share.
 */

import { nextNumber } from "../events/channels.ts";
import type { Caps } from "../io/caps.ts";
import type { Ledger } from "../io/owner.ts";
import { Owner } from "../io/owner.ts";
import { steadyBuffer } from "../io/steady-buffer.ts";
import type { IpSocketAddress } from "../network/address.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import type { Network } from "../network/network.ts";
import type { Audit } from "../policy/audit.ts";
import { Permissions } from "../policy/permissions.ts";
import type { Policy } from "../policy/policy.ts";
import type { FindOptionBackend } from "./options.ts";
import type { LookupHost, LookupQueue, ResolveName } from "./resolver.ts";

/** One for each host; a socket has it from its birth. */
export class SocketContext implements LookupHost {
  /** Which host this is, in the events of all. */
  readonly id: number = nextNumber();
  readonly ledger: Ledger;
  /** What makes its sockets, looks names up and tells the time. */
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
  /** The look-ups of the host. */
  readonly lookups: LookupQueue;
  /** The owner of what has no other. */
  readonly root: Owner;
  #readBuffer: Buffer | undefined = undefined;
  readonly #waitingForPlace: Set<() => void> = new Set();
  #slab: Buffer | undefined = undefined;
  #slabUsed = 0;
  #spare: Buffer | undefined = undefined;
  #lastLarge: Buffer | undefined = undefined;

  /** @param parts see the fields */
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

  /** The buffer that all connections are read through, made at the first use. */
  get readBuffer(): Buffer {
    this.#readBuffer ??= steadyBuffer(this.caps.readBuffer);
    return this.#readBuffer;
  }

  /** A buffer of the same size that a connection reads into alone, and may give away: it shares memory with nothing. */
  takeReadBuffer(): Buffer {
    return Buffer.allocUnsafeSlow(this.caps.readBuffer);
  }

  /**
   * Copies bytes to where Node may keep them. Small pieces share a slab, larger ones have a buffer each;
   * {@link reuse} makes the space free again.
   */
  copy(bytes: Uint8Array): Buffer {
    const length = bytes.length;
    let buffer: Buffer;
    if (length > SMALL) {
      const spare = this.#spare;
      // A spare that is much too large would be held by few bytes.
      const fits = spare !== undefined && spare.length >= length && spare.length <= length * 4;
      const whole = fits ? spare : Buffer.allocUnsafeSlow(length);
      if (fits) this.#spare = undefined;
      this.#lastLarge = whole;
      buffer = whole.length === length ? whole : whole.subarray(0, length);
    } else {
      if (this.#slab === undefined || this.#slabUsed + length > SLAB) {
        this.#slab = Buffer.allocUnsafeSlow(SLAB);
        this.#slabUsed = 0;
      }
      buffer = this.#slab.subarray(this.#slabUsed, this.#slabUsed + length);
      this.#slabUsed += length;
    }
    buffer.set(bytes);
    return buffer;
  }

  /** Gives back what the last call of {@link copy} took: everything of it has reached the kernel. */
  reuse(buffer: Buffer): void {
    if (buffer.length <= SMALL) this.#slabUsed = buffer.byteOffset;
    else this.#spare = this.#lastLarge;
  }
}

/** The size of a slab of small outgoing pieces. */
const SLAB = 64 * 1024;
/** The largest piece that goes into a slab. */
const SMALL = 4096;
