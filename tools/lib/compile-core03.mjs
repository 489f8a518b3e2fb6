// Compiles the core module of the component of WASI 0.3: the same sources with assembly/wasi03 in the place of assembly/wasi.
//
//     node tools/lib/compile-core03.mjs ENTRY OUTPUT

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./files.mjs";

/** Its name is a variable so that its types stay away, which declare AssemblyScript's globals in place of Node's. */
const ASC = "assemblyscript/asc";
const asc = await import(ASC);

/** What the compiler is given instead. */
const BINDINGS = /(^|\/)assembly\/wasi\//;
/** Where the names of wasock:net@0.1.0 stand that @0.3.0 has too. */
const FACE = /(^|\/)assembly\/faces\/component\//;

const [entry = "", output = ""] = process.argv.slice(2);
const { error, stdout, stderr } = await asc.main(
  [entry, "--target", "release", "--transform", "./assembly/transform/wit-exports.mjs", "--outFile", output],
  {
    readFile(/** @type {string} */ name, /** @type {string} */ base) {
      const path = name.replaceAll("\\", "/").replace(BINDINGS, "$1assembly/wasi03/");
      try {
        const text = readFileSync(join(base, path), "utf8");
        return FACE.test(path) ? text.replaceAll(/(wasock:net\/\w+)@0\.1\.0/g, "$1@0.3.0") : text;
      } catch {
        return null;
      }
    },
    writeFile: (/** @type {string} */ name, /** @type {Uint8Array} */ contents) =>
      writeFileSync(join(root, name), contents),
  },
);
const said = `${stdout}${stderr}`
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("Last converge"));
if (said.length > 0) console.error(said.join("\n"));
if (error !== null) {
  console.error(error.message);
  process.exitCode = 1;
}
