#!/usr/bin/env node
// Changes the code in small ways and tells which changes no test notices:
//
//     node tools/mutate.mjs [--only PATH]… [--since REV] [--seconds N] [--seed S] [--sample N]
//
// Without `--only` the mutants are those of files that changed since REV; without either, since the branch left main, or
// on main since the last release. `--sample` picks so many, by `--seed`; `--seconds` bounds the time that tests may
// take.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { list, root } from "./lib/files.mjs";
import { mutantsOf } from "./mutate/assemblyscript.mjs";
import { changedFiles } from "./mutate/changes.mjs";
import { CoreMaker } from "./mutate/cores.mjs";
import { sample, show } from "./mutate/mutant.mjs";
import { MutationRecord } from "./mutate/record.mjs";
import { importsOf, likeness, meet, printOf, reachOf, testNames } from "./mutate/tests.mjs";
import { LANES, makeTrees, treeOf } from "./mutate/tree.mjs";

/**
 * @typedef {import("./mutate/mutant.mjs").Mutant} Mutant
 * @typedef {import("./mutate/tests.mjs").Reach} Reach
 * @typedef {import("./mutate/record.mjs").Outcome} Outcome
 * @typedef {{ tests: [string, Reach][], complete: boolean }} Known test files and what they reach; `complete` when these are all
 */

/** A smaller part of mutants noticed than this is a failure, in percent. */
const LEAST = 60;

/** Fewer mutants than this that tests could notice say little. */
const FEWEST = 20;

/** How much time of tests a mutant is worth: the nearest that fit in are run, and one at least. */
const SECONDS_OF_TESTS = 30;

/** The part of the time that may go into learning what tests reach. */
const LEARNING = 0.4;

/** Generated, or types alone. */
const NO_SOURCE = /-table\.ts$|\.d\.ts$/;

/** Mutants that change nothing anybody could see, and why. */
const EQUIVALENT = /** @type {{ file: string, in: string, from: string, to: string, why: string }[]} */ (
  JSON.parse(readFileSync(new URL("mutate/equivalent.json", import.meta.url), "utf8"))
);

/**
 * @param {Mutant} mutant a mutant
 * @param {string} text its source
 * @returns {boolean} whether it is known to change nothing
 */
function isEquivalent({ file, line, from, to }, text) {
  const whole = text.split("\n")[line - 1]?.trim();
  return EQUIVALENT.some(
    (known) => known.file === file && known.in === whole && known.from === from && known.to === to,
  );
}

/**
 * Runs jobs on the lanes, one after the other on each, until the time is up.
 *
 * @template T
 * @param {readonly T[]} jobs what to do
 * @param {number} deadline when to begin no more, in milliseconds of `performance.now`
 * @param {(job: T, lane: number) => Promise<void>} perform does it
 */
async function onLanes(jobs, deadline, perform) {
  const queue = [...jobs];
  const lane = async (/** @type {number} */ index) => {
    while (queue.length > 0 && performance.now() < deadline) {
      await perform(/** @type {T} */ (queue.shift()), index);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index)));
}

/**
 * Learns what test files reach that is not known yet: first those that import what is changed and have its name, and the
 * small ones among them.
 *
 * @param {MutationRecord} record where it is kept
 * @param {CoreMaker} cores which knows what wasm is made of
 * @param {Mutant[]} mutants the mutants to try
 * @param {number} count how many mutants of TypeScript there are
 * @param {number} deadline when to begin no more
 * @returns {Promise<Known>} the test files that pass
 */
