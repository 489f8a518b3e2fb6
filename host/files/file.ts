/**
 * Files and folders that a guest has open. Each *is* an open descriptor of the system, wherever what it stands for is
 * moved; paths go from a folder downwards, and nothing leads out of it.
 */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  opendirSync,
  readSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import type { Abortable } from "../io/owner.ts";
import type { FileBooks } from "./books.ts";
import { codeOf, tried } from "./errors.ts";
import { FolderListing } from "./listing.ts";
import type { Opened } from "./opened.ts";
import { type FileKind, type FileStat, kindOf, statOf } from "./stat.ts";
import { nodeTimes, type SetTime } from "./times.ts";
import { isAbsolute, isText, LINK, readLink, walk, withoutSlashes } from "./walk.ts";

/** The rights of an open file or folder. */
export interface FileRights {
  /** Whether its bytes may be read. */
  readonly read: boolean;
  /** Whether its bytes and its size may be changed. */
  readonly write: boolean;
  /**
   * Whether other things may be changed through it: of a folder its entries and all below them, of both the times.
   * What is opened through it has this right at most as it does, and no `write` without.
   */
  readonly change: boolean;
}

/** How a file is opened; what isn't told is false. */
export interface OpenHow extends Partial<FileRights> {
  /** Goes on where a link leads to, if the last component is one; else a link is ELOOP. */
  readonly follow?: boolean;
  /** Makes a file where there is none. */
  readonly create?: boolean;
  /** With `create`: EEXIST where there is something, a link included. */
  readonly exclusive?: boolean;
  /** Makes the file empty. */
  readonly truncate?: boolean;
  /** ENOTDIR for what is no folder. */
  readonly directory?: boolean;
  /** Every write goes to the end. */
  readonly append?: boolean;
  /** Every write waits until the bytes (`"data"`), or the bytes and all that is known of the file, are stored. */
  readonly sync?: "data" | "all" | undefined;
}

const {
  O_APPEND,
  O_CREAT,
  O_DIRECTORY = 0,
  O_DSYNC = 0,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_SYNC = 0,
  O_TRUNC,
  O_WRONLY,
} = constants;

const BIG = { bigint: true } as const;
const BIG_OR_NONE = { bigint: true, throwIfNoEntry: false } as const;

/** How many entries of a folder are read at a time. */
const ENTRIES = 256;

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);
const LARGEST_OFFSET = 2n ** 63n - 1n;

/**
 * An open file or folder. All methods throw a {@link import("./errors.ts").FileErrorCode}; those whose names end in
 * `At` take a path below this folder, and throw what `walk` does.
 */
export class FileDescriptor implements FileRights, Abortable {
  readonly read: boolean;
  readonly write: boolean;
  readonly change: boolean;
  readonly #opened: Opened;
  readonly #books: FileBooks;
  #users = 1;
  #kind: FileKind | undefined;
  /** The same file once more, where every write goes to the end; in the books as another one. */
  #atEnd: (Abortable & { readonly fd: number }) | undefined;

  /**
   * Takes over what was opened; `books` have said that there is room.
   *
   * @param kind what it is, where that is known
   */
  constructor(opened: Opened, books: FileBooks, rights: FileRights, kind?: FileKind) {
    this.#opened = opened;
    this.#books = books;
    this.read = rights.read;
    this.write = rights.write;
    this.change = rights.change;
    this.#kind = kind;
    books.add(this);
  }

  /** One more that uses it, and will {@link release} it. */
  retain(): this {
    this.#open();
    this.#users++;
    return this;
  }

