/** The interfaces of WASI 0.3 as components import them, and the core function of each import. */
import { lowerHost } from "../abi/async/call.ts";
import type { Guest } from "../abi/async/guest.ts";
import { type Member, membersOf } from "../abi/members.ts";
import type { Made } from "../abi/turns.ts";
import { camelCase, className, type InterfaceType, type Resource } from "../abi/types.ts";
import type { AnyFunction } from "../abi/webassembly.ts";
import { interfaces } from "./descriptions.ts";

type Members = Readonly<Record<string, unknown>>;

/** An interface. */
export interface Interface03 {
  /** The functions by the names by which they are imported. */
  readonly functions: ReadonlyMap<string, Member>;
  readonly resources: ReadonlyMap<string, Resource>;
}

/** Any version of 0.3, and what is behind it: whether the types are the same is looked at when a component is linked. */
const VERSIONED = /^([^@]+)@0\.3(?:\.\d+)?(?:[-+].*)?$/;

/** The interfaces by the names of their faces. */
export const catalogue03: ReadonlyMap<string, Interface03> = new Map(
  [...interfaces, ...typesOnly("wasi:clocks/types", "wasi:cli/types")].map((each) => [
    `${each.name}@0.3`,
    interfaceOf(each),
  ]),
);

/** The name of an interface of 0.3 as its face goes by, `wasi:cli/exit@0.3`; `undefined` for what isn't described. */
export function servedName03(versioned: string): string | undefined {
  const name = `${VERSIONED.exec(versioned)?.[1]}@0.3`;
  return catalogue03.has(name) ? name : undefined;
}

function typesOnly(...names: string[]): InterfaceType[] {
  return names
    .filter((name) => !interfaces.some((each) => each.name === name))
    .map((name) => ({ name, resources: [], functions: {} }));
}

function interfaceOf(type: InterfaceType): Interface03 {
  return {
    functions: new Map(membersOf(type)),
    resources: new Map(type.resources.map((resource) => [resource.type.name, resource.type])),
  };
}

/**
 * Makes the core function by which a guest calls one of WASI 0.3.
 *
 * @param served what it is
 * @param face the face of its interface
 * @param caller who calls
 * @param where how messages call it
 */
export function lower03(served: Member, face: object, caller: Guest, where: string): Made {
  const { type, of, isMethod, name } = served;
  const key = camelCase(name);
  const holder = (of === undefined ? face : (face as Members)[className(of.name)]) as Members;
  if (typeof (isMethod ? (holder["prototype"] as Members) : holder)[key] !== "function") {
    throw new Error(`the host's face has no ${where}`);
  }
  const call: (values: readonly unknown[]) => unknown = isMethod
    ? ([self, ...values]) => (self as Readonly<Record<string, AnyFunction>>)[key]?.(...values)
    : (values) => (holder as Readonly<Record<string, AnyFunction>>)[key]?.(...values);
  return lowerHost(type, call, { ...caller, hasShortText: true }, where);
}
