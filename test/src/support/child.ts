/** A program in another process, which has the library. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** What a program has printed, line by line, and how it ended. */
export interface ProgramResult {
  readonly lines: string[];
  readonly errors: string;
  readonly code: number | null;
}

/**
 * Runs a module that has the library as `W`.
 *
 * @param source JavaScript
 * @param flags of Node
 */
export async function runProgram(source: string, flags: readonly string[] = []): Promise<ProgramResult> {
  const library = new URL("../../../src/index.js", import.meta.url);
  const program = `const W = await import(${JSON.stringify(library.href)});\n${source}`;
  const child = spawn(process.execPath, [...flags, "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { lines: output.split("\n").filter((line) => line !== ""), errors, code };
}
