#!/usr/bin/env node
// Runs the library and `wasock run` on Deno, on Bun and under Node's permission model, and makes docs/runtimes.md of
// what was seen:
//
//     node tools/other-runtimes.mjs [--check]
//
// `--check` writes nothing and fails where the page is not what would be written: something that worked does not any
// more, or something works now that did not.

import "./lib/help.mjs";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { build } from "./build.mjs";
import { root } from "./lib/files.mjs";
import { findNode26 } from "./lib/node26.mjs";
import { findOtherRuntimes } from "./lib/other-runtimes.mjs";
import { run } from "./lib/process.mjs";

/** @typedef {import("../test/runtimes/main.ts").Runtime} Runtime */
/** @typedef {import("../test/runtimes/main.ts").Outcome} Outcome */

const PAGE = join(root, "docs/runtimes.md");

/**
 * @param {string} version of a program
 * @returns {string} its major and minor version
 */
function short(version) {
  return version.split(".").slice(0, 2).join(".");
}

/**
 * @returns {Promise<Runtime[] | string>} what is asked, or why it can't be
 */
async function runtimes() {
  const others = await findOtherRuntimes();
  if ("missing" in others) return others.missing;
  const node26 = await findNode26();
  if ("missing" in node26) return node26.missing;
  const { deno, bun } = others;
  const permissions = ["--permission", "--allow-net", "--allow-fs-read=*"];
  const denoPermissions = ["--allow-net", "--allow-read"];
  return [
    { name: "Node 26", command: [node26.path] },
    { name: "Node 26 with permissions", command: [node26.path, "--no-warnings", ...permissions] },
    { name: `Deno ${short(deno.version)}`, command: [deno.path, "run", "--no-lock", ...denoPermissions] },
    { name: `Bun ${short(bun.version)}`, command: [bun.path] },
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
    "- **Node with permissions**: `node --permission --allow-net --allow-fs-read=*`. koffi takes `--allow-addons` too, and",
    "  a program that blocks its thread `--allow-worker`.",
    "- **Deno**: `deno run --allow-net --allow-read`, and `--allow-sys` for IPv6 addresses with zones and `addrconfig`.",
    "  Its sockets tell no descriptor, so that koffi has nothing to work on, and the buffer sizes of its datagram sockets",
    "  are only kept by it: for guests they are remembered, and for the library the option fails. It hands datagrams to",
    "  the kernel in any order, and does not tell that one was refused.",
    "  `deno compile` fetches a runtime of its own, `denort`, when it is called, so no test has tried it: it should do",
    "  what `deno run` does, and nobody has seen it.",
    "- **Bun** takes a TCP port only by listening on it. So a connection to a socket that is bound and does not listen is",
    "  accepted and reset, where others refuse it; a socket that is bound and connects gives its port back and takes it",
    "  anew, so that another program may come between; the backlog is Bun's own, 512, and setting another of a socket that",
    "  listens fails; what was set of options before a connection reaches the kernel only with it. Accepting can't be held",
    "  back: what waits beyond the host's limit is reset. IPv6 addresses have no zones.",
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
