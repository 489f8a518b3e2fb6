#!/usr/bin/env node
// Bundles a program with the package by each bundler that users have, and makes executables of it, and runs what comes of it,
// in a folder in which nothing of the package lies:
//
//     node tools/bundlers.mjs

import "./lib/help.mjs";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { duration, root } from "./lib/files.mjs";
import { findNode26 } from "./lib/node26.mjs";
import { findOtherRuntimes } from "./lib/other-runtimes.mjs";
import { run } from "./lib/process.mjs";

/** The private package that brings them. */
const FOLDER = join(root, "tools/bundlers");

/** Talks to itself, by the library and by a host. */
const PROGRAM = `
import { AddressInfo, Socket } from "wasock";
import { allowAll, createHost } from "wasock/host";
const listener = await Socket.makeListenerSocket(await AddressInfo.getAddressInfo("127.0.0.1", 0));
const serving = listener.accept().then(async (connection) => {
  await connection.send(Buffer.from("hello"));
  await connection.close();
});
const port = listener.getSocketName().port;
const answer = await Socket.withNetIo("127.0.0.1", port, async (input) => {
  let text = "";
  for await (const chunk of input.setEncoding("utf8")) text += chunk;
  return text;
});
await serving;
await listener.close();
createHost({ policy: allowAll }).close();
console.log(answer);
`;

/** The same where nothing may be awaited at the top. */
const WRAPPED = `${PROGRAM.replace(/\n(?=const listener)/, "\n(async () => {\n")}})();\n`;

/**
 * @typedef {object} Way
 * @property {string} name
 * @property {string} source what is bundled
 * @property {string} output the file that is run
 * @property {(folder: string) => Promise<unknown>} bundle makes it of `main.js`; may throw {@link Missing}
 * @property {string[]} [runner] what runs it (default Node); nothing for what is a program itself
 */

/** Why a way can't be tried here. */
class Missing extends Error {}

/**
 * @param {string} name a package of FOLDER
 * @returns {Promise<any>} what it exports
 */
async function load(name) {
  const require = createRequire(join(FOLDER, "package.json"));
  return import(pathToFileURL(require.resolve(name)).href);
}

/**
 * Runs a tool to its end.
 *
 * @param {string} program the tool
 * @param {string[]} args its arguments
 * @param {string} cwd its folder
 */
async function tool(program, args, cwd) {
  const { code, output } = await run(program, args, { capture: true, cwd, timeoutSeconds: 300 });
  if (code !== 0) throw new Error(output);
}

/**
 * Makes a single executable of `out/main.cjs`, as Node's documentation has it for versions without `--build-sea`.
 *
 * @param {string} folder where `out/` lies
 */
async function inject(folder) {
  const node = process.execPath;
  writeFileSync(join(folder, "sea.json"), JSON.stringify({ ...SEA, output: "out/main.blob" }));
  await tool(node, ["--experimental-sea-config", "sea.json"], folder);
  const target = join(folder, "out/main");
  copyFileSync(node, target);
  chmodSync(target, 0o755);
  const fuse = ["--sentinel-fuse", "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"];
  const postject = join(FOLDER, "node_modules/postject/dist/cli.js");
  await tool(node, [postject, target, "NODE_SEA_BLOB", "out/main.blob", ...fuse], folder);
}

/** What a single executable is made of. */
const SEA = { main: "out/main.cjs", disableExperimentalSEAWarning: true };

