// Made by tools/generate.mjs; do not edit.
/** `wasi:filesystem` for `jco transpile --map 'wasi:filesystem/*=wasock/host/wasi03/filesystem#*'`, of WASI 0.3. */
import { faceOf } from "./faces.ts";

export { _addPreopen, _clearPreopens, _setPreopens } from "../settings.ts";

export const types: object = faceOf("wasi:filesystem/types");
export const preopens: object = faceOf("wasi:filesystem/preopens");
