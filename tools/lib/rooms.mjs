// What holds of all imports, those of types included: none runs upward, none closes a circle, and what is exported is
// imported somewhere. docs/architecture.md says what the rooms are.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { list, root } from "./files.mjs";
import { MARK } from "./generated.mjs";
import { modulesOf } from "./modules.mjs";

/** @typedef {import("./modules.mjs").Module} Module */

/**
 * The layers, lowest first, and the rooms of each: files, and folders with all in them that is not named elsewhere. A
 * room imports from itself and from lower layers, and nothing from its neighbours.
 */
const LAYERS = [
  // the core and the library in AssemblyScript
  ["assembly/abi/", "assembly/wasi/", "assembly/transform/"],
  ["assembly/error/", "assembly/address/services-table.ts"],
  ["assembly/address/sockaddr.ts", "assembly/address/services.ts", "assembly/wasi03/"],
  ["assembly/operation/operation.ts"],
  ["assembly/socket/socket.ts", "assembly/drivers/block.ts"],
  ["assembly/socket/", "assembly/operation/socket-operations.ts", "assembly/address/address-info.ts"],
  ["assembly/address/"],
  ["assembly/operation/"],
  ["assembly/faces/binding.ts", "assembly/faces/component/", "assembly/faces/library/"],
  ["assembly/faces/component03/"],
  [
    "assembly/faces/component.ts",
    "assembly/faces/component03.ts",
    "assembly/faces/cli/",
    "assembly/drivers/loop/",
  ],
  ["assembly/index.ts", "assembly/abort.ts"],
  ["assembly/program.ts"],
  // the host
  ["host/runtime/", "host/messages/", "host/wit/"],
  ["host/io/", "host/sockets/option-table.ts"],
  ["host/network/", "host/component/"],
  ["host/network/node/", "host/network/virtual/", "host/policy/policy.ts"],
  ["host/events/"],
  ["host/policy/"],
  [
    "host/sockets/",
    "host/files/",
    "host/abi/",
    "host/network/faults/",
    "host/network/pcap/",
    "host/network/record/",
    "host/network/relay/",
  ],
  ["host/abi/async/", "host/wasi02/"],
  ["host/host.ts"],
  ["host/lowered/", "host/sync/", "host/preview1/", "host/wasi03/"],
  ["host/link/"],
  ["host/run/", "host/drop-in/"],
  ["host/embed/"],
  ["host/drop-in/wasi03/"],
  ["host/index.ts", "host/browser/"],
  // the Node library and the command
  ["src/options-table.ts"],
  ["src/constants.ts", "src/abort-watch.ts", "src/inspect.ts", "src/host-options.ts", "src/core-file.ts"],
  ["src/core.ts"],
  ["src/errors.ts"],
  ["src/core-socket.ts"],
  ["src/driver.ts", "src/sockaddr.ts"],
  ["src/endpoint.ts", "src/calls/wait.ts", "src/calls/look-up.ts"],
  ["src/address-info.ts"],
  ["src/calls/"],
  ["src/ports.ts"],
  ["src/web-streams.ts"],
  ["src/socket.ts"],
  ["src/functions/"],
  ["src/on-network.ts"],
  ["src/index.ts"],
  ["src/testing/", "src/relay/"],
  ["src/cli/"],
  // what is not shipped
  ["test/sides/"],
  ["examples/simulation/"],
  ["test/", "bench/", "examples/"],
  ["tools/lib/"],
  ["tools/wit/"],
  ["tools/steps/"],
  ["tools/mutate/"],
  ["tools/"],
];

/** Modules that are read by who is no module: programs' exports are for the host, ends of the bench are loaded by path. */
const ENTRIES = [
  ...["assembly/faces/binding.ts", "assembly/faces/component.ts", "assembly/program.ts"],
  "assembly/faces/component03.ts",
  // what the compiler is given for assembly/wasi/
  "assembly/wasi03/",
  ...["examples/assembly/", "test/assembly/programs/", "bench/programs/", "bench/ends/"],
  // what the build puts in the place of Node's modules
  "host/browser/",
  // test files of a tree with mutants have it in place of uvu
  "tools/mutate/selection.mjs",
  // what the compiler is given to transform the core
  "tools/wit/exports.mjs",
  // stands in asc's place
  "test/cli/asc.ts",
];

