/** `wasi:filesystem` for `jco transpile --map 'wasi:filesystem/*=wasock/host/filesystem#*'`. */
import * as filesystem from "@bytecodealliance/preview2-shim/filesystem";
import { type Filesystem, filesystemImports } from "../wasi02/filesystem.ts";
import { host } from "./here.ts";
import { settings } from "./settings.ts";

export { _addPreopen, _clearPreopens, _setPreopens } from "./settings.ts";

const given: unknown = filesystem;
const faces = filesystemImports(host.context, given as Filesystem, () => settings.preopens);

export const preopens: object = faces["wasi:filesystem/preopens"];
export const types: object = faces["wasi:filesystem/types"];
