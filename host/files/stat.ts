/** The metadata of files (stat(2)). */
import { type BigIntStats, constants } from "node:fs";

export type FileKind =
  | "unknown"
  | "block-device"
  | "character-device"
  | "directory"
  | "fifo"
  | "symbolic-link"
  | "regular-file"
  | "socket";

export interface FileStat {
  readonly kind: FileKind;
  /** The device that it is on, and its number there: two that are open at a time and agree in both are one. */
  readonly device: bigint;
  readonly inode: bigint;
  /** Hard links. */
  readonly links: bigint;
  /** In bytes. */
  readonly size: bigint;
  /** When it was read, written and changed in any way: nanoseconds since 1970, as precise as the system has them. */
  readonly accessed: bigint;
  readonly modified: bigint;
  readonly changed: bigint;
}

const KINDS: ReadonlyMap<number, FileKind> = new Map([
  [constants.S_IFREG, "regular-file"],
  [constants.S_IFDIR, "directory"],
  [constants.S_IFLNK, "symbolic-link"],
  [constants.S_IFCHR, "character-device"],
  [constants.S_IFBLK, "block-device"],
  [constants.S_IFIFO, "fifo"],
  [constants.S_IFSOCK, "socket"],
]);

/** The kind in a mode of stat(2). */
export function kindOf(mode: number | bigint): FileKind {
  return KINDS.get(Number(mode) & constants.S_IFMT) ?? "unknown";
}

/** Node's answer in our words. */
export function statOf(stats: BigIntStats): FileStat {
  return {
    kind: kindOf(stats.mode),
    device: stats.dev,
    inode: stats.ino,
    links: stats.nlink,
    size: stats.size,
    accessed: stats.atimeNs,
    modified: stats.mtimeNs,
    changed: stats.ctimeNs,
  };
}
