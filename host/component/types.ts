/** Reading of the types of a component. */
import type {
  Alias,
  CoreType,
  Declaration,
  ExternName,
  ExternType,
  Labelled,
  Primitive,
  Sort,
  Type,
  ValueType,
} from "./ast.ts";
import { coreExternType, coreRecursiveType, coreValueType } from "./core.ts";
import { isExternName, isInterfaceName, isLabel, quoted } from "./names.ts";
import { hex, type Reader } from "./reader.ts";

/** How deep types may hold types, and components components. */
export const DEEPEST = 64;

const PRIMITIVES: ReadonlyMap<number, Primitive> = new Map([
  [0x7f, "bool"],
  [0x7e, "s8"],
  [0x7d, "u8"],
  [0x7c, "s16"],
  [0x7b, "u16"],
  [0x7a, "s32"],
  [0x79, "u32"],
  [0x78, "s64"],
  [0x77, "u64"],
  [0x76, "f32"],
  [0x75, "f64"],
  [0x74, "char"],
  [0x73, "string"],
  [0x64, "error-context"],
]);

const CORE_SORTS: ReadonlyMap<number, Sort> = new Map([
  [0x00, "core func"],
  [0x01, "core table"],
  [0x02, "core memory"],
  [0x03, "core global"],
  [0x04, "core tag"],
  [0x10, "core type"],
  [0x11, "core module"],
  [0x12, "core instance"],
]);

const SORTS: ReadonlyMap<number, Sort> = new Map([
  [0x01, "func"],
  [0x02, "value"],
  [0x03, "type"],
  [0x04, "component"],
  [0x05, "instance"],
]);

export function coreSort(reader: Reader): Sort {
  const code = reader.byte();
  const sort = CORE_SORTS.get(code);
  if (sort === undefined) throw reader.wrong(`${hex(code)} is not a core sort`);
  return sort;
}

export function sort(reader: Reader): Sort {
  const code = reader.byte();
  if (code === 0) return coreSort(reader);
  const found = SORTS.get(code);
  if (found === undefined) throw reader.wrong(`${hex(code)} is not a sort`);
  return found;
}

export function valueType(reader: Reader): ValueType {
  const primitive = PRIMITIVES.get(reader.peek());
  if (primitive === undefined) return reader.index33();
  reader.byte();
  return primitive;
}

function label(reader: Reader): string {
  const text = reader.name();
  if (!isLabel(text)) throw reader.wrong(`${quoted(text)} is not a label`);
  return text;
}

function labels(reader: Reader): string[] {
  return some(
    reader,
    reader.vector(() => label(reader)),
  );
}

function some<T>(reader: Reader, items: T[]): T[] {
  if (items.length === 0) throw reader.wrong("a type has no members");
  return items;
}

function labelled(reader: Reader): Labelled<ValueType> {
  return [label(reader), valueType(reader)];
}

function variantCase(reader: Reader): Labelled<ValueType | undefined> {
  const text = label(reader);
  const type = reader.optional(() => valueType(reader));
  reader.expect(0, "the end of a case");
  return [text, type];
}

/** Reads the result of a function: none, or a type. */
export function resultList(reader: Reader): ValueType | undefined {
  if (!reader.flag("a list of results")) return valueType(reader);
  reader.expect(0, "an empty list of results");
  return undefined;
}

/**
 * Reads a type.
 *
 * @param depth in how many types and components it lies
 */
export function type(reader: Reader, depth: number): Type {
  if (depth > DEEPEST) throw reader.wrong(`types lie more than ${DEEPEST} deep in one another`);
  const code = reader.byte();
  const primitive = PRIMITIVES.get(code);
  if (primitive !== undefined) return { kind: "primitive", type: primitive };
  switch (code) {
    case 0x72:
      return {
        kind: "record",
        fields: some(
          reader,
          reader.vector(() => labelled(reader)),
        ),
      };
    case 0x71:
      return {
        kind: "variant",
        cases: some(
          reader,
          reader.vector(() => variantCase(reader)),
        ),
      };
    case 0x70:
      return { kind: "list", element: valueType(reader) };
    case 0x67:
      return { kind: "fixed-list", element: valueType(reader), length: reader.u32() };
    case 0x6f:
      return {
        kind: "tuple",
        items: some(
          reader,
          reader.vector(() => valueType(reader)),
        ),
      };
    case 0x6e:
      return { kind: "flags", labels: labels(reader) };
    case 0x6d:
      return { kind: "enum", labels: labels(reader) };
    case 0x6b:
      return { kind: "option", some: valueType(reader) };
    case 0x6a: {
      const ok = reader.optional(() => valueType(reader));
      return { kind: "result", ok, err: reader.optional(() => valueType(reader)) };
    }
    case 0x69:
      return { kind: "own", resource: reader.u32() };
    case 0x68:
      return { kind: "borrow", resource: reader.u32() };
    case 0x66:
      return { kind: "stream", element: reader.optional(() => valueType(reader)) };
    case 0x65:
      return { kind: "future", element: reader.optional(() => valueType(reader)) };
    case 0x63:
      return { kind: "map", key: valueType(reader), value: valueType(reader) };
    case 0x40:
    case 0x43: {
      const params = reader.vector(() => labelled(reader));
      return { kind: "func", isAsync: code === 0x43, params, result: resultList(reader) };
    }
    case 0x41:
      return { kind: "component", declarations: reader.vector(() => declaration(reader, depth + 1, true)) };
    case 0x42:
      return { kind: "instance", declarations: reader.vector(() => declaration(reader, depth + 1, false)) };
    case 0x3f: {
      const representation = coreValueType(reader);
      return { kind: "resource", representation, destructor: reader.optional(() => reader.u32()) };
    }
    default:
      throw reader.wrong(`${hex(code)} is not a type`);
  }
}

