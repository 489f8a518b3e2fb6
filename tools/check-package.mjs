#!/usr/bin/env node
// Checks the package as users get it: packs it, looks at what is in it, installs it in an empty project without
// network, imports it on the machine's Node and on Node 26, and lets publint and attw judge it.
//
//     node tools/check-package.mjs

import "./lib/help.mjs";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { build } from "./build.mjs";
import { root, size } from "./lib/files.mjs";
import { findNode26 } from "./lib/node26.mjs";
import { run } from "./lib/process.mjs";

/** What attw has no opinion on: files that are no JavaScript. */
const NOT_JAVASCRIPT = [
  "./asconfig.json",
  "./assembly",
  "./assembly/abi",
  "./component",
  "./component/wasi03",
  "./wit",
];

/** How large the packed file may be. */
const MOST_BYTES = 1_000_000;

/** Runs in the empty project. */
const IMPORT = `
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
const library = await import("wasock");
const host = await import("wasock/host");
const testing = await import("wasock/testing");
for (const name of ["wasock/component", "wasock/component/wasi03"]) {
  const component = readFileSync(fileURLToPath(import.meta.resolve(name)));
  if (component.readUInt32LE(0) !== 0x6d736100 || component[6] !== 1) throw new Error(name + " is not a component");
}
const machine = testing.createNetwork({ seed: 1 }).host("one");
if (!((await machine.net.getAddressInfo("127.0.0.1", 80)) instanceof library.AddressInfo)) {
  throw new Error("wasock/testing has a library of its own");
}
for (const name of ["wasock/wit", "wasock/assembly"]) readFileSync(fileURLToPath(import.meta.resolve(name)));
const { fidelity } = host.createHost();
if (fidelity()["tcp.hop-limit"] !== "remembered") throw new Error("koffi is not installed here");
try {
  host.createHost({ options: "native" });
  throw new Error("options without koffi can't be native");
} catch (error) {
  if (!error.message.includes("npm install koffi")) throw error;
}
const [own, hosts, testings] = [library, host, testing].map((names) => Object.keys(names).length);
console.log(\`\${own} names from wasock, \${hosts} from wasock/host, \${testings} from wasock/testing\`);
`;

let failed = 0;

/**
 * Prints one check.
 *
 * @param {boolean} ok whether it passed
 * @param {string} name what was checked
 * @param {string} [details] what came of it; printed in full when it failed
 */
function report(ok, name, details = "") {
  if (!ok) failed++;
  const text = details.trim();
  console.log(`  ${ok ? "✓" : "✗"}  ${name}${text !== "" && !text.includes("\n") ? `: ${text}` : ""}`);
  if (!ok && text.includes("\n")) console.log(`\n${text.replace(/^/gm, "     ")}\n`);
}

/**
 * Packs the package.
 *
 * @param {string} folder where the packed file goes
 * @returns {Promise<{ tarball: string, files: { path: string, size: number }[], packed: number }>} the packed file, what
 *   is in it, and its size
 * @throws {Error} when npm fails
 */
async function pack(folder) {
  const { code, output, stdout } = await npm(["pack", "--json", "--pack-destination", folder], root);
  if (code !== 0) throw new Error(`npm pack failed:\n${output}`);
  const [report] = Object.values(JSON.parse(stdout));
  return { tarball: join(folder, report.filename), files: report.files, packed: report.size };
}

/**
 * Runs npm without its chatter.
 *
 * @param {string[]} args its arguments
 * @param {string} cwd where
 * @returns {Promise<import("./lib/process.mjs").Outcome>} how it ended
 */
function npm(args, cwd) {
  const command = process.platform === "win32" ? "npm.cmd" : "npm";
  return run(command, [...args, "--loglevel=error", "--ignore-scripts"], { capture: true, cwd });
}

/**
 * Looks for what must and what must not be packed.
 *
 * @param {{ path: string, size: number }[]} files what is in the packed file
 * @param {number} packed how large that is
 */
