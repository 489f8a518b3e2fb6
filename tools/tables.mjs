#!/usr/bin/env node
// Makes the pages of the docs that tell what was seen and not what was meant:
//
//     node tools/tables.mjs [--check]
//
// docs/contract.md tells which promise of the API held on which side, and docs/conformance.md which line of the
// checklist of wasi:sockets held on which way to the host, both from the last whole test run (`npm test`);
// docs/options.md tells what becomes of each socket option, from a program that asks the kernel. `--check` writes
// nothing and fails where a page is not what would be written.

import "./lib/help.mjs";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { conformancePage } from "./lib/conformance.mjs";
import { contractFile } from "./lib/contract.mjs";
import { root } from "./lib/files.mjs";
import { findNode26 } from "./lib/node26.mjs";
import { run } from "./lib/process.mjs";
import { environment } from "./lib/python.mjs";
import { optionsSection } from "./options/generate.mjs";

/** The columns of docs/contract.md: the Node's major version, the side's name, and the title. */
const COLUMNS = /** @type {const} */ ([
  ["20", "Node library", "library, Node 20"],
  ["26", "Node library", "library, Node 26"],
  ["20", "component (operations)", "component, Node 20"],
  ["26", "component (operations)", "component, Node 26"],
  ["26", "component (JSPI)", "component, blocking, Node 26"],
  ["26", "component (Wasmtime)", "component, Wasmtime"],
  ["20", "component 0.3 (wasock/host)", "component 0.3, Node 20"],
  ["26", "component 0.3 (wasock/host)", "component 0.3, Node 26"],
  ["26", "AssemblyScript (Wasmtime)", "AssemblyScript, Wasmtime"],
  ["20", "AssemblyScript (wasock run)", "AssemblyScript, `wasock run`, Node 20"],
  ["26", "AssemblyScript (wasock run)", "AssemblyScript, `wasock run`, Node 26"],
  ["26", "AssemblyScript 0.3 (Wasmtime)", "AssemblyScript 0.3, Wasmtime"],
  ["20", "AssemblyScript 0.3 (wasock run)", "AssemblyScript 0.3, `wasock run`, Node 20"],
  ["26", "AssemblyScript 0.3 (wasock run)", "AssemblyScript 0.3, `wasock run`, Node 26"],
]);

const MARKS = /** @type {Record<string, string>} */ ({
  held: "✓",
  broken: "✗",
  "not for this side": "–",
  "side missing": "not run",
});

/** @typedef {import("../test/contract/contract.ts").ContractRecord} ContractRecord */
/** @typedef {import("../test/tables/options.ts").OptionRow} OptionRow */

/** @returns {string | undefined} docs/contract.md, or nothing when the record of a whole test run is missing */
function contractPage() {
  const records = new Map();
  /** @type {Map<string, Set<string>>} */
  const topics = new Map();
  for (const node of ["20", "26"]) {
    const file = contractFile(node);
    if (!existsSync(file)) return undefined;
    for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
      const { topic, promise, side, outcome } = /** @type {ContractRecord} */ (JSON.parse(line));
      topics.set(topic, (topics.get(topic) ?? new Set()).add(promise));
      records.set(`${node} ${side} ${topic} ${promise}`, outcome);
    }
  }
  if (topics.size === 0) return undefined;
  const lines = [
    "# The contract, side by side",
    "",
    "Each line is a promise of the API and a test of `test/contract/`, written once and run on every side. The",
    "page is made from what a run of `npm test` saw: `npm run tables`.",
    "",
    "- ✓: it held; ✗: it did not",
    "- –: it is not for this side. The component's and AssemblyScript's functions block, so that several calls",
    "  can't be pending at a time; what WIT's types rule out can't be tried there; and what an AssemblyScript",
    "  program throws ends it.",
    "",
    "`library` is `wasock` in Node; `component` is `wasock.component.wasm` through jco on `wasock/host`, its",
    "`operations` interface, and where it says so its blocking `net` interface, which takes Node's JSPI.",
    "",
  ];
  const titles = COLUMNS.map(([, , title]) => title);
  for (const topic of [...topics.keys()].sort()) {
    lines.push(`## ${topic[0]?.toUpperCase()}${topic.slice(1)}`, "");
    lines.push(`| promise | ${titles.join(" | ")} |`, `|---|${titles.map(() => ":-:").join("|")}|`);
    for (const promise of topics.get(topic) ?? []) {
      const marks = COLUMNS.map(([node, side]) => {
        const outcome = records.get(`${node} ${side} ${topic} ${promise}`);
        return MARKS[outcome] ?? "not run";
      });
      lines.push(`| ${promise.replaceAll("|", "\\|")} | ${marks.join(" | ")} |`);
    }
    lines.push("");
  }
  return lines.join("\n");
}

