#!/usr/bin/env node
// Changes the code in small ways and tells which changes no test notices:
//
//     node tools/mutate.mjs [--only PATH]… [--since REV] [--tests WORD]… [--seconds N] [--seed S] [--sample N] [--lanes N]
//                           [--quick] [--log]
//
// Without `--only` the mutants are those of files that changed since REV; without either, since the branch left main, or
// on main since the last release. `--tests` lets mutants meet only test files with such a word in their names; `--sample`
// picks so many, by `--seed`; `--seconds` bounds the time that tests may take; `--lanes` is how many are tried at a time
// (3); `--quick` compiles no AssemblyScript for one mutant alone: those without a switch are not tried, and those that
// make the same wasm count as others do; `--log` names each mutant as it is tried.

import "./lib/help.mjs";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { root } from "./lib/files.mjs";
import { mutantsOf } from "./mutate/assemblyscript.mjs";
import { changedFiles } from "./mutate/changes.mjs";
import { CoreMaker } from "./mutate/cores.mjs";
import { changeOf, sample, show } from "./mutate/mutant.mjs";
import { MutationRecord } from "./mutate/record.mjs";
import { sourcesIn } from "./mutate/sources.mjs";
import { importsOf, likeness, meet, reachOf, testNames } from "./mutate/tests.mjs";
import { CLEAN, makeTrees, treeOf } from "./mutate/tree.mjs";
import { activate } from "./mutate/wasm.mjs";

/**
 * @typedef {import("./mutate/mutant.mjs").Mutant} Mutant
 * @typedef {import("./mutate/tests.mjs").Reach} Reach
 * @typedef {import("./mutate/record.mjs").Outcome} Outcome
 * @typedef {import("./mutate/tests.mjs").Share} Share
 * @typedef {import("./mutate/tree.mjs").Made} Made
 * @typedef {{ tests: [string, Reach][], complete: boolean }} Known test files and what they reach; `complete` when these are all
 */

/** A smaller part of mutants noticed than this is a failure, in percent. */
const LEAST = 60;

/** Likewise where there was no time to learn what all tests reach: some that would notice a mutant have not met it. */
const LEAST_OF_SOME = 30;

/** Fewer mutants than this that tests could notice say little. */
const FEWEST = 20;

/** How much time of tests a mutant is worth: the likeliest that fit in are run, and one at least. */
const SECONDS_OF_TESTS = 20;

/** How much of it tests of one file may take. */
const SECONDS_OF_FILE = 8;

/** How much of it what a file does before its tests counts as, at most: it is the way to all of them. */
const SECONDS_OF_LOAD = 3;

/** The part of the time that may go into learning what tests reach. */
const LEARNING = 0.4;

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

/** How many mutants are tried at a time. */
let lanes = 3;

/** Whether no wasm is made for one mutant alone. */
let isQuick = false;

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
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
}

/**
 * Learns what test files reach that is not known yet: first those that import what is changed and have its name, and the
 * small ones among them.
 *
 * @param {MutationRecord} record where it is kept
 * @param {CoreMaker} cores which knows what wasm is made of
 * @param {Mutant[]} wanted the mutants to try
 * @param {Made} made the mutants that have a switch
 * @param {number} deadline when to begin no more
 * @param {string[]} words parts of the names of the test files; all of them when empty
 * @returns {Promise<Known>} the test files that pass
 */
async function learn(record, cores, wanted, made, deadline, words) {
  const all = testNames();
  const names = all.filter((name) => words.length === 0 || words.some((word) => name.includes(word)));
  const files = [...new Set(wanted.map(({ file }) => file))].map((file) => ({
    file,
    readers: cores.readersOf(file),
  }));
  const stale = names
    .filter((name) => record.isUnknown(name))
    .map((name) => {
      const imports = new Set(importsOf(name));
      const near = files.filter(({ readers }) => readers.some((path) => imports.has(path)));
      // one that failed is tried again, at last
      const failed = record.reachOf(name) !== undefined;
      const rank = failed ? -2 : Math.max(-1, ...near.map(({ file }) => likeness(file, name)));
      return { name, rank, size: imports.size };
    })
    .sort((a, b) => b.rank - a.rank || a.size - b.size)
    .map(({ name }) => name);
  await onLanes(stale, deadline, async (name, lane) => {
    record.keepReach(name, await reachOf(treeOf(lane), name, made.mutants.length, made.scripts));
  });
  const known = names.flatMap((name) => {
    const reach = record.reachOf(name);
    return reach === undefined ? [] : [/** @type {[string, Reach]} */ ([name, reach])];
  });
  const failing = known.filter(([, { passed }]) => !passed).map(([name]) => name);
  const complete = known.length === all.length;
  const why = known.length === names.length ? "" : ", for want of time";
  console.log(`what ${known.length} of ${names.length} test files reach is known${why}`);
  if (failing.length > 0) console.log(`left out, as they fail without a mutant: ${failing.join(", ")}`);
  return { tests: known.filter(([, { passed }]) => passed), complete };
}

