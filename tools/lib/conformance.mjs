// docs/conformance.md: which line of the checklist held on which way to the host, as the last whole test run saw it.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./files.mjs";

/** @typedef {import("../../test/conformance/conformance.ts").ConformanceRecord} ConformanceRecord */

/** The Nodes that tests run on. */
const NODES = ["20", "26"];

const MARKS = /** @type {Record<ConformanceRecord["outcome"], string>} */ ({
  held: "✓",
  broken: "✗",
  "not for this way": "–",
});

const HEAD = [
  "# wasi:sockets, line by line",
  "",
  "What the host does, as tests of `test/conformance/`, each written once and run on every way to reach the host:",
  "first of WASI 0.2, then of [0.3](#wasi-03).",
  "The lines are those that the WIT, the reference host's own test programs, or its code ask for; their numbers",
  "are the suite's own: N network, P permissions, D look-ups, C create, B bind, K connect, L listen, S streams, X",
  "shutdown, A addresses, O options, R readiness, U V W Y Z datagrams, I wasi:io. The page is made from what a run",
  "of `npm test` saw: `npm run tables`.",
  "",
  "- ✓: it held; ✗: it did not; –: it takes calls that wait, and this way can't suspend its guest, or somebody outside,",
  "  and in memory there is nobody",
  "",
  "`faces` are the import objects as jco's instantiation mode calls them; `core module` is `wasock/host/lowered`,",
  "called from WebAssembly with every value in its memory; `faces in memory` are on a network of `wasock/testing`. Tests of this suite that are not about a line (peers",
  "and guests that misbehave, hundreds of thousands of connections) are not listed.",
  "",
];

/** How the topics of the suite for WASI 0.3 begin. */
const OF_WASI03 = "0.3 ";

const HEAD_OF_WASI03 = [
  "## WASI 0.3",
  "",
  "The same for `wasi:sockets` 0.3.0, with the numbers of a checklist of its own: P permissions, D look-ups, C create,",
  "B bind, K connect, L listen, X streams, A addresses, O options, U V W Y Z datagrams. Each test drives a component by",
  "`instantiate`, through the canonical ABI: one that waits `in callbacks`, and one that is `suspended` where it waits,",
  "with its calls lowered without `async`; what is `in memory` is on a network of `wasock/testing`.",
  "",
];

/**
 * @param {string} version a Node's version, e.g. `26.1.0`
 * @returns {string} the file in which the suite says how it fared
 */
export function conformanceFile(version) {
  return join(root, `build/conformance-node-${version.split(".")[0]}.jsonl`);
}

/** @returns {string | undefined} docs/conformance.md, or nothing when the record of a whole test run is missing */
export function conformancePage() {
  /** @type {Map<string, string>} */
  const outcomes = new Map();
  /** @type {Map<string, Map<string, string>>} each topic's rows: what identifies one, and its cells */
  const topics = new Map();
  /** @type {Map<string, boolean>} the columns by their titles: whether they are of WASI 0.3 */
  const columns = new Map();
  for (const node of NODES) {
    const file = conformanceFile(node);
    if (!existsSync(file)) return undefined;
    for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
      const record = /** @type {ConformanceRecord} */ (JSON.parse(line));
      const { topic, lines, says, way, outcome } = record;
      if (topic === "misbehaviour") continue;
      const row = `${lines} ${says}`;
      const column = `${way}, Node ${node}`;
      const rows = topics.get(topic) ?? new Map();
      topics.set(topic, rows.set(row, `${lines} | ${says.replaceAll("|", "\\|")}`));
      columns.set(column, topic.startsWith(OF_WASI03));
      outcomes.set(`${column} ${topic} ${row}`, MARKS[outcome]);
    }
  }
  if (topics.size === 0) return undefined;
  const page = [...HEAD];
  let isOf03 = false;
  // those of WASI 0.3 come behind all others
  const order = (/** @type {string} */ topic) => topic.replace(OF_WASI03, "~");
  for (const [topic, rows] of [...topics].sort(([a], [b]) => (order(a) < order(b) ? -1 : 1))) {
    if (!isOf03 && topic.startsWith(OF_WASI03)) {
      isOf03 = true;
      page.push(...HEAD_OF_WASI03);
    }
    const titles = [...columns]
      .filter(([, is03]) => is03 === isOf03)
      .map(([title]) => title)
      .sort();
    page.push(
      isOf03 ? `### ${topic.slice(OF_WASI03.length)}` : `## ${topic}`,
      "",
      `| lines | what must hold | ${titles.join(" | ")} |`,
    );
    page.push(`|---|---|${titles.map(() => ":-:").join("|")}|`);
    for (const [row, cells] of [...rows].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))) {
      const marks = titles.map((title) => outcomes.get(`${title} ${topic} ${row}`) ?? "not run");
      page.push(`| ${cells} | ${marks.join(" | ")} |`);
    }
    page.push("");
  }
  return page.join("\n");
}
