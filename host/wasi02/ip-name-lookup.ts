/**
 * `wasi:sockets/ip-name-lookup`.
 */
import { Owner } from "../io/owner.ts";
import { Pollable } from "../io/poll.ts";
import type { IpAddress } from "../network/address.ts";
import type { Lookup } from "../sockets/resolver.ts";
import type * as wit from "../wit/wasi02.ts";
import { asNamed } from "./network-errors.ts";

/** `wasi:sockets/ip-name-lookup.resolve-address-stream`. */
export class ResolveAddressStream implements wit.ResolveAddressStream {
  /** The look-up behind the stream; ready when it has its answer. */
  readonly lookup: Lookup;
  readonly #owner: Owner;
  #open = true;

  constructor(lookup: Lookup) {
    this.lookup = lookup;
    this.#owner = new Owner(lookup.context.ledger, "resolve-address-stream");
    this.#owner.ledger.claimStream();
  }

  /**
   * The next address in order of preference; `undefined` when there are no more.
   *
   * Throws `would-block`, `name-unresolvable`, `temporary-resolver-failure`, `permanent-resolver-failure`.
   */
  resolveNextAddress(): IpAddress | undefined {
    return asNamed(() => this.lookup.next());
  }

  /** A pollable that is ready when the answer or the failure is there. */
  subscribe(): Pollable {
    return new Pollable(this.lookup, this.#owner);
  }

  /** Drops the stream and with it the interest in the answer. Traps while a pollable of it lives. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#owner.assertChildless();
    this.#open = false;
    this.lookup.close();
    this.#owner.ledger.streams--;
  }
}
