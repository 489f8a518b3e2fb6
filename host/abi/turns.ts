/**
 * Turns of the event loop for a guest that can be suspended and doesn't wait: one that asks again and again whether
 * something is there would never see it come, and what else runs in the process would stand still.
 *
 * Only what is imported as `WebAssembly.Suspending` can suspend, and that costs ten times a plain call. So each import
 * is a function of WebAssembly, made here, which calls the plain one and then, now and then, one that suspends.
 */
import { systemTime, type Time } from "../io/time.ts";
import { trapError } from "../io/trap.ts";
import type { CoreSignature, CoreType } from "./types.ts";
import { type CoreFunction, type WasmModule, wasm } from "./webassembly.ts";

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

/** A function for a module, and what is known of it. */
export interface Made extends Import {
  /** Whether the event loop may turn after its calls, where the guest can be suspended. */
  readonly givesTurns: boolean;
  /** Where the guest may be suspended in it: what gives a promise for it. */
  readonly waits?: CoreFunction | undefined;
  /** Whether it waits only where nobody takes what the guest writes. */
  readonly waitsForOutput?: boolean;
}

/** Puts turns of the event loop between the calls of functions; they come back in their order. */
export function withTurns(made: readonly Made[], turns: Turns | undefined): CoreFunction[] {
  const calls = turns?.between(made.filter(({ givesTurns }) => givesTurns)) ?? [];
  let next = 0;
  return made.map(({ call, givesTurns }) => (givesTurns && calls[next++]) || call);
}

/** The turns that one core instance gives. */
export class Turns {
  readonly #suspend: (turn: () => Promise<void>) => PromiseLike<void> | undefined;
  readonly #toImport: ((call: CoreFunction) => CoreFunction) | undefined;
  readonly #lefts: { value: number }[] = [];
  #notYets = 0;
  #isDue = false;
  readonly #time: Time;
  #turnedAt: number;
  #lookedAt: number;

  /**
   * @param suspend suspends what runs until a promise is settled, where it can; default it just waits for it
   * @param time the host's; default the system's
   * @param toImport makes what a guest can import of a function that may give a promise; default it is suspended at
   *   each call
   */
  constructor(
    suspend: (turn: () => Promise<void>) => PromiseLike<void> | undefined = (turn) => turn(),
    time: Time = systemTime,
    toImport?: (call: CoreFunction) => CoreFunction,
  ) {
    this.#suspend = suspend;
    this.#toImport = toImport;
    this.#time = time;
    this.#turnedAt = time.milliseconds();
    this.#lookedAt = this.#turnedAt;
  }

  /** Notes that the guest was told that something isn't there yet. */
  notYet(): void {
    this.#notYets++;
    const isLate = this.#time.milliseconds() - this.#turnedAt > MILLISECONDS_PER_TURN;
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
    const { Suspending } = wasm;
    const module = compiled(
      imports.map(({ call, signature }) => ({ signature, mayWait: call instanceof Suspending })),
    );
    const turn = (): unknown => this.#turn();
    const functions: Record<string, unknown> = {
      turn: this.#toImport?.(turn) ?? new Suspending(turn),
      cannot,
    };
    for (const [i, { call }] of imports.entries()) functions[i] = call;
    const { exports } = new wasm.Instance(module, { "": functions });
    this.#lefts.push(exports["left"] as { value: number });
    return imports.map((_, i) => exports[i] as CoreFunction);
  }

  #turn(): PromiseLike<void> | undefined {
    const now = this.#time.milliseconds();
    const pace = MILLISECONDS_PER_TURN / (now - this.#lookedAt);
    this.#lookedAt = now;
    if (pace < 1) for (const left of this.#lefts) left.value = Math.ceil(CALLS_PER_LOOK * pace);
    if (!this.#isDue && now - this.#turnedAt < MILLISECONDS_PER_TURN) return undefined;
    const turn = (): Promise<void> =>
      new Promise((resolve) => {
        this.#time.defer(() => {
          this.#isDue = false;
          this.#notYets = 0;
          this.#turnedAt = this.#lookedAt = this.#time.milliseconds();
          resolve();
        });
      });
    return this.#suspend(turn);
  }
}

