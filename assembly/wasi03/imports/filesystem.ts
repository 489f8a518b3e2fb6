// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:filesystem as core imports. What doesn't fit a register is written at `result`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

@external("wasi:filesystem/types@0.3.0", "[method]descriptor.read-via-stream")
export declare function descriptorReadViaStream(self: i32, offset: u64, result: usize): void;
@external("wasi:filesystem/types@0.3.0", "[async-lower][stream-read-0][method]descriptor.read-via-stream")
export declare function descriptorReadViaStreamStreamRead(end: i32, at: usize, count: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[stream-cancel-read-0][method]descriptor.read-via-stream")
export declare function descriptorReadViaStreamStreamCancelRead(end: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[stream-drop-readable-0][method]descriptor.read-via-stream")
export declare function descriptorReadViaStreamStreamDropReadable(end: i32): void;
@external("wasi:filesystem/types@0.3.0", "[async-lower][future-read-1][method]descriptor.read-via-stream")
export declare function descriptorReadViaStreamFutureRead(end: i32, at: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[future-cancel-read-1][method]descriptor.read-via-stream")
export declare function descriptorReadViaStreamFutureCancelRead(end: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[future-drop-readable-1][method]descriptor.read-via-stream")
export declare function descriptorReadViaStreamFutureDropReadable(end: i32): void;
@external("wasi:filesystem/types@0.3.0", "[method]descriptor.write-via-stream")
export declare function descriptorWriteViaStream(self: i32, data: i32, offset: u64): i32;
@external("wasi:filesystem/types@0.3.0", "[stream-new-0][method]descriptor.write-via-stream")
export declare function descriptorWriteViaStreamStreamNew(): u64;
@external("wasi:filesystem/types@0.3.0", "[async-lower][stream-write-0][method]descriptor.write-via-stream")
export declare function descriptorWriteViaStreamStreamWrite(end: i32, at: usize, count: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[stream-cancel-write-0][method]descriptor.write-via-stream")
export declare function descriptorWriteViaStreamStreamCancelWrite(end: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[stream-drop-writable-0][method]descriptor.write-via-stream")
export declare function descriptorWriteViaStreamStreamDropWritable(end: i32): void;
@external("wasi:filesystem/types@0.3.0", "[async-lower][future-read-1][method]descriptor.write-via-stream")
export declare function descriptorWriteViaStreamFutureRead(end: i32, at: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[future-cancel-read-1][method]descriptor.write-via-stream")
export declare function descriptorWriteViaStreamFutureCancelRead(end: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[future-drop-readable-1][method]descriptor.write-via-stream")
export declare function descriptorWriteViaStreamFutureDropReadable(end: i32): void;
@external("wasi:filesystem/types@0.3.0", "[method]descriptor.append-via-stream")
export declare function descriptorAppendViaStream(self: i32, data: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[stream-new-0][method]descriptor.append-via-stream")
export declare function descriptorAppendViaStreamStreamNew(): u64;
@external("wasi:filesystem/types@0.3.0", "[async-lower][stream-write-0][method]descriptor.append-via-stream")
export declare function descriptorAppendViaStreamStreamWrite(end: i32, at: usize, count: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[stream-cancel-write-0][method]descriptor.append-via-stream")
export declare function descriptorAppendViaStreamStreamCancelWrite(end: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[stream-drop-writable-0][method]descriptor.append-via-stream")
export declare function descriptorAppendViaStreamStreamDropWritable(end: i32): void;
@external("wasi:filesystem/types@0.3.0", "[async-lower][future-read-1][method]descriptor.append-via-stream")
export declare function descriptorAppendViaStreamFutureRead(end: i32, at: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[future-cancel-read-1][method]descriptor.append-via-stream")
export declare function descriptorAppendViaStreamFutureCancelRead(end: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[future-drop-readable-1][method]descriptor.append-via-stream")
export declare function descriptorAppendViaStreamFutureDropReadable(end: i32): void;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.advise")
export declare function descriptorAdvise(
  self: i32,
  offset: u64,
  length: u64,
  advice: i32,
  result: usize,
): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.sync-data")
export declare function descriptorSyncData(self: i32, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.get-flags")
export declare function descriptorGetFlags(self: i32, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.get-type")
export declare function descriptorGetType(self: i32, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.set-size")
export declare function descriptorSetSize(self: i32, size: u64, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.set-times")
export declare function descriptorSetTimes(params: usize, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[method]descriptor.read-directory")
export declare function descriptorReadDirectory(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.3.0", "[async-lower][stream-read-0][method]descriptor.read-directory")
export declare function descriptorReadDirectoryStreamRead(end: i32, at: usize, count: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[stream-cancel-read-0][method]descriptor.read-directory")
export declare function descriptorReadDirectoryStreamCancelRead(end: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[stream-drop-readable-0][method]descriptor.read-directory")
export declare function descriptorReadDirectoryStreamDropReadable(end: i32): void;
@external("wasi:filesystem/types@0.3.0", "[async-lower][future-read-1][method]descriptor.read-directory")
export declare function descriptorReadDirectoryFutureRead(end: i32, at: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[future-cancel-read-1][method]descriptor.read-directory")
export declare function descriptorReadDirectoryFutureCancelRead(end: i32): i32;
@external("wasi:filesystem/types@0.3.0", "[future-drop-readable-1][method]descriptor.read-directory")
export declare function descriptorReadDirectoryFutureDropReadable(end: i32): void;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.sync")
export declare function descriptorSync(self: i32, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.create-directory-at")
export declare function descriptorCreateDirectoryAt(
  self: i32,
  path: usize,
  pathLength: usize,
  result: usize,
): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.stat")
export declare function descriptorStat(self: i32, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.stat-at")
export declare function descriptorStatAt(
  self: i32,
  pathFlags: i32,
  path: usize,
  pathLength: usize,
  result: usize,
): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.set-times-at")
export declare function descriptorSetTimesAt(params: usize, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.link-at")
export declare function descriptorLinkAt(params: usize, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.open-at")
export declare function descriptorOpenAt(params: usize, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.readlink-at")
export declare function descriptorReadlinkAt(self: i32, path: usize, pathLength: usize, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.remove-directory-at")
export declare function descriptorRemoveDirectoryAt(
  self: i32,
  path: usize,
  pathLength: usize,
  result: usize,
): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.rename-at")
export declare function descriptorRenameAt(params: usize, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.symlink-at")
export declare function descriptorSymlinkAt(params: usize, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.unlink-file-at")
export declare function descriptorUnlinkFileAt(self: i32, path: usize, pathLength: usize, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.is-same-object")
export declare function descriptorIsSameObject(self: i32, other: i32, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.metadata-hash")
export declare function descriptorMetadataHash(self: i32, result: usize): i32;
@external("wasi:filesystem/types@0.3.0", "[async-lower][method]descriptor.metadata-hash-at")
export declare function descriptorMetadataHashAt(
  self: i32,
  pathFlags: i32,
  path: usize,
  pathLength: usize,
  result: usize,
): i32;
@external("wasi:filesystem/types@0.3.0", "[resource-drop]descriptor")
export declare function dropDescriptor(handle: i32): void;
@external("wasi:filesystem/preopens@0.3.0", "get-directories")
export declare function getDirectories(result: usize): void;
