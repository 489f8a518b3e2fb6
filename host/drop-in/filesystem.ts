/** `wasi:filesystem` for `jco transpile --map 'wasi:filesystem/*=wasock/host/filesystem#*'`. */
import { filesystemImports } from "../wasi02/filesystem.ts";
import { host } from "./here.ts";
import { settings } from "./settings.ts";

export { _addPreopen, _clearPreopens, _setPreopens } from "./settings.ts";

const faces = filesystemImports(host.context, () => settings.preopens);

export const preopens: object = faces["wasi:filesystem/preopens"];
export const types: object = faces["wasi:filesystem/types"];
