/** What a call of the component takes of its memory it gives back: whatever is called by the thousand, it does not grow. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../host/host.ts";
import { allowAll, instantiate } from "../../host/index.ts";
import { callFace, dispose, type Face } from "../sides/jco.ts";

/** How often each call is made: what takes 16 bytes for good shows itself. */
const TIMES = 4000;
/** Less than what so many calls leave behind that forget a list, or all of them that forget their result. */
const MOST_MEMORY = 1 << 20;
const BYTES = new Uint8Array(1000).fill(120);
const NAME = "n".repeat(200);
const [INET, STREAM, DATAGRAM] = [2, 1, 2];

interface Exports {
  readonly memory?: { readonly buffer: ArrayBuffer };
}
interface WebAssemblyGlobal {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ readonly exports: Exports }>;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal };

/** The component with its functions that answer at once, and the size of its memory. */
async function open(): Promise<{ net: Face; operations: Face; size: () => number }> {
  const folder = new URL("../../jco/sync/", import.meta.url);
  const transpiled = (await import(new URL("wasock.js", folder).href)) as {
    instantiate(
      compile: (name: string) => Promise<object>,
      imports: object,
      start: WebAssemblyGlobal["instantiate"],
    ): Promise<{ net: Face; operations: Face }>;
  };
  const memories: NonNullable<Exports["memory"]>[] = [];
  const { net, operations } = await transpiled.instantiate(
    async (name) => WebAssembly.compile(await readFile(new URL(name, folder))),
    createHost({ policy: allowAll }).imports,
    async (module, imports) => {
      const instance = await WebAssembly.instantiate(module, imports);
      const { memory } = instance.exports;
      if (memory !== undefined) memories.push(memory);
      return instance;
    },
  );
  return { net, operations, size: () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) };
}

/** What a call gives; what it fails with is of no interest here. */
function tried(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (typeof error !== "number") throw error;
    return undefined;
  }
}

/** Drops objects, and those in lists and records. */
function drop(result: unknown): void {
  if (typeof result !== "object" || result === null || ArrayBuffer.isView(result)) return;
  dispose(result);
  if (Object.getPrototypeOf(result) === Object.prototype || Array.isArray(result))
    for (const part of Object.values(result)) drop(part);
}

