/**
 * What the tests of `host/lowered` share: a guest made of one core module that passes every call on, fakes
 * for every face, and the canonical ABI as a guest does it, written for reading and not for speed.
 */

import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import {
  alignOf,
  bitsType,
  type CoreSignature,
  camelCase,
  casesOf,
  className,
  coreSignature,
  discriminantType,
  type FunctionType,
  flatten,
  offsetsOf,
  payloadOffset,
  type Resource,
  sizeOf,
  type WitType,
} from "../../host/abi/types.ts";
import type { WasmExports, WasmImports, WasmMemory, WasmModule } from "../../host/abi/webassembly.ts";
import { type HandleTable, type Lowered, type LowerOptions, lower } from "../../host/lowered/index.ts";
import { interfaces } from "../../host/wasi02/descriptions.ts";

/** What the tests need of the `WebAssembly` global. */
export const wasm: {
  Module: new (bytes: Uint8Array) => WasmModule;
  Instance: new (module: WasmModule, imports?: object) => { exports: WasmExports };
  Memory: new (descriptor: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  promising?: (call: unknown) => (...args: unknown[]) => Promise<unknown>;
} = (globalThis as unknown as { WebAssembly: never }).WebAssembly;

/** One thing that a module can import. */
export interface KnownImport {
  readonly interface: string;
  readonly name: string;
  readonly signature: CoreSignature;
  /** The description; `undefined` for a destructor. */
  readonly type: FunctionType | undefined;
  /** The resource of a method or a destructor. */
  readonly resource: Resource | undefined;
}

/** Everything that is described. */
export const knownImports: readonly KnownImport[] = interfaces.flatMap((face) => [
  ...Object.entries(face.functions).map(([name, type]) => {
    return { interface: face.name, name, signature: coreSignature(type), type, resource: undefined };
  }),
  ...face.resources.flatMap(({ type: resource, methods }) => [
    ...Object.entries(methods).map(([key, type]) => {
      const name = `[method]${resource.name}.${key}`;
      return { interface: face.name, name, signature: coreSignature(type), type, resource };
    }),
    {
      interface: face.name,
      name: `[resource-drop]${resource.name}`,
      signature: { params: ["i32" as const], results: [] },
      type: undefined,
      resource,
    },
  ]),
]);

/** Where the guest of {@link makeGuest} gives memory from; what lies below is the tests' own. */
export const heapStart = 0x8000;

/** A guest: what it imports can be called from outside, through WebAssembly. */
export interface Guest {
  readonly exports: WasmExports;
  /** Calls an import by its interface and name. */
  call(interfaceName: string, name: string, ...args: unknown[]): unknown;
  /** The guest's memory as it is now. */
  view(): DataView;
  bytes(): Uint8Array;
  /** How often `cabi_realloc` was called. */
  reallocs(): number;
}

/**
 * Makes a module that imports `imports` and exports each of them again, with a `cabi_realloc` that gives
 * ever new memory and grows it from one page on.
 */
export async function guestModule(imports: readonly KnownImport[], version = "0.2.12"): Promise<WasmModule> {
  const lines = imports.map(({ interface: from, name, signature: { params, results } }, i) => {
    const type = `(param ${params.join(" ")}) (result ${results.join(" ")})`;
    return `(import "${from}@${version}" "${name}" (func $f${i} ${type}))`;
  });
  const exports = imports.map(({ interface: from, name }, i) => `(export "${from}#${name}" (func $f${i}))`);
  const text = `(module
    ${lines.join("\n")}
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const ${heapStart}))
    (global $reallocs (export "reallocs") (mut i32) (i32.const 0))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $reallocs (i32.add (global.get $reallocs) (i32.const 1)))
      (local.set 0 (i32.and
        (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get 2))))
      (global.set $next (i32.add (local.get 0) (local.get 3)))
      (loop $more
        (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
          (then (drop (memory.grow (i32.const 1))) (br $more))))
      (local.get 0))
    ${exports.join("\n")})`;
  return new wasm.Module(await parse(text));
}

/** Instantiates a module of {@link guestModule}. */
export function makeGuest(module: WasmModule, imports: WasmImports): Guest {
  const { exports } = new wasm.Instance(module, imports);
  const memory = exports.memory as WasmMemory;
  return {
    exports,
    call(interfaceName, name, ...args) {
      return (exports[`${interfaceName}#${name}`] as (...args: unknown[]) => unknown)(...args);
    },
    view: () => new DataView(memory.buffer),
    bytes: () => new Uint8Array(memory.buffer),
    reallocs: () => (exports.reallocs as { value: number }).value,
  };
}

/** Fakes of every face: each function records its arguments and answers what `answer` says. */
export class FakeHost {
  readonly faces: Record<string, Record<string, unknown>> = {};
  /** The arguments of the last call, `this` of a method first; bytes copied. */
  received: unknown[] = [];
  /** What the next call does. */
  answer: () => unknown = () => undefined;
  disposed: object[] = [];

  constructor() {
    for (const { name, resources, functions } of interfaces) {
      const face: Record<string, unknown> = {};
      this.faces[name] = face;
      for (const key of Object.keys(functions)) face[camelCase(key)] = this.#member(false);
      for (const { type, methods } of resources) {
        const { disposed } = this;
        const made = class {
          [Symbol.dispose](): void {
            disposed.push(this);
          }
        };
        Object.defineProperty(made, "name", { value: className(type.name) });
        face[className(type.name)] = made;
        for (const key of Object.keys(methods)) {
          Object.defineProperty(made.prototype, camelCase(key), {
            value: this.#member(true),
            configurable: true,
          });
        }
      }
    }
  }

  /** A new object of a resource. */
  make(resource: Resource): object {
    const face = this.faces[resource.interface]?.[className(resource.name)] as new () => object;
    return new face();
  }

  #member(isMethod: boolean): unknown {
    const host = this;
    return function (this: unknown, ...args: unknown[]): unknown {
      host.received = (isMethod ? [this, ...args] : args).map(copy);
      return host.answer();
    };
  }
}

