/** `wasock build`: an AssemblyScript program to a component. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { printable } from "../../host/messages/printable.ts";
import { DIGEST } from "../../host/run/source-map.ts";
import { compile, type WasiVersion } from "./compile.ts";
import { componentize } from "./componentize.ts";
import { requireFile } from "./files.ts";
import { BUILD } from "./flags.ts";
import { helpOf } from "./help.ts";
import { readOptions, type Values } from "./options.ts";
import { paint } from "./tell.ts";
import { UsageError } from "./usage.ts";
import { watchFiles } from "./watch.ts";

const TEXT =
  "Compiles an AssemblyScript program and makes a component of it, which wasock run, Wasmtime and every other runtime with " +
  "WASI 0.2 sockets can run. Top-level code is the program.";

const FOOT = `An asconfig.json in the working directory counts, as for asc, and the transforms that it names are run.

examples
  wasock build main.ts -o app.wasm
  wasock build plugin.ts --wit plugin.wit --world plugin -o plugin.wasm
`;

/** Runs the command; its exit code. */
export async function build(args: string[]): Promise<number> {
  const { values, positionals } = readOptions("wasock build", BUILD, args);
  if (values.help) {
    console.log(helpOf("wasock build [options] <file.ts>", TEXT, BUILD, FOOT));
    return 0;
  }
  const [entry] = positionals;
  if (entry === undefined || positionals.length > 1) {
    throw new UsageError("wasock build takes one file: wasock build main.ts -o app.wasm");
  }
  requireFile(entry);
  if (!entry.endsWith(".ts")) {
    const built = entry.endsWith(".wasm") ? `: wasock run ${printable(entry, 1000)} runs what is built` : "";
    throw new UsageError(
      `${printable(entry, 1000)}: not an AssemblyScript program, whose name ends in .ts${built}`,
    );
  }
  if ((values.wit === undefined) !== (values.world === undefined)) {
    throw new UsageError("--wit and --world go together: a WIT file or folder, and the world in it");
  }
  const wasi = versionOf(values.wasi);
  const out = resolve(values.out ?? `${basename(entry).replace(/\.\w+$/, "")}.wasm`);
  if (existsSync(out) && statSync(out).isDirectory()) {
    throw new UsageError(`--out ${printable(values.out ?? out, 1000)}: this is a folder, and must be a file`);
  }
  if (!values.watch) {
    await buildOnce(entry, out, wasi, values);
    return 0;
  }
  return watchFiles([entry], () => buildOnce(entry, out, wasi, values));
}

/** The version of WASI that `--wasi` names. */
function versionOf(given: string | undefined): WasiVersion {
  if (given === undefined || given === "0.2") return "0.2";
  if (given === "0.3") return given;
  throw new UsageError(`--wasi ${printable(given, 100)}: a program can be built for WASI 0.2 or 0.3`);
}

/** Builds, and says what came of it; the files that were read. */
async function buildOnce(
  entry: string,
  out: string,
  wasi: WasiVersion,
  values: Values<typeof BUILD>,
): Promise<readonly string[]> {
  const { wit, world, core: isCore, debug = false, quiet } = values;
  const start = performance.now();
  const isSeen = !quiet && process.stdout.isTTY;
  // the compiler takes seconds to be loaded
  if (isSeen) process.stdout.write(paint("quiet", `building ${printable(entry)} …`, process.stdout));
  try {
    const { core, sourceMap, sources } = await compile(entry, {
      debug,
      command: world === undefined,
      wasi,
      sourceMapUrl: `./${basename(out)}.map`,
    });
    const bytes = isCore ? core : await componentize(core, { wit, world, wasi, names: debug });
    write(out, bytes, mapFor(bytes, sourceMap, debug));
    if (!quiet) {
      const took = ((performance.now() - start) / 1000).toFixed(1);
      const size = (bytes.length / 1000).toFixed(1);
      if (isSeen) process.stdout.write(ERASE);
      console.log(`${printable(relative(process.cwd(), out), 1000)}  ${size} kB  ${took} s`);
    }
    return [...sources, ...(wit === undefined ? [] : [wit])];
  } catch (error) {
    if (isSeen) process.stdout.write(ERASE);
    throw error;
  }
}

/** Back to the beginning of the line, which is empty then. */
const ERASE = "\r\u001b[K";

/**
 * The source map of a file: it notes which file, so that `wasock run` tells no lines of another one. Only a debugger needs the
 * sources' text, which is most of it.
 */
function mapFor(bytes: Uint8Array, sourceMap: string, debug: boolean): string {
  const { sourcesContent, ...map } = JSON.parse(sourceMap);
  const digest = createHash("sha256").update(bytes).digest("hex");
  return JSON.stringify({ ...map, ...(debug && { sourcesContent }), [DIGEST]: digest });
}

function write(out: string, bytes: Uint8Array, sourceMap: string): void {
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, bytes);
  writeFileSync(`${out}.map`, sourceMap);
}
