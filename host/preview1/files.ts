/**
 * The descriptors of a preview 1 guest that are files and folders: `wasi:filesystem`'s, with what they lack, a position
 * and a listing that can be gone back to.
 */

import { nanoseconds } from "../io/datetime.ts";
import type {
  Datetime,
  Descriptor,
  DescriptorStat,
  DirectoryEntry,
  DirectoryEntryStream,
} from "../wit/wasi02.ts";
import { Errno, FileType } from "./abi.ts";

/** The most that is read or written at a time: a call may have to cross to another thread. */
const PIECE = 1024 * 1024;

/** How many entries of a folder are kept to go back to: what is listed has no limit. */
const MOST_ENTRIES = 256;

const fileTypes: ReadonlyMap<string, number> = new Map([
  ["block-device", FileType.blockDevice],
  ["character-device", FileType.characterDevice],
  ["directory", FileType.directory],
  ["regular-file", FileType.regularFile],
  ["socket", FileType.socketStream],
  ["symbolic-link", FileType.symbolicLink],
]);

/** The `filetype` of a `descriptor-type`. */
export function fileTypeOf(type: string): number {
  return fileTypes.get(type) ?? FileType.unknown;
}

export class File {
  readonly kind = "file";
  readonly type: number;
  readonly descriptor: Descriptor;
  /** Where the next read or write begins. */
  position = 0n;

  constructor(descriptor: Descriptor, type: number) {
    this.descriptor = descriptor;
    this.type = type;
  }

  /** Reads into memory from an offset on; how many bytes there were. */
  read(into: Uint8Array, offset: bigint): number {
    let done = 0;
    while (done < into.length) {
      const length = Math.min(into.length - done, PIECE);
      const [bytes, isEnd] = this.descriptor.read(BigInt(length), offset + BigInt(done));
      into.set(bytes, done);
      done += bytes.length;
      if (isEnd || bytes.length < length) break;
    }
    return done;
  }

  /** Writes from an offset on; how many bytes were taken. */
  write(bytes: Uint8Array, offset: bigint): number {
    let done = 0;
    while (done < bytes.length) {
      const piece = bytes.subarray(done, done + PIECE);
      const taken = Number(this.descriptor.write(piece, offset + BigInt(done)));
      done += taken;
      if (taken < piece.length) break;
    }
    return done;
  }

  close(): void {
    this.descriptor[Symbol.dispose]();
  }
}

/** An entry of a folder. */
export interface Entry {
  readonly name: Uint8Array;
  readonly type: number;
  /** Its number, known once it was asked for. */
  ino: bigint | undefined;
}

export class Folder {
  readonly kind = "folder";
  readonly type: number = FileType.directory;
  readonly descriptor: Descriptor;
  /** What the guest knows it as, where it was granted. */
  readonly name: string | undefined;
  /** The latest that were listed. */
  #entries: Entry[] = [];
  /** Which the first of them is. */
  #first = 0;
  /** What the listing ended with. */
  #failure: string | undefined = undefined;
  #rest: DirectoryEntryStream | undefined = undefined;

  constructor(descriptor: Descriptor, name?: string) {
    this.descriptor = descriptor;
    this.name = name;
  }

  /** Lists anew: entries that came and went since are seen. */
  rewind(): void {
    this.#rest?.[Symbol.dispose]();
    this.#rest = this.descriptor.readDirectory();
    const ino = this.descriptor.metadataHash().lower;
    // the folder above may be none that the guest knows anything of
    this.#entries = [
      { name: Buffer.from("."), type: FileType.directory, ino },
      { name: Buffer.from(".."), type: FileType.directory, ino: 0n },
    ];
    this.#first = 0;
    this.#failure = undefined;
  }

  /** The entry at a place; undefined behind the last. For one that is too far behind the latest all is listed anew. */
  entry(index: number): Entry | undefined {
    if (index < this.#first) this.rewind();
    while (index >= this.#first + this.#entries.length && this.#rest !== undefined) {
      const entry = this.#next(this.#rest);
      if (entry === undefined) {
        this.#rest[Symbol.dispose]();
        this.#rest = undefined;
      } else {
        this.#entries.push({ name: Buffer.from(entry.name), type: fileTypeOf(entry.type), ino: undefined });
        if (this.#entries.length === MOST_ENTRIES)
          this.#first += this.#entries.splice(0, MOST_ENTRIES / 2).length;
      }
    }
    return this.#entries[index - this.#first];
  }

  /** What the listing ended with, once: behind the last entry, so that none is lost. */
  takeFailure(): string | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  #next(rest: DirectoryEntryStream): DirectoryEntry | undefined {
    try {
      return rest.readDirectoryEntry();
    } catch (error) {
      if (typeof error !== "string") throw error;
      this.#failure = error;
      return undefined;
    }
  }

  get isListed(): boolean {
    return this.#entries.length > 0;
  }

  /** The number of an entry; 0 of one that has gone. */
  ino(entry: Entry): bigint {
    if (entry.ino === undefined) {
      try {
        entry.ino = this.descriptor.metadataHashAt({}, Buffer.from(entry.name).toString()).lower;
      } catch (error) {
        if (typeof error !== "string") throw error;
        entry.ino = 0n;
      }
    }
    return entry.ino;
  }

  close(): void {
    this.#rest?.[Symbol.dispose]();
    this.descriptor[Symbol.dispose]();
  }
}

/** 0.2 tells two files apart by one number, which says nothing about devices: all is on this one. */
const DEVICE = 1n;

/** Writes a `filestat` of 64 bytes. */
export function writeStat(view: DataView, at: number, stat: DescriptorStat, ino: bigint): void {
  const when = (time: Datetime | undefined): bigint => (time === undefined ? 0n : nanoseconds(time));
  view.setBigUint64(at, DEVICE, true);
  view.setBigUint64(at + 8, ino, true);
  view.setBigUint64(at + 16, 0n, true);
  view.setUint8(at + 16, fileTypeOf(stat.type));
  view.setBigUint64(at + 24, stat.linkCount, true);
  view.setBigUint64(at + 32, stat.size, true);
  view.setBigUint64(at + 40, when(stat.dataAccessTimestamp), true);
  view.setBigUint64(at + 48, when(stat.dataModificationTimestamp), true);
  view.setBigUint64(at + 56, when(stat.statusChangeTimestamp), true);
}

/** The file of a descriptor. Throws `isdir`, `spipe`. */
export function fileOf(is: { readonly kind: string }): File {
  if (is.kind === "folder") throw Errno.isdir;
  if (is.kind !== "file") throw Errno.spipe;
  return is as File;
}