  /** It is closed when the last one that uses it has let go. */
  release(): void {
    if (this.#users > 0 && --this.#users === 0) this.#close();
  }

  /** Closes it now. */
  abort(): void {
    if (this.#users === 0) return;
    this.#users = 0;
    this.#close();
  }

  kind(): FileKind {
    this.#kind ??= kindOf(tried(() => fstatSync(this.#open().fd)).mode);
    return this.#kind;
  }

  stat(): FileStat {
    const { fd } = this.#open();
    return statOf(tried(() => fstatSync(fd, BIG)));
  }

  /** Whether both are open on the same file or folder. */
  isSame(other: FileDescriptor): boolean {
    const [one, two] = [this.stat(), other.stat()];
    return one.inode === two.inode && one.device === two.device;
  }

  /**
   * Reads at an offset.
   *
   * @param into how much, and where to
   * @returns how many bytes were read; 0 at the end
   * @throws EBADF without the right to read; EISDIR; ESPIPE for what has no offsets, such as a FIFO
   */
  readAt(into: Uint8Array, offset: bigint): number {
    const { fd } = this.#open();
    if (!this.read) throw "EBADF";
    if (offset > LARGEST_OFFSET) throw "EINVAL";
    if (offset > LARGEST) return 0;
    return tried(() => readSync(fd, into, 0, into.length, Number(offset)));
  }

  /**
   * Writes at an offset.
   *
   * @param offset `"end"` for wherever the file ends then
   * @returns how many bytes were written, which may be less than all
   * @throws EBADF without the right to write; ENOSPC, EFBIG, EDQUOT; ESPIPE for what has no offsets
   */
  writeAt(bytes: Uint8Array, offset: bigint | "end"): number {
    const { fd } = this.#open();
    if (!this.write) throw "EBADF";
    if (offset !== "end") return writeTo(fd, bytes, offset);
    this.#atEnd ??= this.#reopenAtEnd();
    // where the system can't, or there is no room for it, another process may write between these two
    return writeTo(this.#atEnd?.fd ?? fd, bytes, this.stat().size);
  }

  #reopenAtEnd(): (Abortable & { readonly fd: number }) | undefined {
    const books = this.#books;
    const fd = books.hasRoom() ? this.#opened.reopen(O_WRONLY | O_APPEND) : undefined;
    if (fd === undefined) return undefined;
    const abort = (): void => {
      books.remove(atEnd);
      closed(fd, closeSync);
      this.#atEnd = undefined;
    };
    const atEnd = { fd, abort };
    books.add(atEnd);
    return atEnd;
  }

  /**
   * Cuts the file, or adds zeroes.
   *
   * @throws EBADF without the right to write; EFBIG beyond 2^53 - 1
   */
  setSize(size: bigint): void {
    const { fd } = this.#open();
    if (!this.write) throw this.kind() === "directory" ? "EISDIR" : "EBADF";
    if (size > LARGEST) throw "EFBIG";
    tried(() => ftruncateSync(fd, Number(size)));
  }

  /**
   * Sets its times.
   *
   * @throws EROFS without the right to change it
   */
  setTimes(accessed: SetTime, modified: SetTime): void {
    const { fd } = this.#changeable();
    const times = nodeTimes(accessed, modified, () => this.stat());
    tried(() => futimesSync(fd, ...times));
  }

  /** Has the system store its bytes, and all else that is known of it unless `onlyData`. */
  sync(onlyData = false): void {
    const { fd } = this.#open();
    // Windows wants the right to write for this, and has then nothing to store
    if (process.platform === "win32" && !this.write) return;
    tried(() => (onlyData ? fdatasyncSync(fd) : fsyncSync(fd)));
  }

  /** What is in this folder. It counts as an open file until it is closed. */
  list(): FolderListing {
    const opened = this.#open();
    this.#books.assertRoom();
    const entries = tried(() => opendirSync(opened.at("."), { bufferSize: ENTRIES }));
    this.retain();
    const has = (name: string): boolean => {
      try {
        return exists(opened, name);
      } catch (error) {
        codeOf(error);
        return false;
      }
    };
    return new FolderListing(entries, this.#books, { has, release: () => this.release() });
  }

  /**
   * Opens what is at a path.
   *
   * @returns it, with the rights that were asked for, but `change` only as this folder has it
   * @throws EINVAL for `directory` with `create`, `exclusive` or `truncate`; EROFS where something would be changed
   *   that this folder has no right to; EMFILE; EISDIR, ENOTDIR, EEXIST, ENOENT, EACCES, ELOOP
   */
  openAt(path: string, how: OpenHow): FileDescriptor {
    const base = this.#open();
    const { read = false, write = false, create, exclusive, truncate, directory, append, follow } = how;
    if (directory && (create || exclusive || truncate)) throw "EINVAL";
    if (!this.change && (write || create || truncate)) throw "EROFS";
    this.#books.assertRoom();
    const access = write ? (read ? O_RDWR : O_WRONLY) : truncate ? O_RDWR : O_RDONLY;
    const flags =
      access |
      (create ? O_CREAT : 0) |
      (create && exclusive ? O_EXCL : 0) |
      (truncate ? O_TRUNC : 0) |
      (append ? O_APPEND : 0) |
      (how.sync === "all" ? O_SYNC : how.sync === "data" ? O_DSYNC : 0);
    const opened = walk(base, path, (folder, name, slash) => {
      if (slash && create) throw "EISDIR";
      try {
        return folder.open(name, directory || slash ? flags | O_DIRECTORY : flags);
      } catch (error) {
        if ((follow || slash) && codeOf(error) === "ELOOP") return LINK;
        throw error;
      }
    });
    const change = this.change && how.change === true;
    return new FileDescriptor(
      opened,
      this.#books,
      { read, write, change },
      directory ? "directory" : undefined,
    );
  }

  /** The metadata of a path's entry; of a link itself unless `follow`. */
  statAt(path: string, follow: boolean): FileStat {
    return walk(this.#open(), path, (folder, name, slash) => {
      const stats = lstatSync(folder.at(name), BIG_OR_NONE);
      if (stats === undefined) throw "ENOENT";
      const stat = statOf(stats);
      if (stat.kind === "symbolic-link" && (follow || slash)) return LINK;
      if (slash && stat.kind !== "directory") throw "ENOTDIR";
      return stat;
    });
  }

  /** Sets the times of what is at a path; of a link itself unless `follow`. */
  setTimesAt(path: string, follow: boolean, accessed: SetTime, modified: SetTime): void {
    walk(this.#changeable(), path, (folder, name, slash) => {
      const stats = lstatSync(folder.at(name), BIG);
      if ((follow || slash) && stats.isSymbolicLink()) return LINK;
      if (slash && !stats.isDirectory()) throw "ENOTDIR";
      lutimesSync(folder.at(name), ...nodeTimes(accessed, modified, () => statOf(stats)));
      return undefined;
    });
  }

  makeDirectoryAt(path: string): void {
    walk(this.#changeable(), path, (folder, name) => {
      if (name === ".") throw "EEXIST";
      mkdirSync(folder.at(name));
    });
  }

