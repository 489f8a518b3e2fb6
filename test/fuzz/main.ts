/**
 * The longer fuzz run:
 *
 *     npm run fuzz [-- --seconds N --seed S --case NAME]
 *
 * Seconds default to 60, the seed to the time of day, the cases to all. A failure is printed with the seed that shows it again.
 */
import { parseArgs } from "node:util";
import { core, handlesInUse } from "../../src/core.ts";
import { cases } from "./cases.ts";
import { fileCases } from "./files.ts";
import { network } from "./network.ts";
import { Random } from "./random.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    case: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const all = [...cases, ...fileCases, ["network", network, 5] as const];
const chosen = all.filter(([name]) => values.case === undefined || values.case === name);
if (chosen.length === 0) {
  console.error(`--case ${values.case}: known are ${all.map(([name]) => name).join(", ")}`);
  process.exit(64);
}
const end = performance.now() + Number(values.seconds) * 1000;
let seed = Number(values.seed);
let rounds = 0;

process.on("unhandledRejection", (reason) => {
  console.error(`seed ${seed}: unhandled:`, reason);
  process.exit(1);
});

console.log(`from seed ${seed}, for ${values.seconds} s`);
while (performance.now() < end) {
  for (const [name, run, count] of chosen) {
    const random = new Random(seed);
    for (let i = 0; i < count; i++, rounds++) {
      try {
        await run(random);
      } catch (error) {
        console.error(`seed ${seed}, case ${name}, round ${i}:`, error);
        process.exit(1);
      }
    }
  }
  seed++;
}
core.collect();
console.log(
  `${rounds} rounds, up to seed ${seed - 1}: nothing found; ${core.openSockets()} sockets, ` +
    `${core.openOperations()} operations and ${handlesInUse()} handles are left, ` +
    `${core.memory.buffer.byteLength / 1024} KiB of memory`,
);
