/** Interfaces of WASI that are served, as instances that a component can be given. */
import { catalogue, faceOf, lowerEntry } from "../lowered/catalogue.ts";
import type { Extern, FuncItem, InstanceItem } from "./items.ts";

/**
 * Makes the instance of an interface.
 *
 * @param faces what is served, by interface name
 * @param name the interface, without version
 * @returns `undefined` where it is not served
 */
export function hostInstance(faces: object, name: string): InstanceItem | undefined {
  const described = catalogue.get(name);
  const face = faceOf(faces, name);
  if (described === undefined || face === undefined) return undefined;
  const exports = new Map<string, Extern>();
  for (const [label, resource] of described.resources) {
    exports.set(label, { sort: "type", item: { kind: "resource", resource } });
  }
  for (const [label, served] of described.functions) {
    const where = `${name}#${label}`;
    const item: FuncItem = {
      type: served.type,
      lower: (caller) => lowerEntry(served, face, { ...caller, where, trusted: true }),
    };
    exports.set(label, { sort: "func", item });
  }
  return { exports, isHost: true };
}
