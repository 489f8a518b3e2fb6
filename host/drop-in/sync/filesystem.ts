/** `wasi:filesystem` for `jco transpile --map 'wasi:filesystem/*=wasock/host/sync/filesystem#*'`. */
import { faceOf } from "./there.ts";

export { _addPreopen, _clearPreopens, _setPreopens } from "../settings.ts";

export const preopens: object = faceOf("wasi:filesystem/preopens");
export const types: object = faceOf("wasi:filesystem/types");
