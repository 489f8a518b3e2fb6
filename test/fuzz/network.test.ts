/** The network in memory against the kernel's, for a short time; `npm run fuzz -- --case network` takes longer. */
import { test } from "uvu";
import { scenario } from "../src/support/scenario.ts";
import { network } from "./network.ts";
import { Random } from "./random.ts";

/** How many programs, each with a seed of its own. */
const PROGRAMS = 40;

scenario(
  "random programs get the same answers in memory as of the kernel",
  async () => {
    for (let seed = 1; seed <= PROGRAMS; seed++) await network(new Random(seed));
  },
  60,
);

test.run();
