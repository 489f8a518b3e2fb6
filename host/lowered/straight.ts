/**
 * The shapes of function that carry the traffic, each written out in one piece.
 *
 * `compile.ts` makes the same of small closures. All functions share those, so that the engine can't inline
 * one into the other; here it can, which makes a call two to three times as quick. A shape is found by the
 * description alone, and the tests hold both ways against the same expectations. Each of these takes only
 * the usual answer itself, and leaves any other, as a promise, to `done`.
 */

import type { Answer } from "./answer.ts";
import type { Caller } from "./callers.ts";
import { loader } from "./lift.ts";
import { storer } from "./lower.ts";
import type { Scope } from "./scope.ts";
import { alignOf, type FunctionType, payloadOffset, type Resource, sizeOf, type WitType } from "./types.ts";
import type { CoreFunction } from "./webassembly.ts";

/** What a function is made of. */
export interface Parts extends Scope, Answer {
  readonly type: FunctionType;
  /** The object that holds the function, where it isn't a method. */
  readonly face: object | undefined;
  readonly call: Caller;
}

/** How the shape of a function is spelt: its types with all names left out, and a result's error too. */
export function shapeOf(type: FunctionType): string {
  const params = type.params.map(([, param]) => spell(param)).join();
  return type.result === undefined ? `(${params})` : `(${params})->${spell(type.result)}`;
}

function spell(type: WitType): string {
  if (type.kind === "list") return `list<${spell(type.element)}>`;
  if (type.kind === "result") return `result<${type.ok === undefined ? "_" : spell(type.ok)}>`;
  return type.kind;
}

/** The shapes by how {@link shapeOf} spells them. */
export const straight: ReadonlyMap<string, (parts: Parts) => CoreFunction> = new Map([
  ["()->u64", nowLike],
  ["(borrow)", blockLike],
  ["(borrow)->bool", readyLike],
  ["(borrow)->own", subscribeLike],
  ["(borrow)->result<_>", flushLike],
  ["(borrow)->result<u64>", checkWriteLike],
  ["(borrow,u64)->result<list<u8>>", readLike],
  ["(borrow,list<u8>)->result<_>", writeLike],
  ["(borrow,u64)->result<list<record>>", receiveLike],
  ["(borrow,list<record>)->result<u64>", sendLike],
  ["(list<borrow>)->list<u32>", pollLike],
]);

function nowLike({ face = {}, call, done, fail }: Parts): CoreFunction {
  return () => {
    let value: unknown;
    try {
      value = call(face);
    } catch (error) {
      return fail(0, error);
    }
    return typeof value === "bigint" ? value : done(0, value);
  };
}

function blockLike({ type, table, where, call, done, fail }: Parts): CoreFunction {
  const resource = resourceOf(type);
  return (self: number) => {
    let value: unknown;
    try {
      value = call(table.find(self, resource, where));
    } catch (error) {
      return fail(0, error);
    }
    return value === undefined ? value : done(0, value);
  };
}

function readyLike({ type, table, where, call, done, fail, notYet }: Parts): CoreFunction {
  const resource = resourceOf(type);
  return (self: number) => {
    let value: unknown;
    try {
      value = call(table.find(self, resource, where));
    } catch (error) {
      return fail(0, error);
    }
    if (value === true) return 1;
    if (value !== false) return done(0, value);
    notYet();
    return 0;
  };
}

function subscribeLike({ type, table, where, call, done, fail }: Parts): CoreFunction {
  const resource = resourceOf(type);
  const given = type.result?.kind === "own" ? type.result.resource : resource;
  const face = table.classOf(given);
  return (self: number) => {
    let value: unknown;
    try {
      value = call(table.find(self, resource, where));
    } catch (error) {
      return fail(0, error);
    }
    return face !== undefined && value instanceof face ? table.add(value, given) : done(0, value);
  };
}

function flushLike({ type, table, memory, where, call, done, fail }: Parts): CoreFunction {
  const resource = resourceOf(type);
  const { size, align } = resultLayout(type);
  return (self: number, pointer: number) => {
    const into = pointer >>> 0;
    memory.claim(into, size, align, where);
    let value: unknown;
    try {
      value = call(table.find(self, resource, where));
    } catch (error) {
      return fail(into, error);
    }
    if (value !== undefined) return done(into, value);
    memory.refresh(where);
    memory.bytes[into] = 0;
    return undefined;
  };
}

function checkWriteLike({ type, table, memory, where, call, done, fail, notYet }: Parts): CoreFunction {
  const resource = resourceOf(type);
  const { size, align, offset } = resultLayout(type);
  return (self: number, pointer: number) => {
    const into = pointer >>> 0;
    memory.claim(into, size, align, where);
    let value: unknown;
    try {
      value = call(table.find(self, resource, where));
    } catch (error) {
      return fail(into, error);
    }
    if (typeof value !== "bigint") return done(into, value);
    if (value === 0n) notYet();
    memory.refresh(where);
    memory.bytes[into] = 0;
    memory.view.setBigUint64(into + offset, value, true);
    return undefined;
  };
}

