/** AssemblyScript to a core module: asc, told where the library is and how a program becomes a component. */
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { peer } from "../../host/run/peer.ts";
import { packageFile } from "../../host/runtime/package-files.ts";
import { UsageError } from "./usage.ts";

/** The versions of WASI that a program can be built for. */
export type WasiVersion = "0.2" | "0.3";

/** What {@link compile} can be told. */
export interface CompileOptions {
  /** Names and assertions instead of speed; default false. */
  readonly debug?: boolean;
  /** Whether top-level code is the program (`wasi:cli/run`) rather than what runs at first; default true. */
  readonly command?: boolean;
  /** What a debugger finds the source map by; default `program.wasm.map`. */
  readonly sourceMapUrl?: string;
  /** The version of WASI that it imports; default 0.2. */
  readonly wasi?: WasiVersion;
  /** More arguments for asc. */
  readonly args?: readonly string[];
}

/** A compiled module. */
export interface Compiled {
  readonly core: Uint8Array;
  /** Its source map, with the sources in it. */
  readonly sourceMap: string;
  /** The user's files that were read. */
  readonly sources: readonly string[];
}

/** Its name is a variable so that its types stay away, which declare AssemblyScript's globals in place of Node's. */
const ASC: string = "assemblyscript/asc";

/** The part of it that is used. */
interface Asc {
  main(
    args: readonly string[],
    io: {
      readFile(name: string, base: string): string | null;
      writeFile(name: string, contents: string | Uint8Array): void;
    },
  ): Promise<{ error: Error | null; stdout: object; stderr: object }>;
}

/** How asc names a file of this package, from wherever it looks. */
const OWN = "node_modules/wasock/";

/** Where the core has WASI from, and where it has it from instead when that is 0.3. */
const BINDINGS = /^assembly\/wasi\//;
const BINDINGS_03 = "assembly/wasi03/";

const OPTIMIZED = ["-O3", "--shrinkLevel", "1", "--noAssert"];

/**
 * Compiles a program.
 *
 * @param entry its file; relative to the working directory
 * @throws UsageError with asc's messages when it can't be compiled
 */
export async function compile(entry: string, options: CompileOptions = {}): Promise<Compiled> {
  const asc = await peer("wasock build", "assemblyscript", () => import(ASC) as Promise<Asc>);
  const isAsync = options.wasi === "0.3";
  const outputs = new Map<string, string | Uint8Array>();
  const sources = new Set<string>();
  const args = [
    entry,
    "--transform",
    packageFile(`assembly/transform/${isAsync ? "program03" : "program"}.mjs`),
    "--exportStart",
    options.command === false ? "_initialize" : "_start",
    "--outFile",
    "program.wasm",
    // its messages go into ours; where CI is set it would colour them whatever they are written to
    "--noColors",
    // a map costs the module only its name
    ...["--sourceMap", options.sourceMapUrl ?? "program.wasm.map"],
    ...(options.debug ? ["--debug"] : OPTIMIZED),
    ...(options.args ?? []),
  ];
  const { error, stdout, stderr } = await asc.main(args, {
    readFile: (name, base) => {
      const text = read(name, base, isAsync);
      if (text !== null && !/(?:^|[\\/])node_modules[\\/]/.test(name))
        sources.add(isAbsolute(name) ? name : join(base, name));
      return text;
    },
    writeFile: (name, contents) => void outputs.set(name, contents),
  });
  const said = `${stdout}${stderr}`.trimEnd();
  if (error !== null) throw new UsageError(said === "" ? error.message : said, 1);
  if (said !== "") console.error(said);
  const core = outputs.get("program.wasm");
  if (core === undefined || typeof core === "string") throw new Error("asc has written no module");
  // asc names the file as the module names it
  const sourceMap = [...outputs].find(([name]) => name.endsWith(".map"))?.[1];
  if (sourceMap === undefined) throw new Error("asc has written no source map");
  return { core, sourceMap: sourceMap.toString(), sources: [...sources] };
}

// asc looks for a package in the node_modules of every folder upwards; what it seeks of ours is here.
function read(name: string, base: string, isAsync: boolean): string | null {
  const slashes = name.replaceAll("\\", "/");
  const own = slashes.lastIndexOf(OWN);
  const inPackage = slashes.slice(own + OWN.length);
  const file = isAsync ? inPackage.replace(BINDINGS, BINDINGS_03) : inPackage;
  const path = own >= 0 ? packageFile(file) : isAbsolute(name) ? name : join(base, name);
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
