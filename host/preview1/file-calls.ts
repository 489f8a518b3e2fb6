/**
 * The `fd_*` functions but those that move bytes: what a descriptor is, where it stands, and what a folder has in it.
 */

import { datetime } from "../io/datetime.ts";
import type { NewTimestamp } from "../wit/wasi02.ts";
import { Errno, FdFlags, FileType, FstFlags, Whence } from "./abi.ts";
import { type File, type Folder, fileOf, writeStat } from "./files.ts";
import type { Opened, Process } from "./process.ts";
import { assertRight, Right } from "./rights.ts";
import type { Calls } from "./signatures.ts";

/** Flags that hold from the opening on. */
const FIXED_FLAGS = FdFlags.dsync | FdFlags.rsync | FdFlags.sync;
/** The most that a file can have. */
const MOST_POSITION = (1n << 63n) - 1n;
/** Sizes in bytes of what is written. */
const FDSTAT = 24;
const FILESTAT = 64;
const PRESTAT = 8;
const DIRENT = 24;

const advices = ["normal", "sequential", "random", "will-need", "dont-need", "no-reuse"] as const;

/**
 * The times that are set.
 *
 * @throws `inval` for one that is to be two things at once
 */
export function newTimes(
  access: bigint,
  modification: bigint,
  flags: number,
): [access: NewTimestamp, modification: NewTimestamp] {
  const { atim, atimNow, mtim, mtimNow } = FstFlags;
  if ((flags & ~(atim | atimNow | mtim | mtimNow)) !== 0) throw Errno.inval;
  const one = (time: bigint, isSet: number, isNow: number): NewTimestamp => {
    if ((flags & isSet) !== 0 && (flags & isNow) !== 0) throw Errno.inval;
    if ((flags & isNow) !== 0) return { tag: "now" };
    return (flags & isSet) === 0 ? { tag: "no-change" } : { tag: "timestamp", val: datetime(time) };
  };
  return [one(access, atim, atimNow), one(modification, mtim, mtimNow)];
}

