/** `wasi:random` for `jco transpile --map 'wasi:random/*=wasock/host/random#*'`. */
import { localFaces } from "./command.ts";

export const insecure: object = localFaces["wasi:random/insecure"] as object;
export const insecureSeed: object = localFaces["wasi:random/insecure-seed"] as object;
export const random: object = localFaces["wasi:random/random"] as object;
