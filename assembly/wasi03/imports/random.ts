// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:random as core imports. What doesn't fit a register is written at `result`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

@external("wasi:random/random@0.3.0", "get-random-bytes")
export declare function getRandomBytes(maxLen: u64, result: usize): void;
@external("wasi:random/random@0.3.0", "get-random-u64")
export declare function getRandomU64(): u64;
@external("wasi:random/insecure@0.3.0", "get-insecure-random-bytes")
export declare function getInsecureRandomBytes(maxLen: u64, result: usize): void;
@external("wasi:random/insecure@0.3.0", "get-insecure-random-u64")
export declare function getInsecureRandomU64(): u64;
@external("wasi:random/insecure-seed@0.3.0", "get-insecure-seed")
export declare function getInsecureSeed(result: usize): void;
