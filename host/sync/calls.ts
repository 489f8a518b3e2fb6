/** The calls that cross a channel: a number for each function and each destructor of the interfaces. */

import { camelCase, type FunctionType, type Resource } from "../abi/types.ts";
import { interfaces } from "../wasi02/descriptions.ts";

/** A function, a method, or the end of a resource. */
export interface Call {
  readonly interfaceName: string;
  /** The face's own name of the function; empty for the end of a resource. */
  readonly key: string;
  /** The resource that it is a method or the end of. */
  readonly of: Resource | undefined;
  /** Its type; none for the end of a resource. */
  readonly type: FunctionType | undefined;
  /** As messages name it. */
  readonly where: string;
}

/** The calls; both threads number them alike, by their place. */
export const calls: readonly Call[] = interfaces.flatMap(({ name: interfaceName, resources, functions }) => [
  ...Object.entries(functions).map(([name, type]) => ({
    interfaceName,
    key: camelCase(name),
    of: undefined,
    type,
    where: `${interfaceName}#${name}`,
  })),
  ...resources.flatMap(({ type: of, methods }): Call[] => [
    { interfaceName, key: "", of, type: undefined, where: `${interfaceName}#[resource-drop]${of.name}` },
    ...Object.entries(methods).map(([name, type]) => ({
      interfaceName,
      key: camelCase(name),
      of,
      type,
      where: `${interfaceName}#[method]${of.name}.${name}`,
    })),
  ]),
]);

/** The number of the call that ends a guest. */
export const FINISH = 0xffff;

/** The number of the call that gives bytes back which came ahead. */
export const UNREAD = 0xfffe;

/** The number of the call that polls: what the guest's thread can't tell itself, until an instant at most. */
export const POLL = 0xfffd;

/** What a reply begins with. */
export const Reply = { ok: 0, error: 1, trap: 2 } as const;
