/**
 * The functions of the component of WASI 0.3 in another process, which runs what driver.ts makes: values are made and read
 * here, in memory that lies there.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Call, Copy, Event } from "../../host/abi/async/codes.ts";
import { liftFlat, loader } from "../../host/abi/lift.ts";
import { storer } from "../../host/abi/lower.ts";
import { lowerFlat } from "../../host/abi/lower-flat.ts";
import { GuestMemory } from "../../host/abi/memory.ts";
import type { Scope } from "../../host/abi/scope.ts";
import type { HandleTable } from "../../host/abi/table.ts";
import {
  alignOf,
  camelCase,
  type FunctionType,
  flatten,
  maxFlatParams,
  type Resource,
  sizeOf,
  type WitType,
} from "../../host/abi/types.ts";
import { wasm } from "../../host/abi/webassembly.ts";
import { ANSWER, BYTES, type Callable, FREE, GIVEN, MOST_FLAT, PAGES, PUT, READ, WAIT } from "./driver.ts";
import type { Face } from "./jco.ts";

/** The answer of a call that has only begun, as an i32. */
const BLOCKED = 0xffff_ffff;
/** The bits of a status below a number. */
const LOW = 15;
/** How many bytes a copy moves at the most. */
const PIECE = 4096;

/** What is not here yet of the memory there. */
class Missing extends Error {
  readonly at: number;
  readonly size: number;

  constructor(at: number, size: number) {
    super(`${size} bytes at ${at} are not here`);
    this.at = at;
    this.size = size;
  }
}

/** An object there, by its handle. */
class Held {
  readonly #remote: Remote;
  readonly resource: string;
  readonly handle: number;

  constructor(remote: Remote, resource: string, handle: number) {
    this.#remote = remote;
    this.resource = resource;
    this.handle = handle;
  }

  bytes(): Promise<unknown> {
    return this.#remote.call("[method]sockaddr.bytes", [this]);
  }

  [Symbol.dispose](): void {
    this.#remote.drop(this.resource, this.handle).catch(() => {}); // the process may have ended
  }
}

/** The memory there, as far as it is known here. */
class Mirror extends GuestMemory {
  readonly #known = new Set<string>();
  /** How many calls have values here: the last of them leaves all places to others. */
  underWay = 0;
  #next = FREE;

  constructor() {
    super();
    const give = (_: number, __: number, align: number, size: number): number => this.room(size, align);
    this.attach({ memory: new wasm.Memory({ initial: PAGES }), cabi_realloc: give });
  }

  /** A place for a value of a call. */
  room(size: number, align = 8): number {
    const at = Math.ceil(this.#next / align) * align;
    this.#next = at + size;
    return at;
  }

  /** Where the values of a call begin, which lie together. */
  begin(): number {
    if (this.underWay === 0) this.#next = FREE;
    if (this.#next > (FREE + GIVEN) / 2) throw new Error("too much is under way");
    return this.room(0);
  }

  get end(): number {
    return this.#next;
  }

  learn(at: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, at);
    this.#known.add(`${at} ${bytes.length}`);
  }

  forget(): void {
    this.#known.clear();
  }

  override claim(at: number, size: number): void {
    if (at >= GIVEN && size > 0 && !this.#known.has(`${at} ${size}`)) throw new Missing(at, size);
  }

  override lend(at: number, size: number): Uint8Array {
    this.claim(at, size);
    return this.bytes.slice(at, at + size);
  }
}

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** The other process, as what can be called in it. */
export class Remote {
  readonly #child: ChildProcess;
  readonly #functions = new Map<
    string,
    { readonly number: number; readonly type: FunctionType | undefined }
  >();
  readonly #memory = new Mirror();
  /** Who waits for an answer, in the order of the calls. */
  readonly #calls: Waiting<Buffer>[] = [];
  /** Who waits for the event of a waitable. */
  readonly #events = new Map<number, Waiting<number>>();
  /**
   * Settled when the call made last has begun. The next is made then: whoever runs the component may let calls wait before
   * they begin, and begin them in any order, as Wasmtime does.
   */
  #begun: Promise<void> = Promise.resolve();
  /** What to call when a call that waits for that has begun. */
  readonly #beginning = new Map<number, () => void>();
  #rest: Buffer = Buffer.alloc(0);
  #ended: Error | undefined;
  readonly #exit: Promise<unknown>;

  constructor(child: ChildProcess, all: readonly Callable[]) {
    this.#child = child;
    for (const [number, { name, type }] of all.entries()) this.#functions.set(name, { number, type });
    child.stdin?.on("error", () => {}); // the process has ended, which `exit` tells
    child.stdout?.on("data", (bytes: Buffer) => this.#read(bytes));
    this.#exit = once(child, "exit");
    child.on("exit", (code, signal) => {
      this.#ended = new Error(`the process ended (${signal ?? `code ${code}`})`);
      for (const { reject } of [...this.#calls, ...this.#events.values()]) reject(this.#ended);
    });
  }

  /** Ends the process, whatever waits in it. */
  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }

  /** Calls a function of the component with values as jco has them; streams and futures are their handles. */
  call(name: string, args: readonly unknown[]): Promise<unknown> {
    return this.#inTurn((begun) => this.#during(() => this.#call(name, args, begun)));
  }

  async #inTurn<T>(work: (begun: () => void) => Promise<T>): Promise<T> {
    const before = this.#begun;
    let begun = (): void => {};
    this.#begun = new Promise((resolve) => {
      begun = resolve;
    });
    await before;
    try {
      return await work(begun);
    } finally {
      begun();
    }
  }

  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#memory.underWay++;
    try {
      return await work();
    } finally {
      this.#memory.underWay--;
    }
  }

