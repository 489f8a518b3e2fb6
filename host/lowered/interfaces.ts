/** Every interface that is described, lowest first: what can be served where a face is there. */
import type { InterfaceType } from "./types.ts";
import { interfaces as networkInterfaces } from "./wasi02.ts";
import { commandInterfaces } from "./wasi02-command.ts";
import { filesystemInterfaces } from "./wasi02-filesystem.ts";

export const interfaces: readonly InterfaceType[] = [
  ...networkInterfaces,
  ...commandInterfaces,
  ...filesystemInterfaces,
];
