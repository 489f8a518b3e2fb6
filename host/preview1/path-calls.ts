/**
 * The `path_*` functions. A path is walked by whoever serves `wasi:filesystem`, from the folder's descriptor on: none
 * leads out of the folder. Here only rights, flags and text are looked at.
 */

import type { Descriptor, PathFlags } from "../wit/wasi02.ts";
import { Errno, FdFlags, FileType, LOOKUP_FOLLOW, OFlags } from "./abi.ts";
import { newTimes } from "./file-calls.ts";
import { File, Folder, fileTypeOf, writeStat } from "./files.ts";
import type { Process } from "./process.ts";
import { assertRight, CHANGES, Right, type Rights, rightsOfOpened } from "./rights.ts";
import type { Calls } from "./signatures.ts";

const FILESTAT = 64;

function pathFlags(flags: number): PathFlags {
  if ((flags & ~LOOKUP_FOLLOW) !== 0) throw Errno.inval;
  return { symlinkFollow: (flags & LOOKUP_FOLLOW) !== 0 };
}

export function pathCalls(process: Process): Calls {
  const { memory } = process;

  const folderWith = (fd: number, right: bigint): { descriptor: Descriptor; rights: Rights } => {
    const { is, rights } = process.get(fd);
    if (is.kind !== "folder") throw is.kind === "file" ? Errno.notdir : Errno.badf;
    assertRight(rights, right);
    return { descriptor: is.descriptor, rights };
  };

  return {
    path_create_directory(fd, at, length) {
      folderWith(fd, Right.pathCreateDirectory).descriptor.createDirectoryAt(memory.text(at, length));
    },
    path_filestat_get(fd, flags, at, length, statAt) {
      const { descriptor } = folderWith(fd, Right.pathFilestatGet);
      const path = memory.text(at, length);
      memory.slice(statAt, FILESTAT).fill(0);
      const stat = descriptor.statAt(pathFlags(flags), path);
      writeStat(memory.view, statAt, stat, descriptor.metadataHashAt(pathFlags(flags), path).lower);
    },
    path_filestat_set_times(fd, flags, at, length, access, modification, which) {
      const { descriptor } = folderWith(fd, Right.pathFilestatSetTimes);
      const times = newTimes(access, modification, which);
      descriptor.setTimesAt(pathFlags(flags), memory.text(at, length), ...times);
    },
    path_link(fd, flags, at, length, newFd, newAt, newLength) {
      const { descriptor } = folderWith(fd, Right.pathLinkSource);
      const { descriptor: to } = folderWith(newFd, Right.pathLinkTarget);
      descriptor.linkAt(pathFlags(flags), memory.text(at, length), to, memory.text(newAt, newLength));
    },
    path_open(fd, lookup, at, length, oflags, base, inheriting, fdflags, fdAt) {
      const { creat, directory, excl, trunc } = OFlags;
      const needed =
        Right.pathOpen |
        ((oflags & creat) !== 0 ? Right.pathCreateFile : 0n) |
        ((oflags & trunc) !== 0 ? Right.pathFilestatSetSize : 0n);
      const { descriptor, rights } = folderWith(fd, needed);
      const path = memory.text(at, length);
      memory.check(fdAt, 4);
      const known = FdFlags.append | FdFlags.dsync | FdFlags.nonblock | FdFlags.rsync | FdFlags.sync;
      if ((oflags & ~(creat | directory | excl | trunc)) !== 0 || (fdflags & ~known) !== 0) throw Errno.inval;
      const asked = base & rights.inheriting;
      // lesser rights that the folder does not pass on are left out, and this one is what the program opens it for
      if ((base & ~asked & Right.fdWrite) !== 0n) throw Errno.notcapable;
      const opened = descriptor.openAt(
        pathFlags(lookup),
        path,
        {
          create: (oflags & creat) !== 0,
          directory: (oflags & directory) !== 0,
          exclusive: (oflags & excl) !== 0,
          truncate: (oflags & trunc) !== 0,
        },
        {
          read: (asked & (Right.fdRead | Right.fdReaddir)) !== 0n,
          write: (asked & Right.fdWrite) !== 0n,
          fileIntegritySync: (fdflags & FdFlags.sync) !== 0,
          dataIntegritySync: (fdflags & FdFlags.dsync) !== 0,
          requestedWriteSync: (fdflags & FdFlags.rsync) !== 0,
          mutateDirectory: ((asked | (inheriting & rights.inheriting)) & CHANGES) !== 0n,
        },
      );
      let number: number;
      try {
        const type = fileTypeOf(opened.getType());
        if (type === FileType.directory && (asked & Right.fdWrite) !== 0n) throw Errno.isdir;
        const is = type === FileType.directory ? new Folder(opened) : new File(opened, type);
        const flags = type === FileType.directory ? 0 : fdflags;
        number = process.add({ is, rights: rightsOfOpened(rights, { base, inheriting }, type), flags });
      } catch (error) {
        opened[Symbol.dispose]();
        throw error;
      }
      memory.setU32(fdAt, number);
    },
    path_readlink(fd, at, length, into, intoLength, usedAt) {
      const { descriptor } = folderWith(fd, Right.pathReadlink);
      const path = memory.text(at, length);
      const room = memory.slice(into, intoLength);
      memory.check(usedAt, 4);
      // what does not fit is left out, as by readlink(2)
      const target = Buffer.from(descriptor.readlinkAt(path)).subarray(0, room.length);
      memory.slice(into, intoLength).set(target);
      memory.setU32(usedAt, target.length);
    },
    path_remove_directory(fd, at, length) {
      folderWith(fd, Right.pathRemoveDirectory).descriptor.removeDirectoryAt(memory.text(at, length));
    },
    path_rename(fd, at, length, newFd, newAt, newLength) {
      const { descriptor } = folderWith(fd, Right.pathRenameSource);
      const { descriptor: to } = folderWith(newFd, Right.pathRenameTarget);
      descriptor.renameAt(memory.text(at, length), to, memory.text(newAt, newLength));
    },
    path_symlink(targetAt, targetLength, fd, at, length) {
      const { descriptor } = folderWith(fd, Right.pathSymlink);
      descriptor.symlinkAt(memory.text(targetAt, targetLength), memory.text(at, length));
    },
    path_unlink_file(fd, at, length) {
      folderWith(fd, Right.pathUnlinkFile).descriptor.unlinkFileAt(memory.text(at, length));
    },
  };
}