/** By source and test file, how many of the one's mutants the other has noticed: it notices the next, too. */
const notices = /** @type {Map<string, number>} */ (new Map());

/** The tests that reach mutants, by their numbers: one index for all. */
class Reachers {
  /** @type {Map<number, Map<string, number[]>>} */
  #byId = new Map();
  #tests;

  /**
   * @param {[string, Reach][]} tests test files
   * @param {Set<number>} wanted the numbers that are asked for
   */
  constructor(tests, wanted) {
    this.#tests = new Map(tests);
    for (const id of wanted) this.#byId.set(id, new Map());
    for (const [name, { tests: own, always }] of tests) {
      const all = own.map((_, index) => index);
      for (const id of always) this.#byId.get(id)?.set(name, all);
      for (const [index, { mutants }] of own.entries()) {
        for (const id of mutants) {
          const of = this.#byId.get(id);
          const indices = of?.get(name);
          if (indices === undefined) of?.set(name, [index]);
          else if (indices !== all && !indices.includes(index)) indices.push(index);
        }
      }
    }
  }

  /**
   * @param {number} id a mutant's number
   * @returns {Share[]} the parts of test files that reach it, each as far as there is time for it
   */
  sharesOf(id) {
    return [...(this.#byId.get(id) ?? [])].map(([name, indices]) => {
      const { tests = [], load = 0 } = this.#tests.get(name) ?? {};
      const secondsOf = (/** @type {number} */ index) => tests[index]?.seconds ?? 0;
      let sum = 0;
      const cheapest = indices.toSorted((a, b) => secondsOf(a) - secondsOf(b));
      const chosen = cheapest.filter((index, place) => {
        sum += secondsOf(index);
        return place === 0 || sum <= SECONDS_OF_FILE;
      });
      const cost = Math.min(load, SECONDS_OF_LOAD) + chosen.reduce((all, index) => all + secondsOf(index), 0);
      const seconds = Math.max(...chosen.map(secondsOf));
      return { name, indices: chosen.sort((a, b) => a - b), seconds, cost };
    });
  }
}

/**
 * @param {Mutant} mutant a mutant
 * @param {(Share & { cost: number })[]} shares the tests that reach it
 * @returns {Share[]} those that it is to meet: the likeliest for their cost first
 */
function worth({ file }, shares) {
  const rank = (/** @type {Share & { cost: number }} */ { name, cost }) =>
    cost / (1 + likeness(file, name)) ** 2 / (1 + (notices.get(`${file} ${name}`) ?? 0));
  let sum = 0;
  return shares
    .toSorted((a, b) => rank(a) - rank(b))
    .filter(({ cost }, index) => {
      if (index > 0 && sum + cost > SECONDS_OF_TESTS) return false;
      sum += cost;
      return true;
    });
}

/**
 * @typedef {object} Round what all attempts have in common
 * @property {Known} known what is known of the tests
 * @property {Reachers} reachers which of them reach a mutant
 * @property {Made} made the mutants that have a switch
 * @property {MutationRecord} record what became of mutants
 * @property {CoreMaker} cores makes wasm with a mutant in it that has no switch
 * @property {number} deadline when to begin no more tests
 */

/**
 * Lets a mutant meet the tests that reach it.
 *
 * @param {Mutant} mutant the mutant
 * @param {number} lane where to run
 * @param {Round} round the rest
 * @returns {Promise<Outcome>} what became of it
 */
async function attempt(mutant, lane, round) {
  const { known, reachers, made, record, cores, deadline } = round;
  const { file, id } = mutant;
  const isWasm = file.startsWith("assembly/");
  // one without a switch is reached by what reaches the nearest that has one
  const shares = reachers.sharesOf(id ?? nearest(mutant, made) ?? -1);
  const reaching = shares.map(({ name }) => name);
  const earlier = record.outcomeOf(mutant, reaching);
  if (earlier !== undefined) return earlier;
  // what it has survived it survives
  const changed = new Set(record.changedFor(mutant, reaching));
  const isKnownOther = changed.size < shares.length;
  const outcome = await (isWasm ? meetInWasm() : meetTests(id));
  if (outcome.fate !== "not tried") record.keep(mutant, reaching, outcome);
  if (outcome.by !== undefined) {
    const key = `${file} ${outcome.by}`;
    notices.set(key, (notices.get(key) ?? 0) + 1);
  }
  return outcome;

  /** @returns {Promise<Outcome>} what became of a mutant of AssemblyScript */
  async function meetInWasm() {
    const tree = treeOf(lane);
    if (id !== undefined) {
      activate(tree, id - made.scripts);
      const outcome = await meetTests(undefined).finally(() => activate(tree));
      if (outcome.fate !== "survived" || isKnownOther || isQuick) return outcome;
    }
    if (isQuick) return { fate: "not tried", tests: 0 };
    try {
      const modules = known.tests.flatMap(([, reach]) => reach.modules);
      const isOther = await cores.make(lane, mutant, modules, id !== undefined);
      if (typeof isOther === "string") return { fate: isOther, tests: 0 };
      return id === undefined ? await meetTests(undefined) : { fate: "survived", tests: shares.length };
    } finally {
      await cores.restore(lane);
    }
  }

  /**
   * @param {number | undefined} active the number of its switch in TypeScript
   * @returns {Promise<Outcome>} whether a test noticed
   */
  async function meetTests(active) {
    // a test that nothing is known of may reach it
    if (shares.length === 0 && !known.complete) return { fate: "not tried", tests: 0 };
    const worthy = worth(
      mutant,
      /** @type {(Share & { cost: number })[]} */ (shares).filter(({ name }) => changed.has(name)),
    );
    return { ...(await meet(treeOf(lane), worthy, active, CLEAN, deadline)), tests: worthy.length };
  }
}

