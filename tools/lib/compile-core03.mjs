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

const [entry = "", output = ""] = process.argv.slice(2);
const { error, stdout, stderr } = await asc.main(
  [entry, "--target", "release", "--transform", "./tools/wit/exports.mjs", "--outFile", output],
  {
    readFile(/** @type {string} */ name, /** @type {string} */ base) {
      const path = name.replaceAll("\\", "/").replace(BINDINGS, "$1assembly/wasi03/");
      try {
        return readFileSync(join(base, path), "utf8");
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
