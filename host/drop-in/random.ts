// Made by tools/generate.mjs; do not edit.
/** `wasi:random` for `jco transpile --map 'wasi:random/*=wasock/host/random#*'`. */
import { faceOf } from "./command.ts";

export const random: object = faceOf("wasi:random/random");
export const insecure: object = faceOf("wasi:random/insecure");
export const insecureSeed: object = faceOf("wasi:random/insecure-seed");
