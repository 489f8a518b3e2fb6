/** Interfaces of WASI that are served, as instances that a component can be given. */
import { faceOf } from "../abi/members.ts";
import { catalogue, lowerEntry } from "../wasi02/catalogue.ts";
import { catalogue03, type Interface03, lower03 } from "../wasi03/catalogue.ts";
import type { Extern, FuncItem, InstanceItem } from "./items.ts";

/**
 * Makes the instance of an interface.
 *
 * @param faces what is served, by interface name
 * @param name the interface, without version
 * @returns `undefined` where it is not served
 */
export function hostInstance(faces: object, name: string): InstanceItem | undefined {
  const of03 = catalogue03.get(name);
  if (of03 !== undefined) return hostInstance03(faces, name, of03);
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

function hostInstance03(faces: object, name: string, described: Interface03): InstanceItem | undefined {
  const face = faceOf(faces, name);
  if (face === undefined) return undefined;
  const exports = new Map<string, Extern>();
  for (const [label, resource] of described.resources) {
    exports.set(label, { sort: "type", item: { kind: "resource", resource } });
  }
  for (const [label, served] of described.functions) {
    const where = `${name}#${label}`;
    const item: FuncItem = {
      type: served.type,
      lower: (caller) => lower03(served, face, caller, where),
    };
    exports.set(label, { sort: "func", item });
  }
  return { exports, isHost: true };
}
