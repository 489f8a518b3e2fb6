/** `wasock cache`: what earlier versions kept of components; nothing is kept any more. */
import { lstatSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { printable } from "../../host/io/printable.ts";
import { UsageError } from "./usage.ts";

const CACHE_HELP = `wasock cache [clear]

Earlier versions kept what they had made of components; this one keeps nothing, and uses nothing that was kept.

  wasock cache        tell where that is, and how large it is
  wasock cache clear  remove it
`;

/** What was kept of one component is called by its SHA-256; a draft of it has something behind. */
const KEPT = /^[0-9a-f]{64}(?:-[0-9A-Za-z]+)?$/;

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
  const folder = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "wasock");
  const kept = keptIn(folder);
  if (action === undefined) {
    const size = kept.reduce((sum, path) => sum + sizeOf(path), 0);
    console.log(`${printable(folder)}: ${kept.length} components, ${Math.ceil(size / 1024)} KiB`);
    return 0;
  }
  for (const path of kept) rmSync(path, { recursive: true, force: true });
  if (kept.length > 0 && readdirSync(folder).length === 0) rmdirSync(folder);
  console.log(`${printable(folder)}: ${kept.length} components were removed`);
  return 0;
}

/** What is there of ours: what others have put there, or where a link leads, is left alone. */
function keptIn(folder: string): string[] {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder)
    .filter((name) => KEPT.test(name))
    .map((name) => join(folder, name));
}

function sizeOf(path: string): number {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
