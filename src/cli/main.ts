#!/usr/bin/env node
/** The command `wasock`: it starts the thread of a program while it loads the rest. */
import { createRequire } from "node:module";
import { earlyThread } from "../../host/run/early-thread.ts";

const args = process.argv.slice(2);
const early = args[0] === "run" ? earlyThread(args.slice(1), import.meta.url) : undefined;
const { main } = createRequire(import.meta.url)("./commands.cjs") as typeof import("./commands.ts");
await main(args, early);
