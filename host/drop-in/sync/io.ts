/** `wasi:io` for `jco transpile --map 'wasi:io/*=wasock/host/sync/io#*'`, which blocks while it waits. */
import { faceOf } from "./there.ts";

export const error: object = faceOf("wasi:io/error");
export const poll: object = faceOf("wasi:io/poll");
export const streams: object = faceOf("wasi:io/streams");
