/** How the command starts: with its code as it was compiled before, and the thread of a program while it loads the rest. */
import { fileURLToPath } from "node:url";
import { loadCode, saveCode } from "../../host/run/code-cache.ts";
import { safeCodeFolder, useCode } from "../../host/run/code-folder.ts";
import { earlyThread } from "../../host/run/early-thread.ts";

/**
 * Runs a command, and ends this process.
 *
 * @param args the command's name, and what belongs to it
 * @param folder where the files of the threads are
 */
export async function start(args: string[], folder: string): Promise<void> {
  const isRun = args[0] === "run";
  if (isRun) useCode(safeCodeFolder());
  const early = isRun ? earlyThread(args.slice(1), folder) : undefined;
  if (isRun) {
    // what it is bundled to, with all that a run needs
    loadCode(fileURLToPath(new URL("start-run.cjs", folder)));
    process.once("exit", saveCode);
  }
  const { main } = await import("./commands.ts");
  await main(args, early);
}
