/**
 * AssemblyScript's compiler, for tests that need what it makes and are not about how: it gives again what it has made
 * before of the same sources, by the same arguments and the same compiler, in whichever run and on whichever Node. It takes
 * seconds of a start otherwise. Nothing is kept without WASOCK_COMPILED, which tools/test.mjs sets.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

type Content = string | Uint8Array;

/** What `wasock build` gives asc, and takes from it. */
interface Io {
  readFile(name: string, base: string): string | null;
  writeFile(name: string, contents: Content): void;
}
interface Result {
  readonly error: Error | null;
  readonly stdout: object;
  readonly stderr: object;
}

/** A compilation that went well. */
interface Kept {
  /** The files that were sought, and the hashes of those that were there. */
  readonly read: readonly (readonly [name: string, base: string, hash: string | null])[];
  /** The files that were made: the bytes in base64, whether of a text. */
  readonly written: readonly (readonly [name: string, isText: boolean, contents: string])[];
  readonly said: readonly [stdout: string, stderr: string];
}

const folder = process.env["WASOCK_COMPILED"];
const transforms = fileURLToPath(new URL("../../../assembly/transform/", import.meta.url));

/** As asc's own; this module stands in its place: cached-asc.ts. */
export async function main(args: readonly string[], io: Io): Promise<Result> {
  const settings = io.readFile("asconfig.json", ".");
  // a transform of the project's own may read what it likes
  if (folder === undefined || settings?.includes("transform")) return compile(args, io);
  const file = join(
    folder,
    `asc-${hash(args.map(fromHere).join("\n"), compiler(), settings, io.readFile(String(args[0]), "."))}`,
  );
  const kept = find(file, io);
  if (kept !== undefined) {
    for (const [name, isText, contents] of kept.written) {
      const bytes = Buffer.from(contents, "base64");
      io.writeFile(name, isText ? bytes.toString() : new Uint8Array(bytes));
    }
    return { error: null, stdout: Object(kept.said[0]), stderr: Object(kept.said[1]) };
  }
  const read: Kept["read"][number][] = [];
  const written: Kept["written"][number][] = [];
  const result = await compile(args, {
    readFile(name, base) {
      const text = io.readFile(name, base);
      read.push([fromHere(name), fromHere(base), text && hash(text)]);
      return text;
    },
    writeFile(name, contents) {
      written.push([name, typeof contents === "string", Buffer.from(contents).toString("base64")]);
      io.writeFile(name, contents);
    },
  });
  if (result.error === null) keep(file, { read, written, said: [`${result.stdout}`, `${result.stderr}`] });
  return result;
}

/** A path as it is seen from the project: it may be in another folder the next time. */
function fromHere(path: string): string {
  return path.replace(process.cwd(), ".");
}

async function compile(args: readonly string[], io: Io): Promise<Result> {
  const name: string = "assemblyscript/asc";
  return ((await import(name)) as { main: typeof main }).main(args, io);
}

/** What was made of the same. */
function find(file: string, io: Io): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(file, "utf8")) as Kept;
    for (const [name, base, before] of kept.read) {
      const text = io.readFile(name, base);
      if ((text && hash(text)) !== before) return undefined;
    }
    utimesSync(file, new Date(), new Date());
    return kept;
  } catch {
    return undefined;
  }
}

function keep(file: string, kept: Kept): void {
  mkdirSync(join(file, ".."), { recursive: true });
  const made = `${file}-${process.pid}`;
  writeFileSync(made, JSON.stringify(kept));
  renameSync(made, file);
}

/** What stands for the compiler: its version, and the transforms that the package has for it. */
function compiler(): string {
  const { version } = createRequire(import.meta.url)("assemblyscript/package.json") as { version: string };
  return hash(
    version,
    ...readdirSync(transforms).map((name) => readFileSync(join(transforms, name), "utf8")),
  );
}

function hash(...texts: (string | null)[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex");
}
