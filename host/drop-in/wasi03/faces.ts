/**
 * The host of the drop-in modules for WASI 0.3, on the guest's own thread: what jco's glue gives and takes – streams that
 * can be iterated, promises – for what the host's faces do, which has neither.
 */
import { Later } from "../../abi/async/later.ts";
import type { Member } from "../../abi/members.ts";
import { camelCase, casesOf, className, type Resource, type TypeOf, type WitType } from "../../abi/types.ts";
import { Embedding } from "../../embed/embedding.ts";
import { received } from "../../embed/streams-from-guest.ts";
import { connected } from "../../embed/streams-to-guest.ts";
import { dispose } from "../../runtime/features.ts";
import { catalogue03, type Interface03 } from "../../wasi03/catalogue.ts";
import { wasi03Imports } from "../../wasi03/index.ts";
import * as folders from "../folders.ts";
import { allFaces, host } from "../suspending.ts";

type Members = Record<string, (...values: unknown[]) => unknown>;
type Way = (value: unknown) => unknown;

/** How many bytes the glue is asked for at a time. */
const PIECE = 65536;

const preopens = folders.faceOf("wasi:filesystem/preopens");
const made: Readonly<Record<string, object>> = wasi03Imports(host.context, {
  ...allFaces,
  "wasi:filesystem/preopens": preopens,
}) as Readonly<Record<string, object>>;

// nothing ends with a guest that nobody can end: the process is its
const embedding: Embedding = new Embedding(() => {});

/** The host's objects of the guest's, and the other way round. */
const inner = new WeakMap<object, object>();
const outer = new WeakMap<object, object>();
const classes = new Map<Resource, abstract new () => object>();

/** A face by its interface name without version. */
export function faceOf(name: string): object {
  const face = made[`${name}@0.3`] as Members;
  const { functions, resources } = catalogue03.get(`${name}@0.3`) as Interface03;
  const own: Record<string, unknown> = {};
  for (const resource of resources.values()) own[className(resource.name)] = classOf(resource);
  for (const member of functions.values()) {
    const { of, isMethod, name: label } = member;
    const key = camelCase(label);
    const holder = (of === undefined ? own : own[className(of.name)]) as { readonly prototype: object };
    const of03 = (of === undefined ? face : face[className(of.name)]) as Members;
    const value = isMethod ? method(member, key) : convertible(member, (values) => of03[key]?.(...values));
    Object.defineProperty(isMethod ? holder.prototype : holder, key, { value, enumerable: true });
  }
  return own;
}

/** The class of the guest's objects of a resource. */
function classOf(resource: Resource): abstract new () => object {
  const known = classes.get(resource);
  if (known !== undefined) return known;
  const of = class {
    [dispose](): void {
      (inner.get(this) as Disposable)[dispose]();
    }
  };
  Object.defineProperty(of, "name", { value: className(resource.name) });
  classes.set(resource, of);
  return of;
}

function method(member: Member, key: string): (this: object, ...values: unknown[]) => unknown {
  const call = convertible(member, ([self, ...values]) => (self as Members)[key]?.(...values));
  return function (...values) {
    return call(this, ...values);
  };
}

/** A function of the host's as one that takes and gives what jco's glue does. */
function convertible(
  { type }: Member,
  call: (values: readonly unknown[]) => unknown,
): (...values: unknown[]) => unknown {
  const ways = type.params.map(([, param]) => mapped(param, taken));
  const { result } = type;
  // what fails is thrown
  const given = result?.kind === "result" ? result.ok : result;
  const give = (given && mapped(given, gave)) ?? same;
  return (...values) => {
    const answer = call(values.map((value, i) => (ways[i] ?? same)(value)));
    if (!(answer instanceof Later)) return give(answer);
    return waiting(
      new Promise((resolve, reject) => {
        answer.whenSettled((outcome) => {
          if (outcome.isOk) resolve(give(outcome.value));
          else reject(outcome.error as Error);
        });
      }),
    );
  };
}

