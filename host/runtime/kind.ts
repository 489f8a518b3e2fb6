/** Which runtime this is, as far as it decides how a program is run: what is asked before anything else is loaded. */
import { wasm } from "./webassembly.ts";

/** Whether this is Node itself, and no runtime that takes its name. */
export const isNode: boolean =
  process.release.name === "node" && !("Bun" in globalThis) && !("Deno" in globalThis);

/** Whether this is a page, or a worker of one, where `host/browser/` stands in for Node. */
export const isBrowser: boolean = process.release.name === "browser";

/** What is told there where the machine's network, threads or files are asked for. */
export const NO_NETWORK: string =
  "a browser has no network of its own: give one, as onNetwork(network) or as the option network, from createNetwork of wasock/testing or createRelayNetwork of wasock/host";

/** Whether programs get threads by default: on Node, unless its permissions (`--permission`) leave threads out. */
export const givesThreads: boolean =
  isNode && (process as { permission?: { has(scope: string): boolean } }).permission?.has("worker") !== false;

/** Whether WebAssembly can wait for a promise (JSPI: Node 24 with a flag, 26, Deno, Bun). */
export const hasJspi: boolean = wasm !== undefined && "Suspending" in wasm && "promising" in wasm;

/** What a variable of the environment says; nothing where the runtime's permissions keep it from us (Deno, without `--allow-env`). */
export function variable(name: string): string | undefined {
  try {
    return Object.hasOwn(process.env, name) ? process.env[name] : undefined;
  } catch {
    return undefined;
  }
}

/** The names of all variables; none where the runtime's permissions keep their list from us, though not each of them. */
export function variableNames(): string[] {
  try {
    return Object.keys(process.env);
  } catch {
    return [];
  }
}
