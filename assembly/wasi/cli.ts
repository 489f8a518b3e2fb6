// wasi:cli, wasi:clocks/wall-clock and wasi:random as core imports.
// Results that don't fit a register are written at `result`; their layouts stand where they are read.

// @ts-ignore: decorator
@external("wasi:cli/environment@0.2.12", "get-arguments")
export declare function getArguments(result: usize): void;
// @ts-ignore: decorator
@external("wasi:cli/environment@0.2.12", "get-environment")
export declare function getEnvironment(result: usize): void;

// @ts-ignore: decorator
@external("wasi:cli/exit@0.2.12", "exit")
export declare function exit(failed: i32): void;

// @ts-ignore: decorator
@external("wasi:cli/stdin@0.2.12", "get-stdin")
export declare function getStdin(): i32;
// @ts-ignore: decorator
@external("wasi:cli/stdout@0.2.12", "get-stdout")
export declare function getStdout(): i32;
// @ts-ignore: decorator
@external("wasi:cli/stderr@0.2.12", "get-stderr")
export declare function getStderr(): i32;

// @ts-ignore: decorator
@external("wasi:clocks/wall-clock@0.2.12", "now")
export declare function wallClock(result: usize): void;

// @ts-ignore: decorator
@external("wasi:random/random@0.2.12", "get-random-bytes")
export declare function getRandomBytes(length: u64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:random/random@0.2.12", "get-random-u64")
export declare function getRandomU64(): u64;
