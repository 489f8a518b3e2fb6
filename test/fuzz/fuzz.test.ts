/** A bounded fuzz run: no trap, no hang, only promised results, and nothing is left. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { core } from "../../src/core.ts";
import { scenario } from "../src/support/scenario.ts";
import { cases } from "./cases.ts";
import { Random } from "./random.ts";

/** How many turns, each with a seed of its own. */
const TURNS = 10;

for (const [name, run, rounds] of cases) {
  scenario(
    `${name}: only what is promised comes out`,
    async () => {
      for (let seed = 1; seed <= TURNS; seed++) {
        const random = new Random(seed);
        for (let round = 0; round < rounds; round++) {
          await Promise.resolve()
            .then(() => run(random))
            .catch((error: unknown) => {
              throw new Error(`seed ${seed}, round ${round}: ${error}`, { cause: error });
            });
        }
      }
    },
    60,
  );
}

scenario(
  "the core's memory stays where it is, whatever was done before",
  async () => {
    const again = async (seed: number): Promise<number> => {
      for (const [, run, rounds] of cases) {
        const random = new Random(seed);
        for (let round = 0; round < rounds; round++) await run(random);
      }
      core.collect();
      return core.memory.buffer.byteLength;
    };
    const before = await again(100);
    let after = before;
    for (let i = 0; i < 5; i++) after = await again(100);
    assert.is(after, before);
  },
  60,
);

test.run();
