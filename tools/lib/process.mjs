// Child processes of the tools.

import { spawn } from "node:child_process";
import { root } from "./files.mjs";

/**
 * @typedef {object} Outcome how a child process ended
 * @property {number | null} code its exit code; `null` when a signal ended it
 * @property {NodeJS.Signals | null} signal the signal
 * @property {boolean} timedOut whether it was ended because its time was up
 * @property {string} output what it wrote, both streams in the order of arrival, for people to read: one may stand in
 *   the middle of the other's line; empty when it wrote to ours
 * @property {string} stdout what it wrote to its standard output alone, for programs to read; empty when it wrote to ours
 */

/**
 * Runs a program to its end. It leads a process group of its own, so that when its time is up, or ours, what it
 * started ends with it.
 *
 * @param {string} command the program
 * @param {string[]} args its arguments
 * @param {object} [options]
 * @param {boolean} [options.capture] keeps what it writes instead of letting it write to our streams (default false)
 * @param {number} [options.timeoutSeconds] ends it after that time (default: never)
 * @param {(child: import("node:child_process").ChildProcess, end: () => void) => void} [options.watch] is given the
 *   process, which can tell more on descriptor 3 then, a pipe to us, and what ends it and what it has started
 * @param {NodeJS.ProcessEnv} [options.env] its environment (default: ours)
 * @param {string} [options.cwd] its folder (default: the repository)
 * @returns {Promise<Outcome>} how it ended; never rejects, a program that can't be started has code 127
 */
export function run(command, args, { capture = false, timeoutSeconds, watch, env, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      stdio: ["ignore", ...Array(2).fill(capture ? "pipe" : "inherit"), ...(watch ? ["pipe"] : [])],
      detached: process.platform !== "win32",
    });
    let output = "";
    let stdout = "";
    let timedOut = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        output += text;
        if (stream === child.stdout) stdout += text;
      });
    }
    const end = () => killTree(child);
    running.add(end);
    const late = () => {
      timedOut = true;
      end();
    };
    const timer = timeoutSeconds === undefined ? undefined : setTimeout(late, timeoutSeconds * 1000);
    watch?.(child, late);
    child.once("error", (error) => {
      output += `${error.message}\n`;
      finish(127, null);
    });
    child.once("exit", (code, signal) => {
      // What the child left behind in its group may hold its pipes open: end it, then take what was written.
      end();
      if (capture) child.once("close", () => finish(code, signal));
      else finish(code, signal);
    });
    /**
     * @param {number | null} code the exit code
     * @param {NodeJS.Signals | null} signal the signal
     */
    function finish(code, signal) {
      clearTimeout(timer);
      running.delete(end);
      resolve({ code, signal, timedOut, output, stdout });
    }
  });
}

/** How to end each process that is running now. */
const running = /** @type {Set<() => void>} */ (new Set());

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => {
    for (const end of running) end();
    process.kill(process.pid, signal);
  });
}

/**
 * Ends a process and what it started, at once.
 *
 * @param {import("node:child_process").ChildProcess} child the leader of the group
 */
function killTree(child) {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}
