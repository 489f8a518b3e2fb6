/** `wasock simulate`: a scenario with many seeds, in several processes. */
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describeEvent } from "../../host/events/trace.ts";
import { printable } from "../../host/messages/printable.ts";
import { packageFile } from "../../host/runtime/package-files.ts";
import type {
  Fault,
  Once,
  Scenario,
  Simulated,
  SimulateOptions,
  simulate as simulateScenario,
  Traced,
} from "../testing/index.ts";
import { timeoutOf } from "./ending.ts";
import { requireFile } from "./files.ts";
import { SIMULATE } from "./flags.ts";
import { helpOf } from "./help.ts";
import { readOptions, type Values } from "./options.ts";
import { answer, share } from "./sharing.ts";
import { paint } from "./tell.ts";
import { UsageError } from "./usage.ts";

const TEXT =
  "Runs a scenario – hosts, the programs on them, what goes wrong, and what must hold – on a network in memory, with one seed " +
  "after another up to the first that fails. Of that it finds the faults that it takes, and tells what happened. The file is " +
  "a module of JavaScript, or of TypeScript where Node takes it, that exports scenario; docs/testing.md tells what that is.";

const FOOT = `The exit code is 0 where all held, 1 where something didn't, 2 where it can't be run.

examples
  wasock simulate scenario.js --seeds 1000
  wasock simulate scenario.js --seed 17 --faults 2 --pcap captures
`;

/** What `--timeout` is. */
const USUAL_PATIENCE = "30s";

/** Fewer seeds than these are no work for another process. */
const LEAST_FOR_A_JOB = 20;

