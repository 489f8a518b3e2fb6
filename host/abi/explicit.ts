/** Types whose values say everything, for what one guest passes to another. */
import { casesOf, type WitType } from "./types.ts";

const explicitTypes = new WeakMap<WitType, WitType>();

/**
 * The same type with values that say everything: as JavaScript has them, nothing is what an option is without a
 * value, and so is an option of an option. Records go by position.
 */
export function explicit(type: WitType): WitType {
  const known = explicitTypes.get(type);
  if (known !== undefined) return known;
  const made = makeExplicit(type);
  explicitTypes.set(type, made);
  return made;
}

function makeExplicit(type: WitType): WitType {
  switch (type.kind) {
    case "list":
      return { kind: "list", element: explicit(type.element) };
    case "record":
      return { kind: "tuple", items: type.fields.map(([, field]) => explicit(field)) };
    case "tuple":
      return { kind: "tuple", items: type.items.map(explicit) };
    case "variant":
    case "option":
    case "result":
      return { kind: "variant", cases: casesOf(type).map(([tag, of]) => [tag, of && explicit(of)] as const) };
    default:
      return type;
  }
}
