/** The entries of folders. */
import type { Dir, Dirent } from "node:fs";
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

/** The folder that is listed. */
export interface ListedFolder {
  /** Whether there is an entry of that name. */
  has(name: string): boolean;
  /** The listing has come to its end. */
  release(): void;
}

/** The entries of a folder without `.` and `..`, read in pieces as the caller goes on. */
export class FolderListing implements Abortable {
  readonly #entries: Dir;
  readonly #books: FileBooks;
  readonly #folder: ListedFolder;
  #open = true;
  #hasUnspeakable = false;

  /**
   * @param entries opened for this alone
   * @param folder held until the listing is closed
   */
  constructor(entries: Dir, books: FileBooks, folder: ListedFolder) {
    this.#entries = entries;
    this.#books = books;
    this.#folder = folder;
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
      if (name.includes(REPLACEMENT) && !this.#folder.has(name)) this.#hasUnspeakable = true;
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
    this.#folder.release();
    this.#entries.closeSync();
  }

  abort(): void {
    this.close();
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
