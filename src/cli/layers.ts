/** What `wasock run` puts between a program and the network: `--fault`, `--pcap`, `--record`, `--replay`. */

import { openSync, readFileSync } from "node:fs";
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
export async function layersOf(values: RunValues): Promise<Layers | undefined> {
  const { fault = [], seed, pcap, snaplen, record, replay, strict, "keep-time": keepTime } = values;
  const needs = (option: string, given: unknown, of: string, isThere: boolean): void => {
    if (given !== undefined && !isThere)
      throw new UsageError(`${option} says something of ${of}, and there is none`);
  };
  needs("--seed", seed, "--fault", fault.length > 0);
  needs("--snaplen", snaplen, "--pcap", pcap !== undefined);
  needs("--strict", strict, "--replay", replay !== undefined);
  needs("--keep-time", keepTime, "--replay", replay !== undefined);
  if (fault.length === 0 && pcap === undefined && record === undefined && replay === undefined)
    return undefined;
  // before a file of the same name is made anew
  const text = replay === undefined ? "" : await recordingIn(replay);
  return {
    ...(replay !== undefined && {
      replay: { text, strict: strict === true, keepTime: keepTime === true },
    }),
    ...(fault.length > 0 && { faults: await faultsOf(fault, seed) }),
    ...(pcap !== undefined && { pcap: pcapOf(pcap, snaplen) }),
    ...(record !== undefined && { record: { fd: opened("--record", record) } }),
  };
}

async function recordingIn(file: string): Promise<string> {
  const name = `--replay ${printable(file, 1000)}`;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${name}: ${sentenceOf(error as NodeJS.ErrnoException)}`);
  }
  const { parseRecording } = await import("../../host/network/record/format.ts");
  try {
    parseRecording(text);
  } catch (error) {
    throw new UsageError(`${name}: ${(error as Error).message}`);
  }
  return text;
}

/**
 * Tells what a program did otherwise than a recording says.
 *
 * @returns the exit code: the program's, or 1 where that would say that all went well
 */
export function tellDifferences(differences: readonly string[], exitCode: number): number {
  for (const difference of differences) {
    tell("difference", `--replay: ${printable(difference, 1000)}`, { difference }, "bad");
  }
  return differences.length > 0 && exitCode === 0 ? 1 : exitCode;
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