  async #call(name: string, args: readonly unknown[], begun: () => void): Promise<unknown> {
    const { number, type } = this.#find(name);
    if (type === undefined) throw new Error(`${name} is no function of the component`);
    const memory = this.#memory;
    const start = memory.begin();
    const flat: unknown[] = [];
    const tuple: WitType = { kind: "tuple", items: type.params.map(([, of]) => of) };
    const cores = flatten(tuple);
    const inMemory = cores.length > (type.isAsync ? MOST_FLAT : maxFlatParams);
    const { result } = type;
    const slots = memory.room(8 * (inMemory ? 2 : cores.length + 1));
    if (inMemory) {
      flat.push(memory.room(sizeOf(tuple), alignOf(tuple)));
      storer(tuple, this.#scope(name))(flat[0] as number, args);
    } else {
      lowerFlat(tuple, this.#scope(name))(args, flat);
    }
    const isFlat = result === undefined || (!type.isAsync && flatten(result).length <= 1);
    const into = isFlat ? 0 : memory.room(sizeOf(result));
    for (const [i, value] of flat.entries()) this.#store(inMemory ? "i32" : cores[i], slots + 8 * i, value);
    if (!isFlat) this.#store("i32", slots + 8 * flat.length, into);
    const given = await this.#ask(number, start, memory.end);
    if (type.isAsync) await this.#returned(name, given, begun);
    if (result === undefined) return undefined;
    return isFlat ? liftFlat(result, this.#scope(name))([Number(given)], 0) : this.#load(name, result, into);
  }

  /** Waits until a call has returned, where it hasn't yet. */
  async #returned(name: string, status: bigint, begun: () => void): Promise<void> {
    if (Number(status) === Call.returned) return;
    const subtask = Number(status) >>> 4;
    if ((Number(status) & LOW) === Call.starting) this.#beginning.set(subtask, begun);
    else begun();
    const state = await this.#event(subtask);
    await this.#built("[subtask-drop]", subtask);
    if (state !== Call.returned) throw new Error(`${name} was cancelled`);
  }

  /** Drops an object. */
  async drop(resource: string, handle: number): Promise<void> {
    await this.#inTurn(() => this.#built(`[resource-drop]${resource}`, handle));
  }

  /** Reads of a stream of `input`: some bytes; none at its end. */
  readInput(end: number): Promise<Uint8Array> {
    return this.#during(async () => {
      const at = this.#memory.begin();
      this.#memory.room(PIECE);
      const count = await this.#copy("[stream-read-0]input", end, at, PIECE);
      return this.#bytes(at, count >>> 4);
    });
  }

  /** Forgets why the stream of an `input` ends. */
  async dropOutcome(future: number): Promise<void> {
    await this.#built("[future-drop-readable-1]input", future);
  }

  async dropInput(end: number): Promise<void> {
    await this.#built("[stream-drop-readable-0]input", end);
  }

  /** The ends of a stream for `output`. */
  async newOutput(): Promise<{ readonly readable: number; readonly writable: number }> {
    const ends = await this.#built("[stream-new-0]output");
    return { readable: Number(ends & 0xffff_ffffn), writable: Number(ends >> 32n) };
  }

  /** Writes all; whether somebody took it. */
  async writeOutput(end: number, bytes: Uint8Array): Promise<boolean> {
    for (let from = 0; from < bytes.length; ) {
      const told = await this.#during(() => this.#write(end, bytes.subarray(from, from + PIECE)));
      if ((told & LOW) === Copy.dropped) return false;
      from += told >>> 4;
    }
    return true;
  }

  #write(end: number, bytes: Uint8Array): Promise<number> {
    const memory = this.#memory;
    const at = memory.begin();
    memory.bytes.set(bytes, at);
    memory.room(bytes.length);
    // answered in the order in which they are sent
    this.#send(PUT, at, memory.end);
    return this.#copy("[stream-write-0]output", end, at, bytes.length);
  }

  async dropOutput(end: number): Promise<void> {
    await this.#built("[stream-drop-writable-0]output", end);
  }

  /** The case of the outcome that the future of `output` has. */
  outcome(future: number): Promise<"ok" | "err"> {
    return this.#during(async () => {
      const at = this.#memory.begin();
      this.#memory.room(64);
      await this.#copy("[future-read-1]output", future, at);
      await this.#built("[future-drop-readable-1]output", future);
      return (await this.#bytes(at, 1))[0] === 0 ? "ok" : "err";
    });
  }

  #find(name: string): { readonly number: number; readonly type: FunctionType | undefined } {
    const found = this.#functions.get(name);
    if (found === undefined) throw new Error(`there is no function ${name}`);
    return found;
  }

  #scope(where: string): Scope {
    const handleOf = (object: object): number => (object as Held).handle;
    const held = (handle: number, { name }: Resource): object => new Held(this, name, handle);
    const table = {
      ...{ take: held, find: held, add: handleOf, addBorrowed: handleOf },
      lend: () => {
        throw new Error("nothing is lent");
      },
      classOf: () => undefined,
    };
    return {
      ...{ where, memory: this.#memory, table: table as unknown as HandleTable, notYet: () => {} },
      // ends of streams and futures stay numbers
      ends: { take: (handle) => handle as unknown as object, give: (handle) => handle as number },
    };
  }

  #store(core: string | undefined, at: number, value: unknown): void {
    const { view } = this.#memory;
    if (core === "f64") view.setFloat64(at, value as number, true);
    else if (core === "i64") view.setBigUint64(at, BigInt.asUintN(64, value as bigint), true);
    else view.setUint32(at, value as number, true);
  }

  /** Reads a result, as often as there is more to be known for it. */
  async #load(where: string, type: WitType, at: number): Promise<unknown> {
    const memory = this.#memory;
    const result = await this.#bytes(at, sizeOf(type));
    const parts: [number, Uint8Array][] = [];
    const load = loader(type, { ...this.#scope(where), copiesBytes: true });
    for (;;) {
      memory.bytes.set(result, at);
      memory.forget();
      for (const [start, bytes] of parts) memory.learn(start, bytes);
      try {
        return load(at);
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
        parts.push([error.at, await this.#bytes(error.at, error.size)]);
      }
    }
  }

  /** Bytes of the memory there. */
  #bytes(from: number, count: number): Promise<Buffer> {
    return this.#asked(READ, count, from);
  }

  /** Calls something with handles, addresses and numbers. */
  async #built(name: string, ...args: number[]): Promise<bigint> {
    return (await this.#asked(this.#find(name).number, ...args)).readBigUInt64LE();
  }

  #asked(number: number, ...args: number[]): Promise<Buffer> {
    const at = this.#memory.begin();
    this.#memory.room(8 * args.length);
    for (const [i, arg] of args.entries()) this.#memory.view.setUint32(at + 8 * i, arg, true);
    return this.#sent(number, at, this.#memory.end);
  }

  async #ask(number: number, at: number, end: number): Promise<bigint> {
    return (await this.#sent(number, at, end)).readBigUInt64LE();
  }

  #sent(number: number, at: number, end: number): Promise<Buffer> {
    const answer = new Promise<Buffer>((resolve, reject) => void this.#calls.push({ resolve, reject }));
    this.#send(number, at, end);
    return answer;
  }

  /** Copies, and waits where that takes time. */
  async #copy(name: string, ...args: [end: number, at: number, count?: number]): Promise<number> {
    const told = Number(await this.#built(name, ...(args as number[])));
    return told === BLOCKED ? this.#event(args[0]) : told;
  }

  #event(waitable: number): Promise<number> {
    const event = new Promise<number>(
      (resolve, reject) => void this.#events.set(waitable, { resolve, reject }),
    );
    const at = this.#memory.begin();
    this.#memory.view.setUint32(at, waitable, true);
    this.#memory.room(8);
    this.#send(WAIT, at, this.#memory.end);
    return event;
  }

  #send(number: number, at: number, end: number): void {
    if (this.#ended !== undefined) throw this.#ended;
    const head = Buffer.alloc(12);
    for (const [i, word] of [number, at, end - at].entries()) head.writeUInt32LE(word, 4 * i);
    this.#child.stdin?.write(Buffer.concat([head, this.#memory.bytes.subarray(at, end)]));
  }

  #read(bytes: Buffer): void {
    let rest = Buffer.concat([this.#rest, bytes]);
    while (rest.length >= 12) {
      const [kind, number, more] = [0, 4, 8].map((at) => rest.readUInt32LE(at)) as [number, number, number];
      const end = kind === BYTES ? 12 + more : 12;
      if (rest.length < end) break;
      if (kind === BYTES) this.#calls.shift()?.resolve(rest.subarray(12, end));
      else if (kind === ANSWER) this.#calls.shift()?.resolve(rest.subarray(4, end));
      else this.#tell(kind, number, more);
      rest = rest.subarray(end);
    }
    this.#rest = rest;
  }

  #tell(kind: number, waitable: number, payload: number): void {
    if (kind === Event.subtask) {
      this.#beginning.get(waitable)?.();
      this.#beginning.delete(waitable);
      if (payload < Call.returned) return;
    }
    this.#events.get(waitable)?.resolve(payload);
    this.#events.delete(waitable);
  }
}

