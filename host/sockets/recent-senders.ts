/** Whom a UDP socket may answer without a grant of its own: who has sent to it lately. */
import type { Ledger } from "../io/owner.ts";
import { type IpSocketAddress, ipOf, ipText } from "../network/address.ts";

/** How many senders of a socket may be answered: of more the latest. */
const MOST = 4096;
/** The same where all sockets of the host remember many, and from how many on. */
const FEW = 64;
const MANY = 65_536;

/** The latest senders of a socket; all sockets of a host together remember a bounded number. */
export class RecentSenders {
  readonly #ledger: Ledger;
  readonly #keys: Set<string> = new Set();
  #last: IpSocketAddress | undefined = undefined;

  /** @param ledger counts those of all sockets */
  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  has(address: IpSocketAddress): boolean {
    return this.#keys.has(keyOf(address));
  }

  /** Remembers a sender as the latest; the oldest go. */
  add(sender: IpSocketAddress): void {
    if (sender === this.#last) return;
    this.#last = sender;
    const keys = this.#keys;
    const key = keyOf(sender);
    const ledger = this.#ledger;
    if (keys.delete(key)) ledger.senders--;
    const most = ledger.senders < MANY ? MOST : FEW;
    for (const oldest of keys) {
      if (keys.size < most) break;
      keys.delete(oldest);
      ledger.senders--;
    }
    keys.add(key);
    ledger.senders++;
  }

  clear(): void {
    this.#ledger.senders -= this.#keys.size;
    this.#keys.clear();
  }
}

/** One text for an endpoint, by the number of its zone. */
function keyOf(address: IpSocketAddress): string {
  const zone = address.tag === "ipv6" ? address.val.scopeId : 0;
  return `${ipText(ipOf(address))}#${address.val.port}#${zone}`;
}
