// How much time the machine gives to a process and to what it starts.

import { readdirSync, readFileSync } from "node:fs";

/** How often it looks, in seconds. */
const TICK = 1;

/** @typedef {{ ran: number, waited: number }} Times for how many seconds threads ran, and waited for a processor */

/**
 * Counts the seconds in which a process could go on: those that pass, less those that a thread of it, or of a process
 * that it has started, was ready to run and had to wait for a processor. A process that waits for an event is given
 * all the time there is, however busy the machine; one that others slow down is given less, and in any case the time that
 * it runs. Only Linux tells; elsewhere all that passes counts.
 */
export class GivenTime {
  /** Since {@link restart}. */
  seconds = 0;
  #leader;
  /** @type {Map<string, Times>} */
  #last = new Map();
  #timer;

  /**
   * @param {number} leader the process, which leads a session of its own
   * @param {() => void} onTick called every second, until {@link stop}
   */
  constructor(leader, onTick) {
    this.#leader = String(leader);
    this.#timer = setInterval(() => {
      const { ran, waited } = this.#sinceThen();
      // several threads that compute wait for one another, too
      this.seconds += Math.max(TICK - waited, Math.min(ran, TICK));
      onTick();
    }, TICK * 1000);
  }

  restart() {
    this.seconds = 0;
  }

  stop() {
    clearInterval(this.#timer);
  }

  /** @returns {Times} what its threads have done, all together, since it was asked last */
  #sinceThen() {
    /** @type {Map<string, Times>} */
    const now = new Map();
    for (const pid of numbersIn("/proc")) {
      // the command's name may hold anything, a parenthesis too; the session is the fourth word behind it
      const [, , , session] = read(`/proc/${pid}/stat`)
        .replace(/^.*\) /s, "")
        .split(" ");
      if (session !== this.#leader) continue;
      for (const tid of numbersIn(`/proc/${pid}/task`)) {
        const [ran, waited] = read(`/proc/${pid}/task/${tid}/schedstat`).split(" ");
        now.set(tid, { ran: Number(ran ?? 0) / 1e9, waited: Number(waited ?? 0) / 1e9 });
      }
    }
    const sum = { ran: 0, waited: 0 };
    for (const [tid, { ran, waited }] of now) {
      const last = this.#last.get(tid);
      sum.ran += Math.max(0, ran - (last?.ran ?? 0));
      sum.waited += Math.max(0, waited - (last?.waited ?? 0));
    }
    this.#last = now;
    return sum;
  }
}

/**
 * @param {string} folder a folder of procfs
 * @returns {string[]} the processes or threads in it; none where there is no such folder
 */
function numbersIn(folder) {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/**
 * @param {string} path a file of procfs
 * @returns {string} what is in it; nothing when its process is gone
 */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
