/**
 * Turns of the event loop for a guest that can be suspended and doesn't wait: one that asks again and again whether
 * something is there would never see it come, and what else runs in the process would stand still.
 *
 * Only what is imported as `WebAssembly.Suspending` can suspend, and that costs ten times a plain call. So each import
 * is a function of WebAssembly, made here, which calls the plain one and then, now and then, one that suspends.
 */
import type { CoreSignature, CoreType } from "./types.ts";
import { type CoreFunction, type WasmExports, type WasmModule, wasm } from "./webassembly.ts";

/** How many calls may go by until the time is looked at; fewer where they take long. */
const CALLS_PER_LOOK = 256;
/** How many answers of "not yet" a guest gets before a turn: a guest that waits properly gets one for each wait. */
const NOT_YETS_PER_TURN = 32;
/** How long a guest may keep the event loop standing, in milliseconds. */
const MILLISECONDS_PER_TURN = 5;

/** A function that is imported, and its type. */
export interface Import {
  readonly call: CoreFunction;
  readonly signature: CoreSignature;
}

interface Engine {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: WasmExports };
}
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** The turns that one core instance gives. */
export class Turns {
  readonly #lefts: { value: number }[] = [];
  #notYets = 0;
  #isDue = false;
  #turnedAt: number = performance.now();
  #lookedAt: number = this.#turnedAt;

  /** Notes that the guest was told that something isn't there yet. */
  notYet(): void {
    this.#notYets++;
    const isLate = performance.now() - this.#turnedAt > MILLISECONDS_PER_TURN;
    if (this.#isDue || (this.#notYets < NOT_YETS_PER_TURN && !isLate)) return;
    this.#isDue = true;
    for (const left of this.#lefts) left.value = 1;
  }

  /**
   * Makes functions that do as the given ones, and let the event loop turn when it is time.
   *
   * @param imports the functions; those that may wait are `WebAssembly.Suspending` already
   */
  between(imports: readonly Import[]): CoreFunction[] {
    if (wasm.Suspending === undefined || imports.length === 0) return imports.map(({ call }) => call);
    const module = new engine.Module(moduleOf(imports.map(({ signature }) => signature)));
    const functions: Record<string, unknown> = { turn: new wasm.Suspending(() => this.#turn()) };
    for (const [i, { call }] of imports.entries()) functions[i] = call;
    const { exports } = new engine.Instance(module, { "": functions });
    this.#lefts.push(exports["left"] as { value: number });
    return imports.map((_, i) => exports[i] as CoreFunction);
  }

  #turn(): Promise<void> | undefined {
    const now = performance.now();
    const pace = MILLISECONDS_PER_TURN / (now - this.#lookedAt);
    this.#lookedAt = now;
    if (pace < 1) for (const left of this.#lefts) left.value = Math.ceil(CALLS_PER_LOOK * pace);
    if (!this.#isDue && now - this.#turnedAt < MILLISECONDS_PER_TURN) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#isDue = false;
        this.#notYets = 0;
        this.#turnedAt = this.#lookedAt = performance.now();
        resolve();
      });
    });
  }
}

const TYPES: Readonly<Record<CoreType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

/**
 * The module: each function "i" of the given types calls the import of that name, and each so many calls the import
 * "turn".
 */
function moduleOf(signatures: readonly CoreSignature[]): Uint8Array {
  const count = signatures.length;
  const types = [{ params: [], results: [] }, ...signatures].map(({ params, results }) => [
    0x60,
    ...vector(params.map((type) => [TYPES[type]])),
    ...vector(results.map((type) => [TYPES[type]])),
  ]);
  const imports = ["turn", ...signatures.keys()].map((name, i) => [0, ...text(String(name)), 0, ...leb(i)]);
  const functions = signatures.map((_, i) => leb(i + 1));
  const left = [0x7f, 1, 0x41, ...leb(CALLS_PER_LOOK, true), 0x0b];
  const exports = [
    [...text("left"), 3, 0],
    ...signatures.map((_, i) => [...text(String(i)), 0, ...leb(count + 1 + i)]),
  ];
  const bodies = signatures.map(({ params }, i) => {
    const code = [
      ...vector([[1, 0x7f]]), // a local of type i32
      ...params.flatMap((_, at) => [0x20, ...leb(at)]),
      ...[0x10, ...leb(i + 1)],
      // left - 1
      ...[0x23, 0, 0x41, 1, 0x6b, 0x22, ...leb(params.length), 0x24, 0],
      ...[0x20, ...leb(params.length), 0x45, 0x04, 0x40],
      ...[0x41, ...leb(CALLS_PER_LOOK, true), 0x24, 0],
      // A turn is not owed: where the caller can't be suspended, as while it is instantiated, there is none.
      ...[0x06, 0x40, 0x10, 0, 0x19, 0x0b],
      ...[0x0b, 0x0b],
    ];
    return [...leb(code.length), ...code];
  });
  const section = (id: number, items: readonly (readonly number[])[]): number[] => {
    const contents = vector(items);
    return [id, ...leb(contents.length), ...contents];
  };
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, imports),
    ...section(3, functions),
    ...section(6, [left]),
    ...section(7, exports),
    ...section(10, bodies),
  ]);
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...leb(items.length), ...items.flat()];
}

function text(name: string): number[] {
  return vector([...Buffer.from(name)].map((byte) => [byte]));
}

/** LEB128; a signed number, never negative here, needs a bit more. */
function leb(value: number, signed = false): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= (signed ? 0x40 : 0x80); rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}
