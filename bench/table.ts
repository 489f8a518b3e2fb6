/** Prints results as a table, a line as soon as it is there. */
import { judge, type Result } from "./harness.ts";
import type { Row, Target } from "./row.ts";
import type { Spread } from "./statistics.ts";

const color: boolean = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
const paint = (code: number, words: string): string => (color ? `\x1b[${code}m${words}\x1b[0m` : words);
const bold = (words: string): string => paint(1, words);
const dim = (words: string): string => paint(2, words);
const red = (words: string): string => paint(31, words);
const green = (words: string): string => paint(32, words);

/** Three digits that count, or all of the whole number. */
function number(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en", {
    minimumFractionDigits: Math.min(3, digits),
    maximumFractionDigits: Math.min(3, digits),
  });
}

function range({ min, max }: Spread): string {
  return `${number(min)}–${number(max)}`;
}

function times(ratio: number): string {
  return `${number(ratio)}×`;
}

function limit(row: Row, { of, limit }: Target): string {
  const value = of === "ratio" ? times(limit) : `${number(limit)} ${row.unit}`;
  const sign = row.higherIsBetter ? "≥" : "≤";
  return of === "difference" ? `${sign} ${value} more` : `${sign} ${value}`;
}

const FIGURE = 11;
const RANGE = 19;
const RATIO = 7;

/** A table of the results of one Node. */
export class Table {
  readonly #width: number;
  #group = "";
  #results: Result[] = [];

  /** @param rows those whose results will come */
  constructor(rows: readonly Row[]) {
    this.#width = Math.max(...rows.map((row) => row.name.length));
  }

  /** Prints a row's result. */
  add(result: Result): void {
    const { row, ours, peer, ratio } = result;
    this.#head(row);
    this.#results.push(result);
    const isBetter = row.higherIsBetter ? ratio.median >= 1 : ratio.median <= 1;
    const verdict = judge(result);
    const cells = [
      row.name.padEnd(this.#width),
      bold(number(ours.median).padStart(FIGURE)),
      dim(range(ours).padEnd(RANGE)),
      number(peer.median).padStart(FIGURE),
      dim(range(peer).padEnd(RANGE)),
      paint(isBetter ? 32 : 33, times(ratio.median).padStart(RATIO)),
      dim(range(ratio).padEnd(RANGE - 6)),
    ];
    if (verdict !== undefined && row.target !== undefined) {
      const mark = verdict.reached ? green("✓") : red("✗");
      const value = row.target.of === "difference" ? ` (${number(verdict.value)})` : "";
      cells.push(`${mark} ${limit(row, row.target)}${value}`);
    }
    console.log(`  ${cells.join(" ").trimEnd()}`);
  }

  /** Prints why a row has no result. */
  addFailure(row: Row, error: Error): void {
    this.#head(row);
    console.log(`  ${row.name.padEnd(this.#width)} ${red("failed")}: ${error.message}`);
  }

  /** Prints how each curve goes, from its first point to its last. */
  addCurves(): void {
    const curves: Map<string, Result[]> = new Map();
    for (const result of this.#results) {
      const { series } = result.row;
      if (series !== undefined) curves.set(series, [...(curves.get(series) ?? []), result]);
    }
    const lines = [...curves].flatMap(([series, results]) => {
      const [first, last] = [results[0], results.at(-1)];
      if (first === undefined || last === undefined || first === last) return [];
      const span = `${first.row.at?.toLocaleString("en")} → ${last.row.at?.toLocaleString("en")}`;
      const grows = (side: "ours" | "peer"): string => times(last[side].median / first[side].median);
      return [
        `  ${`${series}, ${span}`.padEnd(this.#width + 8)} ours ${grows("ours").padStart(8)}   peer ${grows("peer").padStart(8)}`,
      ];
    });
    if (lines.length > 0)
      console.log(`\n${bold("cost at the end of a curve by that at its beginning")}\n${lines.join("\n")}`);
  }

  #head(row: Row): void {
    const group = `${row.group}, ${row.unit}`;
    if (group === this.#group) return;
    this.#group = group;
    const head = [
      bold(group.padEnd(this.#width + 2)),
      dim("ours".padStart(FIGURE)),
      dim("min–max".padEnd(RANGE)),
      dim("peer".padStart(FIGURE)),
      dim("min–max".padEnd(RANGE)),
      dim("ratio".padStart(RATIO)),
      dim("min–max".padEnd(RANGE - 6)),
      dim("target"),
    ];
    console.log(`\n${head.join(" ")}\n  ${dim(`peer: ${row.peerName}`)}`);
  }
}