export function fileCalls(process: Process): Calls {
  const { memory } = process;

  const fileWith = (fd: number, right: bigint): File => {
    const { is, rights } = process.get(fd);
    const file = fileOf(is);
    assertRight({ base: rights.base, inheriting: 0n }, right);
    return file;
  };
  const fileOrFolderWith = (fd: number, right: bigint): File | Folder => {
    const { is, rights } = process.get(fd);
    if (is.kind === "stream" || is.kind === "listener") throw Errno.inval;
    assertRight(rights, right);
    return is;
  };

  /** The name of a granted folder. Throws `badf`, where the search of libc and of Go for such ends. */
  const granted = (fd: number): Buffer => {
    const { is } = process.get(fd);
    if (is.kind !== "folder" || is.name === undefined) throw Errno.badf;
    return Buffer.from(is.name);
  };

  return {
    fd_advise(fd, offset, length, advice) {
      const file = fileOrFolderWith(fd, Right.fdAdvise);
      const word = advices[advice];
      if (word === undefined || offset > MOST_POSITION || length > MOST_POSITION) throw Errno.inval;
      if (file.kind === "folder") throw Errno.badf;
      file.descriptor.advise(offset, length, word);
    },
    fd_allocate(fd, offset, length) {
      const { descriptor } = fileWith(fd, Right.fdAllocate);
      const end = offset + length;
      if (length === 0n || offset > MOST_POSITION || length > MOST_POSITION) throw Errno.inval;
      // 0.2 can't reserve room; that the file has the size is what programs see
      if (descriptor.stat().size < end) descriptor.setSize(end);
    },
    fd_close(fd) {
      process.close(fd);
    },
    fd_datasync(fd) {
      fileOrFolderWith(fd, Right.fdDatasync).descriptor.syncData();
    },
    fd_sync(fd) {
      fileOrFolderWith(fd, Right.fdSync).descriptor.sync();
    },
    fd_fdstat_get(fd, at) {
      const { is, rights, flags } = process.get(fd);
      memory.slice(at, FDSTAT).fill(0);
      const { view } = memory;
      view.setUint8(at, is.type);
      view.setUint16(at + 2, flags, true);
      view.setBigUint64(at + 8, rights.base, true);
      view.setBigUint64(at + 16, rights.inheriting, true);
    },
    fd_fdstat_set_flags(fd, flags) {
      const opened = process.get(fd);
      assertRight(opened.rights, Right.fdFdstatSetFlags);
      if ((flags & ~(FdFlags.append | FdFlags.nonblock | FIXED_FLAGS)) !== 0) throw Errno.inval;
      const isFile = opened.is.kind === "file" || opened.is.kind === "folder";
      const changed = flags ^ opened.flags;
      if ((changed & FIXED_FLAGS) !== 0 || (!isFile && (changed & FdFlags.append) !== 0)) throw Errno.notsup;
      opened.flags = flags;
    },
    fd_fdstat_set_rights(fd, base, inheriting) {
      const opened = process.get(fd);
      const { rights } = opened;
      if ((base & ~rights.base) !== 0n || (inheriting & ~rights.inheriting) !== 0n) throw Errno.notcapable;
      opened.rights = { base, inheriting };
    },
    fd_filestat_get(fd, at) {
      const { is, rights } = process.get(fd);
      assertRight(rights, Right.fdFilestatGet);
      memory.slice(at, FILESTAT).fill(0);
      if (is.kind === "stream" || is.kind === "listener") {
        memory.view.setUint8(at + 16, is.type);
        return;
      }
      const { descriptor } = is;
      writeStat(memory.view, at, descriptor.stat(), descriptor.metadataHash().lower);
    },
    fd_filestat_set_size(fd, size) {
      const { descriptor } = fileWith(fd, Right.fdFilestatSetSize);
      if (size > MOST_POSITION) throw Errno.inval;
      descriptor.setSize(size);
    },
    fd_filestat_set_times(fd, access, modification, flags) {
      const { descriptor } = fileOrFolderWith(fd, Right.fdFilestatSetTimes);
      descriptor.setTimes(...newTimes(access, modification, flags));
    },
    fd_prestat_get(fd, at) {
      const name = granted(fd);
      memory.slice(at, PRESTAT).fill(0);
      memory.view.setUint32(at + 4, name.length, true);
    },
    fd_prestat_dir_name(fd, at, length) {
      const name = granted(fd);
      if (length < name.length) throw Errno.nametoolong;
      memory.slice(at, name.length).set(name);
    },
    fd_readdir(fd, at, length, cookie, usedAt) {
      const { is, rights } = process.get(fd);
      if (is.kind !== "folder") throw is.kind === "file" ? Errno.notdir : Errno.badf;
      assertRight(rights, Right.fdReaddir);
      memory.setU32(usedAt, 0);
      const into = memory.slice(at, length);
      if (cookie === 0n || !is.isListed) is.rewind();
      let used = 0;
      for (let next = Number(cookie); used < length; next++) {
        const entry = is.entry(next);
        if (entry === undefined) {
          const failure = used === 0 ? is.takeFailure() : undefined;
          if (failure !== undefined) throw failure;
          break;
        }
        // an entry that does not fit is cut; that is how the guest sees that there is more
        const bytes = Buffer.alloc(DIRENT + entry.name.length);
        bytes.writeBigUInt64LE(BigInt(next + 1), 0);
        bytes.writeBigUInt64LE(is.ino(entry), 8);
        bytes.writeUInt32LE(entry.name.length, 16);
        bytes.writeUInt8(entry.type, 20);
        bytes.set(entry.name, DIRENT);
        const part = bytes.subarray(0, length - used);
        into.set(part, used);
        used += part.length;
      }
      memory.setU32(usedAt, used);
    },
    fd_renumber(from, to) {
      process.renumber(from, to);
    },
    fd_seek(fd, offset, whence, at) {
      const { is, rights }: Opened = process.get(fd);
      const file = fileOf(is);
      if (file.type !== FileType.regularFile) throw Errno.spipe;
      const delta = BigInt.asIntN(64, offset);
      const isTell = delta === 0n && whence === Whence.cur;
      assertRight(rights, isTell ? 0n : Right.fdSeek);
      if (isTell && (rights.base & (Right.fdTell | Right.fdSeek)) === 0n) throw Errno.notcapable;
      memory.check(at, 8);
      const from =
        whence === Whence.set
          ? 0n
          : whence === Whence.cur
            ? file.position
            : whence === Whence.end
              ? file.descriptor.stat().size
              : undefined;
      if (from === undefined) throw Errno.inval;
      const position = from + delta;
      if (position < 0n) throw Errno.inval;
      if (position > MOST_POSITION) throw Errno.overflow;
      file.position = position;
      memory.setU64(at, position);
    },
    fd_tell(fd, at) {
      const { is, rights } = process.get(fd);
      const file = fileOf(is);
      if (file.type !== FileType.regularFile) throw Errno.spipe;
      assertRight(rights, Right.fdTell);
      memory.setU64(at, file.position);
    },
  };
}
