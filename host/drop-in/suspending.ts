/**
 * The host of the drop-in modules on the guest's own thread: what waits returns a promise, so that `jco transpile`
 * has to be told that it may (`--async-mode jspi`).
 */
import { createHost, type Host } from "../host.ts";
import { commandImports } from "../wasi02/command.ts";
import { localFaces } from "./command.ts";
import { hostOptionsOf, settings } from "./settings.ts";

/** The process' one host. */
export const host: Host = createHost({ ...hostOptionsOf(process.env, settings), maySuspend: true });

// the guest is the process' program: what it leaves open keeps nobody
host.context.ledger.releaseProcess();

/** All faces of WASI 0.2 but those of files. */
export const allFaces: object = { ...host.imports, ...commandImports(host.context), ...localFaces };

/** A face by its interface name without version. */
export function faceOf(name: string): object {
  return (allFaces as Readonly<Record<string, object>>)[name] as object;
}