async function learn(record, cores, mutants, count, deadline) {
  const names = testNames();
  const files = [...new Set(mutants.map(({ file }) => file))].map((file) => ({
    file,
    readers: cores.readersOf(file),
  }));
  const isKnown = (/** @type {string} */ name) => record.reach[name]?.print === printOf(name);
  const stale = names
    .filter((name) => !isKnown(name) || record.reach[name]?.passed === false)
    .map((name) => {
      const imports = new Set(importsOf(name));
      const near = files.filter(({ readers }) => readers.some((path) => imports.has(path)));
      // one that failed is tried again, at last
      const rank = isKnown(name) ? -2 : Math.max(-1, ...near.map(({ file }) => likeness(file, name)));
      return { name, rank, size: imports.size };
    })
    .sort((a, b) => b.rank - a.rank || a.size - b.size)
    .map(({ name }) => name);
  await onLanes(stale, deadline, async (name, lane) => {
    record.reach[name] = { ...(await reachOf(treeOf(lane), name, count)), print: printOf(name) };
    record.save();
  });
  const known = names.flatMap((name) => {
    const reach = record.reach[name];
    return reach !== undefined && isKnown(name) ? [/** @type {[string, Reach]} */ ([name, reach])] : [];
  });
  const failing = known.filter(([, { passed }]) => !passed).map(([name]) => name);
  const complete = known.length === names.length;
  console.log(
    `what ${known.length} of ${names.length} test files reach is known${complete ? "" : ", for want of time"}`,
  );
  if (failing.length > 0) console.log(`left out, as they fail without a mutant: ${failing.join(", ")}`);
  return { tests: known.filter(([, { passed }]) => passed), complete };
}

/**
 * @param {Mutant} mutant a mutant
 * @param {[string, Reach][]} tests those that reach it
 * @returns {[string, Reach][]} those that it is to meet, in their order
 */
function worth(mutant, tests) {
  const alike = (/** @type {string} */ name) => likeness(mutant.file, name);
  const nearest = tests.toSorted(([a, x], [b, y]) => alike(b) - alike(a) || x.seconds - y.seconds);
  let sum = 0;
  return nearest.filter(([, { seconds }], index) => {
    sum += seconds;
    return index === 0 || sum <= SECONDS_OF_TESTS;
  });
}

/**
 * Lets a mutant meet the tests that reach it.
 *
 * @param {Mutant} mutant the mutant
 * @param {Known} known what is known of the tests
 * @param {MutationRecord} record what became of mutants
 * @param {number} lane where to run
 * @param {CoreMaker} cores makes cores with a mutant in them
 * @param {number} deadline when to begin no more tests
 * @returns {Promise<Outcome>} what became of it
 */
async function attempt(mutant, known, record, lane, cores, deadline) {
  const { file, id } = mutant;
  const reaching = known.tests.filter(([, { mutants, modules }]) =>
    id === undefined ? modules.some((path) => cores.mayChange(file, path)) : mutants.includes(id),
  );
  const earlier = record.outcomeOf(mutant, reaching);
  if (earlier !== undefined) return earlier;
  const outcome = await (id === undefined ? meetCores() : meetNearest(reaching));
  if (outcome.fate !== "not tried") record.keep(mutant, reaching, outcome);
  record.save();
  return outcome;

  /** @returns {Promise<Outcome>} what became of a mutant of AssemblyScript */
  async function meetCores() {
    try {
      const isOther = await cores.make(
        lane,
        mutant,
        reaching.flatMap(([, { modules }]) => modules),
      );
      if (typeof isOther === "string") return { fate: isOther, tests: 0 };
      return await meetNearest(reaching.filter(([, { modules }]) => modules.some(isOther)));
    } finally {
      await cores.restore(lane);
    }
  }

  /**
   * @param {[string, Reach][]} tests those that reach it
   * @returns {Promise<Outcome>} whether one noticed
   */
  async function meetNearest(tests) {
    // a test that nothing is known of may reach it
    if (tests.length === 0 && !known.complete) return { fate: "not tried", tests: 0 };
    const nearest = worth(mutant, tests);
    return { ...(await meet(treeOf(lane), nearest, id, deadline)), tests: nearest.length };
  }
}

/**
 * @param {string[]} only files or folders; all that changed when empty
 * @param {string | undefined} since compared with what
 * @returns {Promise<string[]>} the sources to change
 */
