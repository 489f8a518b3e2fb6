/** The runtimes in which command components are run by tests: `wasock run` on this Node, and Wasmtime. */
import { fileURLToPath } from "node:url";
import { hasSuspending } from "./jco.ts";
import { findPython } from "./wasmtime.ts";

/** A runtime. */
export interface Runner {
  readonly name: string;
  /** Starts a component with the whole network allowed; its arguments follow. */
  command(component: string): [file: string, ...args: string[]];
}

// compiled, this file lies in build/test/sides
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const script = fileURLToPath(new URL("../../../test/sides/command.py", import.meta.url));
const allowed = ["--allow-net", "--allow-listen", "--allow-dns"];

/** The runtimes that are there; why one is not is printed. */
export function runners(): Runner[] {
  const run = (...options: string[]): Runner["command"] => {
    return (component) => [process.execPath, cli, "run", ...options, ...allowed, component];
  };
  const found: Runner[] = [{ name: "wasock run", command: run() }];
  // without the means to suspend, it runs that way anyway
  if (hasSuspending()) found.push({ name: "wasock run --sync", command: run("--sync") });
  const python = findPython();
  if ("reason" in python) console.log(`Wasmtime: skipped, ${python.reason}`);
  else found.push({ name: "Wasmtime", command: (component) => [python.python, script, component] });
  return found;
}
