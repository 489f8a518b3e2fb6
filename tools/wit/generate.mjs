// What is made from WIT: each file with what makes it.

import { MARK } from "../lib/generated.mjs";
import { assemblyExports, assemblyImports } from "./assembly.mjs";
import { ASKED_BEFORE, READS_AHEAD, VERSIONS } from "./attributes.mjs";
import { descriptions, TAKEN } from "./descriptions.mjs";
import { dropIn } from "./drop-in.mjs";
import { faces } from "./faces.mjs";
import { forwards } from "./forwards.mjs";
import { functions } from "./functions.mjs";
import { uniqueNames, withoutVersion } from "./names.mjs";
import { exported, served } from "./packages.mjs";

/**
 * Makes all files.
 *
 * @returns {Map<string, string>} their texts by path from the repository, not formatted yet
 * @throws WitError where WIT is not as it should be
 */
export function generate() {
  const wasi02 = served("wasi02");
  const resources = uniqueNames(wasi02, TAKEN);
  const types = uniqueNames(wasi02, new Set(["error"]));
  const wasi03 = served("wasi03");
  /** @type {Record<string, string>} */
  const files = {
    "host/wit/wasi02.ts": faces(wasi02, types, VERSIONS.wasi02),
    "host/wasi02/descriptions.ts": descriptions(wasi02, resources, {
      from: "../abi/types.ts",
      version: VERSIONS.wasi02,
    }),
    "host/wasi02/functions.ts": functions(
      wasi02,
      { types, resources },
      {
        ...{ faces: "../wit/wasi02.ts", descriptions: "./descriptions.ts", version: VERSIONS.wasi02 },
      },
    ),
    "host/wasi02/attributes.ts": attributes(),
    "host/wasi03/descriptor-forwards.ts": forwards(descriptorOf(wasi03), descriptorOf(wasi02), types),
    "assembly/wasi/component.ts": assemblyExports(exported("wasi02")),
    "assembly/wasi03/component.ts": assemblyExports(exported("wasi03")),
    "host/wasi03/descriptions.ts": descriptions(wasi03, uniqueNames(wasi03, TAKEN), {
      from: "../abi/types.ts",
      version: VERSIONS.wasi03,
    }),
  };
  const packages = new Set(wasi02.map((each) => each.package));
  for (const { name } of packages) {
    const own = wasi02.filter((each) => each.package.name === name);
    Object.assign(files, {
      [`assembly/wasi/${name}.ts`]: assemblyImports(name, own),
      [`host/drop-in/${name}.ts`]: dropIn(name, own, ""),
      [`host/drop-in/sync/${name}.ts`]: dropIn(name, own, "sync/"),
    });
  }
  for (const { name } of new Set(wasi03.map((each) => each.package))) {
    const own = wasi03.filter((each) => each.package.name === name);
    files[`assembly/wasi03/imports/${name}.ts`] = assemblyImports(name, own);
    files[`host/drop-in/wasi03/${name}.ts`] = dropIn(name, own, "wasi03/");
  }
  return new Map(Object.entries(files).map(([path, text]) => [path, `${MARK}\n${text}`]));
}

/**
 * @param {readonly import("./model.mjs").Interface[]} interfaces of a version
 * @returns {import("./model.mjs").TypeDefinition} its `wasi:filesystem/types.descriptor`
 */
function descriptorOf(interfaces) {
  const of = interfaces.find((each) => withoutVersion(each) === "wasi:filesystem/types");
  return /** @type {import("./model.mjs").TypeDefinition} */ (of?.types.get("descriptor"));
}

/** @returns {string} TypeScript: what the host has to know of functions beyond their WIT */
function attributes() {
  /** @param {readonly string[]} names */
  const set = (names) => `ReadonlySet<string> = new Set(${JSON.stringify(names)});`;
  return `/** What is to be known of functions beyond their WIT, from the table of tools/wit/attributes.mjs. */

/** Functions that nobody can call for long without another one that gives turns, so that they need give none. */
export const askedBefore: ${set(ASKED_BEFORE)}

/** Functions whose answer from another thread may bring bytes of the stream that was read. */
export const readsAhead: ${set(READS_AHEAD)}
`;
}
