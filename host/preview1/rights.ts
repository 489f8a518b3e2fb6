/**
 * `rights` of preview 1: what a descriptor may be used for, and what those may that are opened by it. They only ever
 * become fewer.
 */
import { Errno, FileType } from "./abi.ts";

/** `rights`, by the names of the specification. */
export const Right = {
  fdDatasync: 0x1n,
  fdRead: 0x2n,
  fdSeek: 0x4n,
  fdFdstatSetFlags: 0x8n,
  fdSync: 0x10n,
  fdTell: 0x20n,
  fdWrite: 0x40n,
  fdAdvise: 0x80n,
  fdAllocate: 0x100n,
  pathCreateDirectory: 0x200n,
  pathCreateFile: 0x400n,
  pathLinkSource: 0x800n,
  pathLinkTarget: 0x1000n,
  pathOpen: 0x2000n,
  fdReaddir: 0x4000n,
  pathReadlink: 0x8000n,
  pathRenameSource: 0x10000n,
  pathRenameTarget: 0x20000n,
  pathFilestatGet: 0x40000n,
  pathFilestatSetSize: 0x80000n,
  pathFilestatSetTimes: 0x100000n,
  fdFilestatGet: 0x200000n,
  fdFilestatSetSize: 0x400000n,
  fdFilestatSetTimes: 0x800000n,
  pathSymlink: 0x1000000n,
  pathRemoveDirectory: 0x2000000n,
  pathUnlinkFile: 0x4000000n,
  pollFdReadwrite: 0x8000000n,
  sockShutdown: 0x10000000n,
  sockAccept: 0x20000000n,
} as const;

export interface Rights {
  /** What it may be used for. */
  readonly base: bigint;
  /** What those may that are opened by it. */
  readonly inheriting: bigint;
}

const ANY_FILE =
  Right.fdFdstatSetFlags |
  Right.fdSync |
  Right.fdDatasync |
  Right.fdAdvise |
  Right.fdFilestatGet |
  Right.fdFilestatSetTimes |
  Right.pollFdReadwrite;

const CHANGES_A_FILE = Right.fdWrite | Right.fdAllocate | Right.fdFilestatSetSize;

/** What changes something in a folder. */
const CHANGES_A_FOLDER =
  Right.pathCreateDirectory |
  Right.pathCreateFile |
  Right.pathLinkSource |
  Right.pathLinkTarget |
  Right.pathRenameSource |
  Right.pathRenameTarget |
  Right.pathFilestatSetSize |
  Right.pathFilestatSetTimes |
  Right.pathSymlink |
  Right.pathRemoveDirectory |
  Right.pathUnlinkFile;

/** Whatever changes a file or a folder, and is not had in a folder that may only be read. */
export const CHANGES: bigint = CHANGES_A_FILE | CHANGES_A_FOLDER | Right.fdFilestatSetTimes;

/** What may be done with a folder. */
const FOLDER: bigint =
  ANY_FILE | CHANGES_A_FOLDER | Right.pathOpen | Right.fdReaddir | Right.pathReadlink | Right.pathFilestatGet;

/** What may be done with a file that has a position. */
const REGULAR_FILE: bigint = ANY_FILE | CHANGES_A_FILE | Right.fdRead | Right.fdSeek | Right.fdTell;

/** What may be done with a device: a terminal is known by it having no position. */
const DEVICE = ANY_FILE | Right.fdRead | Right.fdWrite;

const STREAM = Right.fdFdstatSetFlags | Right.fdFilestatGet | Right.pollFdReadwrite;

export const STDIN: Rights = { base: STREAM | Right.fdRead, inheriting: 0n };
/** The standard output's and the standard error's. */
export const STDOUT: Rights = { base: STREAM | Right.fdWrite, inheriting: 0n };
export const CONNECTION: Rights = {
  base: STREAM | Right.fdRead | Right.fdWrite | Right.sockShutdown,
  inheriting: 0n,
};
/** A listener's; with the right to read, which poll asks for. */
export const LISTENER: Rights = { base: STREAM | Right.fdRead | Right.sockAccept, inheriting: 0n };

/**
 * A granted folder's.
 *
 * @param isReadOnly whether nothing in it may be changed
 */
export function rightsOfFolder(isReadOnly: boolean): Rights {
  const without = isReadOnly ? CHANGES : 0n;
  return { base: FOLDER & ~without, inheriting: (FOLDER | REGULAR_FILE) & ~without };
}

/**
 * The rights of what was opened by a folder: those that were asked for, that the folder passes on, and that its kind can
 * have. One that was not opened for writing can't be changed either.
 *
 * @param folder of the folder that it was opened by
 * @param asked for it
 * @param type its `filetype`
 */
export function rightsOfOpened(folder: Rights, asked: Rights, type: number): Rights {
  const base = asked.base & folder.inheriting;
  const inheriting = asked.inheriting & folder.inheriting;
  if (type === FileType.directory) return { base: base & FOLDER, inheriting };
  const kind = type === FileType.regularFile ? REGULAR_FILE : DEVICE;
  const unwritten = (base & Right.fdWrite) === 0n ? CHANGES_A_FILE : 0n;
  return { base: base & kind & ~unwritten, inheriting: inheriting & kind };
}

/** Throws `notcapable` where a right is missing. */
export function assertRight({ base }: Rights, right: bigint): void {
  if ((base & right) !== right) throw Errno.notcapable;
}
