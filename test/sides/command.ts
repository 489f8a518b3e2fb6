/** Runs a command component in Wasmtime (command.py). */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { findPython } from "./wasmtime.ts";

// compiled, this file lies in build/test/sides
const script = fileURLToPath(new URL("../../../test/sides/command.py", import.meta.url));

/** What came of a run. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs it to its end.
 *
 * @param component the file
 * @param args its arguments
 * @param given what it finds in its environment and on its standard input
 */
export async function runCommand(
  component: string,
  args: readonly string[],
  given: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Ran> {
  const found = findPython();
  if ("reason" in found) throw new Error(found.reason);
  const child = spawn(found.python, [script, component, ...args], {
    env: { PATH: process.env["PATH"], WASOCK_COMPILED: process.env["WASOCK_COMPILED"], ...given.env },
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  child.stdin.on("error", () => {}); // it need not read
  child.stdin.end(given.input ?? "");
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}