async function filesOf(only, since) {
  const all = ["host", "src", "assembly"].flatMap((folder) =>
    list(folder, (path) => path.endsWith(".ts") && !NO_SOURCE.test(path)),
  );
  const within = (/** @type {string} */ path) =>
    only.length === 0 ||
    only.some((folder) => path === folder || path.startsWith(`${folder.replace(/\/$/, "")}/`));
  if (only.length > 0 && since === undefined) {
    const files = all.filter(within);
    if (files.length === 0) throw new Error(`no source is in ${only.join(", ")}`);
    return files;
  }
  const changed = await changedFiles(since);
  if (changed === undefined) {
    console.log("there is no earlier commit to compare with");
    return [];
  }
  const files = all.filter((path) => changed.files.includes(path) && within(path));
  console.log(`${files.length} sources changed since ${changed.since}`);
  return files;
}

/**
 * @param {Mutant[]} tried mutants
 * @param {Map<Mutant, Outcome>} outcomes what became of them
 * @returns {boolean} whether enough were noticed, or too few were tried to tell
 */
function judge(tried, outcomes) {
  const count = (/** @type {string} */ fate) =>
    tried.filter((mutant) => outcomes.get(mutant)?.fate === fate).length;
  const texts = new Map(tried.map(({ file }) => [file, readFileSync(join(root, file), "utf8")]));
  const survivors = tried.filter((mutant) => outcomes.get(mutant)?.fate === "survived");
  survivors.sort((a, b) => a.file.localeCompare(b.file, "en") || a.start - b.start);
  if (survivors.length > 0) console.log("\nno test noticed:");
  for (const mutant of survivors) {
    const tests = outcomes.get(mutant)?.tests ?? 0;
    const how = tests === 0 ? "no test reaches it" : `${tests} test ${tests === 1 ? "file" : "files"} ran`;
    console.log(`  ${show(mutant, texts.get(mutant.file) ?? "")}  (${how})`);
  }
  const noticed = count("noticed");
  const untried = tried.length - outcomes.size + count("not tried");
  if (untried > 0) console.log(`\n${untried} were not tried, for want of time`);
  const met = noticed + survivors.length;
  const score = (100 * noticed) / met;
  console.log(
    `\n${noticed} noticed, ${survivors.length} not, ${count("equivalent")} the same, ${count("invalid")} no program` +
      (met > 0 ? `: score ${score.toFixed(0)} %` : ""),
  );
  if (met < FEWEST) console.log(`${met} are too few to say more`);
  return met < FEWEST || score >= LEAST;
}

/**
 * @param {string[]} args the command line
 * @returns {Promise<boolean>} whether enough mutants were noticed
 */
async function main(args) {
  const text = /** @type {const} */ ({ type: "string" });
  const { values } = parseArgs({
    args,
    options: { only: { ...text, multiple: true }, since: text, seconds: text, seed: text, sample: text },
  });
  const seconds = Number(values.seconds ?? Number.POSITIVE_INFINITY);
  const files = await filesOf(values.only ?? [], values.since);
  if (files.length === 0) {
    console.log("nothing to change");
    return true;
  }
  if (!(await build({ debug: false, quiet: true }))) return false;
  const switched = await makeTrees();
  const all = [
    ...switched.filter(({ file }) => files.includes(file)),
    ...files
      .filter((file) => file.startsWith("assembly/"))
      .flatMap((file) => mutantsOf(file, readFileSync(join(root, file), "utf8"))),
  ];
  const seed = Number(values.seed ?? 1);
  const wanted = sample(all, Number(values.sample ?? all.length), seed);
  console.log(`${wanted.length} of ${all.length} mutants of ${files.length} files, seed ${seed}`);

  const start = performance.now();
  const deadline = start + seconds * 1000;
  const record = new MutationRecord();
  const cores = new CoreMaker();
  /** @type {Map<Mutant, Outcome>} */
  const outcomes = new Map();
  try {
    const known = await learn(record, cores, wanted, switched.length, start + LEARNING * seconds * 1000);
    await onLanes(wanted, deadline, async (mutant, lane) => {
      const outcome = isEquivalent(mutant, readFileSync(join(root, mutant.file), "utf8"))
        ? /** @type {Outcome} */ ({ fate: "equivalent", tests: 0 })
        : await attempt(mutant, known, record, lane, cores, deadline);
      outcomes.set(mutant, outcome);
    });
  } finally {
    cores.end();
  }
  return judge(wanted, outcomes);
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