  /** Removes a folder, which must be empty. */
  removeDirectoryAt(path: string): void {
    walk(this.#changeable(), path, (folder, name, slash) => {
      if (name === ".") throw "EINVAL";
      if (slash) this.#assertFolder(path);
      rmdirSync(folder.at(name));
    });
  }

  /** Removes what is no folder; a link itself. */
  unlinkAt(path: string): void {
    walk(this.#changeable(), path, (folder, name, slash) => {
      if (name === ".") throw "EISDIR";
      if (slash) this.#assertFolder(path);
      // macOS lets root do it
      if (process.platform !== "linux" && isFolder(folder, name)) throw "EISDIR";
      unlinkSync(folder.at(name));
    });
  }

  /** What a link says. EPERM where that is an absolute path, which is the host's and leads nowhere here. */
  readLinkAt(path: string): string {
    return walk(this.#open(), path, (folder, name, slash) => {
      if (name === ".") throw "EINVAL";
      if (slash) {
        this.#assertFolder(path);
        throw "EINVAL";
      }
      const text = readLink(folder, name);
      if (isAbsolute(text)) throw "EPERM";
      return text;
    });
  }

  /** Makes a link that says `text`. It may lead nowhere, or out: nobody here follows it there. EPERM for an absolute one. */
  symlinkAt(text: string, path: string): void {
    const base = this.#changeable();
    if (text === "") throw "ENOENT";
    if (text.includes("\0")) throw "EINVAL";
    if (!isText(text)) throw "EILSEQ";
    if (isAbsolute(text)) throw "EPERM";
    walk(base, path, (folder, name, slash) => {
      if (name === ".") throw "EEXIST";
      if (slash) throw exists(folder, name) ? "EEXIST" : "ENOENT";
      symlinkSync(text, folder.at(name));
    });
  }

  /** One more name for a file, or for a link itself unless `follow`; both folders must have the right to change. */
  linkAt(path: string, follow: boolean, to: FileDescriptor, newPath: string): void {
    const target = to.#changeable();
    walk(this.#changeable(), path, (folder, name, slash) => {
      if ((follow || slash) && isLink(folder, name)) return LINK;
      if (slash && !isFolder(folder, name)) throw exists(folder, name) ? "ENOTDIR" : "ENOENT";
      return walk(target, newPath, (newFolder, newName, newSlash) => {
        if (name === ".") throw "EPERM";
        if (newName === ".") throw "EEXIST";
        if (newSlash) throw exists(newFolder, newName) ? "EEXIST" : "ENOENT";
        // link(2) follows where it isn't Linux
        if (process.platform !== "linux" && isLink(folder, name)) throw "ENOTSUP";
        linkSync(folder.at(name), newFolder.at(newName));
        return undefined;
      });
    });
  }

  /** Moves what is at a path; both folders must have the right to change. */
  renameAt(path: string, to: FileDescriptor, newPath: string): void {
    const target = to.#changeable();
    walk(this.#changeable(), path, (folder, name, slash) => {
      if (slash) this.#assertFolder(path);
      return walk(target, newPath, (newFolder, newName, newSlash) => {
        if (name === "." || newName === ".") throw "EBUSY";
        if (newSlash && !isFolder(folder, name)) throw exists(folder, name) ? "ENOTDIR" : "ENOENT";
        renameSync(folder.at(name), newFolder.at(newName));
        return undefined;
      });
    });
  }

  /** A path that ends with a slash: what is there is a folder itself, and no link to one. */
  #assertFolder(path: string): void {
    this.statAt(path, true);
    if (this.statAt(withoutSlashes(path), false).kind !== "directory") throw "ENOTDIR";
  }

  #open(): Opened {
    if (this.#users === 0) throw "EBADF";
    return this.#opened;
  }

  #changeable(): Opened {
    const opened = this.#open();
    if (!this.change) throw "EROFS";
    return opened;
  }

  #close(): void {
    this.#books.remove(this);
    this.#atEnd?.abort();
    closed(this.#opened, (opened) => opened.close());
  }
}

/** Closes: what the system has to say of it comes too late for anybody, and nothing else may stay open for it. */
function closed<T>(what: T, close: (what: T) => void): void {
  try {
    close(what);
  } catch (error) {
    codeOf(error);
  }
}

function writeTo(fd: number, bytes: Uint8Array, offset: bigint): number {
  if (offset > LARGEST) throw "EFBIG";
  return tried(() => writeSync(fd, bytes, 0, bytes.length, Number(offset)));
}

function exists(folder: Opened, name: string): boolean {
  return lstatSync(folder.at(name), BIG_OR_NONE) !== undefined;
}

function isLink(folder: Opened, name: string): boolean {
  return lstatSync(folder.at(name), BIG_OR_NONE)?.isSymbolicLink() === true;
}

function isFolder(folder: Opened, name: string): boolean {
  return lstatSync(folder.at(name), BIG_OR_NONE)?.isDirectory() === true;
}
