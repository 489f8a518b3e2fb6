#!/usr/bin/env node
// Draws the charts of docs/performance.md and fills in its tables, from what the bench has written:
//
//     npm run bench -- --json docs/performance/figures.json
//     node tools/performance.mjs

import "./lib/help.mjs";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, View } from "vega";
import { ratioChart } from "./lib/chart.mjs";
import { root } from "./lib/files.mjs";

const FOLDER = join(root, "docs/performance");
const PAGE = join(root, "docs/performance.md");

/**
 * What the bench writes for a row.
 *
 * @typedef {{
 *   name: string, group: string, runtime: string, unit: string, higherIsBetter: boolean, peerName: string,
 *   ours: number, peer: number, ratio: number, ratioMin: number, ratioMax: number,
 *   target?: { of: "ratio" | "difference" | "ours", limit: number }, series?: string, at?: number
 * }} Figure
 */

/** @type {Figure[]} */
const figures = JSON.parse(readFileSync(join(FOLDER, "figures.json"), "utf8"));
const runtimes = [...new Set(figures.map(({ runtime }) => runtime))];
const COLOURS = ["#4c78a8", "#f58518", "#54a24b"];

/** What Vega, which knows no dark pages, has written as light. */
const DARK = `<style>@media (prefers-color-scheme: dark) {
rect[fill="white"] { fill: #0d1117 } text { fill: #f0f6fc } [stroke="#ddd"] { stroke: #3d444d } [stroke="#888"] { stroke: #9198a1 }
}</style>`;

/**
 * How many times as good as the peer: above 1 is better whatever is measured.
 *
 * @param {Figure} figure a row
 * @returns {{ value: number, low: number, high: number }} the median, and the worst and the best round
 */
function goodness({ ratio, ratioMin, ratioMax, higherIsBetter }) {
  return higherIsBetter
    ? { value: ratio, low: ratioMin, high: ratioMax }
    : { value: 1 / ratio, low: 1 / ratioMax, high: 1 / ratioMin };
}

/**
 * @param {string} file its name in the folder
 * @param {object} spec a Vega specification
 * @returns {Promise<void>} when it is written
 */
async function draw(file, spec) {
  const background = { background: "white", padding: 8, autosize: "pad" };
  const view = new View(parse(/** @type {import("vega").Spec} */ ({ ...background, ...spec })), {
    renderer: "none",
  });
  writeFileSync(join(FOLDER, file), `${(await view.toSVG()).replace(">", `>${DARK}`)}\n`);
}

const colour = {
  name: "colour",
  type: "ordinal",
  domain: { data: "rows", field: "runtime" },
  range: COLOURS,
};

/**
 * A chart of ratios.
 *
 * @param {string} file its name
 * @param {string} title what stands above it
 * @param {Figure[]} figures what it shows
 */
function ratios(file, title, figures) {
  /** @type {Map<string, import("./lib/chart.mjs").Row>} */
  const rows = new Map();
  for (const figure of figures) {
    const { name, group, runtime } = figure;
    const key = `${group}\n${name}`;
    const row = rows.get(key) ?? { label: name, group, points: [] };
    row.points.push({ runtime, ...goodness(figure) });
    rows.set(key, row);
  }
  writeFileSync(join(FOLDER, file), ratioChart(title, [...rows.values()], runtimes));
}

/**
 * @param {string} series the name of a curve
 * @returns {string} what its n counts: "requests on n connections" counts connections
 */
function countedIn(series) {
  const [, what = "n"] = /\bn ((?:pending |time )?\w+)/.exec(series) ?? [];
  return what === "until" || what === "n" ? "how many pollables" : `how many ${what}`;
}

/**
 * A chart of a curve: what each unit costs as there are more of them.
 *
 * @param {string} series its name
 * @param {Figure[]} rows its points
 * @returns {Promise<string>} the file's name, when it is written
 */
