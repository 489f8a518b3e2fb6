// Made by tools/generate.mjs; do not edit.
/** `wasi:filesystem` for `jco transpile --map 'wasi:filesystem/*=wasock/host/sync/filesystem#*'`, which blocks while it waits. */
import { faceOf } from "./blocking.ts";

export { _addPreopen, _clearPreopens, _setPreopens } from "../settings.ts";

export const types: object = faceOf("wasi:filesystem/types");
export const preopens: object = faceOf("wasi:filesystem/preopens");
