/**
 * The bench: wasock against what a user would pick instead.
 *
 *     npm run bench -- [--only FILTER] [--quick] [--rounds N] [--json FILE] [--only-current] [--list]
 *
 * It runs on the machine's Node and then on Node 26. Nothing is asserted: it ends with 1 only when a row
 * could not be measured.
 */
import { writeFileSync } from "node:fs";
import { cpus, release, type } from "node:os";
import { parseArgs } from "node:util";
import { measure, type Result, type RunOptions } from "./harness.ts";
import type { Runtime } from "./processes.ts";
import type { Row } from "./row.ts";
import { rows } from "./rows/index.ts";
import { Table } from "./table.ts";

const USAGE = `usage: npm run bench -- [OPTION…]

  --only FILTER    rows whose name or group contains this; may be given several times
  --quick          small sizes and 3 rounds: to see that it works, not to judge by
  --rounds N       figures a side (default 5)
  --json FILE      also writes an object for each row
  --only-current   leaves Node 26 out
  --list           prints the names of the rows`;

/** What the command line says. */
interface Wish extends RunOptions {
  readonly chosen: readonly Row[];
  readonly json: string | undefined;
  readonly onlyCurrent: boolean;
  readonly list: boolean;
}

/** @throws Error when the command line is wrong, or no row matches */
function read(args: string[]): Wish {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", multiple: true, default: [] },
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      json: { type: "string" },
      "only-current": { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const { only, quick, json } = values;
  const rounds = values.rounds === undefined ? (quick ? 3 : 5) : Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > 1000) {
    throw new Error(`--rounds must be a whole number from 1 to 1000, got ${values.rounds}`);
  }
  const chosen = rows.filter(({ name, group, onlyFull }) => {
    if (quick && onlyFull === true) return false;
    return only.length === 0 || only.some((filter) => name.includes(filter) || group.includes(filter));
  });
  if (chosen.length === 0) throw new Error(`no row matches ${only.join(", ")}; --list prints their names`);
  return { chosen, quick, rounds, json, onlyCurrent: values["only-current"], list: values.list };
}

/** The machine's Node, and Node 26 where it is another one and can be had. */
async function findRuntimes(onlyCurrent: boolean): Promise<Runtime[]> {
  const current: Runtime = { path: process.execPath, version: process.versions.node };
  if (onlyCurrent) return [current];
  // the tools are no part of what tsc compiles
  const tools = new URL("../../tools/lib/node26.mjs", import.meta.url).href;
  const { findNode26 } = (await import(tools)) as {
    findNode26: () => Promise<Runtime | { missing: string }>;
  };
  const found = await findNode26();
  if ("missing" in found) {
    console.error(`Node 26 is left out: ${found.missing}`);
    return [current];
  }
  return found.path === current.path ? [current] : [current, found];
}

/** Leaves out what can't be measured on this machine, and says why. */
function measurable(chosen: readonly Row[]): readonly Row[] {
  const missing = chosen.map((row) => row.missing?.());
  for (const reason of new Set(missing)) {
    if (reason === undefined) continue;
    console.error(`${missing.filter((other) => other === reason).length} rows are left out: ${reason}`);
  }
  return chosen.filter((_, index) => missing[index] === undefined);
}

/** What a row is in the file. */
function toJson({ row, ours, peer, ratio, rounds }: Result, runtime: Runtime, quick: boolean): object {
  return {
    name: row.name,
    group: row.group,
    runtime: `Node ${runtime.version}`,
    ours: ours.median,
    oursMin: ours.min,
    oursMax: ours.max,
    peer: peer.median,
    peerMin: peer.min,
    peerMax: peer.max,
    peerName: row.peerName,
    unit: row.unit,
    higherIsBetter: row.higherIsBetter,
    ratio: ratio.median,
    ratioMin: ratio.min,
    ratioMax: ratio.max,
    ...(row.target === undefined ? {} : { target: row.target }),
    ...(row.series === undefined ? {} : { series: row.series, at: row.at }),
    rounds,
    quick,
  };
}

/** @returns whether every row could be measured */
async function main(wish: Wish): Promise<boolean> {
  if (wish.list) {
    for (const { name } of wish.chosen) console.log(name);
    return true;
  }
  const runtimes = await findRuntimes(wish.onlyCurrent);
  const rows = measurable(wish.chosen);
  const written: object[] = [];
  let fine = true;
  for (const runtime of runtimes) {
    const [cpu] = cpus();
    const rounds = `${wish.rounds} rounds${wish.quick ? ", small sizes" : ""}`;
    console.log(
      `\nNode ${runtime.version}, ${type()} ${release()}, ${cpus().length} × ${cpu?.model}, ${rounds}`,
    );
    const canSuspend = Number.parseInt(runtime.version, 10) >= 24;
    const possible = rows.filter(({ needs }) => needs === undefined || canSuspend);
    const table = new Table(possible);
    for (const row of possible) {
      try {
        const result = await measure(row, runtime, wish);
        table.add(result);
        written.push(toJson(result, runtime, wish.quick));
      } catch (error) {
        fine = false;
        table.addFailure(row, error as Error);
      }
      // what was measured is kept when the rest is given up
      if (wish.json !== undefined) writeFileSync(wish.json, show(written));
    }
    table.addCurves();
  }
  return fine;
}

/** A JSON array with a line for each row. */
function show(objects: readonly object[]): string {
  return `[\n${objects.map((object) => JSON.stringify(object)).join(",\n")}\n]\n`;
}

let wish: Wish | undefined;
try {
  wish = read(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}
if (wish !== undefined) process.exitCode = (await main(wish)) ? 0 : 1;
