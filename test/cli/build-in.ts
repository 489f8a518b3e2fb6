/** `wasock build` in the test's own process: the compiler takes seconds to be loaded, and little for a program. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../src/cli/build.ts";
import { UsageError } from "../../src/cli/usage.ts";

/** How it ended: its exit code, and what it said on the error output. */
export interface Built {
  readonly status: number;
  readonly stderr: string;
}

/**
 * Runs it; the process has no other working directory meanwhile.
 *
 * @param folder the working directory
 * @param args what follows `wasock build`
 */
export async function buildIn(folder: string, ...args: string[]): Promise<Built> {
  const { error: write } = console;
  const before = process.cwd();
  let stderr = "";
  console.error = (text: string) => {
    stderr += `${text}\n`;
  };
  process.chdir(folder);
  try {
    return { status: await build(args), stderr };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { status: error.exitCode, stderr: `${stderr}wasock: ${error.message}\n` };
  } finally {
    process.chdir(before);
    console.error = write;
  }
}

/** A folder with `files` for the time of `work`. */
export async function project(
  files: Readonly<Record<string, string>>,
  work: (folder: string) => Promise<void> | void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "wasock-build-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
