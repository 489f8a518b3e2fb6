/** Takes the figures of a row: both sides in turn, A B A B …, so that what else the machine does falls on both. */

import { Program, type Runtime } from "./processes.ts";
import type { PeerPorts } from "./protocol.ts";
import type { Row, Side } from "./row.ts";
import { type Spread, spread } from "./statistics.ts";
import type { Figure, Question } from "./subject.ts";

/** How a run is made. */
export interface RunOptions {
  /** Small sizes. */
  readonly quick: boolean;
  /** How many figures a side; a slow row takes fewer. */
  readonly rounds: number;
}

/** What came of a row. */
export interface Result {
  readonly row: Row;
  readonly ours: Spread;
  readonly peer: Spread;
  /** Median by median; the extremes are those of the rounds. */
  readonly ratio: Spread;
  readonly rounds: number;
}

/** How long a process may take to start, and a figure to be taken. */
const START_SECONDS = 30;
const FIGURE_SECONDS = 120;

/** The processes of a row: one a side, and the peer of both. */
class Stage {
  readonly #row: Row;
  readonly #runtime: Runtime;
  readonly #quick: boolean;
  #peer: Program | undefined;
  #ports: PeerPorts | undefined;
  readonly #subjects: Map<Side, Program> = new Map();

  constructor(row: Row, runtime: Runtime, quick: boolean) {
    this.#row = row;
    this.#runtime = runtime;
    this.#quick = quick;
  }

  /** One figure of one side. */
  async figure(side: Side): Promise<number> {
    if (this.#peer === undefined || this.#ports === undefined) {
      this.#peer = new Program(this.#runtime, "peer");
      this.#ports = await this.#peer.answer<PeerPorts>(START_SECONDS);
    }
    let subject = this.#subjects.get(side);
    if (subject === undefined) {
      subject = new Program(this.#runtime, "subject", [this.#row.name, side]);
      this.#subjects.set(side, subject);
    }
    const question: Question = { ports: this.#ports, quick: this.#quick };
    const answer = await subject.answer<Figure>(FIGURE_SECONDS, question);
    if ("error" in answer) throw new Error(`${side}: ${answer.error}`);
    if (this.#row.fresh === true) await this.clear();
    return answer.figure;
  }

  /** Ends the processes. */
  async clear(): Promise<void> {
    await Promise.all([...this.#subjects.values(), this.#peer].map((program) => program?.stop()));
    this.#subjects.clear();
    this.#peer = this.#ports = undefined;
  }
}

/**
 * Measures a row on one Node.
 *
 * @returns the medians and extremes; rejects when a side fails, ends or hangs
 */
export async function measure(row: Row, runtime: Runtime, { quick, rounds }: RunOptions): Promise<Result> {
  const count = Math.min(rounds, row.rounds ?? rounds);
  const stage = new Stage(row, runtime, quick);
  const ours: number[] = [];
  const peer: number[] = [];
  try {
    // the first round only warms up
    for (let round = row.fresh === true ? 1 : 0; round <= count; round++) {
      const a = await stage.figure("ours");
      const b = await stage.figure("peer");
      if (round > 0) {
        ours.push(a);
        peer.push(b);
      }
    }
  } finally {
    await stage.clear();
  }
  const [ourSpread, peerSpread] = [spread(ours), spread(peer)];
  const { min, max } = spread(ours.map((figure, round) => figure / peer[round]!));
  const ratio = { median: ourSpread.median / peerSpread.median, min, max };
  return { row, ours: ourSpread, peer: peerSpread, ratio, rounds: count };
}

/** What the figure of a row's target is, and whether it is reached; undefined where it has none. */
export function judge({ row, ours, peer, ratio }: Result): { value: number; reached: boolean } | undefined {
  if (row.target === undefined) return undefined;
  const { of, limit } = row.target;
  const values = { ratio: ratio.median, difference: ours.median - peer.median, ours: ours.median };
  const value = values[of];
  return { value, reached: row.higherIsBetter ? value >= limit : value <= limit };
}
