// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:clocks as core imports. What doesn't fit a register is written at `result`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

@external("wasi:clocks/monotonic-clock@0.2.12", "now")
export declare function monotonicClockNow(): u64;
@external("wasi:clocks/monotonic-clock@0.2.12", "resolution")
export declare function monotonicClockResolution(): u64;
@external("wasi:clocks/monotonic-clock@0.2.12", "subscribe-instant")
export declare function subscribeInstant(when: u64): i32;
@external("wasi:clocks/monotonic-clock@0.2.12", "subscribe-duration")
export declare function subscribeDuration(when: u64): i32;
@external("wasi:clocks/wall-clock@0.2.12", "now")
export declare function wallClockNow(result: usize): void;
@external("wasi:clocks/wall-clock@0.2.12", "resolution")
export declare function wallClockResolution(result: usize): void;
