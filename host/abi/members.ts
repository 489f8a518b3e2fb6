/** The functions of an interface, and the faces that have them. */
import type { FunctionType, InterfaceType, Resource } from "./types.ts";

/** A function of an interface. */
export interface Member {
  readonly type: FunctionType;
  /** The resource that it belongs to. */
  readonly of: Resource | undefined;
  /** Whether it is a method of it, whose first parameter is the resource. */
  readonly isMethod: boolean;
  /** Its WIT name, without that of its resource. */
  readonly name: string;
}

/** The functions of an interface by the names by which they are imported: `poll`, `[method]pollable.ready`. */
export function membersOf({ resources, functions }: InterfaceType): [key: string, member: Member][] {
  const members: [string, Member][] = Object.entries(functions).map(([name, type]) => [
    name,
    { type, of: undefined, isMethod: false, name },
  ]);
  for (const { type: of, methods, statics = {} } of resources) {
    for (const [name, type] of Object.entries(methods)) {
      members.push([`[method]${of.name}.${name}`, { type, of, isMethod: true, name }]);
    }
    for (const [name, type] of Object.entries(statics)) {
      members.push([`[static]${of.name}.${name}`, { type, of, isMethod: false, name }]);
    }
  }
  return members;
}

/** The face of an interface, where a host has it. */
export function faceOf(faces: object, interfaceName: string): object | undefined {
  return Object.hasOwn(faces, interfaceName) ? asHolder(member(faces, interfaceName)) : undefined;
}

function asHolder(value: unknown): object | undefined {
  return (typeof value === "object" || typeof value === "function") && value !== null ? value : undefined;
}

/** What an object has under a name; `undefined` where it is none. */
export function member(holder: unknown, key: string): unknown {
  const object = asHolder(holder);
  return object === undefined ? undefined : (object as Readonly<Record<string, unknown>>)[key];
}
