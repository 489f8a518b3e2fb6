// wasi:io/{error,poll,streams} and wasi:clocks/monotonic-clock as core imports.
// Results that don't fit a register are written at `result`; their layouts stand where they are read.

// @ts-ignore: decorator
@external("wasi:io/error@0.2.12", "[method]error.to-debug-string")
export declare function errorToDebugString(error: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/error@0.2.12", "[resource-drop]error")
export declare function dropError(error: i32): void;

// @ts-ignore: decorator
@external("wasi:io/poll@0.2.12", "poll")
export declare function poll(list: usize, length: usize, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/poll@0.2.12", "[method]pollable.ready")
export declare function ready(pollable: i32): i32;
// @ts-ignore: decorator
@external("wasi:io/poll@0.2.12", "[method]pollable.block")
export declare function block(pollable: i32): void;
// @ts-ignore: decorator
@external("wasi:io/poll@0.2.12", "[resource-drop]pollable")
export declare function dropPollable(pollable: i32): void;

// @ts-ignore: decorator
@external("wasi:io/streams@0.2.12", "[method]input-stream.read")
export declare function inputRead(stream: i32, length: u64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.12", "[method]input-stream.blocking-read")
export declare function inputBlockingRead(stream: i32, length: u64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.12", "[method]input-stream.subscribe")
export declare function inputSubscribe(stream: i32): i32;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.12", "[resource-drop]input-stream")
export declare function dropInput(stream: i32): void;

// @ts-ignore: decorator
@external("wasi:io/streams@0.2.12", "[method]output-stream.check-write")
export declare function outputCheckWrite(stream: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.12", "[method]output-stream.write")
export declare function outputWrite(stream: i32, bytes: usize, length: usize, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.12", "[method]output-stream.blocking-write-and-flush")
export declare function outputBlockingWriteAndFlush(
  stream: i32,
  bytes: usize,
  length: usize,
  result: usize,
): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.12", "[method]output-stream.subscribe")
export declare function outputSubscribe(stream: i32): i32;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.12", "[resource-drop]output-stream")
export declare function dropOutput(stream: i32): void;

// @ts-ignore: decorator
@external("wasi:clocks/monotonic-clock@0.2.12", "now")
export declare function now(): u64;
// @ts-ignore: decorator
@external("wasi:clocks/monotonic-clock@0.2.12", "subscribe-instant")
export declare function subscribeInstant(when: u64): i32;
// @ts-ignore: decorator
@external("wasi:clocks/monotonic-clock@0.2.12", "subscribe-duration")
export declare function subscribeDuration(nanoseconds: u64): i32;
