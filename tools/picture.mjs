#!/usr/bin/env node
// Draws docs/ways.svg, the README's picture of the three ways to the core:
//
//     node tools/picture.mjs [--check]
//
// `--check` only compares.

import "./lib/help.mjs";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/files.mjs";

const FILE = "docs/ways.svg";
const [WIDTH, HEIGHT] = [760, 316];

/**
 * @typedef {object} Box a part of the picture
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {string[]} lines the first is its name
 * @property {"user" | "own" | "system"} kind whose it is
 */

const BOX = 62;

/** @type {Box[]} */
const BOXES = [
  { x: 10, y: 10, width: 230, lines: ["Node program", 'import { Socket } from "wasock"'], kind: "user" },
  { x: 265, y: 10, width: 230, lines: ["Component, any language", "wasock run app.wasm"], kind: "user" },
  { x: 520, y: 10, width: 230, lines: ["AssemblyScript program", "wasock build main.ts"], kind: "user" },
  { x: 10, y: 124, width: 230, lines: ["Socket core", "WebAssembly, 33 KB"], kind: "own" },
  { x: 520, y: 124, width: 230, lines: ["The same core", "within the component"], kind: "own" },
  {
    x: 10,
    y: 238,
    width: 485,
    lines: ["Host: wasi:sockets on Node, Deno and Bun", "permissions, limits, files, audit log"],
    kind: "own",
  },
  { x: 520, y: 238, width: 230, lines: ["Any other WASI 0.2 host", "Wasmtime, jco"], kind: "system" },
];

/** From the bottom of a box to the top of another, by the corners. */
const ARROWS = [
  [125, 72, 125, 124],
  [125, 186, 125, 238],
  [380, 72, 380, 238],
  [635, 72, 635, 124],
  [635, 186, 635, 238],
  [560, 186, 460, 238],
  [440, 72, 507, 176, 548, 238],
];

const STYLE = `
  text { font: 14px system-ui, sans-serif; fill: #1f2328; text-anchor: middle }
  .name { font-weight: 600 }
  .more { font-size: 12px; fill: #59636e }
  rect { stroke: #59636e; rx: 8 }
  .user { fill: #ffffff }
  .own { fill: #ddf4e4 }
  .system { fill: #eceff2 }
  path { stroke: #59636e; fill: none; stroke-width: 1.5 }
  marker path { fill: #59636e; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .more { fill: #9198a1 }
    .user { fill: #151b23 }
    .own { fill: #12361f }
    .system { fill: #262c36 }
    rect, path { stroke: #9198a1 }
    marker path { fill: #9198a1 }
  }`;

/** @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** @returns {string} the picture */
function picture() {
  const boxes = BOXES.map(({ x, y, width, lines: [name = "", more = ""], kind }) => {
    const middle = x + width / 2;
    return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${BOX}"/>
<text class="name" x="${middle}" y="${y + 26}">${escaped(name)}</text>
<text class="more" x="${middle}" y="${y + 46}">${escaped(more)}</text>`;
  });
  const arrows = ARROWS.map((corners) => {
    const points = corners.join(" ").replace(/(\d+ \d+) (?=\d)/g, "$1 L");
    return `<path d="M${points}" marker-end="url(#tip)"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="Three ways to the core">
<title>Three ways to the core</title>
<style>${STYLE}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>
${arrows.join("\n")}
${boxes.join("\n")}
</svg>
`;
}

const path = join(root, FILE);
if (!process.argv.includes("--check")) writeFileSync(path, picture());
else if (readFileSync(path, "utf8") !== picture()) {
  console.error(`${FILE} is not what tools/picture.mjs draws: run it`);
  process.exitCode = 1;
}
