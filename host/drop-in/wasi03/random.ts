// Made by tools/generate.mjs; do not edit.
/** `wasi:random` for `jco transpile --map 'wasi:random/*=wasock/host/wasi03/random#*'`, of WASI 0.3. */
import { faceOf } from "./faces.ts";

export const random: object = faceOf("wasi:random/random");
export const insecure: object = faceOf("wasi:random/insecure");
export const insecureSeed: object = faceOf("wasi:random/insecure-seed");
