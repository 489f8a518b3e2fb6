/** Rows that are the points of one curve. */
import type { Bench, Row } from "./row.ts";

/** Makes the points of a curve whose figures are times; the farthest is left out with `--quick`. */
export function curve(
  series: string,
  unit: string,
  peerName: string,
  points: readonly number[],
  ours: (bench: Bench, at: number) => Promise<number>,
  peer: (bench: Bench, at: number) => Promise<number>,
  more: Partial<Row> = {},
): Row[] {
  return points.map((at) => ({
    group: `growth: ${series}`,
    name: `${series}, ${at.toLocaleString("en")}`,
    unit,
    higherIsBetter: false,
    peerName,
    series,
    at,
    onlyFull: at === 10_000,
    ours: (bench) => ours(bench, at),
    peer: (bench) => peer(bench, at),
    ...more,
  }));
}
