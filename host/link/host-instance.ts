/** Interfaces of WASI that are served, as instances that a component can be given. */
import type { Guest } from "../abi/async/guest.ts";
import { faceOf, type Member } from "../abi/members.ts";
import type { Made } from "../abi/turns.ts";
import type { Resource } from "../abi/types.ts";
import { catalogue, lowerEntry } from "../wasi02/catalogue.ts";
import { catalogue03, lower03 } from "../wasi03/catalogue.ts";
import type { Extern, FuncItem, InstanceItem } from "./items.ts";

/**
 * Makes the instance of an interface.
 *
 * @param faces what is served, by interface name
 * @param name the interface, without version
 * @returns `undefined` where it is not served
 */
export function hostInstance(faces: object, name: string): InstanceItem | undefined {
  if (faceOf(faces, name) === undefined) return undefined;
  const instance = instances.get(name) ?? makeInstance(name);
  if (instance !== undefined) instances.set(name, instance);
  return instance;
}

/** They are the same for all programs: each has the faces of its own host. */
const instances: Map<string, InstanceItem> = new Map();

function makeInstance(name: string): InstanceItem | undefined {
  const face = ({ faces }: Guest): object => faceOf(faces, name) as object;
  const of03 = catalogue03.get(name);
  if (of03 !== undefined) {
    return instanceOf(name, of03, (served, caller, where) => lower03(served, face(caller), caller, where));
  }
  const of02 = catalogue.get(name);
  if (of02 === undefined) return undefined;
  return instanceOf(name, of02, (served, caller, where) =>
    lowerEntry(served, face(caller), { ...caller, where, trusted: true }),
  );
}

function instanceOf<Served extends Member>(
  name: string,
  described: {
    readonly functions: ReadonlyMap<string, Served>;
    readonly resources: ReadonlyMap<string, Resource>;
  },
  lower: (served: Served, caller: Guest, where: string) => Made,
): InstanceItem {
  const exports = new Map<string, Extern>();
  for (const [label, resource] of described.resources) {
    exports.set(label, { sort: "type", item: { kind: "resource", resource } });
  }
  for (const [label, served] of described.functions) {
    const item: FuncItem = {
      type: served.type,
      lower: (caller) => lower(served, caller, `${name}#${label}`),
    };
    exports.set(label, { sort: "func", item });
  }
  return { exports, isHost: true, isShared: true };
}
