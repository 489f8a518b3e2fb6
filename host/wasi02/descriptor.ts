/** `wasi:filesystem/types` 0.2 over the files of `host/files`. */

import { codeOf } from "../files/errors.ts";
import type { FileDescriptor } from "../files/file.ts";
import type { FolderListing } from "../files/listing.ts";
import type { FileKind, FileStat } from "../files/stat.ts";
import { FileSink, FileSource } from "../files/streams.ts";
import type { SetTime } from "../files/times.ts";
import { datetime, nanoseconds } from "../io/datetime.ts";
import type { Owner } from "../io/owner.ts";
import { InputStream, OutputStream } from "../io/streams.ts";
import { crypto } from "../runtime/crypto.ts";
import type * as wit from "../wit/wasi02.ts";
import { errorCodeOf } from "./file-errors.ts";

/** What all descriptors of a guest share. */
export interface FilesystemContext {
  readonly owner: Owner;
  /** What its files are read into. */
  buffer(): Uint8Array;
}

/** The flags of a descriptor that say when what is written is stored. */
const SYNC_FLAGS = ["fileIntegritySync", "dataIntegritySync", "requestedWriteSync"] as const;

/** `wasi:filesystem/types.descriptor`. Its methods throw `wasi:filesystem/types.error-code`. */
export class Descriptor implements wit.Descriptor {
  readonly #file: FileDescriptor;
  readonly #shared: FilesystemContext;
  readonly #flags: wit.DescriptorFlags;
  readonly #dropped: (() => void) | undefined;
  #open = true;

  /**
   * @param file taken over
   * @param flags what it was opened with
   * @param dropped told of the end
   */
  constructor(
    file: FileDescriptor,
    shared: FilesystemContext,
    flags: wit.DescriptorFlags,
    dropped?: () => void,
  ) {
    this.#file = file;
    this.#shared = shared;
    this.#flags = flags;
    this.#dropped = dropped;
  }

  readViaStream(offset: bigint): InputStream {
    return this.#do((file) => {
      assertFile(file);
      if (!file.read) throw "EBADF";
      this.#assertRoom();
      return new InputStream(new FileSource(file, offset, this.#shared.buffer), this.#shared.owner);
    });
  }

  writeViaStream(offset: bigint): OutputStream {
    return this.#writer(offset);
  }

  appendViaStream(): OutputStream {
    return this.#writer("end");
  }

