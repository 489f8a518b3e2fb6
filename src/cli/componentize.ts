/** A core module to a component. */

import { peer } from "../../host/run/peer.ts";
import { packageFile } from "../../host/runtime/package-files.ts";
import type { WasiVersion } from "./compile.ts";
import { UsageError } from "./usage.ts";
import { OWN_WIT, withPackages } from "./wit.ts";

/** The WIT that a component is made by. */
export interface Face {
  /** A WIT file or folder; default this package's own. */
  readonly wit?: string | undefined;
  /** The world in it; default `program`. */
  readonly world?: string | undefined;
  /** The version of WASI whose packages it is given, and that this package's own is of; default 0.2. */
  readonly wasi?: WasiVersion | undefined;
  /** Whether to keep the names of the component's inner parts, which are for debuggers; default false. */
  readonly names?: boolean | undefined;
}

const PEER = "@bytecodealliance/jco-transpile";

/** The part of preview2-shim's filesystem that opens folders, which its types leave out. */
interface Preopens {
  _addPreopen(guest: string, host: string): void;
  _getPreopens(): readonly unknown[];
}

/**
 * Loads jco's build of wasm-tools.
 *
 * It is a component itself, on preview2-shim, and reads WIT through a file system in which no folder is open.
 */
async function wasmTools(): Promise<typeof import("@bytecodealliance/jco-transpile/wasm-tools")> {
  return peer("wasock build", PEER, async () => {
    const shim: unknown = await import("@bytecodealliance/preview2-shim/filesystem");
    const { _addPreopen, _getPreopens } = shim as Preopens;
    if (_getPreopens().length === 0) _addPreopen("/", "/");
    return import("@bytecodealliance/jco-transpile/wasm-tools");
  });
}

/**
 * Makes a component.
 *
 * @param core a core module whose imports and exports have the names of the component model
 * @throws UsageError when the module and the WIT don't fit
 */
export async function componentize(core: Uint8Array, face: Face = {}): Promise<Uint8Array> {
  const { wit, wasi = "0.2" } = face;
  if (wit === undefined) return embed(core, packageFile(OWN_WIT[wasi]), face);
  return withPackages(wit, wasi, (folder) => embed(core, folder, face));
}

async function embed(core: Uint8Array, witPath: string, face: Face): Promise<Uint8Array> {
  const { componentEmbed, componentNew } = await wasmTools();
  try {
    const embedded = await componentEmbed({
      binary: core,
      witPath,
      world: face.world ?? "program",
      stringEncoding: "utf8",
    });
    const component = await componentNew(embedded, []);
    return face.names ? component : withoutNames(component);
  } catch (error) {
    // wasm-tools throws an object with the text in `payload`
    const { payload } = (error ?? {}) as { payload?: unknown };
    if (typeof payload !== "string") throw error;
    throw new UsageError(`the program and its WIT don't fit: ${payload}`, 1);
  }
}

/** The name of the custom section that holds them. */
const NAMES = "component-name";

/** Leaves the names of a component's parts out: 7 KB of text that only debuggers read. */
function withoutNames(component: Uint8Array): Uint8Array {
  const kept = [component.subarray(0, 8)];
  for (let at = 8; at < component.length; ) {
    const [size, start] = unsigned(component, at + 1);
    const section = component.subarray(at, start + size);
    const [length, name] = unsigned(component, start);
    const isCustom = component[at] === 0;
    const hasNames = isCustom && Buffer.from(component.subarray(name, name + length)).toString() === NAMES;
    if (!hasNames) kept.push(section);
    at = start + size;
  }
  return new Uint8Array(Buffer.concat(kept));
}

// an unsigned LEB128 number, and the position behind it
function unsigned(bytes: Uint8Array, from: number): [value: number, end: number] {
  let value = 0;
  for (let at = from, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at] ?? 0;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at + 1];
  }
}
