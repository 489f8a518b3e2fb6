// Bundles the library and the host, each entry of the package to one file with what they share beside it.
//
// Some fifty small modules take longer to load than to run: `import "wasock"` takes half the time this way.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";

/** The package's entries: the bundle and the module that it is made of. */
const ENTRIES = {
  index: "build/src/index.js",
  host: "build/host/index.js",
  "host/lowered": "build/host/lowered/index.js",
  "host/preview1": "build/host/preview1/index.js",
  ...dropIns("", "build/host/drop-in"),
  ...dropIns("sync/", "build/host/drop-in/sync"),
  ...dropIns("wasi03/", "build/host/drop-in/wasi03"),
  // a thread is started from the file that lies beside the one which starts it
  worker: "build/host/drop-in/sync/worker.js",
};

/**
 * What a run of \`wasock run\` is made of, each one file for a thread: ES modules cost a millisecond apiece, and those
 * of Node's own that they import are loaded with all that hangs on them.
 */
const RUN = {
  "cli.js": "build/src/cli/main.js",
  "start.cjs": "build/src/cli/start.js",
  "thread.cjs": "build/host/run/threads/start.js",
  "guest.cjs": "build/host/run/threads/guest.js",
  "core.cjs": "build/host/run/threads/core.js",
};

/** With `start.cjs`, as it is nearly the same: what runs a program on a thread. */
const WORLD = "build/host/run/threads/world.js";

/** What is there before a run's code is taken as it was compiled before, and what a run needs then. */
const STARTING = ["build/src/cli/start.js"];
const RUNNING = ["build/src/cli/commands.js", "build/host/run/world.js", "build/host/run/program.js"];

/**
 * Has what every run needs be one file: each that is looked for, read and compiled takes its time. All that it imports is in
 * it, so that it is in no circle with other files, which have what is loaded when it is asked for.
 */
function oneFile() {
  const before = importedBy(STARTING);
  const running = importedBy(RUNNING);
  const test = (/** @type {string} */ id) => running.has(id) && !before.has(id);
  return { includeDependenciesRecursively: false, groups: [{ name: "run", test }] };
}

/**
 * Has what the library and the host are both made of be three files: what all have who call a host from another thread, what
 * those have who are suspended, and the rest. Cut by which entries have which of it they are twenty, of which each takes Node
 * most of a millisecond. Browsers have another in the place of the platform, by its name and those of its exports.
 *
 * @param {import("rolldown").RolldownOutput} library the library alone, without what it doesn't use
 */
function sharedFiles({ output: [entry] }) {
  const ofHost = importedBy([ENTRIES.host]);
  const dropIn = (/** @type {string} */ folder) => importedBy([`build/host/drop-in/${folder}sockets.js`]);
  const [ofDropIns, ofBlocking] = [dropIn(""), dropIn("sync/")];
  const isPlatform = (/** @type {string} */ id) => /host\/browser\//.test(id);
  const shared = new Set(Object.keys(entry.modules).filter((id) => ofHost.has(id) && !isPlatform(id)));
  return {
    includeDependenciesRecursively: false,
    groups: [
      { name: "platform", test: isPlatform },
      { name: "shared-by-threads", test: (/** @type {string} */ id) => shared.has(id) && ofBlocking.has(id) },
      { name: "shared-by-guests", test: (/** @type {string} */ id) => shared.has(id) && ofDropIns.has(id) },
      { name: "shared", test: (/** @type {string} */ id) => shared.has(id) && !ofDropIns.has(id) },
    ],
  };
}

/**
 * @param {readonly string[]} roots modules
 * @returns {Set<string>} them, and all that is loaded with them
 */
