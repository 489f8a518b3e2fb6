/** `wasock cache`: what is kept between runs, which is V8's compiled form of our own code. */
import { lstatSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { printable } from "../../host/messages/printable.ts";
import { codeFolder } from "../../host/run/code-folder.ts";
import { UsageError } from "./usage.ts";

const CACHE_HELP = `wasock cache [clear]

wasock run keeps its own code as Node has compiled it, so that it starts sooner, and nothing of the programs that it
runs. NODE_DISABLE_COMPILE_CACHE=1 leaves it out.

  wasock cache        tell where that is, and how large it is
  wasock cache clear  remove it
`;

/** Earlier versions kept what they had made of a component, called by its SHA-256; a draft of it has something behind. */
const OF_A_COMPONENT = /^[0-9a-f]{64}(?:-[0-9A-Za-z]+)?$/;

/** Runs the command; its exit code. */
export async function cache(args: string[]): Promise<number> {
  const [action, ...more] = args;
  if (action === "--help" || action === "-h") {
    console.log(CACHE_HELP);
    return 0;
  }
  if (more.length > 0 || (action !== undefined && action !== "clear")) {
    throw new UsageError(`wasock cache ${printable(args.join(" "))}: only clear can follow`);
  }
  const folder = dirname(codeFolder());
  const kept = keptIn(folder);
  const size = Math.ceil(kept.reduce((sum, path) => sum + sizeOf(path), 0) / 1024);
  if (action === undefined) {
    console.log(`${printable(folder)}: ${size} KiB`);
    return 0;
  }
  for (const path of kept) rmSync(path, { recursive: true, force: true });
  if (kept.length > 0 && readdirSync(folder).length === 0) rmdirSync(folder);
  console.log(`${printable(folder)}: ${size} KiB were removed`);
  return 0;
}

/** What is there of ours: what others have put there, or where a link leads, is left alone. */
function keptIn(folder: string): string[] {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => path === codeFolder() || OF_A_COMPONENT.test(path.slice(folder.length + 1)));
}

function sizeOf(path: string): number {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
