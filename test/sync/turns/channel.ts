/**
 * The channel as it is built, with the explorer's operations in the place of the runtime's: its file is compiled as a
 * function, whose parameters are what the module has from outside.
 */
import { readFileSync } from "node:fs";
import { compileFunction } from "node:vm";
import type { GuestEnd, HostEnd } from "../../../host/sync/channel.ts";
import { Fault } from "./memory.ts";
import { Failure, type Run } from "./replay.ts";

/** What is thrown at a guest whose host has gone. */
export class HostGone extends Error {}

/** The module, and whose run it works for. */
export interface Channel {
  readonly GuestEnd: new (buffer: SharedArrayBuffer) => GuestEnd;
  readonly HostEnd: new (buffer: SharedArrayBuffer, answer: () => undefined | Promise<undefined>) => HostEnd;
  makeChannelBuffer(): SharedArrayBuffer;
  run: Run;
}

/** A text of the module, and what is put in its place. */
export type Change = readonly [text: string, other: string];

const FILE = new URL("../../../host/sync/channel.js", import.meta.url);
const SOURCE = onOneLine(
  readFileSync(FILE, "utf8")
    .replace(/^import .*$/gm, "")
    .replace(/^export \{[^}]*\};/gm, "")
    .replace(/^export /gm, ""),
);

/** How the module says how often an end looks before it sleeps. */
const SPINS = "availableParallelism() > 1 ? 2e3 : 0";

/** Code as whoever took its types out would have it on one line. */
function onOneLine(code: string): string {
  return code.replace(/^\s*\/\/.*$|\/\*[\s\S]*?\*\//gm, "").replace(/\s+/g, " ");
}

/** Beside the bytes: how many there are. */
const SIZE = -1;

/**
 * Loads the module.
 *
 * @param looks how often each end looks for its turn before it sleeps
 * @param changes what else is different in it
 */
export function loadChannel(looks: number, changes: readonly Change[] = []): Channel {
  let text = SOURCE;
  for (const [from, to] of [[SPINS, `${looks}`] as const, ...changes]) {
    const parts = text.split(onOneLine(from));
    if (parts.length !== 2) throw new Error(`"${from}" is ${parts.length - 1} times in channel.js`);
    text = parts.join(onOneLine(to));
  }
  const outside = outsideOf(() => channel.run);
  const module = compileFunction(
    `${text}\nreturn { GuestEnd, HostEnd, makeChannelBuffer };`,
    Object.keys(outside),
    { filename: "channel.js" },
  );
  const channel = module(...Object.values(outside)) as Channel;
  return channel;
}

/** What the module has from outside. */
function outsideOf(current: () => Run): Readonly<Record<string, unknown>> {
  class Buffer {
    readonly initial: number;
    readonly #most: number;
    constructor(initial: number, { maxByteLength }: { maxByteLength: number }) {
      this.initial = initial;
      this.#most = maxByteLength;
    }
    get byteLength(): number {
      return this.initial + current().perform({ kind: "read", at: SIZE });
    }
    grow(length: number): void {
      if (length > this.#most || length < this.byteLength)
        throw new Fault(`the buffer can't have ${length} bytes`);
      current().perform({ kind: "write", at: SIZE, value: length - this.initial });
    }
  }

  class Bytes {
    readonly #buffer: Buffer;
    readonly #offset: number;
    readonly #length: number | undefined;
    constructor(buffer: Buffer, offset = 0, length?: number) {
      this.#buffer = buffer;
      this.#offset = offset;
      this.#length = length;
    }
    get length(): number {
      return this.#length ?? this.#buffer.byteLength - this.#offset;
    }
    at(place: number): number | undefined {
      if (place >= this.length) return undefined;
      return current().perform({ kind: "read", at: this.#offset + place });
    }
    set(values: readonly number[], place = 0): void {
      if (place + values.length > this.length) throw new RangeError("offset is out of bounds");
      values.forEach((value, i) => {
        current().perform({ kind: "write", at: this.#offset + place + i, value });
      });
    }
  }

  class Words {
    constructor() {
      // biome-ignore lint/correctness/noConstructorReturn: what stands for an array
      return new Proxy(this, {
        get: (_, key) => current().perform({ kind: "read", at: 4 * Number(key) }),
        set: (_, key, value: number) => {
          current().perform({ kind: "write", at: 4 * Number(key), value });
          return true;
        },
      });
    }
  }

  return {
    SharedArrayBuffer: Buffer,
    Uint8Array: Bytes,
    DataView: class {},
    Int32Array: Words,
    availableParallelism: () => 2,
    trapError: (text: string) => new HostGone(text),
    setImmediate: (run: () => void) => current().task("immediate", run),
    milliseconds: () => current().now(),
    Atomics: {
      load: (_: Words, index: number) => current().perform({ kind: "load", at: 4 * index }),
      store: (_: Words, index: number, value: number) =>
        current().perform({ kind: "store", at: 4 * index, value }),
      compareExchange: (_: Words, index: number, expected: number, value: number) =>
        current().perform({ kind: "compareExchange", at: 4 * index, expected, value }),
      notify: (_: Words, index: number, count = Number.POSITIVE_INFINITY) =>
        current().perform({ kind: "notify", at: 4 * index, count }),
      wait(_: Words, index: number, value: number, milliseconds = Number.POSITIVE_INFINITY) {
        const id = current().beginWait();
        const given = current().perform({ kind: "wait", at: 4 * index, value, id, milliseconds });
        current().endWait(id);
        return ["ok", "not-equal", "timed-out"][given];
      },
      waitAsync(_: Words, index: number, value: number) {
        const id = current().beginWait();
        const end = (): void => current().endWait(id);
        const given = current().perform({ kind: "waitAsync", at: 4 * index, value, id });
        if (given === 0)
          return { async: true, value: promised((run) => current().task("wait", run, id), end) };
        end();
        return { async: false, value: "not-equal" };
      },
    },
  };
}

/**
 * What stands for a promise: whoever asks is called from the event loop.
 *
 * @param begin is given what is to be called when it settles
 * @param work what is done then, before whoever asked is called
 */
export function promised(
  begin: (settle: () => void) => void,
  work: () => void = () => {},
): Promise<undefined> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: it is to be one
    then(fulfilled: () => void, rejected?: (error: unknown) => void) {
      begin(() => {
        try {
          work();
        } catch (error) {
          if (rejected === undefined || !(error instanceof Failure)) throw error;
          rejected(error);
          return;
        }
        fulfilled();
      });
    },
  } as unknown as Promise<undefined>;
}
