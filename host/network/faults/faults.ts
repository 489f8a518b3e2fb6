/** The rules of one network, the time that they count from, and the chance that they take. */
import type { IpSocketAddress } from "../address.ts";
import type { Network } from "../network.ts";
import { Chance } from "../virtual/chance.ts";
import { type Direction, type FaultRule, requireRule, type Settings, settingsOf } from "./rules.ts";
import { Names, Target } from "./target.ts";

const NANOSECONDS = 1_000_000;

/** Milliseconds as the network counts time. */
export function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * NANOSECONDS));
}

/** The rules, and the chance that they take. */
export class Faults {
  readonly network: Network;
  readonly chance: Chance;
  readonly names: Names = new Names();
  readonly #rules: readonly { readonly rule: FaultRule; readonly target: Target }[];
  readonly #start: bigint;
  readonly #leaving: Set<object> = new Set();
  #left: () => void = () => {};

  /** @throws TypeError for a rule that is none */
  constructor(network: Network, rules: readonly FaultRule[], seed: number | string) {
    this.network = network;
    this.#rules = Array.from(rules, (rule) => {
      requireRule(rule);
      return { rule, target: new Target(rule.to, rule.protocol) };
    });
    this.chance = new Chance(String(seed));
    this.#start = network.monotonic();
  }

  /**
   * The rules about a peer, of a connection or a socket that begins.
   *
   * @returns what they say of each direction; `undefined` where none is about it
   */
  find(protocol: "tcp" | "udp", remote: IpSocketAddress): Readonly<Record<Direction, Settings>> | undefined {
    const rules = this.#rules
      .filter(({ rule: { toxicity = 1 }, target }) => {
        return target.isAbout(protocol, remote, this.names) && this.chance.happens(toxicity);
      })
      .map(({ rule }) => rule);
    if (rules.length === 0) return undefined;
    return { up: settingsOf(rules, "up"), down: settingsOf(rules, "down") };
  }

  /** How much later, in nanoseconds. */
  delay({ latency = 0, jitter = 0 }: Settings): bigint {
    if (latency === 0 && jitter === 0) return 0n;
    return nanoseconds(latency + (jitter > 0 ? this.chance.fraction() * jitter : 0));
  }

  /**
   * Whether nothing comes through now.
   *
   * @returns when it will again; `undefined` for now, and no time for never
   */
  partitionEnd({ partitions }: Settings): { readonly at: bigint | undefined } | undefined {
    if (partitions.length === 0) return undefined;
    let now = this.network.monotonic() - this.#start;
    let isCut = false;
    // one may begin before another is over
    for (let goesOn = true; goesOn; ) {
      goesOn = false;
      for (const { from = 0, for: duration } of partitions) {
        const begin = nanoseconds(from);
        if (now < begin) continue;
        if (duration === undefined) return { at: undefined };
        const end = begin + nanoseconds(duration);
        if (now >= end) continue;
        now = end;
        isCut = goesOn = true;
      }
    }
    return isCut ? { at: this.#start + now } : undefined;
  }

  /** Notes what the program has let go of, and the network hasn't yet. */
  leaving(who: object): void {
    this.#leaving.add(who);
  }

  /** It has now. */
  left(who: object): void {
    this.#leaving.delete(who);
    if (this.#leaving.size === 0) this.#left();
  }

  /** Resolves when all that programs have let go of is gone. */
  whenAllLeft(): Promise<void> {
    if (this.#leaving.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#left = resolve;
    });
  }
}
