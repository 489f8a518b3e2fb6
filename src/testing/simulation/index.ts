/** Simulations: a scenario with many seeds, and of the first that fails what it takes to see why. */

import { keepPrograms } from "../../../host/index.ts";
import { describeAnswer } from "../../../host/messages/answers.ts";
import { requireKnownKeys } from "../../../host/messages/known-keys.ts";
import type { HistoryEvent } from "../../../host/network/virtual/index.ts";
import { type Once, runOnce } from "./run.ts";
import { requireScenario, type Scenario } from "./scenario.ts";
import { timeline } from "./timeline.ts";

export type { Once } from "./run.ts";
export type { Dice, Fault, HostPlan, Place, Scenario, View } from "./scenario.ts";

/** What is simulated. */
export interface SimulateOptions {
  /** One seed, of which all is told that happens, with all its faults. In its place: how many, from which on; default 100, from 1. */
  readonly seed?: number | string;
  readonly seeds?: number;
  readonly first?: number;
  /** Of what would go wrong only these, by their places. */
  readonly only?: readonly number[];
  /** A folder that gets a capture of each host, of one seed. */
  readonly pcap?: string;
  /** Told after each seed. */
  readonly onSeed?: (once: Once) => void;
}

/** What came of a simulation. */
export interface Simulated {
  /** How many seeds were run. */
  readonly runs: number;
  /** The last run; of a failure the shortest history that was found. */
  readonly last: Once;
  /** Why a seed failed; `undefined` where none did. */
  readonly failure: string | undefined;
  /** Of a failure: which faults it takes, by their places. */
  readonly only: readonly number[] | undefined;
  /** Of a failure, or of one seed: what happened, as lines to be read. */
  readonly timeline: readonly string[];
}

/**
 * Runs a scenario, seed after seed, up to the first that fails. Of that it finds out which of the faults it takes.
 *
 * @throws TypeError for a scenario or an option that is wrong
 */
export async function simulate<State>(
  scenario: Scenario<State>,
  options: SimulateOptions = {},
): Promise<Simulated> {
  requireKnownKeys("options", "option of a simulation", options, [
    "seed",
    "seeds",
    "first",
    "only",
    "pcap",
    "onSeed",
  ]);
  requireScenario(scenario);
  const { seeds = 100, first = 1 } = options;
  for (const [name, value] of Object.entries({ seeds, first })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new TypeError(`${name} must be a whole number from 1 on, and is ${describeAnswer(value)}`);
    }
  }
  const release = keepPrograms();
  try {
    return await explore(scenario as Scenario, options);
  } finally {
    release();
  }
}

async function explore(plan: Scenario, options: SimulateOptions): Promise<Simulated> {
  const { seed, seeds = 100, first = 1, only, pcap, onSeed } = options;
  const hosts = Object.keys(plan.hosts);
  const events: HistoryEvent[] = [];
  const onEvent = (event: HistoryEvent): number => events.push(event);
  if (seed !== undefined) {
    const last = await runOnce(plan, { seed, only, pcap, onEvent });
    onSeed?.(last);
    const places = last.failure === undefined ? undefined : (only ?? last.faults.map((_, i) => i));
    const lines = timeline(events, hosts, Number.POSITIVE_INFINITY);
    return { runs: 1, last, failure: last.failure, only: places, timeline: lines };
  }
  for (let runs = 1; ; runs++) {
    const last = await runOnce(plan, { seed: first + runs - 1, only });
    onSeed?.(last);
    if (last.failure !== undefined) {
      const needed = only ?? (await shrink(plan, last));
      const shown = await runOnce(plan, { seed: last.seed, only: needed, pcap, onEvent });
      return { runs, last: shown, failure: shown.failure, only: needed, timeline: timeline(events, hosts) };
    }
    if (runs === seeds) return { runs, last, failure: undefined, only: undefined, timeline: [] };
  }
}

/** Which of the faults a failure takes: one after another is left out, as long as it still fails. */
async function shrink(scenario: Scenario, { seed, faults }: Once): Promise<readonly number[]> {
  let needed = faults.map((_, i) => i);
  const fails = async (only: readonly number[]): Promise<boolean> =>
    (await runOnce(scenario, { seed, only })).failure !== undefined;
  if (needed.length > 0 && (await fails([]))) return [];
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const each of needed) {
      const fewer = needed.filter((other) => other !== each);
      if (!(await fails(fewer))) continue;
      needed = fewer;
      isSmaller = true;
      break;
    }
  }
  return needed;
}
