/** `wasock build`: an AssemblyScript program to a component. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { compile } from "./compile.ts";
import { componentize } from "./componentize.ts";
import { readOptions } from "./options.ts";
import { UsageError } from "./usage.ts";

export const BUILD_HELP = `wasock build [options] <file.ts>

Compiles an AssemblyScript program and makes a component of it, which wasock run, Wasmtime and every other
runtime with WASI 0.2 sockets can run. Top-level code is the program.

  -o, --out <file>    where to write; default: the file's name with .wasm, in the working directory
      --wit <path>    the WIT file or folder of a world of your own; WASI's packages are there for it
      --world <name>  the world; the program exports what it asks for, with @witExport
      --core          stop at the core module
      --debug         keep names and assertions, and write a source map beside the module
  -h, --help          print this

An asconfig.json in the working directory counts, as for asc, and the transforms that it names are run.

examples
  wasock build main.ts -o app.wasm
  wasock build plugin.ts --wit plugin.wit --world plugin -o plugin.wasm
`;

const OPTIONS = {
  out: { type: "string", short: "o" },
  wit: { type: "string" },
  world: { type: "string" },
  core: { type: "boolean" },
  debug: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Runs the command; its exit code. */
export async function build(args: string[]): Promise<number> {
  const { values, positionals } = readOptions("wasock build", {
    args,
    options: OPTIONS,
    allowPositionals: true,
  });
  if (values.help) {
    console.log(BUILD_HELP);
    return 0;
  }
  const [entry] = positionals;
  if (entry === undefined || positionals.length > 1) {
    throw new UsageError("wasock build takes one file: wasock build main.ts -o app.wasm");
  }
  if (!existsSync(entry)) throw new UsageError(`${entry}: there is no such file`);
  if ((values.wit === undefined) !== (values.world === undefined)) {
    throw new UsageError("--wit and --world go together: a WIT file or folder, and the world in it");
  }
  const out = resolve(values.out ?? `${basename(entry).replace(/\.\w+$/, "")}.wasm`);
  const { core, sourceMap } = await compile(entry, {
    debug: values.debug ?? false,
    command: values.world === undefined,
    sourceMapUrl: `./${basename(out)}.map`,
  });
  const { wit, world, debug } = values;
  const bytes = values.core ? core : await componentize(core, { wit, world, names: debug });
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, bytes);
  if (sourceMap !== undefined) writeFileSync(`${out}.map`, sourceMap);
  return 0;
}
