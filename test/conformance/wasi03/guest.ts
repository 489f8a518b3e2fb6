/**
 * The guest that does what it is told, as the suite uses it: WASI's functions by their names, and the streams and
 * futures of the canonical ABI by their handles.
 *
 * A call that fails rejects with the WIT error, a trap rejects with an `Error`.
 */
import {
  alignOf,
  type FunctionType,
  flatten,
  offsetsOf,
  returnsThroughMemory,
  sizeOf,
  tuple,
  type WitType,
} from "../../../host/abi/types.ts";
import { type Instance, instantiate } from "../../../host/index.ts";
import type { IpAddress, IpAddressFamily, IpSocketAddress } from "../../../host/network/address.ts";
import { assemble } from "../../abi/support.ts";
import type { WayOptions } from "../way.ts";
import { guestText, imports, MOST_ASYNC } from "./guest-text.ts";
import { flat, load, type Place, store, unflat } from "./values.ts";

/** What came of a copy. */
export interface Copied {
  readonly how: "blocked" | "completed" | "dropped" | "cancelled";
  readonly count: number;
}

const ENDINGS = ["completed", "dropped", "cancelled"] as const;
const BLOCKED = 0xffff_ffff;
const RETURNED = 2;

/** Where what is allocated lies; what comes behind the end begins anew. */
const FIRST = 4096;
const LAST = 1 << 20;
/** Where the bytes are that are copied by streams: as many as {@link MOST}. */
const BYTES = 1 << 20;
/** How many bytes go at a time. */
export const MOST: number = 1 << 19;

interface Exports {
  call(index: number, args: readonly bigint[]): bigint;
  callAndWait(index: number, args: readonly bigint[]): Promise<bigint>;
  poke(at: number, bytes: Uint8Array): void;
  peek(at: number, size: number): Uint8Array;
  wait(set: number): Promise<[event: number, handle: number, payload: number]>;
}

const numbers = new Map([...imports.keys()].map((name, i) => [name, i]));
const programs = new Map<boolean, Promise<Uint8Array<ArrayBuffer>>>();

/** A guest of WASI 0.3 in a host of its own. */
export class Guest implements Place {
  readonly #instance: Instance<Exports>;
  readonly #isSuspended: boolean;
  #next = FIRST;

  /**
   * Makes one.
   *
   * @param isSuspended whether it waits on its stack
   */
  static async make(isSuspended: boolean, { rules, caps, resolver, network }: WayOptions): Promise<Guest> {
    const program = programs.get(isSuspended) ?? assemble(guestText(isSuspended));
    programs.set(isSuspended, program);
    const instance = await instantiate<Exports>(await program, {
      policy: rules,
      ...(caps !== undefined && { limits: caps }),
      ...(resolver !== undefined && { resolver }),
      ...(network !== undefined && { network }),
    });
    return new Guest(instance, isSuspended);
  }

  private constructor(instance: Instance<Exports>, isSuspended: boolean) {
    this.#instance = instance;
    this.#isSuspended = isSuspended;
  }

  async close(): Promise<void> {
    await this.#instance.close();
  }

  poke(at: number, bytes: Uint8Array): void {
    this.#instance.exports.poke(at, bytes);
  }

  peek(at: number, size: number): Uint8Array {
    return this.#instance.exports.peek(at, size);
  }

  allocate(size: number, align: number): number {
    const at = Math.ceil(this.#next / align) * align;
    if (size > LAST - FIRST) throw new Error(`${size} bytes are too many at a time`);
    this.#next = at + size > LAST ? FIRST : at + size;
    return at + size > LAST ? this.allocate(size, align) : at;
  }

  /** Calls an import with core values. */
  raw(name: string, ...values: readonly (number | bigint)[]): number {
    return Number(this.#call(name, values.map(BigInt)) & 0xffff_ffffn);
  }

  #call(name: string, values: readonly bigint[]): bigint {
    return this.#instance.exports.call(numberOf(name), signed(values));
  }

  /** Calls a function of WASI, and waits where it is async. */
  async call<T = undefined>(name: string, ...args: readonly unknown[]): Promise<T> {
    const { type } = imports.get(name) ?? {};
    if (type === undefined) throw new Error(`no function of WASI: ${name}`);
    const { result, isAsync } = type;
    let value: unknown;
    if (isAsync && !this.#isSuspended) {
      const begun = this.begin(name, ...args);
      if (begun.call !== 0) {
        await this.wait(begun.call);
        this.raw("call-drop", begun.call);
      }
      value = begun.result();
    } else {
      const at = returnsThroughMemory(type) ? this.#room(result as WitType) : undefined;
      const values = [...this.#flat(type, args), ...(at === undefined ? [] : [BigInt(at)])];
      const given = isAsync
        ? await this.#instance.exports.callAndWait(numberOf(`${name}!sync`), signed(values))
        : this.#call(name, values);
      if (result === undefined) return undefined as T;
      value = at === undefined ? unflat(result, given) : load(this, at, result);
    }
    if (result?.kind !== "result") return value as T;
    const { tag, val } = value as { readonly tag: "ok" | "err"; readonly val: unknown };
    if (tag === "err") throw val;
    return val as T;
  }

  /** Begins a call of an async function; where that has no end yet, it has a handle. */
  begin(name: string, ...args: readonly unknown[]): { readonly call: number; result(): unknown } {
    const { type } = imports.get(name) as { readonly type: FunctionType };
    const at = type.result && this.#room(type.result);
    const types = type.params.map(([, param]) => param);
    const values =
      types.flatMap(flatten).length > MOST_ASYNC ? [this.#stored(types, args)] : this.#flat(type, args);
    const status = this.raw(name, ...values, ...(at === undefined ? [] : [at]));
    return {
      call: (status & 15) === RETURNED ? 0 : status >>> 4,
      result: () => (at === undefined ? undefined : load(this, at, type.result as WitType)),
    };
  }

  #room(type: WitType): number {
    return this.allocate(sizeOf(type), alignOf(type));
  }

  #flat(type: FunctionType, args: readonly unknown[]): bigint[] {
    return type.params.flatMap(([, param], i) => flat(this, param, args[i]));
  }

  #stored(types: readonly WitType[], args: readonly unknown[]): number {
    const all = tuple(...types);
    const at = this.#room(all);
    for (const [i, offset] of offsetsOf(types).entries())
      store(this, at + offset, types[i] as WitType, args[i]);
    return at;
  }

