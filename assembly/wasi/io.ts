// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:io as core imports. What doesn't fit a register is written at `result`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

@external("wasi:io/poll@0.2.12", "poll")
export declare function poll(in_: usize, in_Length: usize, result: usize): void;
@external("wasi:io/poll@0.2.12", "[method]pollable.ready")
export declare function pollableReady(self: i32): i32;
@external("wasi:io/poll@0.2.12", "[method]pollable.block")
export declare function pollableBlock(self: i32): void;
@external("wasi:io/poll@0.2.12", "[resource-drop]pollable")
export declare function dropPollable(handle: i32): void;
@external("wasi:io/error@0.2.12", "[method]error.to-debug-string")
export declare function errorToDebugString(self: i32, result: usize): void;
@external("wasi:io/error@0.2.12", "[resource-drop]error")
export declare function dropError(handle: i32): void;
@external("wasi:io/streams@0.2.12", "[method]input-stream.read")
export declare function inputRead(self: i32, len: u64, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]input-stream.blocking-read")
export declare function inputBlockingRead(self: i32, len: u64, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]input-stream.skip")
export declare function inputSkip(self: i32, len: u64, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]input-stream.blocking-skip")
export declare function inputBlockingSkip(self: i32, len: u64, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]input-stream.subscribe")
export declare function inputSubscribe(self: i32): i32;
@external("wasi:io/streams@0.2.12", "[resource-drop]input-stream")
export declare function dropInput(handle: i32): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.check-write")
export declare function outputCheckWrite(self: i32, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.write")
export declare function outputWrite(self: i32, contents: usize, contentsLength: usize, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.blocking-write-and-flush")
export declare function outputBlockingWriteAndFlush(
  self: i32,
  contents: usize,
  contentsLength: usize,
  result: usize,
): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.flush")
export declare function outputFlush(self: i32, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.blocking-flush")
export declare function outputBlockingFlush(self: i32, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.subscribe")
export declare function outputSubscribe(self: i32): i32;
@external("wasi:io/streams@0.2.12", "[method]output-stream.write-zeroes")
export declare function outputWriteZeroes(self: i32, len: u64, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.blocking-write-zeroes-and-flush")
export declare function outputBlockingWriteZeroesAndFlush(self: i32, len: u64, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.splice")
export declare function outputSplice(self: i32, src: i32, len: u64, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.blocking-splice")
export declare function outputBlockingSplice(self: i32, src: i32, len: u64, result: usize): void;
@external("wasi:io/streams@0.2.12", "[resource-drop]output-stream")
export declare function dropOutput(handle: i32): void;
