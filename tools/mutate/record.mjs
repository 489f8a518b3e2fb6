// What is known from earlier runs: what each test file reaches, and what became of each mutant.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/files.mjs";
import { FOLDER, stateOfSources } from "./tree.mjs";

/**
 * @typedef {import("./mutant.mjs").Mutant} Mutant
 * @typedef {import("./tests.mjs").Reach} Reach
 * @typedef {"noticed" | "survived" | "equivalent" | "invalid" | "not tried"} Fate
 * @typedef {{ fate: Fate, by?: string, tests: number }} Outcome what became of a mutant, which test noticed, and how many
 *   test files it met at most
 */

const FILE = join(FOLDER, "record.json");

/** A record that is kept in a file. */
export class MutationRecord {
  /** @type {{ state: string, reach: Record<string, Reach>, outcomes: Record<string, Outcome & { prints: string }> }} */
  #kept = { state: stateOfSources(), reach: {}, outcomes: {} };

  /** Reads what was kept; numbers of mutants that are no more are forgotten. */
  constructor() {
    try {
      const kept = JSON.parse(readFileSync(FILE, "utf8"));
      this.#kept = kept.state === this.#kept.state ? kept : { ...this.#kept, outcomes: kept.outcomes };
    } catch {
      // the first run
    }
  }

  /** Keeps it. */
  save() {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(FILE, JSON.stringify(this.#kept));
  }

  /** @returns {Record<string, Reach>} what test files reach, by name */
  get reach() {
    return this.#kept.reach;
  }

  /**
   * @param {Mutant} mutant a mutant
   * @param {[string, Reach][]} tests those that it is to meet
   * @returns {Outcome | undefined} what became of it, if neither its source nor the tests that say so changed since
   */
  outcomeOf(mutant, tests) {
    const known = this.#kept.outcomes[keyOf(mutant)];
    if (known?.prints === printsOf(tests)) return known;
    const noticed = tests.filter(([name]) => name === known?.by);
    return known !== undefined && known.prints === printsOf(noticed) ? known : undefined;
  }

  /**
   * @param {Mutant} mutant a mutant
   * @param {[string, Reach][]} tests those that it was to meet
   * @param {Outcome} outcome what became of it
   */
  keep(mutant, tests, outcome) {
    const saying = outcome.by === undefined ? tests : tests.filter(([name]) => name === outcome.by);
    this.#kept.outcomes[keyOf(mutant)] = { ...outcome, prints: printsOf(saying) };
  }
}

/**
 * @param {string} text any text
 * @returns {string} a hash
 */
function hash(text) {
  return createHash("sha256").update(text).digest("base64url");
}

/**
 * @param {Mutant} mutant a mutant
 * @returns {string} what names it as long as its source stays the same
 */
function keyOf({ file, start, end, to }) {
  return hash([file, readFileSync(join(root, file), "utf8"), start, end, to].join("\0"));
}

/**
 * @param {[string, Reach][]} tests test files
 * @returns {string} what changes when one of them does, or when there are others
 */
function printsOf(tests) {
  return hash(tests.map(([name, { print }]) => `${name} ${print}`).join("\n"));
}
