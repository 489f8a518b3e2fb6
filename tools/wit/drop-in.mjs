// Writes the modules that jco maps WASI's packages to, in the place of preview2-shim's.

import { SETTINGS, SOURCES } from "./attributes.mjs";
import { camelCase, withoutVersion } from "./names.mjs";

/** @typedef {import("./model.mjs").Interface} Interface */

/**
 * Writes the module of a package.
 *
 * @param {string} packageName such as `io`
 * @param {readonly Interface[]} interfaces those of the package
 * @param {boolean} blocks whether it is the one that blocks the guest's thread, which lies a folder deeper
 * @returns {string} TypeScript
 */
export function dropIn(packageName, interfaces, blocks) {
  const source = SOURCES[packageName] ?? {};
  const [faces, waits] = blocks
    ? [source.blocking ?? "./blocking.ts", ", which blocks while it waits"]
    : [source.suspending ?? "./suspending.ts", ""];
  const settings = SETTINGS[packageName];
  const path = `wasock/host/${blocks ? "sync/" : ""}${packageName}`;
  const names = interfaces.filter(({ types, functions }) => types.size + functions.length > 0);
  const exported = names.map((each) => [camelCase(each.name), withoutVersion(each)]);
  return `/** \`wasi:${packageName}\` for \`jco transpile --map 'wasi:${packageName}/*=${path}#*'\`${waits}. */
import { faceOf } from ${JSON.stringify(faces)};

${settings === undefined ? "" : `export { ${settings.names.join(", ")} } from "${blocks ? "../" : "./"}${settings.from}";\n`}
${exported.map(([name, face]) => `export const ${name}: object = faceOf(${JSON.stringify(face)});`).join("\n")}
`;
}