/** Calls by name, as often as it takes, each with what it is to leave behind: nothing. */
function calls(net: Face, operations: Face): Record<string, () => unknown> {
  const call = (name: string, ...args: unknown[]): unknown => callFace(net, name, args);
  const pair = (type: number): unknown[] => call("open-socket-pair", undefined, type, undefined) as unknown[];
  const [one, other] = pair(STREAM);
  const [sender, receiver] = pair(DATAGRAM);
  const address = call("make-sockaddr", "127.0.0.1", 0);
  const none = call("make-sockaddr", undefined, 0);
  const stream = call("socket", INET, STREAM, 0);
  const hints = call("make-address-info", INET, STREAM, 0, 0x0400);
  const found = call("get-address-info", "127.0.0.1", "80", hints);
  const step = (name: string, ...args: unknown[]): unknown => {
    const operation = callFace(operations, name, args) as Face;
    const outcome = callFace(operations, "[method]operation.step", [operation]);
    drop(callFace(operations, "[method]operation.deadline", [operation]));
    dispose(operation);
    return (outcome as { val?: unknown }).val;
  };
  const fill = (): unknown => call("send", one, BYTES, undefined, undefined);
  const fillMany = (): unknown[] => [1, 2, 3].map(() => call("send", sender, BYTES, undefined, undefined));
  return {
    "make-sockaddr": () => call("make-sockaddr", "2001:db8::1", 80),
    "sockaddr.bytes": () => call("[method]sockaddr.bytes", address),
    "sockaddr-name": () => call("sockaddr-name", address),
    "error-name": () => call("error-name", 111),
    "error-message": () => call("error-message", 111),
    "get-address-info": () => call("get-address-info", "127.0.0.1", "80", hints),
    "get-address-info of what is none": () => call("get-address-info", "127.0.0.1", NAME, undefined),
    "make-address-info": () => call("make-address-info", INET, STREAM, 0, undefined),
    "address-info-address": () => call("address-info-address", found),
    "address-info-canonname": () => call("address-info-canonname", found),
    "address-info-next": () => call("address-info-next", found),
    "get-socket-name": () => call("get-socket-name", stream),
    "get-peer-name": () => call("get-peer-name", stream),
    "get-socket-option": () => call("get-socket-option", stream, 1, 9),
    "set-socket-option": () => call("set-socket-option", stream, 1, 9, 1),
    "socket of what is none": () => call("socket", INET, 3, 0),
    "shutdown of what is not connected": () => call("shutdown", stream, "both"),
    "connect without an address": () => call("connect", stream, none),
    send: () => [fill(), call("receive", other, 1000, undefined, undefined)],
    "send of nothing": () => call("send", one, new Uint8Array(0), undefined, undefined),
    "send that fails": () => call("send", stream, BYTES, undefined, undefined),
    "send-non-blocking": () => [
      call("send-non-blocking", one, BYTES, 0, undefined, undefined),
      call("receive", other, 1000, undefined, undefined),
    ],
    receive: () => [fill(), call("receive", other, 1000, undefined, undefined)],
    "receive that fails": () => call("receive", stream, 1000, undefined, undefined),
    "receive-into": () => [fill(), call("receive-into", other, 1000, undefined, undefined)],
    "receive-non-blocking": () => [
      fill(),
      call("receive-non-blocking", other, 1000, 0, undefined, undefined),
    ],
    "receive-non-blocking of nothing": () =>
      call("receive-non-blocking", other, 1000, 0, undefined, undefined),
    "receive-into-non-blocking": () => [
      fill(),
      call("receive-into-non-blocking", other, 1000, 0, undefined, undefined),
    ],
    "receive-many": () => [fillMany(), call("receive-many", receiver, 3)],
    "receive-many that fails": () => call("receive-many", stream, 3),
    "start-get-address-info": () => step("start-get-address-info", "127.0.0.1", "80", undefined),
    "start-open-net-io of what is none": () => step("start-open-net-io", "127.0.0.1", NAME),
    "start-bind": () => step("start-bind", one, address),
    "start-send": () => [
      step("start-send", one, BYTES, undefined, undefined, undefined),
      call("receive", other, 1000, undefined, undefined),
    ],
    "start-receive": () => [fill(), step("start-receive", other, 1000, 5, undefined)],
    "start-receive that waits": () => step("start-receive", other, 1000, 5, undefined),
    "start-receive-many": () => [fillMany(), step("start-receive-many", receiver, 3, undefined)],
  };
}

test("the component of WASI 0.2", async () => {
  const { net, operations, size } = await open();
  const all = calls(net, operations);
  for (const [name, call] of Object.entries(all)) {
    for (let i = 0; i < TIMES; i++) drop(tried(call));
    assert.ok(size() <= MOST_MEMORY, `${name}: ${size()} bytes`);
  }
});

const component03 = new URL("../../wasock.wasi03.component.wasm", import.meta.url);
test("the component of WASI 0.3", async () => {
  // it can't be looked at, but it can have an end
  const options = { policy: allowAll, maxMemory: 4 * MOST_MEMORY };
  const instance = await instantiate(fileURLToPath(component03), options);
  const call = (name: string, ...args: unknown[]): unknown =>
    callFace(instance.exports["net"] as Face, name, args);
  const pair = (type: number): unknown[] => call("open-socket-pair", undefined, type, undefined) as unknown[];
  const [one, other] = pair(STREAM);
  const [sender, receiver] = pair(DATAGRAM);
  const address = call("make-sockaddr", "2001:db8:1111:2222:3333:4444:5555:6666", 0);
  const fill = (): unknown => call("send", one, BYTES, undefined, undefined);
  for (let i = 0; i < TIMES; i++) {
    drop(call("make-sockaddr", "127.0.0.1", 80));
    for (let j = 0; j < 10; j++) {
      call("[method]sockaddr.bytes", address);
      call("sockaddr-name", address);
      call("error-message", 111);
    }
    await fill();
    await call("receive", other, 1000, undefined, undefined);
    await fill();
    await call("receive-non-blocking", other, 1000, 0, undefined, undefined);
    await call("send", sender, BYTES, undefined, undefined);
    await call("receive-many", receiver, 3);
  }
  await instance.close();
});

test.run();