/** Copies bytes, wherever they are in a value, since lifted bytes are only lent. */
function copy(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copy(member)]));
}

function bitsOf(names: readonly string[], value: unknown): number {
  return names.reduce((bits, name, i) => bits + ((value as never)[camelCase(name)] ? 2 ** i : 0), 0);
}

/** The canonical ABI from the guest's side. */
export class GuestAbi {
  readonly #guest: Guest;
  readonly #table: HandleTable;
  #next = 0x1000;

  constructor(guest: Guest, table: HandleTable) {
    this.#guest = guest;
    this.#table = table;
  }

  /** Memory of the guest's own, below its heap; all of it is free again after {@link reset}. */
  room(size: number, align: number): number {
    const pointer = Math.ceil(this.#next / align) * align;
    this.#next = pointer + size;
    if (this.#next > heapStart) throw new Error("a value of a test is too large");
    return pointer;
  }

  reset(): void {
    this.#next = 0x1000;
  }

  /** The core values of an argument. */
  flat(type: WitType, value: unknown): unknown[] {
    switch (type.kind) {
      case "bool":
        return [value ? 1 : 0];
      case "enum":
        return [type.names.indexOf(value as string)];
      case "flags":
        return [bitsOf(type.names, value)];
      case "own":
      case "borrow":
        return [this.#table.add(value as object, type.resource)];
      case "string":
      case "list":
        return this.#elements(type, value);
      case "record":
        return type.fields.flatMap(([name, field]) => this.flat(field, (value as never)[camelCase(name)]));
      case "tuple":
        return type.items.flatMap((item, i) => this.flat(item, (value as unknown[])[i]));
      case "variant":
      case "option":
      case "result": {
        const [index, payload, inner] = this.#chosen(type, value);
        const values = payload === undefined ? [] : this.flat(payload, inner);
        const slots = flatten(type).slice(1);
        return [index, ...slots.map((core, i) => values[i] ?? (core === "i64" ? 0n : 0))];
      }
      default:
        return [value];
    }
  }

  /** Writes a value as a guest would. */
  store(type: WitType, pointer: number, value: unknown): void {
    const view = this.#guest.view();
    switch (type.kind) {
      case "bool":
        view.setUint8(pointer, value ? 1 : 0);
        break;
      case "u8":
        view.setUint8(pointer, value as number);
        break;
      case "u16":
        view.setUint16(pointer, value as number, true);
        break;
      case "u32":
        view.setUint32(pointer, value as number, true);
        break;
      case "u64":
        view.setBigUint64(pointer, value as bigint, true);
        break;
      case "flags":
        this.store(bitsType(type), pointer, bitsOf(type.names, value));
        break;
      case "own":
      case "borrow":
        view.setUint32(pointer, this.#table.add(value as object, type.resource), true);
        break;
      case "string":
      case "list": {
        const [start, length] = this.#elements(type, value);
        view.setUint32(pointer, start, true);
        view.setUint32(pointer + 4, length, true);
        break;
      }
      case "record": {
        const offsets = offsetsOf(type.fields.map(([, field]) => field));
        type.fields.forEach(([name, field], i) => {
          this.store(field, pointer + (offsets[i] ?? 0), (value as never)[camelCase(name)]);
        });
        break;
      }
      case "tuple": {
        const offsets = offsetsOf(type.items);
        type.items.forEach((item, i) => {
          this.store(item, pointer + (offsets[i] ?? 0), (value as unknown[])[i]);
        });
        break;
      }
      case "variant":
      case "enum":
      case "option":
      case "result": {
        const [index, payload, inner] = this.#chosen(type, value);
        this.store(discriminantType(type), pointer, index);
        if (payload !== undefined) this.store(payload, pointer + payloadOffset(type), inner);
      }
    }
  }

  /** Reads a value as a guest would. */
  load(type: WitType, pointer: number): unknown {
    const view = this.#guest.view();
    switch (type.kind) {
      case "bool":
        return view.getUint8(pointer) !== 0;
      case "u8":
        return view.getUint8(pointer);
      case "u16":
        return view.getUint16(pointer, true);
      case "u32":
        return view.getUint32(pointer, true);
      case "u64":
        return view.getBigUint64(pointer, true);
      case "flags": {
        const bits = this.load(bitsType(type), pointer) as number;
        return Object.fromEntries(type.names.map((name, i) => [camelCase(name), ((bits >> i) & 1) === 1]));
      }
      case "own":
      case "borrow":
        return this.#table.get(view.getUint32(pointer, true));
      case "string":
      case "list": {
        const start = view.getUint32(pointer, true);
        const length = view.getUint32(pointer + 4, true);
        const bytes = this.#guest.bytes().slice(start, start + length);
        if (type.kind !== "list") return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        if (type.element.kind === "u8") return bytes;
        return Array.from({ length }, (_, i) => this.load(type.element, start + i * sizeOf(type.element)));
      }
      case "record": {
        const offsets = offsetsOf(type.fields.map(([, field]) => field));
        return Object.fromEntries(
          type.fields.map(([name, field], i) => [
            camelCase(name),
            this.load(field, pointer + (offsets[i] ?? 0)),
          ]),
        );
      }
      case "tuple": {
        const offsets = offsetsOf(type.items);
        return type.items.map((item, i) => this.load(item, pointer + (offsets[i] ?? 0)));
      }
      case "variant":
      case "enum":
      case "option":
      case "result": {
        const index = this.load(discriminantType(type), pointer) as number;
        const [tag, payload] = casesOf(type)[index] ?? [];
        const val = payload === undefined ? undefined : this.load(payload, pointer + payloadOffset(type));
        if (type.kind === "enum") return tag;
        return type.kind === "option" ? val : { tag, val };
      }
      default:
        throw new Error(`no function of WASI has a ${type.kind}`);
    }
  }

  #elements(type: WitType, value: unknown): [pointer: number, length: number] {
    const items = type.kind === "string" ? new TextEncoder().encode(value as string) : (value as unknown[]);
    const element: WitType = type.kind === "list" ? type.element : { kind: "u8" };
    const start = this.room(items.length * sizeOf(element), alignOf(element));
    for (let i = 0; i < items.length; i++) this.store(element, start + i * sizeOf(element), items[i]);
    return [start, items.length];
  }

  #chosen(
    type: Extract<WitType, { kind: "variant" | "enum" | "option" | "result" }>,
    value: unknown,
  ): [index: number, payload: WitType | undefined, inner: unknown] {
    const cases = casesOf(type);
    if (type.kind === "option")
      return [value === undefined ? 0 : 1, value === undefined ? undefined : type.some, value];
    const tag = type.kind === "enum" ? value : (value as { tag: string }).tag;
    const index = cases.findIndex(([name]) => name === tag);
    return [index, cases[index]?.[1], type.kind === "enum" ? undefined : (value as { val: unknown }).val];
  }
}

/** A guest on fakes of every face. */
export interface World {
  readonly host: FakeHost;
  readonly lowered: Lowered;
  readonly guest: Guest;
}

const everything: WasmModule = await guestModule(knownImports);

/** Makes a guest that imports everything, on fakes. */
export function makeWorld(options?: LowerOptions): World {
  const host = new FakeHost();
  const lowered = lower(host.faces, options);
  const guest = makeGuest(everything, lowered.imports(everything));
  lowered.attach(guest.exports);
  return { host, lowered, guest };
}

/** The resource type of a WIT name. */
export function resourceNamed(name: string): Resource {
  const found = interfaces.flatMap(({ resources }) => resources).find(({ type }) => type.name === name);
  if (found === undefined) throw new Error(`there is no resource ${name}`);
  return found.type;
}

/** Gives the guest a new object of a resource. */
export function give({ host, lowered }: World, name: string): { handle: number; object: object } {
  const object = host.make(resourceNamed(name));
  return { handle: lowered.table.add(object), object };
}
