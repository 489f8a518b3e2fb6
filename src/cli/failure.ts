/** Failures of the system, as sentences. */
import { getSystemErrorMap } from "node:util";

/** In the words of who meets them. */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["EACCES", "you may not"],
  ["EPERM", "the system does not permit it"],
  ["EISDIR", "this is a folder"],
  ["ENOTDIR", "a part of the path is not a folder"],
  ["EEXIST", "there is something of that name"],
  ["ENOSPC", "the disk is full"],
  ["EROFS", "the file system can't be written"],
  ["EMFILE", "too many files are open"],
  ["ENAMETOOLONG", "the name is too long"],
  ["ELOOP", "links lead in a circle"],
]);

/** Whether an error is one that the system told. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === "string" && typeof syscall === "string";
}

/** Why something failed, with the system's own name of it. */
export function sentenceOf({ code = "", errno, message }: NodeJS.ErrnoException): string {
  const known = SENTENCES.get(code) ?? getSystemErrorMap().get(errno ?? 0)?.[1];
  return known === undefined ? message : `${known} (${code})`;
}
