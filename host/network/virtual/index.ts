/**
 * A network in memory: machines, the links between them, and a clock that jumps. One seed is one history.
 */

import { describeAnswer } from "../../messages/answers.ts";
import { requireKnownKeys } from "../../messages/known-keys.ts";
import { type IpAddress, type IpSocketAddress, ipOf, ipText, parseIp, unmapIp } from "../address.ts";
import type { Network } from "../network.ts";
import { type Directory, VirtualMachine } from "./machine.ts";
import { isLoopback, type Machine } from "./stack.ts";
import { type HistoryEvent, type LinkRules, World } from "./world.ts";

export type { HistoryEvent, LinkRules } from "./world.ts";

/** How a virtual network is made. */
export interface NetworkOptions {
  /** Decides all chance: a number or a text. */
  readonly seed: number | string;
  /** What time of day it begins at; default 2030-01-01T00:00Z. */
  readonly start?: Date;
  /** What links do of which nothing else is said. */
  readonly link?: Partial<LinkRules>;
  /** Told of each thing that happens; default nobody. */
  readonly onEvent?: (event: HistoryEvent) => void;
}

/** A machine of a virtual network. */
export interface MachineHandle {
  readonly name: string;
  /** Its addresses, as text. */
  readonly addresses: readonly string[];
  /** For `createHost({ network })` and `runCommand(…, { network })`. */
  readonly network: Network;
  /** Sets its time of day ahead by so many milliseconds, or back. */
  skew(milliseconds: number): void;
  /**
   * Takes it down, as a loss of power does: its connections and ports are gone, and no other machine hears of it. What runs
   * on it is told nothing more of what it had open.
   */
  crash(): void;
  /** Lets it come up again, with nothing open. */
  start(): void;
}

/** A network in memory. */
export interface VirtualNetwork {
  /** Milliseconds since it began. */
  readonly now: number;
  /** How many events there were. */
  readonly events: number;
  /** A hash of all that has happened, each with its time and its bytes: 16 hexadecimal digits. */
  readonly hash: string;
  /**
   * A machine: the one of that name, or a new one.
   *
   * @param name what the name service calls it
   * @param addresses of a new one; default one of IPv4 and one of IPv6, 10.0.0.1 and fd00::1, 10.0.0.2 and fd00::2, …
   * @throws TypeError for what is no address, or another machine's
   */
  host(name: string, addresses?: readonly string[]): MachineHandle;
  /** Says what the link between two machines does, in both directions; what is not said stays. */
  link(one: string, other: string, rules: Partial<LinkRules>): void;
  /** Cuts links: nothing comes through any more between one machine and another, or all others. */
  partition(one: string, other?: string): void;
  /** Puts them together again. */
  heal(one: string, other?: string): void;
  /** Gives addresses another name, or takes it away (`[]`). */
  name(name: string, addresses: readonly string[]): void;
  /** Resolves when so many milliseconds of the network's time have passed. */
  sleep(milliseconds: number): Promise<void>;
  /** Resolves when nothing is left to happen: all that was sent has come, and nobody waits for a time. */
  idle(): Promise<void>;
  /** Lets the clock stand until what it returns is called, while something goes on that takes real time. */
  hold(): () => void;
}

const OPTIONS: Readonly<Record<keyof NetworkOptions, true>> = {
  seed: true,
  start: true,
  link: true,
  onEvent: true,
};
const DEFAULT_START = Date.UTC(2030, 0, 1);
const RULES: Readonly<Record<keyof LinkRules, readonly [least: number, most: number]>> = {
  latency: [0, 3_600_000],
  jitter: [0, 3_600_000],
  bandwidth: [1, Number.POSITIVE_INFINITY],
  queue: [0, Number.POSITIVE_INFINITY],
  loss: [0, 1],
  duplicate: [0, 1],
  reorder: [0, 1],
  mtu: [128, 65_536],
};

function requireRules(rules: unknown): asserts rules is Partial<LinkRules> {
  if (typeof rules !== "object" || rules === null) {
    throw new TypeError(`the rules of a link must be an object, and are ${describeAnswer(rules)}`);
  }
  requireKnownKeys("rules", "rule of a link", rules, Object.keys(RULES));
  for (const [name, value] of Object.entries(rules) as [keyof LinkRules, unknown][]) {
    const [least, most] = RULES[name];
    if (typeof value !== "number" || !(value >= least && value <= most)) {
      throw new TypeError(
        `${name} must be a number from ${least} to ${most}, and is ${describeAnswer(value)}`,
      );
    }
  }
}

