/**
 * What the functions made from WIT (`functions.ts`) and the compilers of types that only a guest knows (`lift.ts`,
 * `lower.ts`) say of single values.
 */
import type { Scope, ValueScope } from "./scope.ts";
import { lowerString } from "./strings.ts";
import type { Resource } from "./types.ts";
import { describe, trap } from "./webassembly.ts";

export { liftText } from "./strings.ts";

/** The trap of a discriminant that a type has not. */
export function noCase(discriminant: number, cases: number, where: string): never {
  throw trap(where, `${discriminant >>> 0} names none of ${cases} cases`);
}

/** Whether the discriminant of an option says that something is there. */
export function isSome(discriminant: number, where: string): boolean {
  if (discriminant >>> 0 > 1) noCase(discriminant, 2, where);
  return discriminant === 1;
}

/** A `char` as a string of one character. */
export function character(code: number, where: string): string {
  const scalar = code >>> 0;
  if (scalar > 0x10ffff || (scalar >= 0xd800 && scalar < 0xe000)) {
    throw trap(where, `0x${scalar.toString(16)} is not a character`);
  }
  return String.fromCodePoint(scalar);
}

/** The place of a name among others, or a trap: a face that names a case which WIT hasn't is broken. */
export function placeOf(names: readonly string[], name: unknown, where: string): number {
  const place = names.indexOf(name as string);
  if (place < 0) throw trap(where, `the host answered ${describe(name)}, which is none of its cases`);
  return place;
}

/** Refuses what a face gave for an object of a resource. */
export function notA(resource: Resource, value: unknown, where: string): never {
  throw trap(where, `the host answered ${describe(value)} where a ${resource.name} belongs`);
}

/** Writes where a list or a string lies, and how long it is. */
export function storeString(scope: ValueScope, at: number, value: string): void {
  const [start, length] = lowerString(scope, value);
  const { view } = scope.memory;
  view.setUint32(at, start, true);
  view.setUint32(at + 4, length, true);
}

/** Writes where bytes lie that the guest is given: one allocation, one copy. */
export function storeBytes({ memory, where }: ValueScope, at: number, bytes: Uint8Array): void {
  const start = memory.allocate(bytes.length, 1, where);
  if (bytes.length > 0) memory.bytes.set(bytes, start);
  memory.view.setUint32(at, start, true);
  memory.view.setUint32(at + 4, bytes.length, true);
}

/** As {@link storeBytes}, of bytes that go past the guest where they can. */
export function storeGiven({ memory, where }: Scope, at: number, bytes: Uint8Array): void {
  const start = memory.give(bytes, where);
  memory.view.setUint32(at, start, true);
  memory.view.setUint32(at + 4, bytes.length, true);
}
