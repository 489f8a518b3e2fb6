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

/** Whether `wasock run` runs components on this Node. */
const canRun = hasSuspending();

/** The runtimes that are there; why one is not is printed. */
export function runners(): Runner[] {
  const found: Runner[] = [];
  if (canRun) {
    found.push({
      name: "wasock run",
      command: (component) => [process.execPath, cli, "run", ...allowed, component],
    });
  } else {
    console.log(
      `wasock run: skipped, Node ${process.versions.node} can't suspend WebAssembly functions (JSPI)`,
    );
  }
  const python = findPython();
  if ("reason" in python) console.log(`Wasmtime: skipped, ${python.reason}`);
  else found.push({ name: "Wasmtime", command: (component) => [python.python, script, component] });
  return found;
}
