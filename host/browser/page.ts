/** What a page has in the place of Node's modules and globals, as far as they are used. */
import { Buffer } from "node:buffer";
import * as stream from "node:stream";
import { channel, subscribe, unsubscribe } from "./channels.ts";
import { isIP } from "./is-ip.ts";
import { domainToASCII, inspect } from "./text.ts";
import { clearTimeout, hrtime, setImmediate, setTimeout } from "./time.ts";

/** What platform.ts finds. */
export interface Page {
  readonly Buffer: unknown;
  readonly clearTimeout: unknown;
  readonly process: unknown;
  readonly setImmediate: unknown;
  readonly setTimeout: unknown;
  builtin(name: string): object;
}

function noFiles(): never {
  const message = "a browser has no files: give bytes, or what is written to";
  throw Object.assign(new Error(message), { code: "ENOTSUP" });
}
noFiles.native = noFiles;

/** The most that the page gives at a time. */
const RANDOM = 65_536;

function randomBytes(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at += RANDOM) crypto.getRandomValues(bytes.subarray(at, at + RANDOM));
  return bytes;
}

/** Of Node's classes it is only asked what they can do: nothing. */
class Socket {
  setKeepAlive(): void {}
}

const files: object = new Proxy(
  { constants: {} },
  { get: (own, name) => (name in own ? own[name as "constants"] : noFiles) },
);

const builtins: Readonly<Record<string, object>> = {
  buffer: { Buffer },
  crypto: { randomBytes },
  dgram: { Socket },
  diagnostics_channel: { channel, subscribe, unsubscribe },
  dns: {},
  fs: files,
  "fs/promises": files,
  module: { createRequire: noFiles },
  net: { Socket, isIP },
  os: {
    arch: () => "wasm",
    availableParallelism: () => 1,
    networkInterfaces: () => ({}),
    platform: () => "browser",
  },
  path: {
    basename: (path: string) => path.slice(path.lastIndexOf("/") + 1),
    join: (...parts: string[]) => parts.join("/"),
  },
  stream,
  tty: { isatty: () => false },
  url: { domainToASCII, fileURLToPath: noFiles },
  util: {
    inspect,
    debuglog: () => Object.assign(() => {}, { enabled: false }),
    types: { isPromise: (value: unknown) => value instanceof Promise },
  },
  v8: {},
  worker_threads: { isMainThread: true },
};

export const page: Page = {
  Buffer,
  clearTimeout,
  setImmediate,
  setTimeout,
  process: {
    arch: "wasm",
    env: {},
    platform: "browser",
    release: { name: "browser" },
    hrtime,
    emitWarning(message: string, { detail = "" }: { readonly detail?: string } = {}): void {
      // biome-ignore lint/suspicious/noConsole: where a page is warned
      console.warn(detail === "" ? message : `${message}\n${detail}`);
    },
    nextTick<T extends unknown[]>(call: (...args: T) => void, ...args: T): void {
      queueMicrotask(() => call(...args));
    },
    once(): void {},
  },
  builtin(name) {
    const found = builtins[name.replace(/^node:/, "")];
    if (found === undefined) throw new Error(`a browser has no ${name}`);
    return found;
  },
};
