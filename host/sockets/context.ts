/**
 * What all sockets of one host share.
 */
import type { Ledger } from "../io/owner.ts";
import { Owner } from "../io/owner.ts";
import type { Policy } from "../policy.ts";

/** The limits of one host. Every queue has one. */
export interface Caps {
  /** Sockets that may be open at a time; default 16,384. Beyond it: `new-socket-limit`. */
  sockets: number;
  /** Accepted connections that wait for the guest, a listener; default 4,096. Beyond it they are reset. */
  acceptQueue: number;
  /** Bytes written to a connection that the kernel has not taken yet; default 256 KiB. Beyond it: no permit. */
  outputBytes: number;
  /** Datagrams that wait for the guest, a socket; default 1,024. Beyond it the newest is dropped. */
  datagrams: number;
  /** Bytes of datagrams that wait for the guest, a socket; default 1 MiB. Beyond it the newest is dropped. */
  datagramBytes: number;
  /** Look-ups at a time; default 8. Beyond it they wait for their turn. */
  lookups: number;
  /** Look-ups that wait for their turn; default 1,024. Beyond it: `temporary-resolver-failure`. */
  lookupQueue: number;
  /** Milliseconds for which a dropped connection may go on delivering what was written; default 30,000. */
  lingerMilliseconds: number;
  /** The size of the one buffer that all connections of the host are read through; default 64 KiB. */
  readBuffer: number;
}

/** The limits of a host that sets none. */
export const defaultCaps: Readonly<Caps> = Object.freeze({
  sockets: 16384,
  acceptQueue: 4096,
  outputBytes: 256 * 1024,
  datagrams: 1024,
  datagramBytes: 1024 * 1024,
  lookups: 8,
  lookupQueue: 1024,
  lingerMilliseconds: 30_000,
  readBuffer: 64 * 1024,
});

/**
 * Looks a name up.
 *
 * @param name ASCII, without a trailing dot's meaning changed
 * @returns addresses as text, the preferred one first
 * @throws an error whose `code` says what went wrong: `ENOTFOUND`, `EAI_AGAIN`, `EAI_FAIL`
 */
export type ResolveName = (name: string) => Promise<readonly string[]>;

/** What all sockets of one host share. */
export class SocketContext {
  readonly ledger: Ledger;
  readonly policy: Policy;
  readonly caps: Readonly<Caps>;
  /** Whether TCP connections send small pieces at once (`TCP_NODELAY`). */
  readonly noDelay: boolean;
  /** Looks names up instead of the system, where given. */
  readonly resolve: ResolveName | undefined;
  /** The owner of what has no other. */
  readonly root: Owner;
  #readBuffer: Buffer | undefined = undefined;
  #slab: Buffer | undefined = undefined;
  #slabUsed = 0;

  /** @param parts see the fields */
  constructor(parts: {
    ledger: Ledger;
    policy: Policy;
    caps: Readonly<Caps>;
    noDelay: boolean;
    resolve: ResolveName | undefined;
  }) {
    this.ledger = parts.ledger;
    this.policy = parts.policy;
    this.caps = parts.caps;
    this.noDelay = parts.noDelay;
    this.resolve = parts.resolve;
    this.root = new Owner(parts.ledger, "host");
  }

  /** The buffer that all connections are read through, made at the first use. */
  get readBuffer(): Buffer {
    this.#readBuffer ??= Buffer.allocUnsafeSlow(this.caps.readBuffer);
    return this.#readBuffer;
  }

  /**
   * Copies bytes to where Node may keep them. Small pieces share a slab, whose space is used again when
   * {@link reuse} says that Node does not need the last piece any more.
   */
  copy(bytes: Uint8Array): Buffer {
    const length = bytes.length;
    if (length > SLAB / 2) {
      const buffer = Buffer.allocUnsafeSlow(length);
      buffer.set(bytes);
      return buffer;
    }
    if (this.#slab === undefined || this.#slabUsed + length > SLAB) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB);
      this.#slabUsed = 0;
    }
    const buffer = this.#slab.subarray(this.#slabUsed, this.#slabUsed + length);
    this.#slabUsed += length;
    buffer.set(bytes);
    return buffer;
  }

  /** Gives back what the last call of {@link copy} took: everything of it has reached the kernel. */
  reuse(buffer: Buffer): void {
    if (buffer.buffer === this.#slab?.buffer) this.#slabUsed = buffer.byteOffset;
  }
}

/** The size of a slab of outgoing bytes. */
const SLAB = 128 * 1024;
