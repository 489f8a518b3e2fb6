#!/usr/bin/env node
// Follows the README as a new user would, from empty folders with the package as npm packs it: the program for Node, the
// component in Python, the program in AssemblyScript.
//
//     node tools/first-use.mjs
//
// Installs what the README says from the registries; the part in Python is left out, and said so, without pip or on a Node that
// is too old for it.

import "./lib/help.mjs";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duration, root } from "./lib/files.mjs";
import { run } from "./lib/process.mjs";

/** @typedef {{ language: string, code: string }} Block */

const readme = readFileSync(join(root, "README.md"), "utf8");

/**
 * @param {string} heading what stands above
 * @returns {Block[]} the blocks below it
 */
function blocksUnder(heading) {
  const section = readme.split(/^## /m).find((text) => text.startsWith(heading));
  if (section === undefined) throw new Error(`the README has no part "${heading}"`);
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", code = ""]) => ({
    language,
    code,
  }));
}

const folder = mkdtempSync(join(tmpdir(), "wasock-first-use-"));
const server = createServer((_, response) => response.end("the page\n"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
let failed = false;

/**
 * Runs commands in a shell; what they print.
 *
 * @param {string} cwd where
 * @param {string} script the commands
 * @returns {Promise<string>} what they printed
 */
async function shell(cwd, script) {
  const bins = [join(cwd, "node_modules/.bin"), join(cwd, "venv/bin")].join(":");
  const env = {
    ...process.env,
    PATH: `${bins}:${process.env["PATH"]}`,
    npm_config_audit: "false",
    npm_config_fund: "false",
  };
  const text = script.replaceAll("8080", String(port));
  const { code, output } = await run("bash", ["--norc", "-euc", text], {
    capture: true,
    cwd,
    env,
    timeoutSeconds: 300,
  });
  if (code !== 0) throw new Error(`${text}\n${output}`);
  return output;
}

/**
 * Does one of the three, and tells how long it took.
 *
 * @param {string} name what it is called
 * @param {(cwd: string) => Promise<string | undefined>} work does it in a folder with the package; why it was left out, if it was
 */
async function part(name, work) {
  const cwd = join(folder, name.replace(/\W+/g, "-"));
  mkdirSync(cwd);
  writeFileSync(join(cwd, "package.json"), '{ "private": true, "type": "module" }\n');
  const start = performance.now();
  try {
    await shell(cwd, `npm install "${packed}"`);
    const why = await work(cwd);
    console.log(
      `${name}: ${why === undefined ? `works, ${duration(performance.now() - start)}` : `left out, ${why}`}`,
    );
  } catch (error) {
    failed = true;
    console.error(`${name}: FAILED\n${error instanceof Error ? error.message : error}`);
  }
}

/**
 * @param {string} printed what was printed
 * @param {string} wanted what must stand in it
 */
function expect(printed, wanted) {
  if (!printed.includes(wanted))
    throw new Error(`${JSON.stringify(wanted)} was not printed, but\n${printed}`);
}

await run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], { capture: true });
const packed = join(folder, String(readdirSync(folder).find((name) => name.endsWith(".tgz"))));

await part("Node program", async (cwd) => {
  const [block] = blocksUnder("Sockets in Node");
  writeFileSync(join(cwd, "program.js"), block?.code ?? "");
  expect(await shell(cwd, "node program.js"), "HELLO\n");
  return undefined;
});

await part("AssemblyScript program", async (cwd) => {
  const [install, program, commands] = blocksUnder("Programs in AssemblyScript");
  writeFileSync(join(cwd, "get.ts"), program?.code ?? "");
  await shell(cwd, install?.code ?? "");
  expect(await shell(cwd, commands?.code ?? ""), "the page\n");
  return undefined;
});

await part("Python component", async (cwd) => {
  const [program, commands] = blocksUnder("Run a program with the network");
  if (Number(process.versions.node.split(".")[0]) < 22) return "this Node is too old for it";
  const { code } = await run("python3", ["-m", "venv", join(cwd, "venv")], { capture: true });
  if (code !== 0) return "there is no python3 with venv";
  writeFileSync(join(cwd, "app.py"), program?.code ?? "");
  expect(await shell(cwd, commands?.code ?? ""), "the page\n");
  return undefined;
});

server.close();
rmSync(folder, { recursive: true, force: true });
if (failed) process.exitCode = 1;