function count(option: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--${option}: expected a whole number above 0, got '${printable(text)}'`);
}

/** What goes wrong of what the scenario says, or in place of it. */
function faultsOf(text: string | undefined): Pick<SimulateOptions, "only" | "faults"> {
  if (text === undefined) return {};
  if (text === "none") return { only: [] };
  if (/^\d{1,4}(,\d{1,4})*$/.test(text)) return { only: text.split(",").map(Number) };
  try {
    return { faults: JSON.parse(text) as Fault[] };
  } catch {
    throw new UsageError(`--faults ${printable(text, 200)}: it is to look like 0,2 or none, or to be JSON`);
  }
}

/** Runs the command; its exit code. */
export async function simulate(args: string[]): Promise<number> {
  const { values, positionals } = readOptions("wasock simulate", SIMULATE, args);
  if (values.help) {
    console.log(helpOf("wasock simulate [options] <file>", TEXT, SIMULATE, FOOT));
    return 0;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    throw new UsageError("wasock simulate takes one file: wasock simulate scenario.js");
  }
  requireFile(file);
  const { seed, json = false } = values;
  const seeds = count("seeds", values.seeds, 100);
  const first = count("first", values.first, 1);
  const most = count("jobs", values.jobs, availableParallelism());
  const patience = timeoutOf(values.timeout ?? USUAL_PATIENCE);
  const faults = faultsOf(values.faults);
  if (seed !== undefined && (values.seeds ?? values.first) !== undefined) {
    throw new UsageError("--seed is one seed: --seeds and --first are for many");
  }
  const jobs = Math.min(most, Math.ceil(seeds / LEAST_FOR_A_JOB));
  if (seed !== undefined || jobs === 1) return here(file, values, { seeds, first, ...faults });
  const progress = progressOf(seeds, json);
  const { failing, isStuck, exitCode } = await share(file, {
    ...{ seeds, first, jobs, faults: values.faults, patience },
    onSeed: (done, line) => {
      progress(done);
      if (json) console.log(line);
    },
  });
  progress(0);
  if (exitCode !== undefined) return exitCode;
  if (failing === undefined) {
    if (!json) console.log(`${paint("good", "all held", process.stdout)}: ${seeds} seeds`);
    return 0;
  }
  if (!isStuck) return here(file, values, { seeds: 1, first: failing, ...faults });
  const failure = `a program has gone on for ${values.timeout ?? USUAL_PATIENCE} without waiting for anything`;
  if (json) console.log(JSON.stringify({ kind: "end", seed: failing, failure }));
  else {
    tellFailure(failing, failure);
    tellAgain(file, failing, "");
  }
  return 1;
}

/** Loads the scenario, and what runs it: the same that the scenario imports. */
async function load(file: string): Promise<{ run: typeof simulateScenario; scenario: Scenario }> {
  const library = pathToFileURL(packageFile("build/dist/testing.js")).href;
  const { simulate: run } = (await import(library)) as { simulate: typeof simulateScenario };
  let made: { scenario?: Scenario };
  try {
    made = (await import(pathToFileURL(resolve(file)).href)) as { scenario?: Scenario };
  } catch (error) {
    throw new UsageError(`${printable(file, 1000)}: ${printable((error as Error).message, 1000)}`);
  }
  if (made.scenario === undefined) throw new UsageError(`${printable(file, 1000)}: it exports no scenario`);
  return { run, scenario: made.scenario };
}

async function here(
  file: string,
  { json = false, pcap, seed, trace = false }: Values<typeof SIMULATE>,
  { seeds, first, ...faults }: SimulateOptions & { readonly seeds: number; readonly first: number },
): Promise<number> {
  answer();
  const { run, scenario } = await load(file);
  if (pcap !== undefined) mkdirSync(pcap, { recursive: true });
  let done = 0;
  const progress = progressOf(seed === undefined ? seeds : 1, json);
  let result: Simulated;
  try {
    result = await run(scenario, {
      ...(seed === undefined ? { seeds, first } : { seed: isNumber(seed) ? Number(seed) : seed }),
      ...faults,
      ...(trace && { trace: tellTraced }),
      ...(pcap !== undefined && { pcap }),
      onSeed: (once) => {
        progress(++done);
        if (json) console.log(JSON.stringify({ kind: "seed", ...told(once) }));
      },
    });
  } catch (error) {
    if (error instanceof TypeError)
      throw new UsageError(`${printable(file, 1000)}: ${printable(error.message, 1000)}`);
    throw error;
  } finally {
    progress(0);
  }
  const { last, failure, runs } = result;
  if (json) {
    console.log(
      JSON.stringify({
        kind: "end",
        runs,
        ...told(last),
        only: result.only ?? null,
        timeline: result.timeline,
      }),
    );
  } else tellResult(file, result, seed !== undefined);
  return failure === undefined ? 0 : 1;
}

function isNumber(seed: string): boolean {
  return /^\d{1,15}$/.test(seed);
}

function told({ seed, failure, hash, now, events }: Once): object {
  return { seed, failure: failure ?? null, hash, now, events };
}

function tellResult(file: string, result: Simulated, isOne: boolean): void {
  const { runs, last, failure, only, faults: needed = [], timeline } = result;
  for (const line of timeline) console.log(line);
  const { seed, faults, hash, now, events } = last;
  if (failure === undefined) {
    const what = isOne ? `seed ${printable(String(seed))}, hash ${hash}` : `${runs} seeds`;
    console.log(`${timeline.length > 0 ? "\n" : ""}${paint("good", "all held", process.stdout)}: ${what}`);
    return;
  }
  console.log();
  tellFailure(seed, failure);
  console.log(`after ${now.toFixed(3)} ms of its time and ${events} events; hash ${hash}`);
  const kept = (only ?? []).map((place, i) => ({ place, fault: needed[i], was: faults[place] }));
  if (faults.length > 0) {
    const none = kept.length === 0 ? "it takes none of the faults" : `of ${faults.length} faults it takes`;
    console.log(
      `${none}${kept.map(({ place, fault }) => `\n  ${place}: ${JSON.stringify(fault)}`).join("")}`,
    );
  }
  const isAsSaid = kept.every(({ fault, was }) => JSON.stringify(fault) === JSON.stringify(was));
  const places = kept.length === 0 ? "none" : kept.map(({ place }) => place).join(",");
  const chosen = isAsSaid ? places : `'${JSON.stringify(needed).replaceAll("'", "'\\''")}'`;
  const isAll = isAsSaid && kept.length === faults.length;
  tellAgain(file, seed, isAll ? "" : ` --faults ${chosen}`);
}

function tellFailure(seed: number | string, failure: string): void {
  console.log(
    `${paint("bad", `seed ${printable(String(seed))} failed`, process.stdout)}: ${printable(failure, 1000)}`,
  );
}

function tellAgain(file: string, seed: number | string, more: string): void {
  console.log(`again: wasock simulate ${printable(file, 1000)} --seed ${printable(String(seed))}${more}`);
}

function tellTraced({ at, host, channel, event }: Traced): void {
  console.error(
    `${at.toFixed(3).padStart(12)} ${printable(host).padEnd(10)} ${describeEvent(channel, event)}`,
  );
}

/** Shows how far it is, on a terminal: after so many seeds; 0 for the end. */
function progressOf(seeds: number, isQuiet: boolean): (done: number) => void {
  if (isQuiet || process.stderr.isTTY !== true || seeds < 2) return () => {};
  return (done) => process.stderr.write(done === 0 ? "\r\u001b[K" : `\r${done} of ${seeds} seeds`);
}