/**
 * Reads the sources.
 *
 * @returns {Map<string, string>} by path from the repository
 */
export function sources() {
  const folders = ["assembly", "bench", "examples", "host", "src", "test", "tools"];
  const wanted = /^(?!.*node_modules\/).*(?:(?<!\.d)\.ts|\.mjs)$/;
  const paths = folders.flatMap((folder) => list(folder, (path) => wanted.test(path)));
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

/**
 * Says which imports and exports should not be.
 *
 * @param {ReadonlyMap<string, string>} texts the sources, by path from the repository
 * @returns {string[]} a line for each
 */
export function problemsOf(texts) {
  const modules = modulesOf(texts);
  return [...circles(modules), ...upward(modules), ...unused(modules, generatedAmong(texts))];
}

/**
 * @param {ReadonlyMap<string, Module>} modules
 * @returns {string[]} short ones first, and of those that share a file only one
 */
function circles(modules) {
  const all = [...modules.keys()]
    .map((path) => shortestCircle(modules, path))
    .filter(({ length }) => length > 0);
  const told = new Set();
  const found = [];
  for (const circle of all.sort((a, b) => a.length - b.length)) {
    if (!circle.some((path) => told.has(path))) found.push(`a circle: ${[...circle, circle[0]].join(" → ")}`);
    for (const path of circle) told.add(path);
  }
  return found;
}

/**
 * @param {ReadonlyMap<string, Module>} modules
 * @param {string} start
 * @returns {string[]} who imports whom, from `start` on; nothing where there is none
 */
function shortestCircle(modules, start) {
  const ways = [[start]];
  const seen = new Set();
  for (const way of ways) {
    for (const next of modules.get(String(way.at(-1)))?.imports.keys() ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return [];
}

/**
 * @param {ReadonlyMap<string, Module>} modules
 * @returns {string[]}
 */
function upward(modules) {
  const found = [];
  for (const [path, { imports }] of modules) {
    const here = placeOf(path);
    if (here.layer < 0) found.push(`${path}: has no place among the layers of tools/lib/rooms.mjs`);
    for (const other of imports.keys()) {
      const there = placeOf(other);
      if (there.layer > here.layer) found.push(`${path}: imports upward, from ${other}`);
      else if (there.layer === here.layer && there.room !== here.room)
        found.push(`${path}: imports from ${other}, in a room beside its own`);
    }
  }
  return found;
}

/**
 * @param {string} path
 * @returns {{ room: string, layer: number }} the room with the longest name that holds it; -1 where there is none
 */
function placeOf(path) {
  const rooms = LAYERS.flat().filter((room) => (room.endsWith("/") ? path.startsWith(room) : path === room));
  const room = rooms.sort((a, b) => b.length - a.length)[0] ?? "";
  return { room, layer: LAYERS.findIndex((rooms) => rooms.includes(room)) };
}

/**
 * @param {ReadonlyMap<string, string>} texts
 * @returns {string[]} the modules that are made: they have all that is there, for whom may need it
 */
function generatedAmong(texts) {
  return [...texts].filter(([, text]) => text.startsWith(MARK)).map(([path]) => path);
}

/**
 * @param {ReadonlyMap<string, Module>} modules
 * @param {readonly string[]} generated
 * @returns {string[]}
 */
function unused(modules, generated) {
  const entries = [...ENTRIES, ...published(), ...generated];
  /** @type {Map<string, Set<string>>} */
  const used = new Map([...modules.keys()].map((path) => [path, new Set()]));
  for (const { imports } of modules.values())
    for (const [path, names] of imports) for (const name of names) used.get(path)?.add(name);
  const found = [];
  for (const [path, { exports, own }] of modules) {
    const names = used.get(path) ?? new Set();
    if (names.has("*") || entries.some((entry) => path.startsWith(entry))) continue;
    for (const name of exports) {
      if (!names.has(name) && !own.has(name)) found.push(`${path}: exports ${name}, which nobody imports`);
    }
  }
  return found;
}

/** @returns {string[]} the modules whose exports are the package's */
function published() {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.values(exports).map((entry) =>
    (entry.default?.endsWith(".mjs") ? entry.default : (entry.types ?? entry))
      .replace(/^\.\/(?:build\/(?:types\/)?)?/, "")
      .replace(/\.d\.ts$/, ".ts"),
  );
}
