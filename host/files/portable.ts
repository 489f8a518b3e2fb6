/**
 * Files where a folder's descriptor can't be walked from (macOS, Windows, Linux without `/proc`): by paths, which are
 * checked before and after use. Who renames folders of the tree from outside just between a check and the call behind
 * it can still lead that one call astray; a guest itself can't, since its calls come one after the other.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  realpathSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Opened } from "./opened.ts";

const { O_NOCTTY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_EXCL, O_TRUNC } = constants;
const CAREFUL = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
const BIG = { bigint: true } as const;

interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

function isSame(one: Identity, other: Identity): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** What Windows takes for something else than a name. */
const STRANGE = /[\\:*?"<>|\p{Cc}]|[. ]$|^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/iu;

function assertPlain(name: string): void {
  if (process.platform === "win32" && name !== "." && STRANGE.test(name)) throw "EINVAL";
}

class PortableOpened implements Opened {
  readonly fd: number;
  /** The real path at the time of opening. */
  readonly #path: string;

  constructor(fd: number, path: string) {
    this.fd = fd;
    this.#path = path;
  }

  at(name: string): string {
    this.#check();
    assertPlain(name);
    return name === "." ? this.#path : join(this.#path, name);
  }

  open(name: string, flags: number): Opened {
    const path = this.at(name);
    const before = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (before?.isSymbolicLink()) throw (flags & O_EXCL) !== 0 ? "EEXIST" : "ELOOP";
    const fd = openSync(path, (flags & ~O_TRUNC) | CAREFUL, 0o666);
    const opened = this.#checked(fd, path, before);
    try {
      // not before it is known what was opened
      if ((flags & O_TRUNC) !== 0) ftruncateSync(fd);
      return opened;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  enter(name: string): Opened {
    assertPlain(name);
    const path = join(this.#path, name);
    let before: BigIntStats;
    try {
      before = lstatSync(path, BIG);
      if (!before.isDirectory()) throw "ENOTDIR";
    } catch (error) {
      this.#check(); // nothing is said of what is elsewhere
      throw error;
    }
    return this.#checked(openSync(path, O_RDONLY | CAREFUL), path, before);
  }

  reopen(): undefined {
    return undefined;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** What was opened by a path, if that is still what it was. */
  #checked(fd: number, path: string, before: Identity | undefined): Opened {
    try {
      const opened = fstatSync(fd, BIG);
      const expected = before ?? lstatSync(path, BIG);
      this.#checkSame();
      // no link has led there; and as the system spells it, where it doesn't tell capitals from small letters
      const real = realpathSync.native(path);
      const isInside = path === this.#path ? real === path : dirname(real) === this.#path;
      if (!isSame(opened, expected) || !isInside) throw "EBUSY";
      return new PortableOpened(fd, real);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** That the path still leads to what was opened, and through no link. */
  #check(): void {
    this.#checkSame();
    if (realpathSync.native(this.#path) !== this.#path) throw "ENOENT";
  }

  #checkSame(): void {
    const now = lstatSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (now === undefined || !isSame(now, fstatSync(this.fd, BIG))) throw "ENOENT";
    if (!now.isDirectory()) throw "ENOTDIR";
  }
}

/** Opens a folder by its path. */
export function openPortableRoot(path: string): Opened {
  const real = realpathSync.native(path);
  const fd = openSync(real, O_RDONLY | CAREFUL);
  if (fstatSync(fd).isDirectory()) return new PortableOpened(fd, real);
  closeSync(fd);
  throw "ENOTDIR";
}
