// Made by tools/generate.mjs; do not edit.
/** `wasi:sockets` for `jco transpile --map 'wasi:sockets/*=wasock/host/wasi03/sockets#*'`, of WASI 0.3. */
import { faceOf } from "./faces.ts";

export { _denyDnsLookup, _denyTcp, _denyUdp } from "../settings.ts";

export const types: object = faceOf("wasi:sockets/types");
export const ipNameLookup: object = faceOf("wasi:sockets/ip-name-lookup");
