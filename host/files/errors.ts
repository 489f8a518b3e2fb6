/**
 * Failures of files, by the names of errno: no version of WASI is known here.
 */

import { naming } from "../messages/failures.ts";

/** Every failure that is told; what else the system says is `EIO`. */
const CODES = [
  "EACCES",
  "EAGAIN",
  "EBADF",
  "EBUSY",
  "EDQUOT",
  "EEXIST",
  "EFBIG",
  "EILSEQ",
  "EINTR",
  "EINVAL",
  "EIO",
  "EISDIR",
  "ELOOP",
  "EMFILE",
  "EMLINK",
  "ENAMETOOLONG",
  "ENFILE",
  "ENODEV",
  "ENOENT",
  "ENOLCK",
  "ENOMEM",
  "ENOSPC",
  "ENOTDIR",
  "ENOTEMPTY",
  "ENOTSUP",
  "ENOTTY",
  "ENXIO",
  "EOVERFLOW",
  "EPERM",
  "EPIPE",
  "EROFS",
  "ESPIPE",
  "ETXTBSY",
  "EXDEV",
] as const;

/** Why a call on files failed: what the methods of this folder throw. */
export type FileErrorCode = (typeof CODES)[number];

const known: ReadonlySet<string> = new Set(CODES);

/** Other names of the same, and Node's own refusals. */
const ALIASES: ReadonlyMap<string, FileErrorCode> = new Map([
  ["EOPNOTSUPP", "ENOTSUP"],
  ["ENOSYS", "ENOTSUP"],
  ["EWOULDBLOCK", "EAGAIN"],
  // the permission model of Node
  ["ERR_ACCESS_DENIED", "EACCES"],
  ["ERR_DIR_CLOSED", "EBADF"],
]);

/**
 * The code of what one of Node's calls, or a method of this folder, has thrown.
 *
 * @throws what it was given, where that is no failure of a file but a fault of the program
 */
export function codeOf(error: unknown): FileErrorCode {
  if (typeof error === "string" && known.has(error)) return error as FileErrorCode;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== "string") throw error;
  if (known.has(code)) return code as FileErrorCode;
  const alias = ALIASES.get(code);
  if (alias !== undefined) return alias;
  if (!/^E[A-Z0-9]+$/.test(code)) throw error;
  return "EIO";
}

/** Makes a call of Node's, and throws a {@link FileErrorCode} where it fails. */
export const tried: <T>(call: () => T) => T = naming(codeOf);
