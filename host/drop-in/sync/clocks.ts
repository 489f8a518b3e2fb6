// Made by tools/generate.mjs; do not edit.
/** `wasi:clocks` for `jco transpile --map 'wasi:clocks/*=wasock/host/sync/clocks#*'`, which blocks while it waits. */
import { faceOf } from "./blocking.ts";

export const monotonicClock: object = faceOf("wasi:clocks/monotonic-clock");
export const wallClock: object = faceOf("wasi:clocks/wall-clock");
