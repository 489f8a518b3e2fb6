/** The runtimes in which command components are run by tests: `wasock run` on this Node, and Wasmtime. */
import { fileURLToPath } from "node:url";
import { hasSuspending } from "./jco.ts";
import { findPython, findWasmtimeCommand } from "./wasmtime.ts";

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

/** What a component is called that was built for WASI 0.3. */
function ofWasi03(component: string): string {
  return component.replace(/\.wasm$/, ".wasi03.wasm");
}

/**
 * The same for programs that are built for WASI 0.3 too, which lie beside those of 0.2: with the runtimes that there are
 * for these. `WASOCK_RUNNERS` names a part of the names of those that are wanted.
 */
export function allRunners(): Runner[] {
  const found = runners();
  const wanted = process.env["WASOCK_RUNNERS"] ?? "";
  const name = (runtime: string): string => `${runtime}, WASI 0.3`;
  found.push({
    name: name("wasock run"),
    command: (component) => [process.execPath, cli, "run", ...allowed, ofWasi03(component)],
  });
  const wasmtime = findWasmtimeCommand();
  if ("reason" in wasmtime) {
    console.log(`${name("Wasmtime")}: skipped, ${wasmtime.reason}`);
    return found.filter((runner) => runner.name.includes(wanted));
  }
  const network = ["-S", "inherit-network,allow-ip-name-lookup"];
  found.push({
    name: name("Wasmtime"),
    command: (component) => [wasmtime.command, "run", ...network, ofWasi03(component)],
  });
  return found.filter((runner) => runner.name.includes(wanted));
}

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
