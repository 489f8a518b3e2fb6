/**
 * Where in its sources a program was: the functions of a stack, found in its modules and then in a source map that lies
 * beside its file. All of it happens when a program has failed, and never otherwise.
 */
import { createHash } from "node:crypto";
import { constants, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { coreInterface } from "../component/core.ts";
import { decodeComponent, isComponent } from "../component/decode.ts";
import { coreModulesOf } from "../component/modules.ts";
import { Reader, sectionsOf } from "./binary.ts";
import type { CallFrame } from "./call-frame.ts";
import { frameName, type StackFrame } from "./frames.ts";
import { memoryLimit } from "./memory-limit.ts";
import { type Origin, originsOf, parseSourceMap, type SourceMap } from "./source-map.ts";

/** Longer maps are not read, in bytes. */
const MOST_BYTES = 16 * 2 ** 20;

/** A program that has failed. */
export interface Failed {
  /** Its file; without one there is no map. */
  readonly path: string | undefined;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly maxMemory: number;
}

/** The functions of a stack with their places, as far as they can be found. */
export async function placed(frames: readonly StackFrame[], failed: Failed): Promise<CallFrame[]> {
  const unplaced = frames.map((frame): CallFrame => ({ function: frameName(frame) }));
  if (failed.path === undefined || frames.every(({ offset }) => offset === undefined)) return unplaced;
  try {
    const modules = modulesOf(failed);
    const map = await mapOf(failed.path, failed.bytes, modules);
    if (map === undefined) return unplaced;
    const origins = originsIn(frames, modules, map);
    return unplaced.map((frame, i) => {
      const { place, near } = origins[i] ?? {};
      return { ...frame, ...(place && { place }), ...(near && { near }) };
    });
  } catch {
    // what can't be read, and so can't tell anything
    return unplaced;
  }
}

/** A core module that has functions of its own. */
interface CodeModule {
  /** How much further on the code is as it was compiled than in the file. */
  readonly shift: number;
  /** The index of the first function that it does not import. */
  readonly first: number;
  /** Where each of its functions is in the file. */
  readonly bodies: readonly { readonly start: number; readonly end: number }[];
  /** The source map that it names. */
  readonly url: string | undefined;
}

const CODE_SECTION = 10;

function modulesOf({ bytes, maxMemory }: Failed): CodeModule[] {
  const all = isComponent(bytes) ? coreModulesOf(decodeComponent(bytes)) : [bytes];
  const limited = memoryLimit("", maxMemory)(all);
  return all.flatMap((module, i) => {
    const code = codeOf(module);
    if (code === undefined) return [];
    const compiled = codeOf(limited[i]?.bytes ?? module);
    const reader = new Reader("", module, code.start, code.end);
    const bodies = [];
    for (let left = reader.u32(); left > 0; left--) {
      const size = reader.u32();
      const start = reader.at;
      reader.take(size);
      bodies.push({ start, end: reader.at });
    }
    const { imports } = coreInterface(module);
    const first = imports.filter(({ kind }) => kind === "function").length;
    return [{ shift: (compiled ?? code).start - code.start, first, bodies, url: mapNameOf(module) }];
  });
}

function codeOf(module: Uint8Array): { readonly start: number; readonly end: number } | undefined {
  return sectionsOf("", module).find(({ id }) => id === CODE_SECTION);
}

const URL_SECTION = "sourceMappingURL";

function mapNameOf(module: Uint8Array): string | undefined {
  for (const { id, start, end } of sectionsOf("", module)) {
    if (id !== 0) continue;
    const reader = new Reader("", module, start, end);
    if (reader.name() === URL_SECTION) return Buffer.from(reader.take(reader.u32())).toString();
  }
  return undefined;
}

/** Of a module's own words only the plain name of a map is followed, and only to beside its file. */
const PLAIN_NAME = /^(?:\.\/)?([\w-][\w.-]*\.map)$/;

async function mapOf(
  path: string,
  bytes: Uint8Array,
  modules: readonly CodeModule[],
): Promise<SourceMap | undefined> {
  const named = modules.map(({ url }) => PLAIN_NAME.exec(url ?? "")?.[1]);
  const beside = named.filter((name) => name !== undefined).map((name) => join(dirname(path), name));
  for (const candidate of new Set([`${path}.map`, ...beside.slice(0, 1)])) {
    const map = parseSourceMap((await readRegular(candidate)) ?? "");
    // a map of an older file would tell wrong lines
    if (map !== undefined && (map.digest === undefined || map.digest === sha256(bytes))) return map;
  }
  return undefined;
}

/** The text of a file that is one and not too long. */
async function readRegular(path: string): Promise<string | undefined> {
  // a pipe would be waited for
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > MOST_BYTES) return undefined;
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Where the functions are, of the module that has the map: the one that names it, or else the one with most of the code. */
function originsIn(
  frames: readonly StackFrame[],
  modules: readonly CodeModule[],
  map: SourceMap,
): (Origin | undefined)[] {
  const size = ({ bodies }: CodeModule): number => (bodies.at(-1)?.end ?? 0) - (bodies[0]?.start ?? 0);
  const [mapped] = modules.toSorted(
    (one, other) =>
      Number(other.url !== undefined) - Number(one.url !== undefined) || size(other) - size(one),
  );
  if (mapped === undefined) return [];
  // functions of one module have one mark: those of another would not all fit
  const fits = new Map<string, boolean>();
  for (const frame of frames) {
    const isIn = bodyOf(frame, mapped) !== undefined;
    fits.set(frame.module, isIn && (fits.get(frame.module) ?? true));
  }
  const found = frames.map((frame) => (fits.get(frame.module) ? bodyOf(frame, mapped) : undefined));
  const positions = found.filter((position) => position !== undefined);
  const origins = originsOf(map, positions, isLibrary);
  let next = 0;
  return found.map((position) => (position === undefined ? undefined : origins[next++]));
}

function bodyOf(
  { index, offset }: StackFrame,
  { first, shift, bodies }: CodeModule,
): { readonly offset: number; readonly start: number } | undefined {
  const body = bodies[index - first];
  if (body === undefined || offset === undefined) return undefined;
  const at = offset - shift;
  return at >= body.start && at < body.end ? { offset: at, start: body.start } : undefined;
}

/** AssemblyScript's own library, and packages. */
function isLibrary(file: string): boolean {
  return file.startsWith("~lib/") || /(?:^|\/)node_modules\//.test(file);
}

/** The file of the library for AssemblyScript in which an error that nobody caught ends. */
const ABORT = "~lib/wasock/assembly/abort.ts";

/**
 * The functions that were being called when an error of AssemblyScript's came about, which has ended its program by an exit.
 *
 * @returns none where it was another exit
 */
export function whereThrown(frames: readonly CallFrame[]): readonly CallFrame[] {
  const at = frames.findLastIndex(({ place }) => place?.file === ABORT);
  const { function: name, near } = frames[at] ?? {};
  if (name === undefined) return [];
  // where it was inlined into the user's function, that is where the error came about
  const inlined = near === undefined ? [] : [{ function: name, near }];
  const rest = frames.slice(at + 1);
  // what only hands it on has no place of its own
  const first = rest.findIndex(({ place, near }) => (place ?? near) !== undefined);
  return [...inlined, ...(first < 0 ? [] : rest.slice(first))];
}
