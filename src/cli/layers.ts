/** What `wasock run` puts between a program and the network: `--fault`. */

import type { Layers } from "../../host/run/layers.ts";
import { crypto } from "../../host/runtime/crypto.ts";
import type { RunValues } from "./config.ts";
import { tell } from "./tell.ts";
import { UsageError } from "./usage.ts";

/**
 * Reads the options.
 *
 * @returns `undefined` where nothing is asked for
 * @throws UsageError that names the option and the word
 */
export async function layersOf({ fault = [], seed }: RunValues): Promise<Layers | undefined> {
  if (fault.length === 0) {
    if (seed !== undefined) throw new UsageError("--seed decides the chance of --fault, and there is none");
    return undefined;
  }
  const { parseFault } = await import("../../host/network/faults/grammar.ts");
  const rules = fault.map((text) => {
    try {
      return parseFault(text);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new UsageError(`--fault ${error.message}`);
    }
  });
  return { faults: { rules, seed: seed ?? chosen() } };
}

function chosen(): string {
  const seed = String(crypto().randomInt(2 ** 31));
  tell("seed", `what goes wrong does so again with --seed=${seed}`, { seed });
  return seed;
}
