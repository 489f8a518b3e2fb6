/**
 * Files on Linux, where `/proc/self/fd/N/name` names an entry of the folder that descriptor N is, wherever that folder
 * has been moved: what openat(2) and its kin do, and Node has no calls for.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, statSync } from "node:fs";
import { codeOf } from "./errors.ts";
import type { Opened } from "./opened.ts";

/** On all architectures of Node's; `node:fs` doesn't tell it. */
const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

const ENTER = O_PATH | O_DIRECTORY | O_NOFOLLOW;
const CAREFUL = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

let prefix: string | undefined;

/** Where the process' descriptors are: by its number, which spares a link, where `/proc` knows it by the same. */
function descriptorsFolder(): string {
  return readlinkSync("/proc/self") === String(process.pid) ? `/proc/${process.pid}/fd/` : "/proc/self/fd/";
}

/** Whether this can be used: Linux, with `/proc` mounted and in our reach. */
export function hasDescriptorPaths(): boolean {
  if (prefix !== undefined) return prefix !== "";
  prefix = "";
  // the permission model of Node judges by the text of a path
  if (process.platform !== "linux" || process.permission !== undefined) return false;
  try {
    const found = descriptorsFolder();
    const fd = openSync("/", O_PATH | O_DIRECTORY);
    try {
      const [own, other] = [fstatSync(fd), statSync(`${found}${fd}/.`)];
      if (own.ino === other.ino && own.dev === other.dev) prefix = found;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    codeOf(error); // no /proc, or not for us: the other way is taken
  }
  return prefix !== "";
}

class LinuxOpened implements Opened {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  at(name: string): string {
    return `${prefix}${this.fd}/${name}`;
  }

  open(name: string, flags: number): Opened {
    const path = this.at(name);
    try {
      return new LinuxOpened(openSync(path, flags | CAREFUL, 0o666));
    } catch (error) {
      // what the system says to O_DIRECTORY of a link
      if (codeOf(error) === "ENOTDIR" && lstatSync(path, MAY_MISS)?.isSymbolicLink()) throw "ELOOP";
      throw error;
    }
  }

  enter(name: string): Opened {
    return new LinuxOpened(openSync(this.at(name), ENTER));
  }

  reopen(flags: number): number | undefined {
    try {
      return openSync(`${prefix}${this.fd}`, flags | O_NONBLOCK | O_NOCTTY);
    } catch (error) {
      codeOf(error);
      return undefined;
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

const MAY_MISS = { throwIfNoEntry: false } as const;

/**
 * Opens a folder by its path.
 *
 * @throws Error unless {@link hasDescriptorPaths}
 */
export function openLinuxRoot(path: string): Opened {
  if (!hasDescriptorPaths())
    throw new Error("folders can't be walked by descriptors here: /proc is out of reach");
  return new LinuxOpened(openSync(path, O_RDONLY | O_DIRECTORY));
}
