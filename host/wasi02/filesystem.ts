/** `wasi:filesystem` 0.2: the folders of a guest, and what they are reached by. */
import { FileBooks } from "../files/books.ts";
import { type FolderGrant, type OpenFolder, openFolders } from "../files/folders.ts";
import { FileError, PIECE } from "../files/streams.ts";
import { Owner } from "../io/owner.ts";
import type { IoError } from "../io/streams.ts";
import type { SocketContext } from "../sockets/context.ts";
import type { Faces, FilesystemErrorCode } from "../wit/wasi02.ts";
import { Descriptor, DirectoryEntryStream, type FilesystemContext } from "./descriptor.ts";
import { errorCodeOf } from "./file-errors.ts";

export { Descriptor, DirectoryEntryStream };

/** `wasi:filesystem/types.filesystem-error-code`. */
function filesystemErrorCode(error: IoError): FilesystemErrorCode | undefined {
  return error instanceof FileError ? errorCodeOf(error.fileCode) : undefined;
}

/** The faces of `wasi:filesystem`, by interface name. */
export interface FilesystemImports extends Pick<Faces, Extract<keyof Faces, `wasi:filesystem/${string}`>> {
  "wasi:filesystem/types": {
    Descriptor: typeof Descriptor;
    DirectoryEntryStream: typeof DirectoryEntryStream;
    filesystemErrorCode: typeof filesystemErrorCode;
  };
  "wasi:filesystem/preopens": { getDirectories(): [Descriptor, string][] };
}

/** The folders of a guest: a list, or what it calls each and where that is. */
export type Folders = readonly FolderGrant[] | Readonly<Record<string, string>>;

/**
 * Makes the faces of `wasi:filesystem`.
 *
 * @param context of the host that the guest's sockets belong to: files are in the same books, and closed with it
 * @param given last the folders that the guest may use, which are opened at once; or a function that is asked for them
 *   whenever the guest asks, where each is opened at the first time. What may stand before is taken for nothing: until
 *   0.1 it was the module of preview2-shim
 * @throws Error that names the folder which can't be opened, and why
 */
export function filesystemImports(
  context: SocketContext,
  ...given: readonly [...unused: unknown[], folders: Folders | (() => Folders)]
): FilesystemImports {
  const books = new FileBooks(context.ledger, context.caps.openFiles);
  let buffer: Uint8Array | undefined;
  const shared: FilesystemContext = {
    owner: new Owner(context.ledger, "filesystem"),
    buffer: () => {
      buffer ??= Buffer.allocUnsafeSlow(PIECE);
      return buffer;
    },
  };
  // opened once: by the time the guest asks again it may have put something else in that place
  const opened = new Map<string, OpenFolder>();
  const open = (folders: Folders): OpenFolder[] =>
    grantsOf(folders).map((grant) => {
      const key = JSON.stringify([grant.host, grant.guest, grant.readOnly]);
      const folder = opened.get(key) ?? (openFolders(books, [grant])[0] as OpenFolder);
      opened.set(key, folder);
      return folder;
    });
  const folders = given.at(-1) as Folders | (() => Folders);
  const current = typeof folders === "function" ? () => open(folders()) : constant(open(folders));
  return {
    "wasi:filesystem/types": { Descriptor, DirectoryEntryStream, filesystemErrorCode },
    "wasi:filesystem/preopens": {
      // how often it is asked is for the guest to say, so that each answer is counted like what it opens itself
      getDirectories: () => {
        context.ledger.assertOpen();
        return current().map(({ folder, guest }) => {
          if (!books.hasRoom())
            throw new Error("the guest holds as many files as it may (the limit openFiles)");
          const counted = { abort: () => books.remove(counted) };
          const descriptor = new Descriptor(
            folder.retain(),
            shared,
            { mutateDirectory: true },
            counted.abort,
          );
          books.add(counted);
          return [descriptor, guest];
        });
      },
    },
  };
}

function constant<T>(value: T): () => T {
  return () => value;
}

function grantsOf(folders: Folders): readonly FolderGrant[] {
  if (Array.isArray(folders)) return folders as readonly FolderGrant[];
  // else the folder that the guest is to see it as, a path of the guest's, would be opened on the host
  if (
    Object.hasOwn(folders, "host") &&
    (Object.hasOwn(folders, "guest") || Object.hasOwn(folders, "readOnly"))
  ) {
    throw new TypeError(
      "folders are a list, or what the guest calls each and where that is: write [{ host, guest }]",
    );
  }
  return Object.entries(folders as Readonly<Record<string, string>>).map(([guest, host]) => ({
    guest,
    host,
  }));
}
