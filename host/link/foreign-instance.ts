/**
 * Interfaces that somebody else serves, such as preview2-shim's `wasi:http`, as instances that a component can be
 * given: what a component says of their types is taken as it is, and functions are called in the way that jco calls
 * them.
 */

import type { Guest } from "../abi/async/guest.ts";
import { labelOf, ownMember } from "../abi/members.ts";
import {
  camelCase,
  casesOf,
  className,
  coreSignature,
  type FunctionType,
  type Resource,
} from "../abi/types.ts";
import type { AnyFunction, CoreFunction } from "../abi/webassembly.ts";
import type { Extern, InstanceItem } from "./items.ts";
import { lowerCall } from "./lower-call.ts";
import { LinkError } from "./refusal.ts";

type Members = Readonly<Record<string, unknown>>;

/**
 * Makes the instance of an interface.
 *
 * @param name the interface, without version
 * @param face its functions and classes
 */
export function foreignInstance(name: string, face: object): InstanceItem {
  return instanceOf(name, (label, type) => foreignFunction(`${name}#${label}`, callOf(face, label), type));
}

/** An instance with each resource that it is asked for, and these functions. */
export function instanceOf(name: string, func: NonNullable<InstanceItem["func"]>): InstanceItem {
  const resources = new Map<string, Resource>();
  return {
    exports: new Map(),
    isHost: true,
    resource(label) {
      const resource = resources.get(label) ?? { interface: name, name: label };
      resources.set(label, resource);
      return { sort: "type", item: { kind: "resource", resource } };
    },
    func,
  };
}

function foreignFunction(where: string, call: AnyFunction | undefined, type: FunctionType): Extern {
  if (call === undefined) throw new LinkError(`it imports what is not served here: ${where}`);
  return {
    sort: "func",
    item: {
      type,
      lower: (caller) => ({
        call: lowered(type, call, caller, where),
        signature: coreSignature(type),
        givesTurns: false,
      }),
    },
  };
}

/** Makes the core function; what is returned or thrown becomes the case that it means. */
function lowered(type: FunctionType, call: AnyFunction, caller: Guest, where: string): CoreFunction {
  const { result } = type;
  const fails = result?.kind === "result";
  const answer = (values: readonly unknown[]): unknown => {
    try {
      const value = call(...values);
      return fails ? { tag: "ok", val: value } : value;
    } catch (error) {
      if (!fails) throw error;
      return { tag: "err", val: payloadOf(error) };
    }
  };
  return lowerCall(
    type.params.map(([, param]) => param),
    fails ? { kind: "variant", cases: casesOf(result) } : result,
    answer,
    { ...caller, copiesBytes: true },
    where,
  );
}

/** What was thrown for the guest: what goes wrong here is an Error, and none of its. */
export function payloadOf(error: unknown): unknown {
  if (typeof error === "object" && error !== null && Object.hasOwn(error, "payload")) {
    return (error as { readonly payload: unknown }).payload;
  }
  if (error instanceof Error) throw error;
  return error;
}

/** The function of a face that an interface's name stands for. */
export function callOf(face: object, label: string): AnyFunction | undefined {
  const { kind, of, name } = labelOf(label);
  if (kind === "") return bound(face, camelCase(label));
  const owner = ownMember(face, className(of));
  if (typeof owner !== "function") return undefined;
  if (kind === "constructor") return (...values) => Reflect.construct(owner, values) as unknown;
  if (kind === "static") return bound(owner, camelCase(name));
  const method = camelCase(name);
  // every class has one, and it is no method of the resource
  if (method === "constructor") return undefined;
  if (typeof ownMember(owner.prototype as object, method) !== "function") return undefined;
  return (self, ...values) => ((self as Members)[method] as AnyFunction)(...values);
}

function bound(holder: object, key: string): AnyFunction | undefined {
  const member = ownMember(holder, key);
  return typeof member === "function"
    ? (...values) => Reflect.apply(member, holder, values) as unknown
    : undefined;
}

type Pollable = { ready(): boolean };
type Poll = (list: readonly Pollable[]) => ArrayLike<number> | Promise<ArrayLike<number>>;

/**
 * `wasi:io/poll` for lists that hold somebody else's pollables too.
 *
 * @param ours our face of it
 * @param theirs theirs
 */
export function eitherPoll(ours: object, theirs: object): object {
  const { Pollable: Own, poll: ownPoll } = ours as { Pollable: new () => Pollable; poll: Poll };
  const { poll: theirPoll } = theirs as { poll: Poll };
  const poll: Poll = (list) => {
    const own = list.filter((pollable) => pollable instanceof Own).length;
    if (own === list.length) return ownPoll(list);
    if (own === 0) return theirPoll(list);
    // Another's pollable can't be asked without blocking all of the process, and the guest finds out itself
    // whether it is ready: between such polls it spins.
    return [...list.keys()].filter((i) => !(list[i] instanceof Own) || list[i].ready());
  };
  return { ...ours, poll };
}
