/** What a row of the bench is: one thing measured, done with wasock and with what a user would pick instead. */
import type { PeerPorts } from "./protocol.ts";

/** The two sides of a row. */
export type Side = "ours" | "peer";

/** What the functions of a row are given. */
export interface Bench {
  /** Where the services of the other process are, on 127.0.0.1. */
  readonly ports: PeerPorts;
  /** The first number in a full run, the second with `--quick`. */
  pick(full: number, quick: number): number;
}

/** What a figure should reach. */
export interface Target {
  /** Which figure: ours by the peer's, ours less the peer's, or ours alone. */
  readonly of: "ratio" | "difference" | "ours";
  /** At least this where larger is better, else at most; a ratio, or in the row's unit. */
  readonly limit: number;
}

/** One row. Its functions run in processes of their own, one a side, and talk to a third, the peer process. */
export interface Row {
  /** Unlike every other row's. */
  readonly name: string;
  /** The heading under which it stands. */
  readonly group: string;
  readonly unit: string;
  readonly higherIsBetter: boolean;
  /** What it is measured against. */
  readonly peerName: string;
  /** One figure of wasock. */
  ours(bench: Bench): Promise<number>;
  /** One figure of the peer, taken in the same way. */
  peer(bench: Bench): Promise<number>;
  /** Where it must get to, as the project's goals say. */
  readonly target?: Target;
  /** Every figure is taken in new processes, and without a round to warm up; default false. */
  readonly fresh?: boolean;
  /** For a slow row: no more rounds than this. */
  readonly rounds?: number;
  /** What the runtime has to be able to do: a guest can be suspended from Node 24 on. */
  readonly needs?: "suspending";
  /** Why it can't be measured on this machine, where it can't: it is left out. */
  missing?(): string | undefined;
  /** Left out with `--quick`. */
  readonly onlyFull?: boolean;
  /** Where it is a point of a curve: which curve, and where on its axis. */
  readonly series?: string;
  readonly at?: number;
}