  /** Nothing is done with the advice: Node has no call for it. */
  advise(_offset: bigint, _length: bigint, _advice: wit.Advice): void {
    this.#do((file) => {
      if (file.kind() === "directory") throw "EBADF";
    });
  }

  syncData(): void {
    this.#do((file) => file.sync(true));
  }

  getFlags(): wit.DescriptorFlags {
    return this.#do((file) => {
      const flags: Record<string, boolean> = {};
      if (file.read) flags["read"] = true;
      if (file.write) flags["write"] = true;
      if (file.change && this.#flags.mutateDirectory && file.kind() === "directory") {
        flags["mutateDirectory"] = true;
      }
      for (const name of SYNC_FLAGS) if (this.#flags[name]) flags[name] = true;
      return flags;
    });
  }

  getType(): FileKind {
    return this.#do((file) => file.kind());
  }

  setSize(size: bigint): void {
    this.#do((file) => file.setSize(size));
  }

  setTimes(access: wit.NewTimestamp, modification: wit.NewTimestamp): void {
    this.#do((file) => file.setTimes(toSet(access), toSet(modification)));
  }

  /** Gives at most a mebibyte at a time. */
  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    return this.#do((file) => {
      assertFile(file);
      const into = this.#readBuffer(length);
      const count = file.readAt(into, offset);
      return [into.subarray(0, count), count === 0];
    });
  }

  write(buffer: Uint8Array, offset: bigint): bigint {
    return this.#do((file) => {
      assertFile(file);
      return BigInt(file.writeAt(buffer, offset));
    });
  }

  readDirectory(): DirectoryEntryStream {
    return this.#do((file) => new DirectoryEntryStream(file.list()));
  }

  sync(): void {
    this.#do((file) => file.sync());
  }

  createDirectoryAt(path: string): void {
    this.#do((file) => file.makeDirectoryAt(path));
  }

  stat(): wit.DescriptorStat {
    return this.#do((file) => told(file.stat()));
  }

  statAt(pathFlags: wit.PathFlags, path: string): wit.DescriptorStat {
    return this.#do((file) => told(file.statAt(path, follows(pathFlags))));
  }

  setTimesAt(
    pathFlags: wit.PathFlags,
    path: string,
    access: wit.NewTimestamp,
    modification: wit.NewTimestamp,
  ): void {
    this.#do((file) => file.setTimesAt(path, follows(pathFlags), toSet(access), toSet(modification)));
  }

  linkAt(pathFlags: wit.PathFlags, path: string, newDescriptor: Descriptor, newPath: string): void {
    this.#do((file) => file.linkAt(path, follows(pathFlags), newDescriptor.#file, newPath));
  }

  /**
   * As in Wasmtime, a file that is made can be written to whatever `flags` say, what is opened for nothing can be
   * read, and what is below a folder may be changed as in that folder, whether `mutate-directory` is asked for or
   * not: wasi-libc doesn't, and goes on to make and unlink files by the descriptor.
   */
  openAt(
    pathFlags: wit.PathFlags,
    path: string,
    openFlags: wit.OpenFlags,
    flags: wit.DescriptorFlags,
  ): Descriptor {
    return this.#do((file) => {
      const { create, exclusive, truncate, directory } = openFlags;
      if (flags.mutateDirectory && !file.change) throw "EROFS";
      const opened = file.openAt(path, {
        follow: follows(pathFlags),
        create: create === true,
        exclusive: exclusive === true,
        truncate: truncate === true,
        directory: directory === true,
        read: flags["read"] === true || !flags["write"],
        write: flags["write"] === true || create === true,
        change: true,
        sync:
          flags["fileIntegritySync"] || flags["requestedWriteSync"]
            ? "all"
            : flags["dataIntegritySync"]
              ? "data"
              : undefined,
      });
      return new Descriptor(opened, this.#shared, flags);
    });
  }

  readlinkAt(path: string): string {
    return this.#do((file) => file.readLinkAt(path));
  }

  removeDirectoryAt(path: string): void {
    this.#do((file) => file.removeDirectoryAt(path));
  }

  renameAt(path: string, newDescriptor: Descriptor, newPath: string): void {
    this.#do((file) => file.renameAt(path, newDescriptor.#file, newPath));
  }

  symlinkAt(text: string, path: string): void {
    this.#do((file) => file.symlinkAt(text, path));
  }

  unlinkFileAt(path: string): void {
    this.#do((file) => file.unlinkAt(path));
  }

  isSameObject(other: Descriptor): boolean {
    return this.#do((file) => file.isSame(other.#file));
  }

  metadataHash(): wit.MetadataHashValue {
    return this.#do((file) => hashOf(file.stat()));
  }

  metadataHashAt(pathFlags: wit.PathFlags, path: string): wit.MetadataHashValue {
    return this.#do((file) => hashOf(file.statAt(path, follows(pathFlags))));
  }

  /** Lets go of the file; its streams keep it open until they are dropped too. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.release();
    this.#dropped?.();
  }

  #writer(offset: bigint | "end"): OutputStream {
    return this.#do((file) => {
      assertFile(file);
      if (!file.write) throw "EBADF";
      this.#assertRoom();
      return new OutputStream(new FileSink(file, offset), this.#shared.owner);
    });
  }

  #assertRoom(): void {
    if (!this.#shared.owner.ledger.hasStreams(1)) throw "EMFILE";
  }

  #readBuffer(length: bigint): Uint8Array {
    const shared = this.#shared.buffer();
    if (length <= BigInt(shared.length)) return shared.subarray(0, Number(length));
    return Buffer.allocUnsafeSlow(length < MOST ? Number(length) : Number(MOST));
  }

  #do<T>(call: (file: FileDescriptor) => T): T {
    try {
      return call(this.#file);
    } catch (error) {
      throw errorCodeOf(codeOf(error));
    }
  }
}

/** The most that one `read` gives. */
const MOST = 1n << 20n;

function assertFile(file: FileDescriptor): void {
  if (file.kind() === "directory") throw "EISDIR";
}

function follows(pathFlags: wit.PathFlags): boolean {
  return pathFlags.symlinkFollow === true;
}

function toSet(time: wit.NewTimestamp): SetTime {
  if (time.tag !== "timestamp") return time.tag === "now" ? "now" : "keep";
  if (time.val.nanoseconds >= 1_000_000_000) throw "EINVAL";
  return nanoseconds(time.val);
}

function told(stat: FileStat): wit.DescriptorStat {
  const when = (time: bigint): wit.Datetime | undefined => (time < 0n ? undefined : datetime(time));
  return {
    type: stat.kind,
    linkCount: stat.links,
    size: stat.size,
    dataAccessTimestamp: when(stat.accessed),
    dataModificationTimestamp: when(stat.modified),
    statusChangeTimestamp: when(stat.changed),
  };
}

let hashKey: Uint8Array | undefined;

/** Of what the file is, and not of where: it says nothing about paths, nor about numbers of the system. */
function hashOf({ device, inode }: FileStat): wit.MetadataHashValue {
  hashKey ??= crypto().randomBytes(32);
  const digest = crypto().createHash("sha256").update(hashKey).update(`${device}:${inode}`).digest();
  return { lower: digest.readBigUInt64LE(0), upper: digest.readBigUInt64LE(8) };
}

/** `wasi:filesystem/types.directory-entry-stream`. */
export class DirectoryEntryStream implements wit.DirectoryEntryStream {
  readonly #listing: FolderListing;

  constructor(listing: FolderListing) {
    this.#listing = listing;
  }

  /** The next entry. `illegal-byte-sequence` comes once, last of all, when there are names that are no UTF-8. */
  readDirectoryEntry(): wit.DirectoryEntry | undefined {
    try {
      const entry = this.#listing.next();
      return entry === undefined ? undefined : { type: entry.kind, name: entry.name };
    } catch (error) {
      throw errorCodeOf(codeOf(error));
    }
  }

  [Symbol.dispose](): void {
    this.#listing.close();
  }
}
