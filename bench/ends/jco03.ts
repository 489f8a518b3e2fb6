/**
 * A command of WASI 0.3 by jco's glue and preview3-shim, for which `jco run` has no way yet: `jco03 COMPONENT ARGUMENT…`.
 * It takes JSPI. The shim keeps the process when the command has ended.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transpile } from "@bytecodealliance/jco";

const [component = "", ...args] = process.argv.slice(2);
// where what it imports is found
const builds = fileURLToPath(new URL("../../../build/bench/jco03", import.meta.url));
mkdirSync(builds, { recursive: true });
const folder = mkdtempSync(join(builds, "run-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.on("SIGTERM", () => process.exit());
const { files } = await transpile(readFileSync(component), { name: "program" });
const all: Iterable<[string, Uint8Array]> = Array.isArray(files) ? files : Object.entries(files);
for (const [name, bytes] of all) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), bytes);
}
const cli = (await import("@bytecodealliance/preview3-shim/cli" as string)) as {
  _setArgs(args: readonly string[]): void;
};
cli._setArgs([component, ...args]);
const program = (await import(pathToFileURL(join(folder, "program.js")).href)) as {
  run: { run(): Promise<void> };
};
await program.run.run();