/** Called where the engine has refused to suspend, for which it throws what a guest could catch. */
function cannot(): never {
  throw trapError(
    "it would have to wait where it can't: while it is instantiated, gives memory or cleans up",
  );
}

const TYPES: Readonly<Record<CoreType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

/** Modules by what they are made for: of the same program they are the same. */
const modules: Map<string, WasmModule> = new Map();
const MOST_MODULES = 100;

function compiled(calls: Parameters<typeof moduleOf>[0]): WasmModule {
  const key = JSON.stringify(calls);
  let module = modules.get(key);
  if (module === undefined) {
    module = new wasm.Module(moduleOf(calls));
    if (modules.size === MOST_MODULES) modules.clear();
    modules.set(key, module);
  }
  return module;
}

/**
 * The module: each function "i" of the given types calls the import of that name, and each so many calls the import
 * "turn". It is made at each start of a guest, by code that runs once: so it is kept simple.
 */
function moduleOf(
  calls: readonly { readonly signature: CoreSignature; readonly mayWait: boolean }[],
): Uint8Array {
  const count = calls.length;
  const types: number[] = [];
  const imports: number[] = [];
  const functions: number[] = [];
  const exports: number[] = [];
  const bodies: number[] = [];
  put(types, count + 1, 0x60, 0, 0);
  put(imports, count + 2, 0);
  putName(imports, "turn");
  put(imports, 0, 0, 0);
  putName(imports, "cannot");
  put(imports, 0, 0);
  put(functions, count);
  put(exports, count + 1);
  putName(exports, "left");
  put(exports, 3, 0);
  put(bodies, count);
  for (let i = 0; i < count; i++) {
    const {
      signature: { params, results },
      mayWait,
    } = calls[i] as (typeof calls)[number];
    put(types, 0x60, params.length);
    for (const type of params) put(types, TYPES[type]);
    put(types, results.length);
    for (const type of results) put(types, TYPES[type]);
    put(imports, 0);
    putName(imports, String(i));
    put(imports, 0, i + 1);
    put(functions, i + 1);
    putName(exports, String(i));
    put(exports, 0, count + 2 + i);
    const code: number[] = [1, 1, 0x7f]; // a local of type i32, behind the parameters
    const [result] = results;
    if (mayWait) put(code, 0x06, result === undefined ? 0x40 : TYPES[result]);
    for (let at = 0; at < params.length; at++) put(code, 0x20, at);
    put(code, 0x10, i + 2);
    // all that a host throws goes by (catch_all): only that it can't suspend stays
    if (mayWait) put(code, 0x19, 0x10, 1, 0x00, 0x0b);
    // left = left - 1; if it is 0
    put(code, 0x23, 0, 0x41, 1, 0x6b, 0x22, params.length, 0x24, 0, 0x20, params.length, 0x45, 0x04, 0x40);
    code.push(0x41, ...CALLS, 0x24, 0);
    // A turn is not owed: where the caller can't be suspended, as while it is instantiated, there is none (try … catch_all).
    put(code, 0x06, 0x40, 0x10, 0, 0x19, 0x0b, 0x0b, 0x0b);
    put(bodies, code.length);
    for (const byte of code) bodies.push(byte);
  }
  const module = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const left = [1, 0x7f, 1, 0x41, ...CALLS, 0x0b];
  const sections = [
    [1, types],
    [2, imports],
    [3, functions],
    [6, left],
    [7, exports],
    [10, bodies],
  ] as const;
  for (const [id, contents] of sections) {
    put(module, id, contents.length);
    for (const byte of contents) module.push(byte);
  }
  return Uint8Array.from(module);
}

/** `CALLS_PER_LOOK` as a signed LEB128. */
const CALLS = [(CALLS_PER_LOOK & 0x7f) | 0x80, CALLS_PER_LOOK >> 7];

/** Puts unsigned numbers as LEB128. */
function put(into: number[], ...values: readonly number[]): void {
  for (const value of values) {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) into.push((rest & 0x7f) | 0x80);
    into.push(rest);
  }
}

function putName(into: number[], name: string): void {
  put(into, name.length);
  for (let i = 0; i < name.length; i++) into.push(name.charCodeAt(i));
}