function importedBy(roots) {
  /** @type {Set<string>} */
  const found = new Set();
  const visit = (/** @type {string} */ path) => {
    if (found.has(path)) return;
    found.add(path);
    const text = readFileSync(path, "utf8");
    for (const [, name = ""] of text.matchAll(/^(?:import|export)\b[^;"]*"(\.[^"]+)"/gm))
      visit(join(dirname(path), name));
  };
  for (const path of roots) visit(join(root, path));
  return found;
}

/**
 * An entry beside the others, on the library and the host as their users have them: were they bundled together, those would be
 * in files of what they share, which everybody would read who imports one.
 */
const TESTING = { name: "testing.js", path: "build/src/testing/index.js" };

/** What `wasock relay` loads, likewise; it holds the package `ws`. */
const RELAY = { name: "relay.js", path: "build/src/relay/server.js" };

/** What `ws` uses where it is installed. */
const OF_WS = ["bufferutil", "utf-8-validate"];

/** What it finds beside it, in the place of what its modules import. */
const BESIDE = new Map([
  [join(root, ENTRIES.index), "./index.js"],
  [join(root, ENTRIES.host), "./host.js"],
  [join(root, "build/host/browser/platform.js"), "./platform.js"],
]);

/** Where what is bundled has Node's modules and globals from, and the latter. */
const PLATFORM = join(root, "build/host/browser/platform.js");
const GLOBALS = ["Buffer", "clearTimeout", "process", "setImmediate", "setTimeout"];

/** Imports of Node's modules, as tsc prints them. */
const BUILTIN = /^import (?:(\{.*\})|\* as (\w+)) from "(node:[^"]+)";$/gm;

/**
 * Has modules ask for Node's: a static import of one is what no browser can load, and so the same files are for both. The plugin of
 * what is loaded there alone leaves them.
 */
const askForBuiltins = {
  name: "ask for Node's modules",
  transform(/** @type {string} */ code, /** @type {string} */ id) {
    if (!id.startsWith(join(root, "build")) || !code.includes('from "node:')) return null;
    const asked = code.replace(BUILTIN, (_, names, all, module) => {
      const wanted = all ?? names.replaceAll(" as ", ": ");
      return `const ${wanted} = builtin("${module}");`;
    });
    return `import { builtin } from ${JSON.stringify(PLATFORM)};\n${asked}`;
  },
};

/** What is the same for all that is loaded as ES modules, on Node and in a browser. */
const PORTABLE = /** @satisfies {import("rolldown").InputOptions} */ ({
  platform: "neutral",
  transform: {
    inject: Object.fromEntries(
      GLOBALS.map((name) => [name, /** @type {[string, string]} */ ([PLATFORM, name])]),
    ),
  },
});

/** What a browser loads before: packages that are Node's modules there. */
const PAGE = {
  path: "build/host/browser/index.js",
  replaced: new Map([
    ["node:buffer", "buffer/index.js"],
    ["node:stream", "readable-stream/lib/ours/browser.js"],
  ]),
};

const standIns = {
  name: "packages in the place of Node's modules",
  resolveId(/** @type {string} */ name) {
    const path = PAGE.replaced.get(name);
    return path === undefined ? null : { id: join(root, "node_modules", path) };
  },
};

/**
 * Writes the licences of packages that a bundle holds.
 *
 * @param {import("rolldown").RolldownOutput[]} bundles
 */
function writeNotices(bundles) {
  const modules = bundles.flatMap(({ output }) =>
    output.flatMap((each) => (each.type === "chunk" ? Object.keys(each.modules) : [])),
  );
  const names = modules.map((id) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? "");
  const texts = [...new Set(names)]
    .filter((name) => name !== "")
    .toSorted()
    .map((name) => {
      const folder = join(root, "node_modules", name);
      const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
      if (licence === undefined) throw new Error(`${name} has no licence to put beside it`);
      return `${name}\n\n${readFileSync(join(folder, licence), "utf8").trim()}\n`;
    });
  const head = "Parts of what lies here are of these packages, whose licences follow.\n";
  writeFileSync(join(root, "build/dist/THIRD-PARTY.txt"), [head, ...texts].join("\n---\n\n"));
}

/** Lines stay lines, and functions and classes have their names in stacks; only what is local is called less. */
const SHORT = {
  compress: /** @type {const} */ (false),
  mangle: { toplevel: true, keepNames: true },
  codegen: { removeWhitespace: false },
};

/** A text of ASCII alone takes V8 half the memory, and code that was kept compiled half the time to be given its source. */
const ascii = {
  name: "ASCII alone",
  generateBundle(/** @type {unknown} */ _, /** @type {import("rolldown").OutputBundle} */ files) {
    for (const file of Object.values(files)) {
      if (file.type !== "chunk") continue;
      file.code = file.code.replace(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
    }
  },
};

/** The entries that browsers have. */
const FOR_BROWSERS = ["index", "host", "testing"];

/** The module that reads the core's file, and the file. */
const CORE = ["build/src/core-file.js", "build/wasock.core.wasm"];

/** Has the module hold the core itself: a program that bundles it has no such file beside it. */
const embedCore = {
  name: "embed the core",
  load(/** @type {string} */ id) {
    if (id !== join(root, String(CORE[0]))) return null;
    const text = readFileSync(join(root, String(CORE[1]))).toString("base64");
    return `import { Buffer } from "node:buffer";
export function coreFile() {
  return new Uint8Array(Buffer.from(${JSON.stringify(text)}, "base64"));
}
`;
  },
};

/** Peers: who needs them has them. */
const PEERS = [/^@bytecodealliance\//, /^assemblyscript/, "koffi", /^wasi-js/];

/**
 * @param {string} flavour what comes before the names
 * @param {string} folder where the modules are
 * @returns {Record<string, string>} the entries of what jco maps WASI's packages to
 */
function dropIns(flavour, folder) {
  const all = ["cli", "clocks", "filesystem", "io", "random", "sockets"];
  const names = flavour === "wasi03/" ? all.filter((name) => name !== "io") : all;
  return Object.fromEntries(names.map((name) => [`host/${flavour}${name}`, `${folder}/${name}.js`]));
}

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const bundle = {
  name: "bundle",
  after: ["scripts", "core"],
  inputs: () => [
    String(CORE[1]),
    ...list("build/src").filter((path) => path.endsWith(".js")),
    ...list("build/host").filter((path) => path.endsWith(".js")),
    "tools/steps/bundle.mjs",
  ],
  words: [installed("rolldown"), installed("buffer"), installed("readable-stream"), installed("ws")],
  outputs: () => ["build/dist"],
  async run() {
    const { build } = await import("rolldown");
    try {
      const entries = {
        ...PORTABLE,
        external: PEERS,
        plugins: [embedCore, askForBuiltins],
        preserveEntrySignatures: /** @type {const} */ ("allow-extension"),
        logLevel: /** @type {const} */ ("warn"),
      };
      const library = await build({ ...entries, input: join(root, ENTRIES.index), write: false });
      await build({
        ...entries,
        input: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, join(root, path)])),
        output: {
          dir: join(root, "build/dist"),
          entryFileNames: "[name].js",
          chunkFileNames: ({ name }) => (name === "platform" ? "platform.js" : "[name]-[hash].js"),
          codeSplitting: sharedFiles(library),
          minifyInternalExports: false,
          cleanDir: true,
          comments: false,
          minify: SHORT,
        },
      });
      const beside = {
        name: "library",
        resolveId(/** @type {string} */ name, /** @type {string | undefined} */ importer = "") {
          const id = BESIDE.get(isAbsolute(name) ? name : join(dirname(importer), name));
          return id === undefined ? null : { id, external: /** @type {const} */ ("absolute") };
        },
      };
      const besides = {
        output: { dir: join(root, "build/dist"), chunkFileNames: "testing-[name].js" },
        logLevel: /** @type {const} */ ("warn"),
      };
      await build({
        ...besides,
        ...PORTABLE,
        input: join(root, TESTING.path),
        plugins: [beside, askForBuiltins],
        external: PEERS,
        output: { ...besides.output, entryFileNames: TESTING.name, comments: false, minify: SHORT },
      });
      const relay = await build({
        ...besides,
        platform: "node",
        input: join(root, RELAY.path),
        plugins: [beside],
        external: OF_WS,
        output: { ...besides.output, entryFileNames: RELAY.name, minify: true },
      });
      const page = await build({
        input: join(root, PAGE.path),
        platform: "browser",
        plugins: [standIns],
        output: { file: join(root, "build/dist/browser/platform.js"), minify: true },
        logLevel: "warn",
      });
      writeNotices([page, relay]);
      for (const name of FOR_BROWSERS) {
        const text = `import "./platform.js";\nexport * from "../${name}.js";\n`;
        writeFileSync(join(root, `build/dist/browser/${name}.js`), text);
      }
      for (const [name, path] of Object.entries(RUN)) {
        await build({
          input: {
            [String(name.split(".")[0])]: join(root, path),
            ...(name === "start.cjs" && { world: join(root, WORLD) }),
          },
          platform: "node",
          // what the command loads late the thread has from the first
          checks: { ineffectiveDynamicImport: false },
          preserveEntrySignatures: "allow-extension",
          external: PEERS,
          plugins: [ascii],
          output: {
            dir: join(root, "build/dist"),
            format: name.endsWith(".cjs") ? "cjs" : "esm",
            entryFileNames: name.replace(/.*\./, "[name]."),
            chunkFileNames: `${name.split(".")[0]}-[name].cjs`,
            ...(name === "start.cjs" && { codeSplitting: oneFile() }),
            minify: { compress: true, mangle: { toplevel: true }, codegen: { removeWhitespace: true } },
          },
          logLevel: "warn",
        });
      }
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      return false;
    }
    return true;
  },
};
