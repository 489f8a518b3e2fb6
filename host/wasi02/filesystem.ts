/**
 * `wasi:filesystem` over preview2-shim's descriptors: its paths, permissions and metadata, with streams of ours,
 * so that files and sockets wait in one `poll` and splice into each other.
 */
import { FileError, FileSink, FileSource, type OpenFile } from "../io/files.ts";
import { type Abortable, type Ledger, Owner } from "../io/owner.ts";
import { InputStream, type IoError, OutputStream } from "../io/streams.ts";
import type { SocketContext } from "../sockets/context.ts";

/** `wasi:filesystem/types.path-flags`, `open-flags`, `descriptor-flags`: names that are set. */
type Flags = Readonly<Record<string, boolean | undefined>>;

/** `wasi:clocks/wall-clock.datetime`. */
interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

/** `wasi:filesystem/types.new-timestamp`. */
type NewTimestamp =
  | { readonly tag: "no-change" | "now" }
  | { readonly tag: "timestamp"; readonly val: Datetime };

/** `wasi:filesystem/types.descriptor-stat`, as far as it is used. */
interface Stat {
  readonly size: bigint;
  readonly dataAccessTimestamp: Datetime;
  readonly dataModificationTimestamp: Datetime;
}

/** preview2-shim's descriptor, as far as it is used. Its methods throw error codes, and some throw errors. */
interface Given {
  advise(offset: bigint, length: bigint, advice: string): void;
  syncData(): void;
  getFlags(): Flags;
  getType(): string;
  setSize(size: bigint): void;
  setTimes(access: NewTimestamp, modification: NewTimestamp): void;
  read(length: bigint, offset: bigint): [Uint8Array, boolean];
  write(buffer: Uint8Array, offset: bigint): bigint;
  readDirectory(): GivenEntries;
  sync(): void;
  createDirectoryAt(path: string): void;
  stat(): Stat;
  statAt(pathFlags: Flags, path: string): Stat;
  setTimesAt(pathFlags: Flags, path: string, access: NewTimestamp, modification: NewTimestamp): void;
  linkAt(pathFlags: Flags, path: string, newDescriptor: Given, newPath: string): void;
  openAt(pathFlags: Flags, path: string, openFlags: Flags, flags: Flags): Given;
  readlinkAt(path: string): string;
  removeDirectoryAt(path: string): void;
  renameAt(path: string, newDescriptor: Given, newPath: string): void;
  symlinkAt(path: string, newPath: string): void;
  unlinkFileAt(path: string): void;
  isSameObject(other: Given): boolean;
  metadataHash(): object;
  metadataHashAt(pathFlags: Flags, path: string): object;
  [Symbol.dispose](): void;
}

interface GivenEntries {
  readDirectoryEntry(): object | undefined;
  [Symbol.dispose](): void;
}

/** The module `@bytecodealliance/preview2-shim/filesystem`, as far as it is used. */
export interface Filesystem {
  createFilesystem(options: { preopens: Readonly<Record<string, string>> }): {
    types: { filesystemErrorCode(error: { payload: unknown }): string | undefined };
    preopens: { getDirectories(): (readonly [descriptor: unknown, path: string])[] };
  };
}

const FOLLOW: Flags = { symlinkFollow: true };

/** What all descriptors of a guest share. */
interface Shared {
  readonly owner: Owner;
  readonly ledger: Ledger;
  codeOf(error: unknown): string;
}

/** What is open, until the last of a descriptor and its streams has let go of it. */
class Holder implements OpenFile, Abortable {
  readonly given: Given;
  readonly #shared: Shared;
  #users = 1;

  constructor(given: Given, shared: Shared) {
    this.given = given;
    this.#shared = shared;
    shared.ledger.live.add(this);
  }

  retain(): this {
    this.#users++;
    return this;
  }

  release(): void {
    if (--this.#users === 0) this.abort();
  }

  abort(): void {
    this.#users = 0;
    if (this.#shared.ledger.live.delete(this)) this.given[Symbol.dispose]();
  }

  read(length: number, offset: bigint): Uint8Array {
    return this.#tried(() => this.given.read(BigInt(length), offset)[0]);
  }

  write(bytes: Uint8Array, offset: bigint): bigint {
    // it goes to another thread, which would clone all of the memory that a view is of
    return this.#tried(() => this.given.write(bytes.slice(), offset));
  }

  size(): bigint {
    return this.#tried(() => this.given.stat().size);
  }

  #tried<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw this.#shared.codeOf(error);
    }
  }
}

