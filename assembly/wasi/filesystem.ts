// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:filesystem as core imports. What doesn't fit a register is written at `result`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

@external("wasi:filesystem/types@0.2.12", "filesystem-error-code")
export declare function filesystemErrorCode(err: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.read-via-stream")
export declare function descriptorReadViaStream(self: i32, offset: u64, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.write-via-stream")
export declare function descriptorWriteViaStream(self: i32, offset: u64, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.append-via-stream")
export declare function descriptorAppendViaStream(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.advise")
export declare function descriptorAdvise(
  self: i32,
  offset: u64,
  length: u64,
  advice: i32,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.sync-data")
export declare function descriptorSyncData(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.get-flags")
export declare function descriptorGetFlags(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.get-type")
export declare function descriptorGetType(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.set-size")
export declare function descriptorSetSize(self: i32, size: u64, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.set-times")
export declare function descriptorSetTimes(
  self: i32,
  dataAccessTimestamp0: i32,
  dataAccessTimestamp1: u64,
  dataAccessTimestamp2: i32,
  dataModificationTimestamp0: i32,
  dataModificationTimestamp1: u64,
  dataModificationTimestamp2: i32,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.read")
export declare function descriptorRead(self: i32, length: u64, offset: u64, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.write")
export declare function descriptorWrite(
  self: i32,
  buffer: usize,
  bufferLength: usize,
  offset: u64,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.read-directory")
export declare function descriptorReadDirectory(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.sync")
export declare function descriptorSync(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.create-directory-at")
export declare function descriptorCreateDirectoryAt(
  self: i32,
  path: usize,
  pathLength: usize,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.stat")
export declare function descriptorStat(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.stat-at")
export declare function descriptorStatAt(
  self: i32,
  pathFlags: i32,
  path: usize,
  pathLength: usize,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.set-times-at")
export declare function descriptorSetTimesAt(
  self: i32,
  pathFlags: i32,
  path: usize,
  pathLength: usize,
  dataAccessTimestamp0: i32,
  dataAccessTimestamp1: u64,
  dataAccessTimestamp2: i32,
  dataModificationTimestamp0: i32,
  dataModificationTimestamp1: u64,
  dataModificationTimestamp2: i32,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.link-at")
export declare function descriptorLinkAt(
  self: i32,
  oldPathFlags: i32,
  oldPath: usize,
  oldPathLength: usize,
  newDescriptor: i32,
  newPath: usize,
  newPathLength: usize,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.open-at")
export declare function descriptorOpenAt(
  self: i32,
  pathFlags: i32,
  path: usize,
  pathLength: usize,
  openFlags: i32,
  flags: i32,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.readlink-at")
export declare function descriptorReadlinkAt(self: i32, path: usize, pathLength: usize, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.remove-directory-at")
export declare function descriptorRemoveDirectoryAt(
  self: i32,
  path: usize,
  pathLength: usize,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.rename-at")
export declare function descriptorRenameAt(
  self: i32,
  oldPath: usize,
  oldPathLength: usize,
  newDescriptor: i32,
  newPath: usize,
  newPathLength: usize,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.symlink-at")
export declare function descriptorSymlinkAt(
  self: i32,
  oldPath: usize,
  oldPathLength: usize,
  newPath: usize,
  newPathLength: usize,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.unlink-file-at")
export declare function descriptorUnlinkFileAt(
  self: i32,
  path: usize,
  pathLength: usize,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.is-same-object")
export declare function descriptorIsSameObject(self: i32, other: i32): i32;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.metadata-hash")
export declare function descriptorMetadataHash(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.metadata-hash-at")
export declare function descriptorMetadataHashAt(
  self: i32,
  pathFlags: i32,
  path: usize,
  pathLength: usize,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[resource-drop]descriptor")
export declare function dropDescriptor(handle: i32): void;
@external("wasi:filesystem/types@0.2.12", "[method]directory-entry-stream.read-directory-entry")
export declare function directoryEntryReadDirectoryEntry(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[resource-drop]directory-entry-stream")
export declare function dropDirectoryEntry(handle: i32): void;
@external("wasi:filesystem/preopens@0.2.12", "get-directories")
export declare function getDirectories(result: usize): void;