  /** Waits for the event of a call, a stream or a future; gives what it says. */
  async wait(handle: number): Promise<number> {
    const set = this.raw("set-new");
    this.raw("join", handle, set);
    const [, , payload] = await this.#instance.exports.wait(set);
    this.raw("join", handle, 0);
    this.raw("set-drop", set);
    return payload;
  }

  /** Reads, and waits until something comes of it; the bytes are at {@link taken}. */
  async read(stream: number, count: number, kind = "bytes"): Promise<Copied> {
    return this.#copy(`${kind}.read`, stream, [BYTES, count]);
  }

  /** Likewise, without waiting. */
  readNow(stream: number, count: number, kind = "bytes"): Copied {
    return copied(this.raw(`${kind}.read`, stream, BYTES, count));
  }

  /** Calls off a read that is under way. */
  cancelRead(stream: number, kind = "bytes"): Copied {
    return copied(this.raw(`${kind}.cancel-read`, stream));
  }

  /** So many bytes of what was read. */
  taken(count: number): Buffer {
    return Buffer.from(this.peek(BYTES, count));
  }

  /** Writes, and waits until something comes of it. */
  async write(stream: number, bytes: Uint8Array | string): Promise<Copied> {
    const all = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.poke(BYTES + MOST, all);
    return this.#copy("bytes.write", stream, [BYTES + MOST, all.length]);
  }

  async #copy(name: string, handle: number, rest: readonly number[]): Promise<Copied> {
    if (this.#isSuspended) {
      const values = [handle, ...rest].map(BigInt);
      return copied(
        Number((await this.#instance.exports.callAndWait(numberOf(`${name}!sync`), values)) & 0xffff_ffffn),
      );
    }
    const status = this.raw(name, handle, ...rest);
    return copied(status === BLOCKED ? await this.wait(handle) : status);
  }

  /** What a transfer came to: `ok`, or the name of its error. */
  async outcome(future: number): Promise<string> {
    const { type } = imports.get("tcp-socket.bind") as { readonly type: FunctionType };
    const at = this.#room(type.result as WitType);
    const { how } = await this.#copy("outcome.read", future, [at]);
    if (how !== "completed") throw new Error(`the future was ${how}`);
    this.raw("outcome.drop-readable", future);
    const { tag, val } = load(this, at, type.result as WitType) as { tag: string; val?: { tag: string } };
    return tag === "ok" ? "ok" : (val?.tag ?? "err");
  }

  /** The next connection of a listener's stream. */
  async arrival(arrivals: number): Promise<number> {
    const { how, count } = await this.read(arrivals, 1, "arrivals");
    if (count !== 1) throw new Error(`the listener's stream was ${how}`);
    return this.taken(4).readUInt32LE();
  }

  /** A new stream of bytes. */
  newStream(): { readonly readable: number; readonly writable: number } {
    const both = this.#call("bytes.new", []);
    return { readable: Number(both & 0xffff_ffffn), writable: Number(BigInt.asUintN(64, both) >> 32n) };
  }

  createTcp(family: IpAddressFamily): Promise<number> {
    return this.call("tcp-socket.create", family);
  }

  createUdp(family: IpAddressFamily): Promise<number> {
    return this.call("udp-socket.create", family);
  }

  resolve(name: string): Promise<IpAddress[]> {
    return this.call("resolve-addresses", name);
  }

  localAddress(socket: number, kind: "tcp" | "udp" = "tcp"): Promise<IpSocketAddress> {
    return this.call(`${kind}-socket.get-local-address`, socket);
  }

  remoteAddress(socket: number, kind: "tcp" | "udp" = "tcp"): Promise<IpSocketAddress> {
    return this.call(`${kind}-socket.get-remote-address`, socket);
  }
}

function numberOf(name: string): number {
  const number = numbers.get(name);
  if (number === undefined) throw new Error(`the guest imports no ${name}`);
  return number;
}

/** As the guest takes them, whatever they stand for. */
function signed(values: readonly bigint[]): bigint[] {
  return values.map((value) => BigInt.asIntN(64, value));
}

function copied(status: number): Copied {
  if (status === BLOCKED) return { how: "blocked", count: 0 };
  const how = ENDINGS[status & 15];
  if (how === undefined) throw new Error(`a copy gave ${status}`);
  return { how, count: status >>> 4 };
}
