/** What a component imports of its embedder. */

import { labelOf, ownMember } from "../abi/members.ts";
import { camelCase, className, type FunctionType, type Resource } from "../abi/types.ts";
import { quoted } from "../component/names.ts";
import { callOf } from "../link/foreign-instance.ts";
import type { Extern, InstanceItem } from "../link/items.ts";
import type { Own } from "../link/link.ts";
import { LinkError } from "../link/refusal.ts";
import { imported, type Surroundings } from "./functions.ts";
import type { Imports } from "./options.ts";

/** Makes what a component is given of it. */
export function ownOf(imports: Imports, around: Surroundings): Own {
  const root = ownInstance("imports", imports, "", around);
  return {
    func: root.func as NonNullable<Own["func"]>,
    resource: root.resource as NonNullable<Own["resource"]>,
    instanceOf(name) {
      const face = ownMember(imports, name) ?? ownMember(imports, name.replace(/@.*$/, ""));
      if (face === undefined) return undefined;
      if (typeof face !== "object" || face === null) {
        throw new LinkError(`imports[${quoted(name)}] is not an object of functions and classes`);
      }
      return ownInstance(`imports[${quoted(name)}]`, face, `${name}#`, around);
    },
  };
}

function ownInstance(called: string, face: object, prefix: string, around: Surroundings): InstanceItem {
  const resources = new Map<string, Resource>();
  return {
    exports: new Map(),
    isHost: true,
    resource(label) {
      const known = resources.get(label);
      const resource = known ?? { interface: prefix === "" ? "the world" : prefix.slice(0, -1), name: label };
      if (known === undefined) {
        const of = ownMember(face as Imports, className(label));
        if (typeof of !== "function")
          throw new LinkError(`it imports ${prefix}${label}, and ${called} has no class ${className(label)}`);
        around.resources.declare(resource, of as never);
        resources.set(label, resource);
      }
      return { sort: "type", item: { kind: "resource", resource } };
    },
    func(label, type: FunctionType): Extern {
      const call = callOf(face, label);
      const where = `${prefix}${label}`;
      if (call === undefined) {
        throw new LinkError(`it imports ${where}, and ${called} has no ${memberOf(label)}`);
      }
      const lower = (caller: Parameters<typeof imported>[2]): ReturnType<typeof imported> =>
        imported(type, call, caller, where, around);
      return { sort: "func", item: { type, lower } };
    },
  };
}

/** What JavaScript has in the place of a function. */
function memberOf(label: string): string {
  const { kind, of, name } = labelOf(label);
  if (kind === "") return `function ${camelCase(label)}`;
  if (kind === "constructor") return `class ${className(of)}`;
  return `${kind === "static" ? "static function" : "method"} ${className(of)}.${camelCase(name)}`;
}
