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

/** The parts of a function's name: `[method]counter.add` is the method `add` of `counter`. */
export interface Label {
  readonly kind: "" | "constructor" | "method" | "static";
  /** The resource that it belongs to; nothing where it is free. */
  readonly of: string;
  readonly name: string;
}

/** Reads the name of a function. */
export function labelOf(text: string): Label {
  const [, kind, of = "", name = ""] = /^\[(constructor|method|static)\]([^.]+)(?:\.(.+))?$/.exec(text) ?? [];
  return { kind: (kind ?? "") as Label["kind"], of, name: kind === undefined ? text : name };
}

/** The face of an interface, where a host has it. */
export function faceOf(faces: object, interfaceName: string): object | undefined {
  return asHolder(ownMember(faces, interfaceName));
}

function asHolder(value: unknown): object | undefined {
  return (typeof value === "object" || typeof value === "function") && value !== null ? value : undefined;
}

/** What an object has under a name; `undefined` where it is none. */
export function member(holder: unknown, key: string): unknown {
  const object = asHolder(holder);
  return object === undefined ? undefined : (object as Readonly<Record<string, unknown>>)[key];
}

/** What an object has by itself under a name of a guest's. */
export function ownMember(holder: object, key: string): unknown {
  return Object.hasOwn(holder, key) ? (holder as Readonly<Record<string, unknown>>)[key] : undefined;
}
