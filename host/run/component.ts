/**
 * Components: jco splits one into its core modules, and wires them; what it makes is kept in a cache, by
 * the component's content.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Faces } from "../lowered/index.ts";
import type { WasmModule } from "../lowered/webassembly.ts";
import { Linker, type Run } from "./link.ts";

/** The shape of what jco makes; part of the key, so that another shape has another folder. */
const SHAPE = "1";

interface Transpiler {
  transpileBytes(
    component: Uint8Array,
    options: { name: string; instantiation: "async" },
  ): Promise<{ files: Record<string, Uint8Array | string>; imports?: string[] }>;
}

interface Transpiled {
  instantiate(
    getCoreModule: (path: string) => Promise<WasmModule>,
    imports: object,
    instantiateCore: (module: WasmModule, imports: never) => unknown,
  ): Promise<unknown>;
}

interface Engine {
  compile(bytes: Uint8Array): Promise<WasmModule>;
}
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** Where what jco makes is kept: under the user's folder for caches. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "wasock");
}

/**
 * Has a component split, or finds it split already.
 *
 * @param component its bytes
 * @param transpiler loads jco's transpiler when it is needed
 * @returns the folder with the modules and `c.js`
 */
export async function split(component: Uint8Array, transpiler: () => Promise<Transpiler>): Promise<string> {
  const key = createHash("sha256").update(SHAPE).update(component).digest("hex");
  const folder = join(cacheFolder(), key);
  if (existsSync(join(folder, "c.js"))) return folder;
  const { transpileBytes } = await transpiler();
  const { files, imports = [] } = await transpileBytes(component, { name: "c", instantiation: "async" });
  mkdirSync(cacheFolder(), { recursive: true });
  // whole or not at all: another process may be at it too
  const draft = mkdtempSync(`${folder}-`);
  for (const [name, contents] of Object.entries({
    ...files,
    "imports.json": JSON.stringify(imports),
    "package.json": '{"type":"module"}',
  })) {
    mkdirSync(dirname(join(draft, name)), { recursive: true });
    writeFileSync(join(draft, name), contents);
  }
  try {
    renameSync(draft, folder);
  } catch {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Links a component that was split.
 *
 * @param folder from {@link split}
 * @param faces what we serve, by interface name
 * @param suspending as for {@link Linker}
 * @param others loads import objects for the rest, by interface name: `wasi:filesystem/types` and the like
 * @throws Error that names what is imported and nobody serves
 */
export async function linkComponent(
  folder: string,
  faces: Faces,
  suspending: boolean,
  others: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<Run> {
  const wanted = JSON.parse(readFileSync(join(folder, "imports.json"), "utf8")) as string[];
  const served = faces as Readonly<Record<string, unknown>>;
  const foreign = wanted.map(unversioned).filter((name) => served[name] === undefined);
  const rest = foreign.length > 0 ? await others() : {};
  const missing = foreign.filter((name) => rest[name] === undefined);
  if (missing.length > 0) throw new Error(`it imports what is not served here: ${missing.join(", ")}`);
  const linker = new Linker(faces, suspending, foreign.length > 0);
  const { instantiate } = (await import(pathToFileURL(join(folder, "c.js")).href)) as Transpiled;
  const compile = (path: string): Promise<WasmModule> => engine.compile(readFileSync(join(folder, path)));
  // jco wants an implementation of everything, and uses the rest's own wasi:io beside them
  await instantiate(compile, { ...faces, ...rest }, (module, imports) => linker.instantiate(module, imports));
  return linker.run;
}

function unversioned(name: string): string {
  return name.replace(/@[^@]*$/, "");
}
