/**
 * The command in the test's own process: to tell a mistake takes milliseconds, and a process around it a hundred times as
 * much. For what a program runs in, prints or is ended by, `wasock` is started.
 */
import { main } from "../../src/cli/commands.ts";

/** How it ended, as spawnSync tells it. */
export interface Told {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

class Exit {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** The object stays, so that the system's own functions see the same. */
function setEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
}

/**
 * Runs it; the process has no other working directory, environment or output meanwhile.
 *
 * @param folder the working directory
 * @param args what follows `wasock`
 * @param env the environment
 */
export async function wasockIn(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Told> {
  const { exit, exitCode } = process;
  const ownEnv = { ...process.env };
  const ownFolder = process.cwd();
  const said = { stdout: "", stderr: "" };
  const written = (["stdout", "stderr"] as const).map((name) => {
    const { write } = process[name];
    process[name].write = (text: string | Uint8Array): boolean => {
      said[name] += text;
      return true;
    };
    return () => {
      process[name].write = write;
    };
  });
  process.chdir(folder);
  setEnvironment(env);
  process.exit = (code) => {
    throw new Exit(Number(code));
  };
  try {
    await main([...args], undefined);
    return { status: Number(process.exitCode), ...said };
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    return { status: error.code, ...said };
  } finally {
    for (const restore of written) restore();
    process.exit = exit;
    process.exitCode = exitCode;
    setEnvironment(ownEnv);
    process.chdir(ownFolder);
  }
}
