/** Where each thread starts: what it is made of is loaded as it was compiled before. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { workerData } from "node:worker_threads";
import { loadCode, saveCodeOf } from "../code-cache.ts";
import { useCode } from "../code-folder.ts";
import type { ThreadData } from "../early-thread.ts";

type Thread = typeof import("./core.ts") | typeof import("./guest.ts") | typeof import("./world.ts");

const { kind, code } = workerData as ThreadData;
useCode(code);
const file = fileURLToPath(new URL(`${kind}.cjs`, import.meta.url));
loadCode(file);
const { serve } = createRequire(file)(file) as Thread;
serve(saveCodeOf);