async function curve(series, rows) {
  const values = rows.flatMap(({ runtime, at, ours, peer, peerName }) => [
    { at, value: ours, runtime: `wasock, ${runtime}` },
    { at, value: peer, runtime: `${peerName}, ${runtime}` },
  ]);
  const file = `${series.replace(/[^a-z0-9]+/gi, "-").toLowerCase()}.svg`;
  await draw(file, {
    width: 460,
    height: 200,
    title: { text: series, anchor: "start" },
    data: [{ name: "rows", values }],
    scales: [
      { name: "x", type: "log", domain: { data: "rows", field: "at" }, range: "width" },
      { name: "y", type: "log", domain: { data: "rows", field: "value" }, range: "height", nice: true },
      { ...colour, range: ["#4c78a8", "#9ecae9", "#f58518", "#ffbf79"] },
    ],
    axes: [
      { orient: "left", scale: "y", grid: true, format: "~g", tickCount: 5, title: rows[0]?.unit },
      { orient: "bottom", scale: "x", format: "~s", tickCount: 5, title: countedIn(series) },
    ],
    legends: [{ stroke: "colour", orient: "bottom", columns: 2, symbolType: "stroke", labelLimit: 0 }],
    marks: [
      {
        type: "group",
        from: { facet: { name: "line", data: "rows", groupby: "runtime" } },
        marks: [
          {
            type: "line",
            from: { data: "line" },
            encode: {
              enter: {
                x: { scale: "x", field: "at" },
                y: { scale: "y", field: "value" },
                stroke: { scale: "colour", field: "runtime" },
                strokeWidth: { value: 2 },
              },
            },
          },
        ],
      },
    ],
  });
  return file;
}

/**
 * @param {number} value a figure
 * @returns {string} it with three digits that count
 */
function show(value) {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  return Number(value.toPrecision(3)).toString();
}

/**
 * @param {Figure} figure a row
 * @returns {string} what it should come to, and whether it does
 */
function verdict({ target, ours, peer, ratio, higherIsBetter, unit }) {
  if (target === undefined) return "";
  const value = { ratio, ours, difference: ours - peer }[target.of];
  const reached = higherIsBetter ? value >= target.limit : value <= target.limit;
  const limit = target.of === "ratio" ? `${show(target.limit)}×` : `${show(target.limit)} ${unit}`;
  const what = target.of === "difference" ? " more" : "";
  return `${reached ? "✓" : "✗"} ${higherIsBetter ? "≥" : "≤"} ${limit}${what}`;
}

/**
 * @param {Figure[]} rows the rows of a group
 * @returns {string} a table
 */
function table(rows) {
  const lines = rows.map((row) => {
    const { name, runtime, ours, peer, peerName, ratio, ratioMin, ratioMax, unit } = row;
    const spread = `${show(ratio)}× (${show(ratioMin)}–${show(ratioMax)})`;
    const cells = [
      name,
      runtime.replace(/\.\d+\.\d+$/, ""),
      unit,
      show(ours),
      `${show(peer)} (${peerName})`,
      spread,
    ];
    return `| ${[...cells, verdict(row)].join(" | ")} |`;
  });
  return ["| | on | unit | wasock | peer | ratio | target |", "|---|---|---|---|---|---|---|", ...lines].join(
    "\n",
  );
}

const groups = [...new Set(figures.map(({ group }) => group))];
const ofGroup = (/** @type {string} */ group) => figures.filter((figure) => figure.group === group);
// a curve has a chart of its own
const isHost = (/** @type {Figure} */ { group, series }) => series === undefined && group.startsWith("host,");
const isLibrary = (/** @type {Figure} */ figure) =>
  figure.series === undefined && !isHost(figure) && figure.group !== "the kernel's limits";
ratios("library.svg", "The library against node:net and node:dgram", figures.filter(isLibrary));
ratios(
  "host.svg",
  "The host against jco run, preview2-shim and Wasmtime, the same component",
  figures.filter(isHost),
);
const sections = [];
for (const group of groups) {
  const rows = ofGroup(group);
  const [first] = rows;
  const chart =
    first?.series === undefined ? [] : [`![${first.series}](performance/${await curve(first.series, rows)})`];
  sections.push([`### ${group}`, ...chart, table(rows)].join("\n\n"));
}
const page = readFileSync(PAGE, "utf8");
const [before = "", , after = ""] = page.split(/^<!-- (?:figures|end of figures) -->$/m);
writeFileSync(
  PAGE,
  `${before}<!-- figures -->\n\n${sections.join("\n\n")}\n\n<!-- end of figures -->${after}`,
);
console.log(`docs/performance.md: ${figures.length} rows, ${groups.length} groups`);
