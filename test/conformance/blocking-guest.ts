/** The thread of a guest that blocks: it makes the calls that it is told, one after the other, and tells what came of each. */
import { type MessagePort, parentPort } from "node:worker_threads";
import { camelCase, type Resource } from "../../host/abi/types.ts";
import { calls } from "../../host/sync/calls.ts";
import type { ChannelBuffer } from "../../host/sync/channel.ts";
import { channelFaces } from "../../host/sync/guest-end.ts";
import { through } from "./guest.ts";

/** What the thread is told: to begin with another host, or to make a call, whose handles are numbers. */
export type Order =
  | { readonly buffer: ChannelBuffer }
  | { readonly id: number; readonly call: number; readonly args: readonly unknown[] };

/** What came of a call: a value, the value of a WIT error, or the message of a trap. */
export type Outcome = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly error: unknown }
  | { readonly trap: string }
);

type Members = Readonly<Record<PropertyKey, ((...args: unknown[]) => unknown) | undefined>>;

let faces: Readonly<Record<string, Members>> = {};
const objects = new Map<number, object>();
let last = 0;

function numberOf(object: unknown, _resource: Resource): number {
  objects.set(++last, object as object);
  return last;
}

function objectOf(number: unknown): unknown {
  return objects.get(number as number) ?? {};
}

/** Bytes are lent until the next call; they are shared memory too. */
function copied(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copied(member)]));
}

function perform(call: number, args: readonly unknown[]): object {
  const one = calls[call];
  if (one === undefined) throw new Error(`there is no call ${call}`);
  const { type, of, interfaceName, key } = one;
  if (type === undefined) {
    const object = objects.get(args[0] as number) as Partial<Disposable> | undefined;
    object?.[Symbol.dispose]?.();
    objects.delete(args[0] as number);
    return { value: undefined };
  }
  const given = type.params.map(([, param], i) => through(param, args[i], objectOf));
  const { result } = type;
  const [ok, err] = result?.kind === "result" ? [result.ok, result.err] : [result, undefined];
  try {
    const self = (of === undefined ? faces[interfaceName] : given.shift()) as Members;
    const value = self[camelCase(key)]?.(...given);
    return { value: ok === undefined ? undefined : copied(through(ok, value, numberOf)) };
  } catch (error) {
    if (error instanceof Error || err === undefined) throw error;
    return { error: through(err, error, numberOf) };
  }
}

const port = parentPort as MessagePort;
port.on("message", (order: Order) => {
  if ("buffer" in order) {
    faces = channelFaces(order.buffer).faces as Readonly<Record<string, Members>>;
    objects.clear();
    return;
  }
  const { id, call, args } = order;
  let outcome: object;
  try {
    outcome = perform(call, args);
  } catch (error) {
    outcome = { trap: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage({ id, ...outcome });
});
