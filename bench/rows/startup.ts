/** From `import` to the first byte of an answer, each in a new process. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Bench, Row, Side } from "../row.ts";
import { median } from "../statistics.ts";

const PROGRAM = fileURLToPath(new URL("../first-byte.js", import.meta.url));

async function start(bench: Bench, side: Side): Promise<number> {
  const milliseconds: number[] = [];
  for (let i = 0; i < bench.pick(5, 3); i++) {
    const args = [PROGRAM, side, String(bench.ports.echo)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
    milliseconds.push(Number(stdout));
  }
  return median(milliseconds);
}

export const rows: readonly Row[] = [
  {
    group: "start-up",
    name: "import to first byte",
    unit: "ms",
    higherIsBetter: false,
    peerName: "node:net",
    ours: (bench) => start(bench, "ours"),
    peer: (bench) => start(bench, "peer"),
  },
];