/** `wasi:filesystem/types.descriptor`. Its methods throw `wasi:filesystem/types.error-code`. */
export class Descriptor {
  readonly #holder: Holder;
  readonly #shared: Shared;
  readonly #isPreopen: boolean;
  #open = true;

  constructor(holder: Holder, shared: Shared, isPreopen: boolean) {
    this.#holder = holder;
    this.#shared = shared;
    this.#isPreopen = isPreopen;
  }

  readViaStream(offset: bigint): InputStream {
    this.#assertFile();
    return new InputStream(new FileSource(this.#holder.retain(), offset), this.#shared.owner);
  }

  writeViaStream(offset: bigint): OutputStream {
    return this.#writer(offset);
  }

  appendViaStream(): OutputStream {
    return this.#writer(undefined);
  }

  advise(offset: bigint, length: bigint, advice: string): void {
    this.#do((given) => given.advise(offset, length, advice));
  }

  syncData(): void {
    this.#do((given) => this.#isPreopen || given.syncData());
  }

  getFlags(): Flags {
    if (this.#isPreopen) return { read: true, mutateDirectory: true };
    return this.#do((given) => given.getFlags());
  }

  getType(): string {
    return this.#do((given) => given.getType());
  }

  setSize(size: bigint): void {
    this.#do((given) => given.setSize(size));
  }

  setTimes(access: NewTimestamp, modification: NewTimestamp): void {
    if (this.#isPreopen) this.setTimesAt(FOLLOW, ".", access, modification);
    else this.#do((given) => given.setTimes(...timesOf(access, modification, () => given.stat())));
  }

  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    this.#assertFile();
    return this.#do((given) => given.read(length < MOST ? length : MOST, offset));
  }

  write(buffer: Uint8Array, offset: bigint): bigint {
    this.#assertFile();
    return this.#holder.write(buffer, offset);
  }

  readDirectory(): DirectoryEntryStream {
    return this.#do((given) => {
      if (!this.#isPreopen) return new DirectoryEntryStream(given.readDirectory(), this.#shared);
      // the shim lists only what was opened
      const opened = given.openAt(FOLLOW, ".", { directory: true }, { read: true });
      try {
        return new DirectoryEntryStream(opened.readDirectory(), this.#shared);
      } finally {
        opened[Symbol.dispose]();
      }
    });
  }

  sync(): void {
    this.#do((given) => this.#isPreopen || given.sync());
  }

  createDirectoryAt(path: string): void {
    this.#do((given) => given.createDirectoryAt(path));
  }

  stat(): Stat {
    return this.#do((given) => (this.#isPreopen ? given.statAt(FOLLOW, ".") : given.stat()));
  }

  statAt(pathFlags: Flags, path: string): Stat {
    return this.#do((given) => given.statAt(pathFlags, path));
  }

  setTimesAt(pathFlags: Flags, path: string, access: NewTimestamp, modification: NewTimestamp): void {
    this.#do((given) => {
      const times = timesOf(access, modification, () => given.statAt(pathFlags, path));
      given.setTimesAt(pathFlags, path, ...times);
    });
  }

  linkAt(pathFlags: Flags, path: string, newDescriptor: Descriptor, newPath: string): void {
    this.#do((given) => given.linkAt(pathFlags, path, newDescriptor.#holder.given, newPath));
  }

  openAt(pathFlags: Flags, path: string, openFlags: Flags, flags: Flags): Descriptor {
    // what may be changed in a folder is asked for by wasi-libc, and unknown to the shim, where all may be
    const known = { ...flags, mutateDirectory: false };
    const opened = this.#do((given) => given.openAt(pathFlags, path, openFlags, known));
    return new Descriptor(new Holder(opened, this.#shared), this.#shared, false);
  }

  readlinkAt(path: string): string {
    return this.#do((given) => given.readlinkAt(path));
  }

  removeDirectoryAt(path: string): void {
    this.#do((given) => given.removeDirectoryAt(path));
  }

  renameAt(path: string, newDescriptor: Descriptor, newPath: string): void {
    this.#do((given) => given.renameAt(path, newDescriptor.#holder.given, newPath));
  }

  symlinkAt(path: string, newPath: string): void {
    this.#do((given) => given.symlinkAt(path, newPath));
  }

  unlinkFileAt(path: string): void {
    this.#do((given) => given.unlinkFileAt(path));
  }

  isSameObject(other: Descriptor): boolean {
    return this.#holder.given.isSameObject(other.#holder.given);
  }

  metadataHash(): object {
    return this.#do((given) => (this.#isPreopen ? given.metadataHashAt(FOLLOW, ".") : given.metadataHash()));
  }

  metadataHashAt(pathFlags: Flags, path: string): object {
    return this.#do((given) => given.metadataHashAt(pathFlags, path));
  }

  /** Lets go of the file; its streams keep it open until they are dropped too. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#holder.release();
  }

  #writer(offset: bigint | undefined): OutputStream {
    this.#assertFile();
    return new OutputStream(new FileSink(this.#holder.retain(), offset), this.#shared.owner);
  }

  #assertFile(): void {
    if (this.#isPreopen || this.getType() === "directory") throw "is-directory";
  }

  #do<T>(call: (given: Given) => T): T {
    try {
      return call(this.#holder.given);
    } catch (error) {
      throw this.#shared.codeOf(error);
    }
  }
}

/** Times that are told outright: the shim takes `now` for 1970, and `no-change` for the times of the folder. */
function timesOf(
  access: NewTimestamp,
  modification: NewTimestamp,
  stat: () => Stat,
): [access: NewTimestamp, modification: NewTimestamp] {
  const now = Date.now();
  const had = access.tag === "no-change" || modification.tag === "no-change" ? stat() : undefined;
  const told = (time: NewTimestamp, before: Datetime | undefined): NewTimestamp => {
    if (time.tag === "timestamp") return time;
    const nanoseconds = (now % 1000) * 1_000_000;
    const val = (time.tag === "no-change" ? before : undefined) ?? {
      seconds: BigInt(Math.floor(now / 1000)),
      nanoseconds,
    };
    return { tag: "timestamp", val };
  };
  return [told(access, had?.dataAccessTimestamp), told(modification, had?.dataModificationTimestamp)];
}

/** The most that one `read` gives. */
const MOST = 1n << 24n;

/** `wasi:filesystem/types.directory-entry-stream`. */
export class DirectoryEntryStream {
  readonly #given: GivenEntries;
  readonly #shared: Shared;

  constructor(given: GivenEntries, shared: Shared) {
    this.#given = given;
    this.#shared = shared;
  }

  readDirectoryEntry(): object | undefined {
    try {
      return this.#given.readDirectoryEntry();
    } catch (error) {
      throw this.#shared.codeOf(error);
    }
  }

  [Symbol.dispose](): void {
    this.#given[Symbol.dispose]();
  }
}

/** `wasi:filesystem/types.filesystem-error-code`. */
function filesystemErrorCode(error: IoError): string | undefined {
  return error instanceof FileError ? error.fileCode : undefined;
}

/** The faces of `wasi:filesystem`, by interface name. */
export interface FilesystemImports {
  "wasi:filesystem/types": {
    Descriptor: typeof Descriptor;
    DirectoryEntryStream: typeof DirectoryEntryStream;
    filesystemErrorCode: typeof filesystemErrorCode;
  };
  "wasi:filesystem/preopens": { getDirectories(): [Descriptor, string][] };
}

/**
 * Makes the faces of `wasi:filesystem`.
 *
 * @param context of the host that the guest's sockets belong to: its streams are in the same books
 * @param filesystem the module `@bytecodealliance/preview2-shim/filesystem`
 * @param preopens the folders that the guest may use: what it calls them, and where they are; asked each time
 */
export function filesystemImports(
  context: SocketContext,
  filesystem: Filesystem,
  preopens: () => Readonly<Record<string, string>>,
): FilesystemImports {
  const { ledger } = context;
  const { types } = filesystem.createFilesystem({ preopens: {} });
  const shared: Shared = {
    owner: new Owner(ledger, "filesystem"),
    ledger,
    codeOf(error) {
      if (typeof error === "string") return error;
      if (typeof (error as { code?: unknown } | null)?.code !== "string") throw error;
      return types.filesystemErrorCode({ payload: error }) ?? "io";
    },
  };
  return {
    "wasi:filesystem/types": { Descriptor, DirectoryEntryStream, filesystemErrorCode },
    "wasi:filesystem/preopens": {
      getDirectories() {
        const given = filesystem.createFilesystem({ preopens: preopens() }).preopens.getDirectories();
        return given.map(([descriptor, path]) => {
          return [new Descriptor(new Holder(descriptor as Given, shared), shared, true), path];
        });
      },
    },
  };
}
