// What is known from earlier runs: what each test file reaches, and what became of each mutant.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/files.mjs";
import { printOf } from "./tests.mjs";
import { FOLDER } from "./tree.mjs";

/**
 * @typedef {import("./mutant.mjs").Mutant} Mutant
 * @typedef {import("./tests.mjs").Reach} Reach
 * @typedef {"noticed" | "survived" | "equivalent" | "invalid" | "not tried"} Fate
 * @typedef {{ fate: Fate, by?: string, tests: number }} Outcome what became of a mutant, which test noticed, and how many
 *   test files it met at most
 */

/**
 * @typedef {object} Kept what a test file reaches, whatever number a mutant has
 * @property {string} print what changes when the test does
 * @property {boolean} isWasm whether what it reaches of the wasm is known too
 * @property {boolean} passed as in Reach
 * @property {number} failures how often it has failed
 * @property {string} [failedWith] the state of all sources then: with others it may pass
 * @property {number} load as in Reach
 * @property {string[]} modules as in Reach
 * @property {number[]} seconds how long each test takes
 * @property {Record<string, { state: string, rows: Record<string, string> }>} files by source: which state of it was
 *   reached, and by each test, or `always`, which of its mutants, a bit for each in Base64
 */

/** @typedef {{ ids: number[], keys: string[], state: string }} Source the mutants of a source that have a switch */

const OUTCOMES = join(FOLDER, "outcomes.json");
const LISTS = join(FOLDER, "lists.json");
const REACH = join(FOLDER, "reach");

/** A record that is kept in files. */
export class MutationRecord {
  /** @type {Map<string, Source>} */
  #sources = new Map();
  /** @type {Map<number, { file: string, index: number }>} */
  #places = new Map();
  /** @type {Record<string, string[]>} the keys of the mutants of a source, by its state */
  #lists;
  /** @type {Record<string, Outcome & { told: string[] }>} with a print of each test that told */
  #outcomes;
  /** @type {Map<string, Reach | undefined>} */
  #reach = new Map();

  #isWasm;
  /** @type {Map<string, number>} */
  #failures = new Map();
  /** Of all sources with mutants. */
  #state = "";

  /** @param {Mutant[]} mutants those that have a switch */
  constructor(mutants) {
    this.#isWasm = mutants.some(({ file }) => file.startsWith("assembly/"));
    this.#lists = read(LISTS) ?? {};
    this.#outcomes = read(OUTCOMES) ?? {};
    const texts = /** @type {Map<string, string[]>} */ (new Map());
    for (const mutant of mutants) {
      const { file, line, from, to, id } = mutant;
      if (id === undefined) continue;
      const lines = texts.get(file) ?? readFileSync(join(root, file), "utf8").split("\n");
      texts.set(file, lines);
      const source = this.#sources.get(file) ?? { ids: [], keys: [], state: "" };
      this.#sources.set(file, source);
      this.#places.set(id, { file, index: source.ids.length });
      source.ids.push(id);
      source.keys.push(hash([lines[line - 1]?.trim(), from, to].join("\0")).slice(0, 8));
    }
    for (const source of this.#sources.values()) {
      // the same change of the same line may be there more than once
      const seen = /** @type {Map<string, number>} */ (new Map());
      source.keys = source.keys.map((key) => {
        const times = seen.get(key) ?? 0;
        seen.set(key, times + 1);
        return times === 0 ? key : `${key} ${times}`;
      });
      source.state = hash(source.keys.join("\n")).slice(0, 16);
    }
    this.#state = hash([...this.#sources.values()].map(({ state }) => state).join("\n")).slice(0, 16);
  }

