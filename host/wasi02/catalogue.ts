/** The interfaces of WASI 0.2 as core modules import them, and the core function of each import. */
import { type Calling, ended, type Maker } from "../abi/answer.ts";
import { checked } from "../abi/checked.ts";
import { faceOf, type Member, member, membersOf } from "../abi/members.ts";
import type { FaceClass, HandleTable } from "../abi/table.ts";
import type { Made } from "../abi/turns.ts";
import { type CoreSignature, camelCase, className, coreSignature, type Resource } from "../abi/types.ts";
import { type CoreFunction, wasm } from "../abi/webassembly.ts";
import { askedBefore } from "./attributes.ts";
import { interfaces } from "./descriptions.ts";
import { functions as makers } from "./functions.ts";

/** A function that is served. */
export interface ServedFunction extends Member {
  /** Makes the core function. */
  readonly make: Maker;
}

/** An interface that is served. */
export interface ServedInterface {
  /** The functions by the names by which they are imported: `poll`, `[method]pollable.ready`. */
  readonly functions: ReadonlyMap<string, ServedFunction>;
  readonly resources: ReadonlyMap<string, Resource>;
}

/** The interfaces by their names without version. */
export const catalogue: ReadonlyMap<string, ServedInterface> = new Map(
  interfaces.map((each) => {
    const { name, resources } = each;
    const functions = new Map(
      membersOf(each).map(([key, member]) => [
        key,
        { ...member, make: makers.get(`${name}#${key}`) as Maker },
      ]),
    );
    return [name, { functions, resources: new Map(resources.map(({ type }) => [type.name, type])) }];
  }),
);

/** An interface name with the versions that are served: any 0.2. */
const served = /^([^@]+)@0\.2(?:\.\d+)?(?:[-+].*)?$/;

/** The name of an interface without its version, where that may be served. */
export function withoutVersion(versioned: string): string | undefined {
  return served.exec(versioned)?.[1];
}

/** As {@link withoutVersion}, of an interface that is described here. */
export function servedName(versioned: string): string | undefined {
  const name = withoutVersion(versioned);
  return name !== undefined && catalogue.has(name) ? name : undefined;
}

/**
 * Tells a table of handles which classes the objects of resources belong to.
 *
 * @param isOurs whether all objects of an interface are of the faces' classes; default all are
 */
export function declareFaces(
  table: HandleTable,
  faces: object,
  isOurs: (interfaceName: string) => boolean = () => true,
): void {
  for (const { name, resources } of interfaces) {
    if (!isOurs(name)) continue;
    const face = faceOf(faces, name);
    for (const { type } of resources) {
      const served = face === undefined ? undefined : member(face, className(type.name));
      if (typeof served === "function") table.declare(type, served as unknown as FaceClass);
    }
  }
}

/** How a function is made. */
export interface Making extends Calling {
  /** Whether the core types with which it is imported are known to be right. */
  readonly trusted: boolean;
}

/**
 * Makes the function that a module imports.
 *
 * @param served what it is
 * @param face the host's face of its interface
 * @param making how, and for whom
 * @throws Error when the face doesn't have the function
 */
function lowerFunction(
  served: ServedFunction,
  face: object,
  making: Making,
): Pick<Made, "call" | "waits" | "waitsForOutput"> {
  const { type, of, name, make } = served;
  const { where, suspending } = making;
  const key = camelCase(name);
  const holder = of === undefined ? face : member(member(face, className(of.name)), "prototype");
  if (typeof member(holder, key) !== "function") {
    throw new Error(`the module imports ${where}, which the host's face does not have`);
  }
  const made = make(making, face as never);
  const core = making.trusted ? made : checked(made, coreSignature(type), where);
  if (!type.mayWait || !suspending) return { call: core };
  const call = wasm.Suspending === undefined ? core : new wasm.Suspending(core);
  return { call, waits: core, waitsForOutput: of?.name === "output-stream" };
}

/** Makes what a module imports: see {@link importedAs}. */
export function lowerEntry(entry: ServedFunction | Resource, face: object, making: Making): Made {
  const signature = signatureOf(entry);
  if (!("type" in entry)) return { call: lowerDrop(entry, making), signature, givesTurns: false };
  return { ...lowerFunction(entry, face, making), signature, givesTurns: !askedBefore.has(making.where) };
}

/** Makes the function that drops a resource's handles. */
function lowerDrop(resource: Resource, { where, table, trusted, onTrap }: Making): CoreFunction {
  const drop: CoreFunction = (handle: number) => {
    try {
      table.drop(handle, resource, where);
    } catch (error) {
      throw ended(error, { onTrap, where });
    }
  };
  return trusted ? drop : checked(drop, signatureOf(resource), where);
}

const DROP = "[resource-drop]";

/**
 * What a core module imports by a name.
 *
 * @param interfaceName without version
 * @param name such as `poll`, `[method]pollable.ready`, `[resource-drop]pollable`
 * @returns the function, or the resource whose handles are dropped; `undefined` where there is no such thing
 */
export function importedAs(interfaceName: string, name: string): ServedFunction | Resource | undefined {
  const described = catalogue.get(interfaceName);
  if (!name.startsWith(DROP)) return described?.functions.get(name);
  return described?.resources.get(name.slice(DROP.length));
}

/** The core signature of a function that is served, and of a destructor. */
export function signatureOf(served: ServedFunction | Resource): CoreSignature {
  return "type" in served ? coreSignature(served.type) : { params: ["i32"], results: [] };
}
