// Made by tools/generate.mjs; do not edit.
/** `wasi:sockets` for `jco transpile --map 'wasi:sockets/*=wasock/host/sockets#*'`. */
import { faceOf } from "./suspending.ts";

export { _denyDnsLookup, _denyTcp, _denyUdp } from "./settings.ts";

export const network: object = faceOf("wasi:sockets/network");
export const instanceNetwork: object = faceOf("wasi:sockets/instance-network");
export const udp: object = faceOf("wasi:sockets/udp");
export const udpCreateSocket: object = faceOf("wasi:sockets/udp-create-socket");
export const tcp: object = faceOf("wasi:sockets/tcp");
export const tcpCreateSocket: object = faceOf("wasi:sockets/tcp-create-socket");
export const ipNameLookup: object = faceOf("wasi:sockets/ip-name-lookup");
