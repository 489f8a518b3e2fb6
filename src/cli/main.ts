#!/usr/bin/env node
/** The command `wasock`: it starts the thread of a program while it loads the rest. */
import { createRequire } from "node:module";
import { safeCodeFolder, useCode } from "../../host/run/code-cache.ts";
import { earlyThread } from "../../host/run/early-thread.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`wasock: it takes Node 20.19 or later, and this is ${process.versions.node}`);
  process.exit(2);
}
const args = process.argv.slice(2);
const isRun = args[0] === "run";
if (isRun) useCode(safeCodeFolder());
const early = isRun ? earlyThread(args.slice(1), import.meta.url) : undefined;
const { main } = createRequire(import.meta.url)("./commands.cjs") as typeof import("./commands.ts");
await main(args, early);
