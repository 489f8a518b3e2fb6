// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:clocks as core imports. What doesn't fit a register is written at `result`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

@external("wasi:clocks/monotonic-clock@0.3.0", "now")
export declare function monotonicClockNow(): u64;
@external("wasi:clocks/monotonic-clock@0.3.0", "get-resolution")
export declare function monotonicClockGetResolution(): u64;
@external("wasi:clocks/monotonic-clock@0.3.0", "[async-lower]wait-until")
export declare function waitUntil(when: u64): i32;
@external("wasi:clocks/monotonic-clock@0.3.0", "[async-lower]wait-for")
export declare function waitFor(howLong: u64): i32;
@external("wasi:clocks/system-clock@0.3.0", "now")
export declare function systemClockNow(result: usize): void;
@external("wasi:clocks/system-clock@0.3.0", "get-resolution")
export declare function systemClockGetResolution(): u64;