/** Has the process stay as long as the guest waits for something. */
async function waiting<T>(promise: Promise<T>): Promise<T> {
  const { waits } = host.context.ledger;
  const wait = { abort() {} };
  waits.add(wait);
  try {
    return await promise;
  } finally {
    waits.delete(wait);
  }
}

function same(value: unknown): unknown {
  return value;
}

type Leaf = TypeOf<"own" | "borrow"> | TypeOf<"stream" | "future">;

/** The way of values of a type, of which only objects, streams and futures are changed; `undefined` where there are none. */
function mapped(type: WitType, leaf: (type: Leaf) => Way): Way | undefined {
  switch (type.kind) {
    case "own":
    case "borrow":
    case "stream":
    case "future":
      return leaf(type);
    case "list": {
      const map = mapped(type.element, leaf);
      return map && ((value) => (value as readonly unknown[]).map(map));
    }
    case "tuple": {
      const maps = type.items.map((item) => mapped(item, leaf) ?? same);
      if (maps.every((map) => map === same)) return undefined;
      return (value) => maps.map((map, i) => map((value as readonly unknown[])[i]));
    }
    case "option": {
      const map = mapped(type.some, leaf);
      return map && ((value) => (value === undefined ? undefined : map(value)));
    }
    case "variant":
    case "result": {
      const maps = new Map<string, Way>();
      for (const [tag, of] of casesOf(type)) {
        const map = of && mapped(of, leaf);
        if (map !== undefined) maps.set(tag, map);
      }
      if (maps.size === 0) return undefined;
      return (value) => {
        const { tag, val } = value as { readonly tag: string; readonly val: unknown };
        return { tag, val: (maps.get(tag) ?? same)(val) };
      };
    }
    default:
      return undefined;
  }
}

/** What the guest gives. */
function taken(type: Leaf): Way {
  if ("resource" in type) return (value) => inner.get(value as object);
  // those of WASI that a guest gives are of bytes
  const connect = connected(type, same, { embedding, where: "jco" });
  return (value) => {
    const crossing = { commits: [] as (() => void)[], releases: [], copies: true };
    const shared = connect(type.kind === "stream" ? piecesOf(value) : value, crossing);
    for (const commit of crossing.commits) commit();
    return shared;
  };
}

/** What the guest is given. */
function gave(type: Leaf): Way {
  if ("resource" in type) return (value) => outside(type.resource, value as object);
  const receive = received(type, same, embedding);
  if (type.kind === "future") return receive;
  const map = (type.element && mapped(type.element, gave)) ?? same;
  return (value) => {
    const reader = (receive(value) as ReadableStream<unknown>).getReader();
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          const { done, value: item } = await waiting(reader.read());
          return done ? { done } : { done, value: map(item) };
        },
        return: async () => {
          await reader.cancel();
          return { done: true };
        },
      }),
    };
  };
}

function outside(resource: Resource, object: object): object {
  const known = outer.get(object);
  if (known !== undefined) return known;
  const made = Object.create(classOf(resource).prototype as object) as object;
  inner.set(made, object);
  outer.set(object, made);
  return made;
}

/** A stream of the glue's, whose `read` takes how many bytes are wanted, and which gives one at a time where it is iterated. */
interface GlueStream {
  read(options: { count: number }): Promise<{ readonly done?: boolean; readonly value?: unknown } | null>;
  [Symbol.dispose](): void;
}

/** Bytes in pieces. */
function piecesOf(value: unknown): unknown {
  const { read } = value as Partial<GlueStream>;
  if (typeof read !== "function") return value;
  const stream = value as GlueStream;
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const piece = await stream.read({ count: PIECE });
        if (piece === null || piece.done) return { done: true };
        return { done: false, value: bytesOf(piece.value) };
      },
      return: async () => {
        stream[dispose]();
        return { done: true };
      },
    }),
  };
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return Uint8Array.from(typeof value === "number" ? [value] : (value as Iterable<number>));
}
