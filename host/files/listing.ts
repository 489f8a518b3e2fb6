/** What is in a folder, entry by entry. */
import { type Dir, type Dirent, lstatSync } from "node:fs";
import type { Abortable } from "../io/owner.ts";
import type { FileBooks } from "./books.ts";
import { tried } from "./errors.ts";
import type { FileKind } from "./stat.ts";

/** An entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** What the system gives for bytes that are no UTF-8, and what may also be in a name as it is. */
const REPLACEMENT = "\ufffd";

/** What is in a folder, without `.` and `..`: read in pieces, as the caller goes on. */
export class FolderListing implements Abortable {
  readonly #entries: Dir;
  readonly #books: FileBooks;
  readonly #at: (name: string) => string;
  #open = true;
  #hasUnspeakable = false;

  /**
   * @param entries opened for this alone
   * @param at the path of an entry in the folder
   */
  constructor(entries: Dir, books: FileBooks, at: (name: string) => string) {
    this.#entries = entries;
    this.#books = books;
    this.#at = at;
    books.add(this);
  }

  /**
   * The next entry; `undefined` at the end.
   *
   * @throws EILSEQ once, behind all others, when there are names that are no UTF-8: these can't be told
   */
  next(): FolderEntry | undefined {
    if (!this.#open) throw "EBADF";
    for (;;) {
      const entry = tried(() => this.#entries.readSync());
      if (entry === null) break;
      const { name } = entry;
      if (name.includes(REPLACEMENT) && !this.#exists(name)) this.#hasUnspeakable = true;
      else return { name, kind: kindOf(entry) };
    }
    if (!this.#hasUnspeakable) return undefined;
    this.#hasUnspeakable = false;
    throw "EILSEQ";
  }

  /** Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#books.remove(this);
    this.#entries.closeSync();
  }

  abort(): void {
    this.close();
  }

  #exists(name: string): boolean {
    try {
      return lstatSync(this.#at(name), { throwIfNoEntry: false }) !== undefined;
    } catch {
      return false;
    }
  }
}

function kindOf(entry: Dirent): FileKind {
  if (entry.isFile()) return "regular-file";
  if (entry.isDirectory()) return "directory";
  if (entry.isSymbolicLink()) return "symbolic-link";
  if (entry.isCharacterDevice()) return "character-device";
  if (entry.isBlockDevice()) return "block-device";
  if (entry.isFIFO()) return "fifo";
  return entry.isSocket() ? "socket" : "unknown";
}
