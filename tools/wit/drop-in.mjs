// Writes the modules that jco maps WASI's packages to, in the place of preview2-shim's.

import { SETTINGS, SOURCES } from "./attributes.mjs";
import { camelCase, withoutVersion } from "./names.mjs";

/** @typedef {import("./model.mjs").Interface} Interface */

/**
 * Writes the module of a package.
 *
 * @param {string} packageName such as `io`
 * @param {readonly Interface[]} interfaces those of the package
 * @param {"" | "sync/" | "wasi03/"} folder that of its flavour: the one that suspends the guest, the one that blocks its
 *   thread, the one for WASI 0.3
 * @returns {string} TypeScript
 */
export function dropIn(packageName, interfaces, folder) {
  const source = SOURCES[packageName] ?? {};
  const [faces, waits] = {
    "": [source.suspending ?? "./suspending.ts", ""],
    "sync/": [source.blocking ?? "./blocking.ts", ", which blocks while it waits"],
    "wasi03/": ["./faces.ts", ", of WASI 0.3"],
  }[folder];
  const settings = SETTINGS[packageName];
  const path = `wasock/host/${folder}${packageName}`;
  const names = interfaces.filter(({ types, functions }) => types.size + functions.length > 0);
  const exported = names.map((each) => [camelCase(each.name), withoutVersion(each)]);
  return `/** \`wasi:${packageName}\` for \`jco transpile --map 'wasi:${packageName}/*=${path}#*'\`${waits}. */
import { faceOf } from ${JSON.stringify(faces)};

${settings === undefined ? "" : `export { ${settings.names.join(", ")} } from "${folder === "" ? "./" : "../"}${settings.from}";\n`}
${exported.map(([name, face]) => `export const ${name}: object = faceOf(${JSON.stringify(face)});`).join("\n")}
`;
}
