/**
 * The harness of the contract suite: a promise of the API is written once, and kept by every side.
 *
 * A test's title is the side's name and the promise. Where a side can't be run, or can't do what a promise
 * needs, its tests are counted as skipped, and the reason is printed.
 */
import { appendFileSync } from "node:fs";
import { suite, type Test } from "uvu";
import { type Peer, type PeerName, startPeer } from "../peers/peer.ts";
import type { Abilities, MissingSide, Side } from "../sides/side.ts";
import { sides } from "../sides/sides.ts";

/** How long a test may take. */
const LIMIT_SECONDS = 20;

/** What a test is given. */
export interface Given {
  /** The side that has to keep the promise. */
  readonly side: Side;
  /** Does something after the test, the last first, whether it passed or not. */
  after(cleanup: () => unknown): void;
  /** A peer in another process, on 127.0.0.1 or on the host that is named; all tests share it. */
  peer(name: PeerName, host?: string): Promise<Peer>;
}

/** Writes a test for every side. */
export type Promised = (
  promise: string,
  keeps: (given: Given) => Promise<void>,
  needs?: readonly (keyof Abilities)[],
) => void;

/** A file of the suite. */
export interface Contract {
  readonly promise: Promised;
  /** Runs the tests; the last statement of a file. */
  run(): void;
}

const FAMILIES = [
  { family: 2, host: "127.0.0.1", label: "IPv4" },
  { family: 10, host: "::1", label: "IPv6" },
] as const;

/** One of the two families, with its loopback. */
export type Family = (typeof FAMILIES)[number];

/** Writes something once for each family. */
export function forEachFamily(write: (family: Family) => void): void {
  for (const family of FAMILIES) write(family);
}

class Peers {
  readonly #started = new Map<string, Promise<Peer>>();

  get(name: PeerName, host = "127.0.0.1"): Promise<Peer> {
    const key = `${name} ${host}`;
    let peer = this.#started.get(key);
    if (peer === undefined) {
      peer = startPeer(name, host);
      this.#started.set(key, peer);
    }
    return peer;
  }

  async stop(): Promise<void> {
    const peers = [...this.#started.values()];
    this.#started.clear();
    await Promise.all(peers.map(async (peer) => (await peer).stop()));
  }
}

/** A side that is replaced when a test has left a call pending on it. */
class Seat {
  side: Side;
  readonly #reopen: () => Promise<Side>;

  constructor(side: Side, reopen: () => Promise<Side>) {
    this.side = side;
    this.#reopen = reopen;
  }

  async replace(): Promise<void> {
    await this.side.dispose().catch(() => {});
    this.side = await this.#reopen();
  }
}

async function inTime(work: Promise<void>, seat: Seat): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, LIMIT_SECONDS * 1000, "late");
  });
  try {
    if ((await Promise.race([work, late])) !== "late") return;
  } finally {
    clearTimeout(timer);
  }
  work.catch(() => {}); // it fails too when its side goes away
  await seat.replace();
  throw new Error(`it did not end within ${LIMIT_SECONDS} s`);
}

async function keep(keeps: (given: Given) => Promise<void>, seat: Seat, peers: Peers): Promise<void> {
  const cleanups: (() => unknown)[] = [];
  const { side } = seat;
  try {
    await inTime(
      keeps({
        side,
        after: (cleanup) => void cleanups.push(cleanup),
        peer: (name, host) => peers.get(name, host),
      }),
      seat,
    );
  } finally {
    // what a side that was replaced had is gone
    if (seat.side === side) for (const cleanup of cleanups.reverse()) await cleanup();
  }
}

/** What the files that run in this process have in common. */
class Common {
  readonly peers: Peers = new Peers();
  readonly seats: readonly Seat[];
  readonly missing: readonly MissingSide[];
  #users = 0;

  static async open(): Promise<Common> {
    const missing: MissingSide[] = [];
    const opened = await sides((side) => void missing.push(side));
    for (const { name, reason } of missing) console.log(`${name}: skipped, ${reason}`);
    return new Common(opened, missing);
  }

  constructor(opened: readonly Side[], missing: readonly MissingSide[]) {
    this.seats = opened.map((side) => new Seat(side, () => openAgain(side.name)));
    this.missing = missing;
  }

  use(): void {
    this.#users++;
  }

  /** Closes all of it behind its last user. */
  async leave(): Promise<void> {
    if (--this.#users > 0) return;
    await this.peers.stop();
    await Promise.all(this.seats.map((seat) => seat.side.dispose()));
  }
}

let common: Promise<Common> | undefined;

/**
 * Opens every side that this machine can run, once for all files that are imported before the first of them runs.
 *
 * @param topic the name of the file's suite
 */
export async function contract(topic: string): Promise<Contract> {
  common ??= Common.open();
  const shared = await common;
  const { seats, missing, peers } = shared;
  shared.use();
  const test: Test = suite(topic);
  test.after(() => shared.leave());
  return {
    promise: (promise, keeps, needs = []) => {
      for (const seat of seats) {
        const { name, can } = seat.side;
        const lacks = needs.filter((ability) => !can[ability]);
        if (lacks.length > 0) {
          record(topic, promise, name, "not for this side");
          test.skip(`${name}: ${promise} (skipped: it has no ${lacks.join(", ")})`);
        } else {
          test(`${name}: ${promise}`, () => kept(topic, promise, name, keep(keeps, seat, peers)));
        }
      }
      for (const { name } of missing) {
        record(topic, promise, name, "side missing");
        test.skip(`${name}: ${promise}`);
      }
    },
    run: () => test.run(),
  };
}

/** How a promise fared on a side. */
export type Outcome = "held" | "broken" | "not for this side" | "side missing";

/** A line of the file that `WASOCK_CONTRACT` names, from which tools/tables.mjs makes a page of the docs. */
export interface ContractRecord {
  readonly topic: string;
  readonly promise: string;
  readonly side: string;
  readonly outcome: Outcome;
}

function record(topic: string, promise: string, side: string, outcome: Outcome): void {
  const file = process.env["WASOCK_CONTRACT"];
  if (file === undefined) return;
  const line: ContractRecord = { topic, promise, side, outcome };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

async function kept(topic: string, promise: string, side: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    record(topic, promise, side, "broken");
    throw error;
  }
  record(topic, promise, side, "held");
}

async function openAgain(name: string): Promise<Side> {
  let found: Side | undefined;
  for (const side of await sides(() => {})) {
    if (side.name === name) found = side;
    else await side.dispose();
  }
  if (found === undefined) throw new Error(`${name} could not be opened again`);
  return found;
}
