/** The core modules of a component. */
import type { Component } from "./ast.ts";

/** Its core modules and those of the components in it, in the order of the file. */
export function coreModulesOf(component: Component): Uint8Array<ArrayBuffer>[] {
  const all: Uint8Array[] = [];
  const collect = ({ definitions }: Component): void => {
    for (const definition of definitions) {
      if (definition.kind === "core module") all.push(definition.bytes);
      if (definition.kind === "component") collect(definition.component);
    }
  };
  collect(component);
  return all as Uint8Array<ArrayBuffer>[];
}
