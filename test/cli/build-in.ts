/** `wasock build` in the test's own process: the compiler takes seconds to be loaded, and little for a program. */
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
