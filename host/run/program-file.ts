/** Programs, read from their files. */
import { readFile } from "node:fs";
import { keepProgram } from "../link/kept.ts";
import { printable } from "../messages/printable.ts";
import { RunError } from "./run-error.ts";

/** Files that were read, where programs are kept, and for how many. */
let files: Map<string, Uint8Array> | undefined;
let keepers = 0;

/**
 * Has files of programs read, decoded and compiled once from now on, for programs that run many times.
 *
 * @returns ends it
 */
export function keepPrograms(): () => void {
  keepers++;
  files ??= new Map();
  return () => {
    if (--keepers === 0) files = undefined;
  };
}

/** @throws RunError `ERR_FILE` */
export async function readProgram(path: string): Promise<Uint8Array> {
  const before = files?.get(path);
  if (before !== undefined) return before;
  try {
    // node:fs/promises would be loaded with all that reads lines
    const bytes = await new Promise<Uint8Array>((resolve, reject) => {
      readFile(path, (error, read) => (error === null ? resolve(new Uint8Array(read)) : reject(error)));
    });
    if (files !== undefined) keepProgram(bytes);
    files?.set(path, bytes);
    return bytes;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "this is a folder" : message;
    throw new RunError("ERR_FILE", `${printable(path, 1000)}: ${why}`, { cause: error });
  }
}
