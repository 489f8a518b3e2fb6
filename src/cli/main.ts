#!/usr/bin/env node
/** The command `wasock`. */
import { createRequire } from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`wasock: it takes Node 20.19 or later, and this is ${process.versions.node}`);
  process.exit(2);
}
// no module for `import`: those of Node's own that it takes are evaluated with all that hangs on them, such as node:fs
const { start } = createRequire(import.meta.url)("./start.cjs") as typeof import("./start.ts");
await start(process.argv.slice(2), import.meta.url);