/**
 * @param {string} node a Node
 * @param {"native" | "node"} how with koffi, or without
 * @returns {Promise<{ side: string, runtime: string, rows: OptionRow[] }[]>} what each side did with each option
 */
async function askOptions(node, how) {
  const { code, output, stdout } = await run(node, ["build/test/tables/options.js"], {
    capture: true,
    env: { ...environment(), WASOCK_OPTIONS: how },
    timeoutSeconds: 120,
  });
  if (code !== 0) throw new Error(`build/test/tables/options.js failed:\n${output}`);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

/** @returns {Promise<string | undefined>} docs/options.md, or nothing when a column can't be had here */
async function optionsPage() {
  const node26 = await findNode26();
  if (!("path" in node26) || !process.versions.node.startsWith("20.")) return undefined;
  const ours = [];
  let recent;
  for (const [node, name] of /** @type {const} */ ([
    [process.execPath, "Node 20"],
    [node26.path, "Node 26"],
  ])) {
    for (const how of /** @type {const} */ (["node", "native"])) {
      recent = await askOptions(node, how);
      const seen = recent.find(({ side }) => side === "Node library");
      ours.push({ title: `our host, ${name}${how === "native" ? " with koffi" : ""}`, seen });
    }
  }
  const columns = [
    ...ours,
    { title: "Wasmtime", seen: recent?.find(({ side }) => side === "component (Wasmtime)") },
  ];
  if (columns.some(({ seen }) => seen === undefined)) return undefined;
  const lines = [
    "# Option fidelity",
    "",
    "What becomes of each socket option. The table is made by a program that sets the option and then asks the",
    "kernel about that very socket (`pidfd_getfd` and `getsockopt`): `npm run tables`.",
    "",
    "- **kernel**: it can be set, and the kernel has what was set",
    "- **core**: it can be set, and acts in the core, which keeps time limits and low-water marks itself; the kernel",
    "  is not told",
    "- **read**: it can be read, and is what the socket's own state says; setting it fails",
    "- **fixed**: as *read*; setting the value that it has succeeds",
    "- **ENOPROTOOPT**: the call fails, since this host can't hand it on. Nothing is only remembered.",
    "",
    "The keep-alive times are set with keep-alive on, which is when they count: Node hands them to the kernel",
    "then, and not before.",
    "",
    "For what Node has no call for, `npm install koffi`: a package that comes compiled for every platform, through",
    "which the host calls `setsockopt` itself. It is loaded when an option first needs it, on Linux, macOS and",
    "FreeBSD; on Windows Node does not tell the descriptor of a socket. The environment variable `WASOCK_OPTIONS`",
    "says how the Node library goes about it, as `createHost({ options })` does for guests: `auto` (default: with",
    "koffi where it is installed), `native` (with koffi, or importing fails), `node` (without). On Linux it also",
    "receives datagrams by `recvmmsg`, where many come.",
    "",
    "A **guest** that imports `wasi:sockets` gets the same, with one difference that WASI allows: where this page",
    "says ENOPROTOOPT for TCP buffer sizes, hop limits and keep-alive times, the value is cut to what the kernel",
    "takes, kept and read back. `createHost().fidelity()` says so, option by option: `kernel`, `computed` or",
    "`remembered`.",
    "",
    `| level | option | | ${columns.map(({ title }) => title).join(" | ")} |`,
    `|---|---|---|${columns.map(() => "---").join("|")}|`,
  ];
  for (const { level, option, kind } of columns[0]?.seen?.rows ?? []) {
    const cells = columns.map(
      ({ seen }) =>
        seen?.rows.find((row) => row.level === level && row.option === option && row.kind === kind)?.fidelity,
    );
    lines.push(`| ${level} | ${option} | ${kind} | ${cells.join(" | ")} |`);
  }
  lines.push("", optionsSection());
  return lines.join("\n");
}

/**
 * @param {string[]} args the command line
 * @returns {Promise<boolean>} whether all is well
 */
async function main(args) {
  const check = args.includes("--check");
  if (!(await build({ debug: false, quiet: true }))) return false;
  let fine = true;
  for (const [name, page] of /** @type {const} */ ([
    ["docs/contract.md", contractPage()],
    ["docs/conformance.md", conformancePage()],
    ["docs/options.md", await optionsPage()],
  ])) {
    const path = join(root, name);
    if (page === undefined) {
      console.log(`${name}: not made, as that takes Node 20 and 26, Wasmtime and a whole run of npm test`);
    } else if (!check) {
      writeFileSync(path, page);
      console.log(`${name}: written`);
    } else if (!existsSync(path) || readFileSync(path, "utf8") !== page) {
      console.error(`${name}: stale; npm test && npm run tables writes it`);
      fine = false;
    } else {
      console.log(`${name}: up to date`);
    }
  }
  return fine;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
