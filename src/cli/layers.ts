/** What `wasock run` puts between a program and the network: `--fault`, `--pcap`. */

import { openSync } from "node:fs";
import { printable } from "../../host/messages/printable.ts";
import type { Layers } from "../../host/run/layers.ts";
import { crypto } from "../../host/runtime/crypto.ts";
import type { RunValues } from "./config.ts";
import { sentenceOf } from "./failure.ts";
import { tell } from "./tell.ts";
import { UsageError } from "./usage.ts";

/**
 * Reads the options, and opens the files that they name.
 *
 * @returns `undefined` where nothing is asked for
 * @throws UsageError that names the option, and the word or the file
 */
export async function layersOf({ fault = [], seed, pcap, snaplen }: RunValues): Promise<Layers | undefined> {
  if (seed !== undefined && fault.length === 0) {
    throw new UsageError("--seed decides the chance of --fault, and there is none");
  }
  if (snaplen !== undefined && pcap === undefined) {
    throw new UsageError("--snaplen says what --pcap keeps, and there is none");
  }
  if (fault.length === 0 && pcap === undefined) return undefined;
  return {
    ...(fault.length > 0 && { faults: await faultsOf(fault, seed) }),
    ...(pcap !== undefined && { pcap: pcapOf(pcap, snaplen) }),
  };
}

async function faultsOf(
  texts: readonly string[],
  seed: string | undefined,
): Promise<NonNullable<Layers["faults"]>> {
  const { parseFault } = await import("../../host/network/faults/grammar.ts");
  const rules = texts.map((text) => {
    try {
      return parseFault(text);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new UsageError(`--fault ${error.message}`);
    }
  });
  return { rules, seed: seed ?? chosen() };
}

function chosen(): string {
  const seed = String(crypto().randomInt(2 ** 31));
  tell("seed", `what goes wrong does so again with --seed=${seed}`, { seed });
  return seed;
}

/** The headers of all packets fit into it. */
const LEAST_SNAPLEN = 68;

function pcapOf(file: string, snaplen: string | undefined): NonNullable<Layers["pcap"]> {
  const snapLength = snaplen === undefined ? undefined : Number(snaplen);
  if (
    snaplen !== undefined &&
    !(/^\d{1,9}$/.test(snaplen) && snapLength !== undefined && snapLength >= LEAST_SNAPLEN)
  ) {
    const what = `expected a whole number from ${LEAST_SNAPLEN} on, got '${printable(snaplen)}'`;
    throw new UsageError(`--snaplen: ${what}`);
  }
  const fd = opened("--pcap", file);
  return { fd, ...(snapLength !== undefined && { snapLength }) };
}

/** Makes a file anew. */
function opened(option: string, file: string): number {
  try {
    return openSync(file, "w");
  } catch (error) {
    throw new UsageError(`${option} ${printable(file, 1000)}: ${sentenceOf(error as NodeJS.ErrnoException)}`);
  }
}
