/** Values of a guest, which say everything, on their way to JavaScript: all of it is JavaScript's own then. */

import { typedArrayOf } from "../abi/numbers.ts";
import { camelCase, casesOf, type TypeOf, type WitType } from "../abi/types.ts";
import { isTagged } from "./to-guest.ts";

/** Makes a value of JavaScript of one of the guest. */
export type FromGuest = (value: unknown) => unknown;

/** What is no plain data. */
export interface Givings {
  /** Gives an object of a resource. */
  give(type: TypeOf<"own" | "borrow">): FromGuest;
  /** Gives a stream or a promise. */
  receive(type: TypeOf<"stream" | "future">): FromGuest;
}

/** Compiles the way of a type. */
export function fromGuest(type: WitType, givings: Givings): FromGuest {
  switch (type.kind) {
    case "list": {
      const Typed = typedArrayOf(type.element);
      // what was lifted is a view of the guest's memory, or was made for this
      if (type.element.kind === "u8") return (value) => (value as Uint8Array).slice();
      if (Typed !== undefined)
        return (value) => (value instanceof Typed ? value : Typed.from(value as never));
      const convert = fromGuest(type.element, givings);
      return (value) => (value as readonly unknown[]).map((item) => convert(item));
    }
    case "tuple": {
      const converts = type.items.map((item) => fromGuest(item, givings));
      return (value) => converts.map((convert, i) => convert((value as readonly unknown[])[i]));
    }
    case "record": {
      const converts = type.fields.map(
        ([name, field]) => [camelCase(name), fromGuest(field, givings)] as const,
      );
      return (value) => {
        const made: Record<string, unknown> = {};
        for (const [i, [key, convert]] of converts.entries())
          made[key] = convert((value as readonly unknown[])[i]);
        return made;
      };
    }
    case "option":
    case "variant":
    case "result": {
      const cases = new Map(casesOf(type).map(([tag, of]) => [tag, of && fromGuest(of, givings)]));
      const isPlain = type.kind === "option" && !isTagged(type);
      return (value) => {
        const { tag, val } = value as { readonly tag: string; readonly val: unknown };
        const made = cases.get(tag)?.(val);
        if (isPlain) return made;
        return made === undefined && cases.get(tag) === undefined ? { tag } : { tag, val: made };
      };
    }
    case "own":
    case "borrow":
      return givings.give(type);
    case "stream":
    case "future":
      return givings.receive(type);
    default:
      return (value) => value;
  }
}