  /**
   * @param {string} name a test file
   * @returns {Reach | undefined} what it reaches, if that is known and the test is the same still; of a source that has
   *   changed, its new mutants too if it reached one of the old
   */
  reachOf(name) {
    if (!this.#reach.has(name)) {
      const kept = /** @type {Kept | undefined} */ (read(fileOf(name)));
      const isKnown = kept?.print === printOf(name) && (kept.isWasm || !this.#isWasm);
      this.#reach.set(name, kept !== undefined && isKnown ? this.#unpack(kept) : undefined);
      if (isKnown && kept.failedWith === this.#state) this.#failures.set(name, kept.failures);
    }
    return this.#reach.get(name);
  }

  /**
   * @param {string} name a test file
   * @returns {boolean} whether it is worth another run, as it is unknown what it reaches, or it failed once
   */
  isUnknown(name) {
    const reach = this.reachOf(name);
    return reach === undefined || (!reach.passed && (this.#failures.get(name) ?? 0) < 2);
  }

  /**
   * @param {string} name a test file
   * @param {Reach} reach what it reaches
   */
  keepReach(name, reach) {
    const failures = reach.passed ? 0 : (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    /** @type {Kept["files"]} */
    const files = {};
    const add = (/** @type {string} */ row, /** @type {number[]} */ ids) => {
      /** @type {Map<string, number[]>} */
      const byFile = new Map();
      for (const id of ids) {
        const place = this.#places.get(id);
        if (place !== undefined) byFile.set(place.file, [...(byFile.get(place.file) ?? []), place.index]);
      }
      for (const [file, indices] of byFile) {
        const { state = "", keys = [] } = this.#sources.get(file) ?? {};
        this.#lists[state] = keys;
        files[file] ??= { state, rows: {} };
        files[file].rows[row] = pack(indices);
      }
    };
    add("always", reach.always);
    for (const [index, { mutants }] of reach.tests.entries()) add(String(index), mutants);
    const { passed, load, modules } = reach;
    const seconds = reach.tests.map((test) => test.seconds);
    /** @type {Kept} */
    const kept = {
      print: printOf(name),
      isWasm: this.#isWasm,
      failures,
      failedWith: this.#state,
      passed,
      load,
      modules,
      seconds,
      files,
    };
    mkdirSync(REACH, { recursive: true });
    writeFileSync(fileOf(name), JSON.stringify(kept));
    writeFileSync(LISTS, JSON.stringify(this.#lists));
    this.#reach.set(name, reach);
  }

  /**
   * @param {Kept} kept what was kept
   * @returns {Reach} the same with the numbers of now
   */
  #unpack({ passed, load, modules, seconds, files }) {
    const tests = seconds.map((of) => ({ seconds: of, mutants: /** @type {number[]} */ ([]) }));
    const always = /** @type {number[]} */ ([]);
    for (const [file, { state, rows }] of Object.entries(files)) {
      const source = this.#sources.get(file);
      if (source === undefined) continue;
      const old = source.state === state ? undefined : this.#lists[state];
      const known = new Set(old);
      const added =
        old === undefined ? [] : source.ids.filter((_, index) => !known.has(String(source.keys[index])));
      const byKey = new Map(source.keys.map((key, index) => [key, source.ids[index]]));
      for (const [row, packed] of Object.entries(rows)) {
        const to = row === "always" ? always : tests[Number(row)]?.mutants;
        for (const index of unpack(packed)) {
          const id = old === undefined ? source.ids[index] : byKey.get(String(old[index]));
          if (id !== undefined) to?.push(id);
        }
        to?.push(...added);
      }
    }
    return { passed, load, modules, tests, always };
  }

  /**
   * @param {Mutant} mutant a mutant
   * @param {string[]} tests the test files that reach it
   * @returns {Outcome | undefined} what became of it, if neither its source nor the tests that say so changed since
   */
  outcomeOf(mutant, tests) {
    const known = this.#outcomes[keyOf(mutant)];
    if (known === undefined) return undefined;
    const { told, ...outcome } = known;
    // no test told that
    if (known.fate === "equivalent" || known.fate === "invalid") return outcome;
    const saying = known.by === undefined ? tests : [known.by];
    return saying.every((name) => tests.includes(name) && told.includes(briefPrintOf(name)))
      ? outcome
      : undefined;
  }

  /**
   * @param {Mutant} mutant a mutant that no test had noticed
   * @param {string[]} tests the test files that reach it
   * @returns {string[]} those that are another now, or had not met it
   */
  changedFor(mutant, tests) {
    const known = this.#outcomes[keyOf(mutant)];
    if (known?.fate !== "survived") return tests;
    return tests.filter((name) => !known.told.includes(briefPrintOf(name)));
  }

  /**
   * @param {Mutant} mutant a mutant
   * @param {string[]} tests the test files that it was to meet
   * @param {Outcome} outcome what became of it
   */
  keep(mutant, tests, outcome) {
    const saying = outcome.by === undefined ? tests : [outcome.by];
    this.#outcomes[keyOf(mutant)] = { ...outcome, told: saying.map(briefPrintOf) };
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(OUTCOMES, JSON.stringify(this.#outcomes));
  }
}

/**
 * @param {string} file a file of JSON
 * @returns {any} what is in it; nothing when it is not there
 */
function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/**
 * @param {string} name a test file
 * @returns {string} where what it reaches is kept
 */
function fileOf(name) {
  return join(REACH, `${name.replaceAll("/", "+")}.json`);
}

/**
 * @param {number[]} indices numbers from 0
 * @returns {string} a bit for each
 */
function pack(indices) {
  const bits = Buffer.alloc((Math.max(...indices) >> 3) + 1);
  for (const index of indices) bits.writeUInt8(bits.readUInt8(index >> 3) | (1 << (index & 7)), index >> 3);
  return bits.toString("base64");
}

/**
 * @param {string} packed bits
 * @returns {number[]} the places of those that are set
 */
function unpack(packed) {
  const bits = Buffer.from(packed, "base64");
  const indices = [];
  for (let index = 0; index < bits.length * 8; index++) {
    if (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) indices.push(index);
  }
  return indices;
}

/**
 * @param {string} text any text
 * @returns {string} a hash
 */
function hash(text) {
  return createHash("sha256").update(text).digest("base64url");
}

/** Sources, which are read for each of their mutants otherwise. */
const texts = /** @type {Map<string, string>} */ (new Map());

/**
 * @param {Mutant} mutant a mutant
 * @returns {string} what names it as long as its source stays the same
 */
function keyOf({ file, start, end, to }) {
  const text = texts.get(file) ?? hash(readFileSync(join(root, file), "utf8"));
  texts.set(file, text);
  return hash([file, text, start, end, to].join("\0"));
}

/** What tests are made of, by name. */
const prints = /** @type {Map<string, string>} */ (new Map());

/**
 * @param {string} name a test file
 * @returns {string} what changes when it does
 */
function briefPrintOf(name) {
  let print = prints.get(name);
  if (print === undefined) {
    print = hash(`${name} ${printOf(name)}`).slice(0, 10);
    prints.set(name, print);
  }
  return print;
}
