#!/usr/bin/env node
// Bundles a program with the package by each bundler that users have, and runs what comes of it, in a folder in which nothing of
// the package lies:
//
//     node tools/bundlers.mjs

import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { duration, root } from "./lib/files.mjs";
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
 * @property {(folder: string) => Promise<unknown>} bundle makes it of `main.js`
 */

/**
 * @param {string} name a package of FOLDER
 * @returns {Promise<any>} what it exports
 */
async function load(name) {
  const require = createRequire(join(FOLDER, "package.json"));
  return import(pathToFileURL(require.resolve(name)).href);
}

/** @returns {Way[]} all of them */
function ways() {
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
  ];
}

if (!(await build({ debug: false, quiet: true }))) process.exit(1);
if (!existsSync(join(FOLDER, "node_modules/webpack"))) {
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
for (const { name, source, output, bundle } of ways()) {
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
    const { code, output: said } = await run(process.execPath, [join(alone, output)], {
      capture: true,
      cwd: alone,
    });
    if (code !== 0 || said !== "hello\n") throw new Error(said);
    console.log(`  ✓  ${name}, ${duration(performance.now() - start)}`);
  } catch (error) {
    failed++;
    console.log(`  ✗  ${name}\n${error instanceof Error ? error.message : error}`);
  } finally {
    for (const path of [folder, alone]) rmSync(path, { recursive: true, force: true });
  }
}
process.exitCode = failed === 0 ? 0 : 1;
