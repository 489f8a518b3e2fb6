// Transpiles the component for Node. For the tests and the demo there are two variants that are given a host: `sync`,
// whose functions answer at once and which runs on every Node, and `jspi`, whose blocking functions suspend (Node 24
// and later). For the bench there are two that bring one, and block: `shim` has preview2-shim, `drop-in` our modules
// in its place.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { installed, root } from "../lib/files.mjs";

/** What may suspend a guest: jco's own list for preview 2. */
const ASYNC_IMPORTS = [
  "wasi:io/poll#poll",
  "wasi:io/poll#[method]pollable.block",
  "wasi:io/streams#[method]input-stream.blocking-read",
  "wasi:io/streams#[method]input-stream.blocking-skip",
  "wasi:io/streams#[method]output-stream.blocking-flush",
  "wasi:io/streams#[method]output-stream.blocking-write-and-flush",
  "wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush",
  "wasi:io/streams#[method]output-stream.blocking-splice",
];

/** What may wait, in wit/net.wit. */
const ASYNC_EXPORTS = [
  ...[
    "get-address-info",
    "bind",
    "listen",
    "accept",
    "connect",
    "open-net-io",
    "with-net-io",
    "make-listener-socket",
    "close",
    "send",
    "send-non-blocking",
    "receive",
    "receive-non-blocking",
    "receive-many",
  ].map((name) => `wasock:net/net@0.1.0#${name}`),
  ...["read", "write", "finish"].map((name) => `wasock:net/types@0.1.0#[method]net-io.${name}`),
];

/** The packages of `wasock/host/sync`. */
const PACKAGES = ["cli", "clocks", "filesystem", "io", "random", "sockets"];

/** The options by variant, and folder. */
const VARIANTS = /** @type {const} */ ({
  sync: { instantiation: "async", asyncMode: "sync" },
  jspi: {
    instantiation: "async",
    asyncMode: "jspi",
    asyncImports: ASYNC_IMPORTS,
    asyncExports: ASYNC_EXPORTS,
  },
  shim: {},
  "drop-in": {
    map: Object.fromEntries(PACKAGES.map((name) => [`wasi:${name}/*`, `wasock/host/sync/${name}#*`])),
  },
});

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const jco = {
  name: "jco",
  after: ["component"],
  inputs: () => ["build/wasock.component.wasm", "tools/steps/jco.mjs"],
  words: [installed("@bytecodealliance/jco-transpile")],
  outputs: () => Object.keys(VARIANTS).map((variant) => `build/jco/${variant}`),
  run: () => transpile(Object.keys(VARIANTS)),
};

/** What the demo runs. */
const OF_THE_DEMO = ["sync", "jspi"];

/**
 * The same for the demo alone.
 *
 * @type {import("../lib/steps.mjs").Step}
 */
export const demoJco = {
  ...jco,
  name: "component for Node",
  outputs: () => OF_THE_DEMO.map((variant) => `build/jco/${variant}`),
  run: () => transpile(OF_THE_DEMO),
};

/**
 * Transpiles the component, and removes what was made of an earlier one.
 *
 * @param {string[]} variants what to make
 * @returns {Promise<boolean>} whether it worked
 */
export async function transpile(variants) {
  const { transpileBytes } = await import("@bytecodealliance/jco-transpile");
  const component = readFileSync(join(root, "build/wasock.component.wasm"));
  for (const [variant, options] of Object.entries(VARIANTS)) {
    if (!variants.includes(variant)) continue;
    rmSync(join(root, "build/jco", variant), { recursive: true, force: true });
    const { files } = await transpileBytes(component, { name: "wasock", ...options });
    for (const [name, bytes] of Object.entries(files)) {
      const path = join(root, "build/jco", variant, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
    const unknown = variant === "jspi" ? notSuspending(Buffer.from(files["wasock.js"] ?? "").toString()) : [];
    if (unknown.length > 0) {
      console.error(`jco does not know these exports, to make them suspend: ${unknown.join(", ")}`);
      return false;
    }
  }
  return true;
}

/**
 * Finds the names in `ASYNC_EXPORTS` that jco did not know: it says nothing about them, and such a function would
 * fail at its first wait.
 *
 * @param {string} code the generated module
 * @returns {string[]} those names
 */
function notSuspending(code) {
  return ASYNC_EXPORTS.filter((name) => {
    const method = name.includes("#[method]");
    const camel = (name.split(method ? "." : "#").at(-1) ?? "").replace(/-(\w)/g, (_, letter) =>
      letter.toUpperCase(),
    );
    return !code.includes(method ? `.prototype.${camel} = async function` : `async function ${camel}(`);
  });
}
