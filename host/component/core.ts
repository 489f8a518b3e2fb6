/**
 * Core modules, as far as linking looks into them: the types of what they import and export.
 *
 * Source: the core specification's "Binary Format", with its GC, exception and stack switching types.
 */
import { hex, Reader } from "./reader.ts";

/** What an import or an export of a core module is. */
export type CoreKind = "function" | "table" | "memory" | "global" | "tag";

/** An import or an export, and the type of it where it is a function: see {@link signatureText}. */
export interface CoreExtern {
  readonly kind: CoreKind;
  readonly signature: string | undefined;
}

/** What a core module imports and exports. */
export interface CoreInterface {
  readonly imports: readonly (CoreExtern & { readonly module: string; readonly name: string })[];
  readonly exports: ReadonlyMap<string, CoreExtern>;
}

const KINDS: readonly CoreKind[] = ["function", "table", "memory", "global", "tag"];

/** Types that are one byte. */
const SIMPLE: ReadonlyMap<number, string> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x78, "i8"],
  [0x77, "i16"],
  [0x75, "nullcontref"],
  [0x74, "nullexnref"],
  [0x73, "nullfuncref"],
  [0x72, "nullexternref"],
  [0x71, "nullref"],
  [0x70, "funcref"],
  [0x6f, "externref"],
  [0x6e, "anyref"],
  [0x6d, "eqref"],
  [0x6c, "i31ref"],
  [0x6b, "structref"],
  [0x6a, "arrayref"],
  [0x69, "exnref"],
  [0x68, "contref"],
]);

/** How the type of a function is spelt here: `i32 i64 -> i32`. */
export function signatureText(params: readonly string[], results: readonly string[]): string {
  return `${params.join(" ")} -> ${results.join(" ")}`.trim();
}

/** Reads a value type, as text. */
export function coreValueType(reader: Reader): string {
  const code = reader.byte();
  const simple = SIMPLE.get(code);
  if (simple !== undefined) return simple;
  if (code === 0x63 || code === 0x64) return `(ref${code === 0x63 ? " null" : ""} ${heapType(reader)})`;
  throw reader.wrong(`${hex(code)} is not a core value type`);
}

function heapType(reader: Reader): string {
  if (reader.peek() === 0x65) {
    reader.byte();
    return `shared ${heapType(reader)}`;
  }
  const simple = SIMPLE.get(reader.peek());
  if (simple === undefined) return `${reader.index33()}`;
  reader.byte();
  return simple;
}

/** Reads the types of a recursion group, or the one that stands for itself; functions as their signatures. */
export function coreRecursiveType(reader: Reader): string[] {
  if (reader.peek() !== 0x4e) return [coreSubtype(reader)];
  reader.byte();
  return reader.vector(() => coreSubtype(reader));
}

function coreSubtype(reader: Reader): string {
  const code = reader.peek();
  if (code === 0x50 || code === 0x4f) {
    reader.byte();
    reader.vector(() => reader.u32());
  }
  return compositeType(reader);
}

function compositeType(reader: Reader): string {
  const code = reader.byte();
  switch (code) {
    case 0x65:
      return `shared ${compositeType(reader)}`;
    case 0x60: {
      const params = reader.vector(() => coreValueType(reader));
      return signatureText(
        params,
        reader.vector(() => coreValueType(reader)),
      );
    }
    case 0x5f:
      return `struct ${reader.vector(() => fieldType(reader)).join(" ")}`;
    case 0x5e:
      return `array ${fieldType(reader)}`;
    case 0x5d:
      return `cont ${reader.index33()}`;
    default:
      throw reader.wrong(`${hex(code)} is not a core type`);
  }
}

function fieldType(reader: Reader): string {
  const type = coreValueType(reader);
  return reader.flag("mutability") ? `(mut ${type})` : type;
}

/** Reads the type of an import or an export; that of a function is an index, which is given back. */
export function coreExternType(reader: Reader): { kind: CoreKind; type: number | undefined } {
  const code = reader.byte();
  const kind = KINDS[code];
  switch (kind) {
    case "function":
      return { kind, type: reader.u32() };
    case "table":
      coreValueType(reader);
      limits(reader);
      return { kind, type: undefined };
    case "memory":
      limits(reader);
      return { kind, type: undefined };
    case "global":
      coreValueType(reader);
      reader.flag("mutability");
      return { kind, type: undefined };
    case "tag":
      reader.expect(0, "an exception");
      reader.u32();
      return { kind, type: undefined };
    default:
      throw reader.wrong(`${hex(code)} is nothing that is imported`);
  }
}

function limits(reader: Reader): void {
  const flags = reader.byte();
  if (flags > 0x0f) throw reader.wrong(`${hex(flags)} are not limits`);
  reader.u64();
  if ((flags & 1) !== 0) reader.u64();
  if ((flags & 8) !== 0) reader.u32();
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const TYPES = 1;
const IMPORTS = 2;
const FUNCTIONS = 3;
const EXPORTS = 7;

/**
 * Reads what a core module imports and exports. The engine checks the rest.
 *
 * @param bytes the module
 * @throws MalformedError when it can't be read
 */
export function coreInterface(bytes: Uint8Array): CoreInterface {
  const reader = new Reader(bytes);
  for (const byte of HEADER) reader.expect(byte, "the header of a core module");
  const types: string[] = [];
  const functions: number[] = [];
  const imports: CoreInterface["imports"][number][] = [];
  const exports = new Map<string, CoreExtern>();
  const typed = (kind: CoreKind, type: number | undefined): CoreExtern => {
    return { kind, signature: type === undefined ? undefined : types[type] };
  };
  while (!reader.isDone) {
    const id = reader.byte();
    const section = reader.part(reader.u32());
    if (id === TYPES) {
      section.vector(() => types.push(...coreRecursiveType(section)));
    } else if (id === IMPORTS) {
      section.vector(() => {
        const module = section.name();
        const name = section.name();
        const { kind, type } = coreExternType(section);
        if (type !== undefined) functions.push(type);
        imports.push({ module, name, ...typed(kind, type) });
      });
    } else if (id === FUNCTIONS) {
      section.vector(() => functions.push(section.u32()));
    } else if (id === EXPORTS) {
      section.vector(() => {
        const name = section.name();
        const code = section.byte();
        const kind = KINDS[code];
        if (kind === undefined) throw section.wrong(`${hex(code)} is nothing that is exported`);
        const index = section.u32();
        exports.set(name, typed(kind, kind === "function" ? functions[index] : undefined));
      });
      break;
    }
  }
  return { imports, exports };
}