function checkFiles(files, packed) {
  const paths = new Set(files.map(({ path }) => path));
  /** @type {Map<string, { path: string, size: number }[]>} */
  const groups = new Map();
  for (const file of files) {
    const group = groupOf(file.path);
    groups.set(group, [...(groups.get(group) ?? []), file]);
  }
  for (const [group, members] of groups) {
    const total = size(members.reduce((sum, file) => sum + file.size, 0));
    const names = members.length === 1 ? "" : `${members.length} files`;
    console.log(`     ${group.padEnd(28)} ${total.padStart(9)}  ${names}`);
  }

  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const targets = Object.values(exports)
    .flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)))
    .map((target) => posix.normalize(target));
  const missing = targets.filter((target) => !target.includes("*") && !paths.has(target));
  report(missing.length === 0, "every export is packed", missing.join(", "));

  const astray = [...paths]
    .filter((path) => path.endsWith(".md"))
    .flatMap((path) => {
      const links = readFileSync(join(root, path), "utf8").matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g);
      return [...links].map(([, link = ""]) => posix.join(posix.dirname(path), link).replace(/\/$/, ""));
    })
    .filter((target) => !paths.has(target) && ![...paths].some((path) => path.startsWith(`${target}/`)));
  report(
    astray.length === 0,
    "every link of its docs leads to a packed file",
    [...new Set(astray)].join(", "),
  );

  const foreign = [...paths].filter((path) =>
    /(^|\/)(test|tools|bench|node_modules|\.cache)\/|\.test\./.test(path),
  );
  report(foreign.length === 0, "nothing but what a user needs", foreign.join(", "));

  const maps = [...paths].filter((path) => path.endsWith(".map"));
  report(maps.length === 0, "no source maps, which are larger than all the rest", maps.join(", "));
  report(packed <= MOST_BYTES, `at most ${size(MOST_BYTES)} packed`, size(packed));
}

/**
 * @param {string} path a packed file
 * @returns {string} the line of the list that it is counted in
 */
function groupOf(path) {
  const [first, second] = path.split("/");
  return first === "build" && second !== undefined ? `build/${second}` : (first ?? path);
}

/**
 * Installs the packed file in an empty project, and imports it there.
 *
 * @param {string} tarball the packed file
 * @param {string} folder the project
 */
async function checkInstalled(tarball, folder) {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  writeFileSync(join(folder, "main.js"), IMPORT);
  const { code, output } = await npm(["install", "--offline", "--no-audit", "--no-fund", tarball], folder);
  if (code !== 0) return report(false, "installs without network", output);
  const others = readdirSync(join(folder, "node_modules")).filter(
    (name) => name !== "wasock" && !name.startsWith("."),
  );
  report(others.length === 0, "installing it brings no other package", others.join(", "));

  const node26 = await findNode26();
  const nodes = [{ path: process.execPath, version: process.versions.node }, node26];
  for (const node of nodes.slice(0, "path" in node26 && node26.path === process.execPath ? 1 : 2)) {
    if ("missing" in node) {
      console.log(`  -  imports on Node 26: skipped, ${node.missing}`);
      continue;
    }
    const outcome = await run(node.path, ["main.js"], { capture: true, cwd: folder, timeoutSeconds: 60 });
    report(outcome.code === 0, `imports on Node ${node.version}`, outcome.output);
  }
}

/**
 * Compiles an AssemblyScript program that re-exports the installed library, so that every function is compiled.
 *
 * @param {string} folder the project with the package installed
 */
async function checkAssembly(folder) {
  writeFileSync(join(folder, "main.ts"), 'export * from "wasock/assembly";\n');
  const asc = join(root, "node_modules/assemblyscript/bin/asc.js");
  const args = ["main.ts", "--runtime", "minimal", "--exportStart", "_initialize", "--outFile", "main.wasm"];
  const { code, output } = await run(process.execPath, [asc, ...args], { capture: true, cwd: folder });
  report(code === 0, "asc compiles a program that imports wasock/assembly", code === 0 ? "" : `\n${output}`);
}

/**
 * Lets other tools judge the packed file.
 *
 * @param {string} tarball the packed file
 */
async function checkWithTools(tarball) {
  const publint = await tool("publint/src/cli.js", ["run", tarball, "--strict"]);
  report(publint.code === 0, "publint", publint.code === 0 ? "" : `\n${publint.output}`);
  const args = [tarball, "--profile", "esm-only", "--no-emoji", "--exclude-entrypoints", ...NOT_JAVASCRIPT];
  const attw = await tool("@arethetypeswrong/cli/dist/index.js", args);
  report(attw.code === 0, "attw", attw.code === 0 ? "" : `\n${attw.output}`);
}

/**
 * @param {string} script a package's command, below node_modules/
 * @param {string[]} args its arguments
 * @returns {Promise<import("./lib/process.mjs").Outcome>} how it ended
 */
function tool(script, args) {
  return run(process.execPath, [join(root, "node_modules", script), ...args], {
    capture: true,
    timeoutSeconds: 120,
  });
}

if (!(await build({ debug: false, quiet: true }))) {
  process.exitCode = 1;
} else {
  const folder = mkdtempSync(join(tmpdir(), "wasock-package-"));
  try {
    const { tarball, files, packed } = await pack(folder);
    const unpacked = files.reduce((sum, file) => sum + file.size, 0);
    console.log(
      `\n${posix.basename(tarball)}: ${size(readFileSync(tarball).length)}, unpacked ${size(unpacked)}`,
    );
    checkFiles(files, packed);
    await checkInstalled(tarball, join(folder, "project"));
    await checkAssembly(join(folder, "project"));
    await checkWithTools(tarball);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(failed === 0 ? "\nthe package is fine" : `\nthe package is not fine: ${failed} checks failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
