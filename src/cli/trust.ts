/**
 * Which `wasock.json` counts. A program may be able to write where one lies, or bring it along: it counts only as it was when
 * the user trusted it, which is noted by its hash in a file of the user's own.
 */
import { lstatSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { printable } from "../../host/messages/printable.ts";
import { UsageError } from "./usage.ts";
import { settingsFolder } from "./user-folder.ts";

/** Nobody trusts so many files; the oldest are forgotten. */
const MOST = 1000;
/** What others than the owner may do to a file: write. */
const OTHERS_WRITE = 0o022;

/** Where it is noted. */
function trustFile(): string {
  return join(settingsFolder(), "trusted.json");
}

/** Whether a file is as it was when it was trusted. */
export function isTrusted(file: string, bytes: Uint8Array): boolean {
  return trusted().get(realpathSync(file)) === hashOf(bytes);
}

/** Trusts a file as it is. */
export function trust(file: string, bytes: Uint8Array): void {
  const all = trusted();
  const path = realpathSync(file);
  all.delete(path);
  all.set(path, hashOf(bytes));
  const record = trustFile();
  mkdirSync(dirname(record), { recursive: true, mode: 0o700 });
  replaceFile(record, `${JSON.stringify(Object.fromEntries([...all].slice(-MOST)), null, 2)}\n`, 0o600);
}

/** Writes a file that is whole at any time, in the place of what was there, be it a link. */
export function replaceFile(path: string, text: string, mode?: number): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { flag: "wx", ...(mode !== undefined && { mode }) });
  renameSync(draft, path);
}

function hashOf(bytes: Uint8Array): string {
  // most folders have no such file, and it takes 4 ms to load
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(bytes).digest("hex");
}

function trusted(): Map<string, string> {
  const record = trustFile();
  const stats = lstatSync(record, { throwIfNoEntry: false });
  if (stats === undefined) return new Map();
  const user = process.getuid?.() ?? stats.uid;
  if (!stats.isFile() || stats.uid !== user || (user !== 0 && (stats.mode & OTHERS_WRITE) !== 0)) {
    throw new UsageError(`${printable(record)}: it must be a file that only you can write`);
  }
  try {
    const parsed: unknown = JSON.parse(readFileSync(record, "utf8"));
    return new Map(
      Object.entries(parsed as object).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string",
      ),
    );
  } catch (error) {
    throw new UsageError(`${printable(record)}: ${(error as Error).message}; remove it, and trust again`);
  }
}
