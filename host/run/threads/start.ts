/** Where each thread starts: what it is made of is loaded as it was compiled before. */
import { createRequire } from "node:module";
import { workerData } from "node:worker_threads";
import { useCode } from "../code-cache.ts";

/** `world`: of a program and its host. `guest`: of a program that blocks. `core`: of the core modules of one of WASI 0.3 that does. */
export type ThreadKind = "world" | "guest" | "core";

/** What a thread is made with. */
export interface ThreadData {
  readonly kind: ThreadKind;
  /** Where its code is kept, compiled. */
  readonly code: string | undefined;
}

const { kind, code } = workerData as ThreadData;
useCode(code);
createRequire(import.meta.url)(`./${kind}.cjs`);
