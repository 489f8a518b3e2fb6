/**
 * The harness of the conformance suite: a line of the checklist is written once, and tried on every way to reach
 * the host. A test's title is the way, the lines' numbers, and what they say.
 *
 * Each test has a guest in a host of its own, which is closed afterwards.
 */
import { appendFileSync } from "node:fs";
import { suite, type Test } from "uvu";
import type { IpAddressFamily } from "../../host/network/address.ts";
import type { PolicyRules } from "../../host/policy/rules.ts";
import type { Guest, Network } from "./guest.ts";
import { NobodyOutside, setOutside } from "./outside.ts";
import type { Abilities, Way, WayOptions } from "./way.ts";
import { ways } from "./ways.ts";

/** How long a test may take. */
const LIMIT_SECONDS = 30;

/** Both families; most lines hold for each. */
export const families: readonly IpAddressFamily[] = ["ipv4", "ipv6"];

/** What every test is given. */
interface GivenOf<G> {
  readonly guest: G;
  /** Makes one more guest, in one more host of the same process. */
  open(options?: Partial<WayOptions>): Promise<G>;
  /** Does something after the test, the last first, whether it passed or not. */
  after(cleanup: () => unknown): void;
}

/** What a test needs beside what every way has. */
export interface Wants extends Partial<WayOptions> {
  readonly needs?: readonly (keyof Abilities)[];
}

/** What a test of WASI 0.2 is given beside. */
interface Beside {
  /** A network handle of the guest. */
  readonly network: Network;
}

/** What a test of WASI 0.2 is given. */
export type Given = GivenOf<Guest> & Beside;

/** A file of the suite. */
export interface Conformance<G = Guest, More = Beside> {
  /**
   * Writes a test for every way.
   *
   * @param lines the numbers of the checklist's lines that it is about
   * @param says what must hold
   */
  holds(lines: string, says: string, test: (given: GivenOf<G> & More) => Promise<void>, wants?: Wants): void;
  /** Runs the tests; the last statement of a file. */
  run(): void;
}

const everything: PolicyRules = { allowNet: true, allowListen: true, allowDns: true };

/**
 * Begins a file of the suite for WASI 0.2.
 *
 * @param topic the name of the file
 */
export function conformance(topic: string): Conformance {
  return conformanceOn(topic, ways, async (guest) => ({ network: await guest.instanceNetwork() }));
}

/**
 * Begins a file of a suite.
 *
 * @param topic its name
 * @param ways the ways to reach the host
 * @param beside makes what its tests are given beside
 */
export function conformanceOn<G extends { close(): Promise<void> }, More>(
  topic: string,
  ways: readonly Way<G>[],
  beside: (guest: G) => Promise<More>,
): Conformance<G, More> {
  const test: Test = suite(topic);
  return {
    holds(lines, says, body, wants = {}) {
      for (const way of ways) {
        const title = `${way.name}: ${lines} ${says}`;
        const lacks = (wants.needs ?? []).filter((ability) => !way.can[ability]);
        if (lacks.length > 0) {
          record(topic, lines, says, way.name, "not for this way");
          test.skip(`${title} (skipped: it has no ${lacks.join(", ")})`);
          continue;
        }
        test(title, async () => {
          try {
            await inTime(tryOn(way, beside, body, wants), title);
          } catch (error) {
            if (error instanceof NobodyOutside) {
              record(topic, lines, says, way.name, "not for this way");
              return;
            }
            record(topic, lines, says, way.name, "broken");
            throw error instanceof Error ? error : new Error(`it threw ${JSON.stringify(error)}`);
          }
          record(topic, lines, says, way.name, "held");
        });
      }
    },
    run: () => test.run(),
  };
}

async function tryOn<G extends { close(): Promise<void> }, More>(
  way: Way<G>,
  beside: (guest: G) => Promise<More>,
  body: (given: GivenOf<G> & More) => Promise<void>,
  wants: Wants,
): Promise<void> {
  const cleanups: (() => unknown)[] = [];
  const { needs: _, ...defaults } = wants;
  const open = async (options: Partial<WayOptions> = {}): Promise<G> => {
    const guest = await way.open({ rules: everything, ...options });
    cleanups.push(() => guest.close());
    return guest;
  };
  setOutside(way.can.system);
  try {
    const guest = await open(defaults);
    await body({ ...(await beside(guest)), guest, open, after: (cleanup) => void cleanups.push(cleanup) });
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}

async function inTime(work: Promise<void>, title: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`it did not end within ${LIMIT_SECONDS} s: ${title}`);
    timer = setTimeout(reject, LIMIT_SECONDS * 1000, error);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A line of the file that `WASOCK_CONFORMANCE` names, from which tools/tables.mjs makes a page of the docs. */
export interface ConformanceRecord {
  readonly topic: string;
  readonly lines: string;
  readonly says: string;
  readonly way: string;
  readonly outcome: "held" | "broken" | "not for this way";
}

function record(
  topic: string,
  lines: string,
  says: string,
  way: string,
  outcome: ConformanceRecord["outcome"],
): void {
  const file = process.env.WASOCK_CONFORMANCE;
  if (file === undefined) return;
  const line: ConformanceRecord = { topic, lines, says, way, outcome };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}
