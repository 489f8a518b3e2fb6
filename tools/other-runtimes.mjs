#!/usr/bin/env node
// Runs the library and `wasock run` on Deno, on Bun and under Node's permission model, and makes docs/runtimes.md of
// what was seen:
//
//     node tools/other-runtimes.mjs [--check]
//
// `--check` writes nothing and fails where the page is not what would be written: something that worked does not any
// more, or something works now that did not.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { build } from "./build.mjs";
import { root } from "./lib/files.mjs";
import { findNode26 } from "./lib/node26.mjs";
import { run } from "./lib/process.mjs";

/** @typedef {import("../test/runtimes/main.ts").Runtime} Runtime */
/** @typedef {import("../test/runtimes/main.ts").Outcome} Outcome */

/** The private package that brings Deno and Bun. */
const FOLDER = join(root, "tools/runtimes/others");

/** Their programs, by platform. */
const PROGRAMS = /** @type {Record<string, { deno: string, bun: string }>} */ ({
  "darwin-arm64": { deno: "@deno/darwin-arm64/deno", bun: "@oven/bun-darwin-aarch64/bin/bun" },
  "darwin-x64": { deno: "@deno/darwin-x64/deno", bun: "@oven/bun-darwin-x64/bin/bun" },
  "linux-arm64": { deno: "@deno/linux-arm64-glibc/deno", bun: "@oven/bun-linux-aarch64/bin/bun" },
  "linux-x64": { deno: "@deno/linux-x64-glibc/deno", bun: "@oven/bun-linux-x64/bin/bun" },
});

const PAGE = join(root, "docs/runtimes.md");

/**
 * @param {string} name `deno` or `bun`
 * @returns {string} its major and minor version, as in its package
 */
function versionOf(name) {
  const { version } = JSON.parse(readFileSync(join(FOLDER, "node_modules", name, "package.json"), "utf8"));
  return version.split(".").slice(0, 2).join(".");
}

/**
 * @returns {Promise<Runtime[] | string>} what is asked, or why it can't be
 */
async function runtimes() {
  const programs = PROGRAMS[`${process.platform}-${process.arch}`];
  if (programs === undefined) return `there is no Deno or Bun for ${process.platform} on ${process.arch}`;
  const node26 = await findNode26();
  if ("missing" in node26) return node26.missing;
  const [deno, bun] = [programs.deno, programs.bun].map((path) => join(FOLDER, "node_modules", path));
  if (deno === undefined || bun === undefined || !existsSync(deno) || !existsSync(bun)) {
    const { code, output } = await run("npm", ["ci", "--no-audit", "--no-fund"], {
      capture: true,
      cwd: FOLDER,
      timeoutSeconds: 300,
    });
    if (code !== 0) return `npm ci failed in tools/runtimes/others: ${output.trim().split("\n")[0]}`;
  }
  const permissions = ["--permission", "--allow-net", "--allow-fs-read=*"];
  const denoPermissions = ["--allow-net", "--allow-read", "--allow-env", "--allow-sys"];
  return [
    { name: "Node 26", command: [node26.path] },
    { name: "Node 26 with permissions", command: [node26.path, "--no-warnings", ...permissions] },
    { name: `Deno ${versionOf("deno")}`, command: [String(deno), "run", "--no-lock", ...denoPermissions] },
    { name: `Bun ${versionOf("bun")}`, command: [String(bun)] },
  ];
}

/**
 * @param {Runtime[]} asked the runtimes
 * @returns {Promise<Outcome[]>} what came of each check
 */
async function ask(asked) {
  const { code, signal, output, stdout } = await run(
    process.execPath,
    ["build/test/runtimes/main.js", JSON.stringify(asked)],
    {
      capture: true,
      env: { ...process.env, NO_COLOR: "1" },
      timeoutSeconds: 300,
    },
  );
  if (code !== 0) throw new Error(`build/test/runtimes/main.js ended with ${signal ?? code}:\n${output}`);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

/**
 * @param {Runtime[]} asked the runtimes
 * @param {Outcome[]} outcomes what came of each check
 * @returns {string} the page
 */
function page(asked, outcomes) {
  /** @type {string[]} */
  const reasons = [];
  /** @param {string | null | undefined} error */
  const cell = (error) => {
    if (error === null) return "✓";
    const text = stripVTControlCharacters(error ?? "it was not tried").replace(/\s+/g, " ");
    if (!reasons.includes(text)) reasons.push(text);
    return `– (${reasons.indexOf(text) + 1})`;
  };
  const rows = [...new Set(outcomes.map(({ check }) => check))].map((check) => {
    const cells = asked.map(({ name }) =>
      cell(outcomes.find((one) => one.check === check && one.runtime === name)?.error),
    );
    return `| ${check} | ${cells.join(" | ")} |`;
  });
  return [
    "# Other runtimes",
    "",
    "What the library and `wasock run` do on Deno, on Bun and under Node's permission model. The page is made by a",
    "program that tries each, with the kernel as witness for options: `node tools/other-runtimes.mjs`.",
    "",
    `| | ${asked.map(({ name }) => name).join(" | ")} |`,
    `|---|${asked.map(() => ":-:").join("|")}|`,
    ...rows,
    "",
    ...(reasons.length > 0 ? ["What is said where it is not:", ""] : []),
    ...reasons.map((reason, index) => `${index + 1}. \`${reason}\``),
    "",
    "How they were started, and why something is missing:",
    "",
    "- **Node with permissions**: `node --permission --allow-net --allow-fs-read=*`. koffi takes `--allow-addons` too.",
    "- **Deno**: `deno run --allow-net --allow-read --allow-env --allow-sys`. Its sockets tell no descriptor, so that",
    "  koffi has nothing to work on, and the buffer sizes of its datagram sockets are only kept by it: for guests they",
    "  are remembered, and for the library the option fails. It hands datagrams to the kernel in any order, and does",
    "  not tell that one was refused.",
    "- **Bun** has no way to bind without listening, nor to bind a datagram socket before the call returns. So it",
    "  connects and looks up, and nothing else.",
    "",
  ].join("\n");
}

const check = process.argv.includes("--check");
if (!(await build({ debug: false, quiet: true }))) {
  process.exitCode = 1;
} else {
  const asked = await runtimes();
  if (typeof asked === "string") {
    console.log(`skipped: ${asked}`);
  } else {
    const text = page(asked, await ask(asked));
    const same = existsSync(PAGE) && readFileSync(PAGE, "utf8") === text;
    if (!check && !same) writeFileSync(PAGE, text);
    console.log(
      `docs/runtimes.md: ${same ? "up to date" : check ? `is not what was seen:\n\n${text}` : "written"}`,
    );
    process.exitCode = check && !same ? 1 : 0;
  }
}
