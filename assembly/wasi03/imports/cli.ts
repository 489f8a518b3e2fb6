// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:cli as core imports. What doesn't fit a register is written at `result`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

@external("wasi:cli/environment@0.3.0", "get-environment")
export declare function getEnvironment(result: usize): void;
@external("wasi:cli/environment@0.3.0", "get-arguments")
export declare function getArguments(result: usize): void;
@external("wasi:cli/environment@0.3.0", "get-initial-cwd")
export declare function getInitialCwd(result: usize): void;
@external("wasi:cli/exit@0.3.0", "exit")
export declare function exit(status: i32): void;
@external("wasi:cli/exit@0.3.0", "exit-with-code")
export declare function exitWithCode(statusCode: i32): void;
@external("wasi:cli/stdin@0.3.0", "read-via-stream")
export declare function readViaStream(result: usize): void;
@external("wasi:cli/stdin@0.3.0", "[async-lower][stream-read-0]read-via-stream")
export declare function readViaStreamStreamRead(end: i32, at: usize, count: i32): i32;
@external("wasi:cli/stdin@0.3.0", "[stream-cancel-read-0]read-via-stream")
export declare function readViaStreamStreamCancelRead(end: i32): i32;
@external("wasi:cli/stdin@0.3.0", "[stream-drop-readable-0]read-via-stream")
export declare function readViaStreamStreamDropReadable(end: i32): void;
@external("wasi:cli/stdin@0.3.0", "[async-lower][future-read-1]read-via-stream")
export declare function readViaStreamFutureRead(end: i32, at: usize): i32;
@external("wasi:cli/stdin@0.3.0", "[future-cancel-read-1]read-via-stream")
export declare function readViaStreamFutureCancelRead(end: i32): i32;
@external("wasi:cli/stdin@0.3.0", "[future-drop-readable-1]read-via-stream")
export declare function readViaStreamFutureDropReadable(end: i32): void;
@external("wasi:cli/stdout@0.3.0", "write-via-stream")
export declare function stdoutWriteViaStream(data: i32): i32;
@external("wasi:cli/stdout@0.3.0", "[stream-new-0]write-via-stream")
export declare function stdoutWriteViaStreamStreamNew(): u64;
@external("wasi:cli/stdout@0.3.0", "[async-lower][stream-write-0]write-via-stream")
export declare function stdoutWriteViaStreamStreamWrite(end: i32, at: usize, count: i32): i32;
@external("wasi:cli/stdout@0.3.0", "[stream-cancel-write-0]write-via-stream")
export declare function stdoutWriteViaStreamStreamCancelWrite(end: i32): i32;
@external("wasi:cli/stdout@0.3.0", "[stream-drop-writable-0]write-via-stream")
export declare function stdoutWriteViaStreamStreamDropWritable(end: i32): void;
@external("wasi:cli/stdout@0.3.0", "[async-lower][future-read-1]write-via-stream")
export declare function stdoutWriteViaStreamFutureRead(end: i32, at: usize): i32;
@external("wasi:cli/stdout@0.3.0", "[future-cancel-read-1]write-via-stream")
export declare function stdoutWriteViaStreamFutureCancelRead(end: i32): i32;
@external("wasi:cli/stdout@0.3.0", "[future-drop-readable-1]write-via-stream")
export declare function stdoutWriteViaStreamFutureDropReadable(end: i32): void;
@external("wasi:cli/stderr@0.3.0", "write-via-stream")
export declare function stderrWriteViaStream(data: i32): i32;
@external("wasi:cli/stderr@0.3.0", "[stream-new-0]write-via-stream")
export declare function stderrWriteViaStreamStreamNew(): u64;
@external("wasi:cli/stderr@0.3.0", "[async-lower][stream-write-0]write-via-stream")
export declare function stderrWriteViaStreamStreamWrite(end: i32, at: usize, count: i32): i32;
@external("wasi:cli/stderr@0.3.0", "[stream-cancel-write-0]write-via-stream")
export declare function stderrWriteViaStreamStreamCancelWrite(end: i32): i32;
@external("wasi:cli/stderr@0.3.0", "[stream-drop-writable-0]write-via-stream")
export declare function stderrWriteViaStreamStreamDropWritable(end: i32): void;
@external("wasi:cli/stderr@0.3.0", "[async-lower][future-read-1]write-via-stream")
export declare function stderrWriteViaStreamFutureRead(end: i32, at: usize): i32;
@external("wasi:cli/stderr@0.3.0", "[future-cancel-read-1]write-via-stream")
export declare function stderrWriteViaStreamFutureCancelRead(end: i32): i32;
@external("wasi:cli/stderr@0.3.0", "[future-drop-readable-1]write-via-stream")
export declare function stderrWriteViaStreamFutureDropReadable(end: i32): void;
@external("wasi:cli/terminal-input@0.3.0", "[resource-drop]terminal-input")
export declare function dropTerminalInput(handle: i32): void;
@external("wasi:cli/terminal-output@0.3.0", "[resource-drop]terminal-output")
export declare function dropTerminalOutput(handle: i32): void;
@external("wasi:cli/terminal-stdin@0.3.0", "get-terminal-stdin")
export declare function getTerminalStdin(result: usize): void;
@external("wasi:cli/terminal-stdout@0.3.0", "get-terminal-stdout")
export declare function getTerminalStdout(result: usize): void;
@external("wasi:cli/terminal-stderr@0.3.0", "get-terminal-stderr")
export declare function getTerminalStderr(result: usize): void;
