// Made by tools/generate.mjs; do not edit.
/** `wasi:clocks` for `jco transpile --map 'wasi:clocks/*=wasock/host/clocks#*'`. */
import { faceOf } from "./suspending.ts";

export const monotonicClock: object = faceOf("wasi:clocks/monotonic-clock");
export const wallClock: object = faceOf("wasi:clocks/wall-clock");
