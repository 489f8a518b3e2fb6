// Made by tools/generate.mjs; do not edit.
/** `wasi:io` for `jco transpile --map 'wasi:io/*=wasock/host/io#*'`. */
import { faceOf } from "./suspending.ts";

export const poll: object = faceOf("wasi:io/poll");
export const error: object = faceOf("wasi:io/error");
export const streams: object = faceOf("wasi:io/streams");
