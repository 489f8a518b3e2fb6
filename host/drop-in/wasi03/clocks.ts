// Made by tools/generate.mjs; do not edit.
/** `wasi:clocks` for `jco transpile --map 'wasi:clocks/*=wasock/host/wasi03/clocks#*'`, of WASI 0.3. */
import { faceOf } from "./faces.ts";

export const types: object = faceOf("wasi:clocks/types");
export const monotonicClock: object = faceOf("wasi:clocks/monotonic-clock");
export const systemClock: object = faceOf("wasi:clocks/system-clock");
