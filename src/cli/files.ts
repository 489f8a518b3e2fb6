/** Files and folders that options name. */
import { readFileSync, statSync } from "node:fs";
import type { FolderGrant } from "../../host/files/folders.ts";
import { printable } from "../../host/messages/printable.ts";
import { importsFrom, importsWasi03, isCoreModule, mayMakeObjects } from "../../host/run/binary.ts";
import { sentenceOf } from "./failure.ts";
import { UsageError } from "./usage.ts";

/**
 * Checks that there is a file.
 *
 * @param hint what may have been meant, where there is none
 * @throws UsageError
 */
export function requireFile(path: string, hint = ""): void {
  const name = printable(path, 1000);
  try {
    if (statSync(path).isDirectory()) throw new UsageError(`${name}: this is a folder`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as { code?: unknown };
    const why =
      code === "ENOENT" ? `there is no such file${hint}` : sentenceOf(error as NodeJS.ErrnoException);
    throw new UsageError(`${name}: ${why}`);
  }
}

/** What is known of a program before it is run. */
export interface Nature {
  /** What it is; nothing where it can't be read. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  readonly isPreview1: boolean;
  readonly isWasi03: boolean;
  /** Whether it can fill the engine's own heap. */
  readonly makesObjects: boolean;
}

/** Reads a program's file, and looks at it; of one that can't be read, whoever runs it says what is wrong with it. */
export function natureOf(file: string): Nature {
  try {
    // of a buffer that is its own, and goes to a thread alone
    const bytes = new Uint8Array(readFileSync(file));
    return {
      bytes,
      isPreview1: isCoreModule(bytes) && importsFrom(file, bytes, "wasi_snapshot_preview1"),
      isWasi03: importsWasi03(bytes),
      makesObjects: mayMakeObjects(file, bytes),
    };
  } catch {
    return { bytes: undefined, isPreview1: false, isWasi03: false, makesObjects: true };
  }
}

/**
 * The folders that a program is given.
 *
 * @param options each `HOST`, `HOST::GUEST`, `HOST:ro` or `HOST::GUEST:ro`; without GUEST the program calls it HOST
 * @throws UsageError when there is no such folder, or two have one name
 */
export function foldersOf(options: readonly string[]): FolderGrant[] {
  const names = new Set<string>();
  return options.map((option) => {
    const readOnly = option.endsWith(":ro");
    const paths = readOnly ? option.slice(0, -":ro".length) : option;
    const at = paths.indexOf("::");
    const host = at < 0 ? paths : paths.slice(0, at);
    const guest = at < 0 ? host : paths.slice(at + 2);
    const refuse = (why: string): never => {
      throw new UsageError(`--dir ${option}: ${why}`);
    };
    if (host === "" || guest === "") refuse("it is to look like HOST, HOST::GUEST or HOST::GUEST:ro");
    // what is misspelt would be taken for a name, and the folder could be changed
    if (at >= 0 && /:\s*[a-z]*\s*$/i.test(guest)) refuse("behind a colon at its end only ro can stand");
    if (names.has(guest)) refuse(`the program has another folder that it calls ${guest}`);
    names.add(guest);
    try {
      if (!statSync(host).isDirectory()) refuse(`${host} is not a folder`);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const { code } = error as { code?: unknown };
      refuse(
        code === "ENOENT" ? `there is no folder ${host}` : `the folder ${host} can't be opened: ${code}`,
      );
    }
    return { host, guest, readOnly };
  });
}
