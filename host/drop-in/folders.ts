/** The folders of the drop-in modules' guest, opened when it asks for them. */
import { filesystemImports } from "../wasi02/filesystem.ts";
import { settings } from "./settings.ts";
import { host } from "./suspending.ts";

const faces: object = filesystemImports(host.context, () => settings.preopens);

/** A face by its interface name without version. */
export function faceOf(name: string): object {
  return (faces as Readonly<Record<string, object>>)[name] as object;
}