/**
 * @param {Mutant} mutant a mutant without a switch
 * @param {Made} made those with one
 * @returns {number | undefined} the number of the nearest of its file
 */
function nearest({ file, start }, { mutants }) {
  const own = mutants.filter((mutant) => mutant.file === file);
  return own.sort((a, b) => Math.abs(a.start - start) - Math.abs(b.start - start))[0]?.id;
}

/**
 * @param {string[]} only files or folders; all that changed when empty
 * @param {string | undefined} since compared with what
 * @returns {Promise<string[]>} the sources to change
 */
async function filesOf(only, since) {
  const all = ["host", "src", "assembly"].flatMap(sourcesIn);
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
 * @param {boolean} complete whether it is known what all tests reach
 * @returns {boolean} whether enough were noticed, or too few were tried to tell
 */
function judge(tried, outcomes, complete) {
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
  return met < FEWEST || score >= (complete ? LEAST : LEAST_OF_SOME);
}

/**
 * @param {Mutant} mutant a mutant
 * @returns {string} what names it
 */
function nameOf({ file, start, end, to }) {
  return [file, start, end, to].join("\0");
}

/**
 * @param {string[]} args the command line
 * @returns {Promise<boolean>} whether enough mutants were noticed
 */
async function main(args) {
  const text = /** @type {const} */ ({ type: "string" });
  const { values } = parseArgs({
    args,
    options: {
      only: { ...text, multiple: true },
      since: text,
      tests: { ...text, multiple: true },
      seconds: text,
      seed: text,
      sample: text,
      lanes: text,
      quick: { type: "boolean" },
      log: { type: "boolean" },
    },
  });
  const seconds = Number(values.seconds ?? Number.POSITIVE_INFINITY);
  const files = await filesOf(values.only ?? [], values.since);
  if (files.length === 0) {
    console.log("nothing to change");
    return true;
  }
  if (!(await build({ debug: false, quiet: true }))) return false;
  if (values.lanes !== undefined) lanes = Number(values.lanes);
  isQuick = values.quick === true;
  const made = await makeTrees(
    files.some((file) => file.startsWith("assembly/")),
    lanes,
  );
  const isSwitched = new Set(made.mutants.map(nameOf));
  const all = [
    ...made.mutants.filter(({ file }) => files.includes(file)),
    ...files
      .filter((file) => file.startsWith("assembly/"))
      .flatMap((file) => mutantsOf(file, readFileSync(join(root, file), "utf8")))
      .filter((mutant) => !isSwitched.has(nameOf(mutant))),
  ].sort((a, b) => a.file.localeCompare(b.file, "en") || a.start - b.start || a.end - b.end);
  const seed = Number(values.seed ?? 1);
  const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
  const wanted = sample(all, Number(values.sample ?? all.length), seed, (mutant) =>
    changeOf(mutant, texts.get(mutant.file) ?? ""),
  );
  console.log(`${wanted.length} of ${all.length} mutants of ${files.length} files, seed ${seed}`);

  const start = performance.now();
  const deadline = start + seconds * 1000;
  const record = new MutationRecord(made.mutants);
  const cores = new CoreMaker();
  /** @type {Map<Mutant, Outcome>} */
  const outcomes = new Map();
  let complete = false;
  try {
    const until = start + LEARNING * seconds * 1000;
    const known = await learn(record, cores, wanted, made, until, values.tests ?? []);
    complete = known.complete;
    const asked = wanted.map((mutant) => mutant.id ?? nearest(mutant, made) ?? -1);
    const reachers = new Reachers(known.tests, new Set(asked));
    const round = { known, reachers, made, record, cores, deadline };
    await onLanes(wanted, deadline, async (mutant, lane) => {
      const outcome = isEquivalent(mutant, readFileSync(join(root, mutant.file), "utf8"))
        ? /** @type {Outcome} */ ({ fate: "equivalent", tests: 0 })
        : await attempt(mutant, lane, round);
      outcomes.set(mutant, outcome);
      if (values.log) {
        const by = outcome.by === undefined ? "" : ` by ${outcome.by}`;
        console.log(`${outcome.fate}${by}: ${show(mutant, readFileSync(join(root, mutant.file), "utf8"))}`);
      }
    });
  } finally {
    cores.end();
  }
  return judge(wanted, outcomes, complete);
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
