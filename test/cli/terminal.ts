/** Commands in a terminal of their own, with what is typed there. */
import { spawnSync } from "node:child_process";
import { platform } from "node:os";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { isNode } from "../../host/runtime/features.ts";

const helper = fileURLToPath(new URL("../../../test/cli/support/terminal.py", import.meta.url));

/** Whether there is what it takes. */
export const hasTerminals: boolean =
  isNode && platform() !== "win32" && spawnSync("python3", ["-c", "import pty"]).status === 0;
if (!hasTerminals) console.log("nobody is asked: there is no python3 to make terminals");

/** What is typed when something stands there; with nothing to wait for before the command starts. */
export type Steps = readonly (readonly [expected: string, typed: string])[];

/** How it ended, and what stood at the terminal. */
export interface Session {
  readonly transcript: string;
  readonly code: number | undefined;
  readonly signal: number;
}

/** Runs a command there. */
export function atTerminal(
  folder: string,
  steps: Steps,
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Session {
  const { stdout, stderr } = spawnSync("python3", [helper, JSON.stringify(steps), ...command], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, TERM: "xterm", NO_COLOR: "1", ...env },
  });
  assert.is(stderr, "");
  const { transcript, status } = JSON.parse(stdout) as { transcript: string; status: number };
  const signal = status & 127;
  return {
    transcript: transcript.replaceAll("\r\n", "\n"),
    code: signal === 0 ? status >> 8 : undefined,
    signal,
  };
}
