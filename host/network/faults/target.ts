/** Whom a rule is about. */
import { type Protocol, parseRules, type Rule } from "../../policy/grammar.ts";
import { matchesName, normalName } from "../../policy/names.ts";
import { isInRanges, isLoopback } from "../../policy/ranges.ts";
import { type IpSocketAddress, ipOf, ipText, parseIp, unmapIp } from "../address.ts";

/** Addresses of names that are remembered: the oldest go. */
const MOST_NAMED = 4096;

/** The names that were looked up, by the addresses that came of it. */
export class Names {
  readonly #names: Map<string, Set<string>> = new Map();

  /** Notes what a name was resolved to. */
  add(name: string, addresses: readonly string[]): void {
    for (const text of addresses) {
      const address = parseIp(text);
      if (address === undefined) continue;
      const key = ipText(unmapIp(address));
      const names = this.#names.get(key) ?? new Set();
      names.add(normalName(name));
      this.#names.set(key, names);
    }
    while (this.#names.size > MOST_NAMED) this.#names.delete(this.#names.keys().next().value as string);
  }

  /** Whether a name that something is true of was resolved to an address. */
  has(address: IpSocketAddress, isMeant: (name: string) => boolean): boolean {
    for (const name of this.#names.get(ipText(unmapIp(ipOf(address)))) ?? []) if (isMeant(name)) return true;
    return false;
  }
}

/** Whom a rule is about, ready to be compared. */
export class Target {
  readonly #rule: Rule | undefined;
  readonly #protocol: Protocol | undefined;

  /**
   * @param text a rule as of `allowNet`; `undefined` for everybody
   * @param protocol what it is about besides; `undefined` for both
   * @throws TypeError that names what was not understood
   */
  constructor(text: string | undefined, protocol: Protocol | undefined) {
    this.#rule = text === undefined ? undefined : parseRules("to", [text])[0];
    this.#protocol = protocol;
  }

  /** Whether it is about a peer. */
  isAbout(protocol: Protocol, remote: IpSocketAddress, names: Names): boolean {
    if (this.#protocol !== undefined && this.#protocol !== protocol) return false;
    const rule = this.#rule;
    if (rule === undefined) return true;
    if (rule.protocol !== undefined && rule.protocol !== protocol) return false;
    const { port } = remote.val;
    if (port < rule.firstPort || port > rule.lastPort) return false;
    const { host } = rule;
    if (host.kind === "any") return true;
    const { val } = unmapIp(ipOf(remote));
    if (host.kind === "ranges") return isInRanges(val, host.ranges);
    const { name } = host;
    if (name.name === "localhost" && !name.below && isLoopback(val)) return true;
    return names.has(remote, (found) => matchesName(name, found));
  }
}
