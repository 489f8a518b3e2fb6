/** The folders that a guest is given. */
import type { FileBooks } from "./books.ts";
import { codeOf } from "./errors.ts";
import { FileDescriptor } from "./file.ts";
import { hasDescriptorPaths, openLinuxRoot } from "./linux.ts";
import type { OpenRoot } from "./opened.ts";
import { openPortableRoot } from "./portable.ts";

/** A folder that a guest is given. */
export interface FolderGrant {
  /** Where it is: a path of the host's, relative to the working directory where it isn't absolute. */
  readonly host: string;
  /** What the guest calls it; default as the host. */
  readonly guest?: string;
  /** Whether nothing in it may be changed; default false. */
  readonly readOnly?: boolean;
}

/** A folder that was opened for a guest. */
export interface OpenFolder {
  /** What the guest calls it. */
  readonly guest: string;
  readonly folder: FileDescriptor;
}

/**
 * Opens the folders of a guest.
 *
 * @param books what they count in; they are open until the host is closed, or `folder.release()`
 * @param openRoot for tests: the way folders are held; default the best that the system has
 * @throws Error that names the folder which can't be opened, and why; TypeError for what is no grant; then none is
 *   left open
 */
export function openFolders(
  books: FileBooks,
  grants: readonly FolderGrant[],
  openRoot: OpenRoot = hasDescriptorPaths() ? openLinuxRoot : openPortableRoot,
): OpenFolder[] {
  const opened: OpenFolder[] = [];
  try {
    for (const grant of grants) {
      assertGrant(grant);
      const { host, guest = host, readOnly = false } = grant;
      opened.push({ guest, folder: openOne(books, host, readOnly, openRoot) });
    }
    return opened;
  } catch (error) {
    for (const { folder } of opened) folder.release();
    throw error;
  }
}

/** A grant that was misspelt would grant more than was meant. */
function assertGrant(grant: FolderGrant): void {
  for (const [key, value] of Object.entries(grant)) {
    const type = KEYS.get(key);
    if (type === undefined)
      throw new TypeError(`a folder has no ${key}: known are ${[...KEYS.keys()].join(", ")}`);
    const isOptional = key !== "host" && value === undefined;
    if (!isOptional && typeof value !== type) throw new TypeError(`a folder's ${key} must be a ${type}`);
  }
  if (!Object.hasOwn(grant, "host")) throw new TypeError("a folder needs a host: where it is");
}

const KEYS: ReadonlyMap<string, string> = new Map([
  ["host", "string"],
  ["guest", "string"],
  ["readOnly", "boolean"],
]);

function openOne(books: FileBooks, host: string, isReadOnly: boolean, openRoot: OpenRoot): FileDescriptor {
  try {
    books.assertRoom();
    const rights = { read: true, write: false, change: !isReadOnly };
    return new FileDescriptor(openRoot(host), books, rights, "directory");
  } catch (error) {
    const code = codeOf(error);
    throw new Error(`the folder ${host} can't be opened: ${REASONS.get(code) ?? code}`);
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is none (ENOENT)"],
  ["ENOTDIR", "it is not a folder (ENOTDIR)"],
  ["EACCES", "this process may not read it (EACCES)"],
  ["EMFILE", "the guest has as many open files as it may have (EMFILE; the limit is openFiles)"],
]);