/**
 * Makes a network in memory.
 *
 * @param options the seed, and what else is not as usual
 * @throws TypeError for an option that there is not, or of a wrong type
 */
export function createNetwork(options: NetworkOptions): VirtualNetwork {
  requireKnownKeys("options", "option of a network", options, Object.keys(OPTIONS));
  const { seed, start = new Date(DEFAULT_START), link = {}, onEvent } = options;
  if (typeof seed !== "number" && typeof seed !== "string") {
    throw new TypeError(`seed must be a number or a string, and is ${describeAnswer(seed)}`);
  }
  requireRules(link);
  const world = new World(String(seed), BigInt(start.getTime()) * 1_000_000n, link, onEvent);
  const machines = new Map<string, VirtualMachine>();
  const names = new Map<string, readonly string[]>();
  const byAddress = new Map<string, VirtualMachine>();

  const directory: Directory = {
    find(from: Machine, remote: IpSocketAddress) {
      const address = ipOf(remote);
      if (isLoopback(address)) return [from as VirtualMachine];
      if (address.tag === "ipv4" && address.val.every((octet) => octet === 255))
        return [...machines.values()];
      const found = byAddress.get(ipText(address));
      return found === undefined ? [] : [found];
    },
    lookUp(name) {
      const bare = (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
      return bare === "localhost" ? ["::1", "127.0.0.1"] : names.get(bare);
    },
  };

  const machineOf = (name: string): VirtualMachine => {
    const machine = machines.get(name);
    if (machine === undefined) throw new TypeError(`there is no machine ${JSON.stringify(name)}`);
    return machine;
  };
  const between = (one: string, other: string | undefined): [string, string][] => {
    machineOf(one);
    if (other !== undefined) machineOf(other);
    const others = other === undefined ? [...machines.keys()].filter((name) => name !== one) : [other];
    return others.flatMap((name): [string, string][] => [
      [one, name],
      [name, one],
    ]);
  };
  const addressesOf = (texts: readonly string[]): IpAddress[] =>
    texts.map((text) => {
      const address = parseIp(text);
      if (address === undefined) throw new TypeError(`${JSON.stringify(text)} is not an address`);
      return unmapIp(address);
    });

  return {
    get now() {
      return world.clock.now / 1_000_000;
    },
    get events() {
      return world.clock.happened;
    },
    get hash() {
      return world.digest;
    },
    host(name, addresses) {
      let machine = machines.get(name);
      if (machine === undefined) {
        const number = (machines.size + 1).toString(16);
        const usual = [`10.0.${(machines.size + 1) >> 8}.${(machines.size + 1) & 255}`, `fd00::${number}`];
        const own = addressesOf(addresses ?? usual);
        for (const text of own.map(ipText)) {
          if (byAddress.has(text)) throw new TypeError(`${text} is another machine's`);
        }
        machine = new VirtualMachine(name, own, world, directory);
        machines.set(name, machine);
        for (const address of own) byAddress.set(ipText(address), machine);
        names.set(name.toLowerCase(), own.map(ipText));
      } else if (addresses !== undefined)
        throw new TypeError(`there is a machine ${JSON.stringify(name)} already`);
      const made = machine;
      return {
        name,
        addresses: made.addresses.map(ipText),
        network: made,
        skew: (milliseconds) => {
          made.skew = milliseconds;
        },
        crash: () => {
          made.lose();
          world.note("crash", name, "", 0);
          world.clock.wake();
        },
        start: () => {
          world.down.delete(name);
          world.note("start", name, "", 0);
        },
      };
    },
    link(one, other, rules) {
      requireRules(rules);
      for (const [from, to] of between(one, other)) {
        const path = world.path(from, to);
        path.rules = { ...path.rules, ...rules };
      }
      world.clock.wake();
    },
    partition(one, other) {
      for (const [from, to] of between(one, other)) world.path(from, to).isCut = true;
      world.note("partition", one, other ?? "*", 0);
      world.clock.wake();
    },
    heal(one, other) {
      for (const [from, to] of between(one, other)) world.path(from, to).isCut = false;
      world.note("heal", one, other ?? "*", 0);
    },
    name(name, addresses) {
      const own = addressesOf(addresses).map(ipText);
      if (own.length === 0) names.delete(name.toLowerCase());
      else names.set(name.toLowerCase(), own);
    },
    sleep: (milliseconds) =>
      new Promise((resolve) => world.clock.after(Math.round(milliseconds * 1_000_000), resolve)),
    idle: () => world.clock.whenIdle(),
    hold: () => world.clock.hold(),
  };
}