/** The functions of the component's `net`, as `instantiate` gives them. */
export function faceOf(remote: Remote, all: readonly Callable[]): Face {
  const face: Face = {};
  for (const { name, type } of all) {
    if (type === undefined || name.startsWith("[")) continue;
    face[camelCase(name)] = async (...args) => {
      const outcome = await remote.call(name, args);
      if (type.result?.kind !== "result") return outcome;
      const { tag, val } = outcome as { readonly tag: string; readonly val: unknown };
      if (tag === "err") throw Object.assign(new Error(`${name}: ${val}`), { payload: val });
      return val;
    };
  }
  const call = face as Record<"input" | "output", (...args: unknown[]) => Promise<unknown>>;
  return {
    ...face,
    input: async (socket) => {
      const [stream, outcome] = (await call.input(socket)) as [number, number];
      await remote.dropOutcome(outcome);
      return [piecesOf(remote, stream)];
    },
    output: async (socket, data) => {
      const { readable, writable } = await remote.newOutput();
      const future = (await call.output(socket, readable)) as number;
      try {
        for await (const bytes of data as AsyncIterable<Uint8Array>) {
          if (!(await remote.writeOutput(writable, bytes))) break;
        }
      } finally {
        await remote.dropOutput(writable);
      }
      return { tag: await remote.outcome(future) };
    },
  };
}

function piecesOf(remote: Remote, stream: number): AsyncIterable<Uint8Array> {
  let dropped: Promise<void> | undefined;
  const end = async (): Promise<IteratorResult<Uint8Array>> => {
    dropped ??= remote.dropInput(stream);
    await dropped;
    return { done: true, value: undefined };
  };
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const value = await remote.readInput(stream);
    return value.length === 0 ? end() : { done: false, value };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}