function declaration(reader: Reader, depth: number, ofComponent: boolean): Declaration {
  const code = reader.byte();
  switch (code) {
    case 0x00:
      return { kind: "core type", type: coreType(reader) };
    case 0x01:
      return { kind: "type", type: type(reader, depth) };
    case 0x02:
      return alias(reader);
    case 0x03:
      if (ofComponent) return { kind: "import", ...externName(reader), type: externType(reader) };
      break;
    case 0x04:
      return { kind: "export", ...externName(reader), type: externType(reader) };
  }
  throw reader.wrong(`${hex(code)} is not a declaration`);
}

/** Reads a core type: a recursion group, or the type of a module. */
export function coreType(reader: Reader): CoreType {
  if (reader.peek() === 0x50) {
    reader.byte();
    return { kind: "core module", declarations: reader.vector(() => moduleDeclaration(reader)).length };
  }
  // a subtype that isn't final has a zero before it here, since its code is that of a module
  if (reader.peek() === 0x00) reader.byte();
  return { kind: "core", text: coreRecursiveType(reader).join("; ") };
}

function moduleDeclaration(reader: Reader): undefined {
  const code = reader.byte();
  switch (code) {
    case 0x00:
      reader.name();
      reader.name();
      coreExternType(reader);
      return undefined;
    case 0x01:
      coreRecursiveType(reader);
      return undefined;
    case 0x02:
      reader.expect(0x10, "a type");
      reader.expect(0x01, "an outer alias");
      reader.u32();
      reader.u32();
      return undefined;
    case 0x03:
      reader.name();
      coreExternType(reader);
      return undefined;
    default:
      throw reader.wrong(`${hex(code)} is not a declaration of a module`);
  }
}

export function externName(reader: Reader): ExternName {
  const form = reader.byte();
  if (form > 2) throw reader.wrong(`${hex(form)} is not a name`);
  const name = reader.name();
  if (!isExternName(name)) throw reader.wrong(`${quoted(name)} is not a name of an import or an export`);
  const said: { implements?: string; versionSuffix?: string; externalId?: string } = {};
  if (form === 2) reader.vector(() => attribute(reader, said));
  return {
    name,
    implements: said.implements,
    versionSuffix: said.versionSuffix,
    externalId: said.externalId,
  };
}

function attribute(
  reader: Reader,
  said: { implements?: string; versionSuffix?: string; externalId?: string },
): void {
  const code = reader.byte();
  const text = reader.name();
  const key = (["implements", "versionSuffix", "externalId"] as const)[code];
  if (key === undefined) throw reader.wrong(`${hex(code)} is nothing that is said of a name`);
  if (said[key] !== undefined) throw reader.wrong("a name is described twice in the same way");
  if (key === "implements" && !isInterfaceName(text))
    throw reader.wrong(`${quoted(text)} is not an interface`);
  if (key === "versionSuffix" && !/^[0-9A-Za-z.+-]*$/.test(text)) {
    throw reader.wrong(`${quoted(text)} is not an end of a version`);
  }
  said[key] = text;
}

export function externType(reader: Reader): ExternType {
  const code = reader.byte();
  switch (code) {
    case 0x00:
      reader.expect(0x11, "a core module");
      return { sort: "core module", type: reader.u32() };
    case 0x01:
      return { sort: "func", type: reader.u32() };
    case 0x02:
      if (reader.flag("a type of a value"))
        return { sort: "value", equals: undefined, type: valueType(reader) };
      return { sort: "value", equals: reader.u32(), type: undefined };
    case 0x03:
      return { sort: "type", equals: reader.flag("a new resource") ? undefined : reader.u32() };
    case 0x04:
      return { sort: "component", type: reader.u32() };
    case 0x05:
      return { sort: "instance", type: reader.u32() };
    default:
      throw reader.wrong(`${hex(code)} is not a type of an import or an export`);
  }
}

export function alias(reader: Reader): Alias {
  const found = sort(reader);
  const code = reader.byte();
  const kind = "alias";
  switch (code) {
    case 0x00:
      return { kind, from: "export", sort: found, instance: reader.u32(), name: reader.name() };
    case 0x01:
      return { kind, from: "core export", sort: found, instance: reader.u32(), name: reader.name() };
    case 0x02:
      return { kind, from: "outer", sort: found, count: reader.u32(), index: reader.u32() };
    default:
      throw reader.wrong(`${hex(code)} is not an alias`);
  }
}