function readLike({ type, table, memory, where, call, done, fail, notYet }: Parts): CoreFunction {
  const resource = resourceOf(type);
  const { size, align, offset } = resultLayout(type);
  return (self: number, length: bigint, pointer: number) => {
    const into = pointer >>> 0;
    memory.claim(into, size, align, where);
    let value: unknown;
    try {
      value = call(table.find(self, resource, where), length >= 0n ? length : BigInt.asUintN(64, length));
    } catch (error) {
      return fail(into, error);
    }
    if (!(value instanceof Uint8Array)) return done(into, value);
    if (value.length === 0) notYet();
    const start = memory.give(value, where);
    memory.bytes[into] = 0;
    memory.view.setUint32(into + offset, start, true);
    memory.view.setUint32(into + offset + 4, value.length, true);
    return undefined;
  };
}

function writeLike({ type, table, memory, where, call, done, fail }: Parts): CoreFunction {
  const resource = resourceOf(type);
  const { size, align } = resultLayout(type);
  return (self: number, from: number, length: number, pointer: number) => {
    const into = pointer >>> 0;
    memory.claim(into, size, align, where);
    const contents = memory.lend(from >>> 0, length >>> 0, where);
    let value: unknown;
    try {
      value = call(table.find(self, resource, where), contents);
    } catch (error) {
      return fail(into, error);
    }
    if (value !== undefined) return done(into, value);
    memory.refresh(where);
    memory.bytes[into] = 0;
    return undefined;
  };
}

function receiveLike(parts: Parts): CoreFunction {
  const { type, table, memory, where, call, done, fail, notYet } = parts;
  const resource = resourceOf(type);
  const { size, align, offset } = resultLayout(type);
  const item = type.result?.kind === "result" ? type.result.ok : undefined;
  if (item?.kind !== "list") throw new Error(`${where}: not a list`);
  const store = storer(item.element, parts);
  const step = sizeOf(item.element);
  const itemAlign = alignOf(item.element);
  return (self: number, most: bigint, pointer: number) => {
    const into = pointer >>> 0;
    memory.claim(into, size, align, where);
    let value: unknown;
    try {
      value = call(table.find(self, resource, where), most >= 0n ? most : BigInt.asUintN(64, most));
    } catch (error) {
      return fail(into, error);
    }
    if (!Array.isArray(value)) return done(into, value);
    const count = value.length;
    if (count === 0) notYet();
    const start = memory.allocate(count * step, itemAlign, where);
    for (let i = 0; i < count; i++) store(start + i * step, value[i]);
    memory.bytes[into] = 0;
    memory.view.setUint32(into + offset, start, true);
    memory.view.setUint32(into + offset + 4, count, true);
    return undefined;
  };
}

function sendLike(parts: Parts): CoreFunction {
  const { type, table, memory, where, call, done, fail } = parts;
  const resource = resourceOf(type);
  const { size, align, offset } = resultLayout(type);
  const [, list] = type.params[1] ?? [];
  if (list?.kind !== "list") throw new Error(`${where}: not a list`);
  const load = loader(list.element, parts);
  const step = sizeOf(list.element);
  const itemAlign = alignOf(list.element);
  return (self: number, from: number, length: number, pointer: number) => {
    const into = pointer >>> 0;
    const start = from >>> 0;
    const count = length >>> 0;
    memory.claim(into, size, align, where);
    const stream = table.find(self, resource, where);
    memory.claimList(start, count, step, itemAlign, where);
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.push(load(start + i * step));
    let value: unknown;
    try {
      value = call(stream, items);
    } catch (error) {
      return fail(into, error);
    }
    if (typeof value !== "bigint") return done(into, value);
    memory.refresh(where);
    memory.bytes[into] = 0;
    memory.view.setBigUint64(into + offset, value, true);
    return undefined;
  };
}

function pollLike({ type, face = {}, table, memory, where, call, done, fail }: Parts): CoreFunction {
  const [, list] = type.params[0] ?? [];
  const resource = list?.kind === "list" ? handled(list.element) : undefined;
  if (resource === undefined) throw new Error(`${where}: not a list of handles`);
  return (from: number, length: number, pointer: number) => {
    const into = pointer >>> 0;
    const start = from >>> 0;
    const count = length >>> 0;
    memory.claim(into, 8, 4, where);
    memory.claimList(start, count, 4, 4, where);
    const { view } = memory;
    const objects: object[] = [];
    for (let i = 0; i < count; i++)
      objects.push(table.find(view.getInt32(start + i * 4, true), resource, where));
    let value: unknown;
    try {
      value = call(face, objects);
    } catch (error) {
      return fail(into, error);
    }
    if (!(value instanceof Uint32Array)) return done(into, value);
    const found = value.length;
    const given = memory.allocate(found * 4, 4, where);
    for (let i = 0; i < found; i++) memory.view.setUint32(given + i * 4, value[i] as number, true);
    memory.view.setUint32(into, given, true);
    memory.view.setUint32(into + 4, found, true);
    return undefined;
  };
}

/** The resource of the first parameter. */
function resourceOf(type: FunctionType): Resource {
  const [, self] = type.params[0] ?? [];
  const resource = self && handled(self);
  if (resource === undefined) throw new Error("the first parameter is no handle");
  return resource;
}

function handled(type: WitType): Resource | undefined {
  return type.kind === "borrow" || type.kind === "own" ? type.resource : undefined;
}

/** How the result of a function lies in memory, and where its payload does. */
function resultLayout({ result }: FunctionType): { size: number; align: number; offset: number } {
  if (result?.kind !== "result") throw new Error("the function has no result of ok and error");
  return { size: sizeOf(result), align: alignOf(result), offset: payloadOffset(result) };
}
