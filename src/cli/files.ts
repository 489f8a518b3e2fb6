/** The folders of `--dir`, for programs that use files. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { SocketContext } from "../../host/sockets/context.ts";
import { type Filesystem, filesystemImports } from "../../host/wasi02/filesystem.ts";
import { peer, UsageError } from "./usage.ts";

/**
 * The faces of `wasi:filesystem` where a program imports them.
 *
 * @param program the bytes of its file: imports are text in them
 * @param folders each `host::guest`, or `host` for both
 * @param context of the program's host
 * @throws UsageError when there is no such folder, or no preview2-shim
 */
export async function fileFaces(
  program: Uint8Array,
  folders: readonly string[],
  context: SocketContext,
): Promise<object> {
  const preopens: Record<string, string> = {};
  for (const folder of folders) {
    const [host = "", guest = host] = folder.split("::");
    if (!existsSync(host)) throw new UsageError(`--dir ${folder}: there is no folder ${host}`);
    preopens[guest] = resolve(host);
  }
  if (!Buffer.from(program.buffer, program.byteOffset, program.length).includes("wasi:filesystem/"))
    return {};
  const filesystem = await peer("a program that uses files", "@bytecodealliance/preview2-shim", async () => {
    const module: unknown = await import("@bytecodealliance/preview2-shim/filesystem");
    return module as Filesystem;
  });
  return filesystemImports(context, filesystem, () => preopens);
}
