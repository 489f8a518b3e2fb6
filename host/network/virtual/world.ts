/**
 * What the machines of a virtual network have in common: the clock, chance, the history, and the links between them.
 */
import { Chance, Hash } from "./chance.ts";
import { Clock } from "./clock.ts";

/** What a link does to what goes through it, in each direction. */
export interface LinkRules {
  /** How long a packet is under way, in milliseconds; default 1, and 0.01 within a machine. */
  readonly latency: number;
  /** By how much longer at most, in milliseconds, each packet anew; default 0. */
  readonly jitter: number;
  /** Bytes a second; default no limit. */
  readonly bandwidth: number;
  /** How many bytes may wait for their turn where there is a bandwidth: what is beyond is lost; default 256 KiB. */
  readonly queue: number;
  /** The part of packets that is lost, 0 to 1; default 0. TCP sends them again. */
  readonly loss: number;
  /** The part of datagrams that come twice; default 0. */
  readonly duplicate: number;
  /** The part of datagrams that others overtake: they take a latency more; default 0. */
  readonly reorder: number;
  /** The largest packet, in bytes; default 1500, and 65536 within a machine. A larger datagram goes in pieces. */
  readonly mtu: number;
}

const LINK: LinkRules = {
  latency: 1,
  jitter: 0,
  bandwidth: Number.POSITIVE_INFINITY,
  queue: 256 * 1024,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  mtu: 1500,
};

/** Within a machine. */
const LOOPBACK: LinkRules = { ...LINK, latency: 0.01, mtu: 65_536 };

const MILLISECOND = 1_000_000;
const SECOND = 1_000 * MILLISECOND;

/** One direction between two machines. */
export interface Path {
  rules: LinkRules;
  /** When the last byte that waits for its turn has had it. */
  busyUntil: number;
  isCut: boolean;
}

/** One thing that happened, as it is told. */
export interface HistoryEvent {
  /** Milliseconds of the network's time. */
  readonly at: number;
  readonly what: string;
  /** The machines. */
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
}

/** The world of a virtual network. */
export class World {
  readonly seed: string;
  readonly clock: Clock = new Clock();
  readonly chance: Chance;
  /** Nanoseconds since 1970 when it began. */
  readonly epoch: bigint;
  readonly #hash: Hash = new Hash();
  /** By where they begin, and where they end. */
  readonly #paths: Map<string, Map<string, Path>> = new Map();
  readonly #rules: LinkRules;
  /** Machines that are down: nothing leaves them, and nothing comes. */
  readonly down: Set<string> = new Set();
  readonly #tell: ((event: HistoryEvent) => void) | undefined;

  /**
   * @param seed of all chance
   * @param epoch nanoseconds since 1970 when it begins
   * @param rules of links of which nothing else is said
   * @param tell is told what happens
   */
  constructor(
    seed: string,
    epoch: bigint,
    rules: Partial<LinkRules>,
    tell: ((event: HistoryEvent) => void) | undefined,
  ) {
    this.seed = seed;
    this.chance = new Chance(seed);
    this.epoch = epoch;
    this.#rules = { ...LINK, ...rules };
    this.#tell = tell;
  }

  /** The hash of all that has happened. */
  get digest(): string {
    return this.#hash.digest();
  }

  /** The path from one machine to another. */
  path(from: string, to: string): Path {
    let paths = this.#paths.get(from);
    if (paths === undefined) {
      paths = new Map();
      this.#paths.set(from, paths);
    }
    let path = paths.get(to);
    if (path === undefined) {
      path = { rules: from === to ? LOOPBACK : this.#rules, busyUntil: 0, isCut: false };
      paths.set(to, path);
    }
    return path;
  }

  /** Whether anything can come through between two machines, both ways. */
  isWhole(one: string, other: string): boolean {
    if (this.down.has(one) || this.down.has(other)) return false;
    const paths = [this.path(one, other), this.path(other, one)];
    return paths.every(({ isCut, rules }) => !isCut && rules.loss < 1);
  }

  /** Writes down that something happened. */
  note(what: string, from: string, to: string, bytes: number | Uint8Array): void {
    const { now } = this.clock;
    const hash = this.#hash;
    hash.long(now);
    hash.text(what);
    hash.text(from);
    hash.text(to);
    if (typeof bytes === "number") hash.long(bytes);
    else hash.bytes(bytes);
    if (this.#tell === undefined) return;
    const length = typeof bytes === "number" ? bytes : bytes.length;
    this.#tell({ at: now / MILLISECOND, what, from, to, bytes: length });
  }

  /**
   * Sends a packet. It arrives, once, or is lost.
   *
   * @param size its bytes
   * @param isDatagram whether it may come twice, or be overtaken
   * @param arrive what happens then
   * @param lose what happens where it is lost, which nobody on either machine knows
   */
  carry(
    from: string,
    to: string,
    size: number,
    isDatagram: boolean,
    arrive: () => void,
    lose: () => void = nothing,
  ): void {
    const { clock, chance } = this;
    const path = this.path(from, to);
    const { rules } = path;
    const start = Math.max(clock.now, path.busyUntil);
    const isQueued = rules.bandwidth !== Number.POSITIVE_INFINITY;
    const waiting = isQueued ? ((start - clock.now) / SECOND) * rules.bandwidth : 0;
    const pieces = Math.max(1, Math.ceil(size / rules.mtu));
    const isCut = (): boolean => path.isCut || this.down.has(from) || this.down.has(to);
    let isLost = isCut() || waiting + size > rules.queue + rules.mtu;
    for (let i = 0; i < pieces && !isLost; i++) isLost = chance.happens(rules.loss);
    if (isLost) {
      this.note("lost", from, to, size);
      lose();
      return;
    }
    const duration = isQueued ? Math.ceil((size / rules.bandwidth) * SECOND) : 0;
    path.busyUntil = start + duration;
    const travel = (): number => {
      const jitter = rules.jitter > 0 ? chance.fraction() * rules.jitter : 0;
      const detour = isDatagram && chance.happens(rules.reorder) ? rules.latency + rules.jitter : 0;
      return start + duration - clock.now + Math.round((rules.latency + jitter + detour) * MILLISECOND);
    };
    const arrival = (): void => {
      // what was under way when a link was cut does not come
      if (isCut()) {
        this.note("lost", from, to, size);
        lose();
      } else arrive();
    };
    clock.after(travel(), arrival);
    if (isDatagram && chance.happens(rules.duplicate)) clock.after(travel(), arrival);
  }
}

function nothing(): void {}