/** @returns {Promise<Way[]>} all of them */
async function ways() {
  const esbuild =
    (/** @type {"esm" | "cjs"} */ format, /** @type {string} */ name) =>
    async (/** @type {string} */ folder) => {
      const { build: bundle } = await load("esbuild");
      await bundle({
        ...{
          entryPoints: ["main.js"],
          absWorkingDir: folder,
          bundle: true,
          platform: "node",
          format,
          outfile: name,
        },
        logLevel: "error",
        // what only who needs it has
        external: ["koffi", "@bytecodealliance/*", "assemblyscript", "wasi-js"],
        logOverride: { "empty-import-meta": "silent" },
      });
    };
  const rolldown =
    (/** @type {"esm" | "cjs"} */ format, /** @type {string} */ name) =>
    async (/** @type {string} */ folder) => {
      const { build: bundle } = await import("rolldown");
      await bundle({
        ...{ input: join(folder, "main.js"), platform: "node", logLevel: "silent" },
        external: [/^@bytecodealliance\//, "koffi"],
        output: {
          dir: join(folder, "out"),
          format,
          entryFileNames: name,
          chunkFileNames: `[name].${name.split(".")[1]}`,
        },
      });
    };
  const others = await findOtherRuntimes();
  const bun =
    (/** @type {string[]} */ ...args) =>
    async (/** @type {string} */ folder) => {
      if ("missing" in others) throw new Missing(others.missing);
      await tool(others.bun.path, ["build", "main.js", ...args], folder);
    };
  return [
    {
      name: "esbuild, ES modules",
      source: PROGRAM,
      output: "out/main.mjs",
      bundle: esbuild("esm", "out/main.mjs"),
    },
    {
      name: "esbuild, CommonJS",
      source: WRAPPED,
      output: "out/main.cjs",
      bundle: esbuild("cjs", "out/main.cjs"),
    },
    {
      name: "rolldown, ES modules",
      source: PROGRAM,
      output: "out/main.mjs",
      bundle: rolldown("esm", "main.mjs"),
    },
    {
      name: "rolldown, CommonJS",
      source: WRAPPED,
      output: "out/main.cjs",
      bundle: rolldown("cjs", "main.cjs"),
    },
    {
      name: "vite build --ssr",
      source: PROGRAM,
      output: "out/main.mjs",
      bundle: async (folder) => {
        const { build: bundle } = await load("vite");
        await bundle({
          ...{ root: folder, logLevel: "error", configFile: false, ssr: { noExternal: true } },
          build: {
            ...{ ssr: "main.js", outDir: "out" },
            rollupOptions: {
              output: { entryFileNames: "main.mjs" },
              external: [/^@bytecodealliance\//, "koffi"],
            },
          },
        });
      },
    },
    {
      name: "webpack",
      source: PROGRAM,
      output: "out/main.mjs",
      bundle: async (folder) => {
        const { default: webpack } = await load("webpack");
        await new Promise((resolve, reject) => {
          webpack(
            {
              ...{ mode: "production", target: "node20", entry: join(folder, "main.js"), context: folder },
              experiments: { outputModule: true },
              output: {
                path: join(folder, "out"),
                filename: "main.mjs",
                module: true,
                chunkFormat: "module",
              },
              externals: [/^@bytecodealliance\//],
              // as an installation has it, without what only who needs it has
              resolve: { symlinks: false },
              optimization: { minimize: false },
            },
            (/** @type {Error | null} */ error, /** @type {any} */ stats) => {
              if (error) reject(error);
              else if (stats.hasErrors()) reject(new Error(stats.toString({ all: false, errors: true })));
              else resolve(undefined);
            },
          );
        });
      },
    },
    {
      name: "bun build, run by Node",
      source: PROGRAM,
      output: "out/main.mjs",
      bundle: bun("--target=node", "--outfile=out/main.mjs"),
    },
    {
      name: "bun build, run by Bun",
      source: PROGRAM,
      output: "out/main.mjs",
      bundle: bun("--target=bun", "--outfile=out/main.mjs"),
      ...("missing" in others ? {} : { runner: [others.bun.path] }),
    },
    {
      name: "bun build --compile",
      source: PROGRAM,
      output: "out/main",
      bundle: bun("--compile", "--outfile=out/main"),
      runner: [],
    },
    {
      name: "deno compile, of what esbuild made",
      source: PROGRAM,
      output: "out/main",
      bundle: async (folder) => {
        if ("missing" in others) throw new Missing(others.missing);
        await esbuild("esm", "main.mjs")(folder);
        const args = ["compile", "--no-config", "--allow-net", "--output", "out/main", "main.mjs"];
        mkdirSync(join(folder, "out"));
        await tool(others.deno.path, args, folder).catch((/** @type {Error} */ error) => {
          // the program without its tools, which is in no package
          if (!/error sending request for url .*denort/.test(error.message)) throw error;
          throw new Missing("it downloads denort, which can't be reached");
        });
      },
      runner: [],
    },
    {
      name: `single executable of Node ${process.versions.node.split(".")[0]}, of what esbuild made`,
      source: WRAPPED,
      output: "out/main",
      bundle: async (folder) => {
        await esbuild("cjs", "out/main.cjs")(folder);
        await inject(folder);
      },
      runner: [],
    },
    {
      name: "single executable of Node 26, of what esbuild made",
      source: WRAPPED,
      output: "out/main",
      bundle: async (folder) => {
        const node = await findNode26();
        if ("missing" in node) throw new Missing(node.missing);
        await esbuild("cjs", "out/main.cjs")(folder);
        writeFileSync(join(folder, "sea.json"), JSON.stringify({ ...SEA, output: "out/main" }));
        await tool(node.path, ["--build-sea", "sea.json"], folder);
      },
      runner: [],
    },
  ];
}

if (!(await build({ debug: false, quiet: true }))) process.exit(1);
if (!existsSync(join(FOLDER, "node_modules/postject"))) {
  const { code, output } = await run("npm", ["ci", "--no-audit", "--no-fund"], {
    capture: true,
    cwd: FOLDER,
  });
  if (code !== 0) {
    console.error(`npm ci failed in tools/bundlers:\n${output}`);
    process.exit(1);
  }
}
let failed = 0;
for (const { name, source, output, bundle, runner = [process.execPath] } of await ways()) {
  const start = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "wasock-bundler-"));
  const alone = mkdtempSync(join(tmpdir(), "wasock-bundled-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules/wasock"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    writeFileSync(join(folder, "main.js"), source);
    await bundle(folder);
    // where no file of the package is near
    const moved = await run("mv", [join(folder, "out"), alone], { capture: true });
    if (moved.code !== 0) throw new Error(moved.output);
    const [program = "", ...args] = [...runner, join(alone, output)];
    const { code, output: said } = await run(program, args, {
      capture: true,
      cwd: alone,
      timeoutSeconds: 60,
    });
    if (code !== 0 || said !== "hello\n") throw new Error(said);
    console.log(`  ✓  ${name}, ${duration(performance.now() - start)}`);
  } catch (error) {
    if (error instanceof Missing) {
      console.log(`  –  ${name}: skipped: ${error.message}`);
      continue;
    }
    failed++;
    console.log(`  ✗  ${name}\n${error instanceof Error ? error.message : error}`);
  } finally {
    for (const path of [folder, alone]) rmSync(path, { recursive: true, force: true });
  }
}
process.exitCode = failed === 0 ? 0 : 1;
