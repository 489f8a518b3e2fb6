#!/usr/bin/env node
// Completes package-lock.json after `npm install`: npm leaves out an optional platform package that the registry
// in use does not serve, and `npm ci` then refuses the lock file on every machine. Run it after each change of a
// dependency: `node tools/lock.mjs [folder]`.

import "./lib/help.mjs";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Words in a platform package's name and what they say about where it can be installed. */
const OS = [
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "aix",
  "win32",
];
const CPU = ["arm64", "arm", "x64", "ia32", "ppc64", "s390x", "riscv64", "loong64", "mips64el", "wasm32"];

/**
 * Reads from a package name such as `@biomejs/cli-linux-x64-musl` on which machines it can be installed.
 *
 * @param {string} name the package
 * @returns {{ os?: string[], cpu?: string[], libc?: string[] } | undefined} npm's fields, or `undefined` when
 *   the name speaks of no platform
 */
function platformOf(name) {
  const words = name.split("/").at(-1)?.split("-") ?? [];
  const os = words.find((word) => OS.includes(word));
  const cpu = words.find((word) => CPU.includes(word));
  if (cpu === undefined) return undefined;
  const libc = words.includes("musl")
    ? "musl"
    : words.includes("gnu") || words.includes("gnueabihf")
      ? "glibc"
      : undefined;
  return { ...(os && { os: [os] }), cpu: [cpu], ...(os === "linux" && libc && { libc: [libc] }) };
}

/**
 * Adds an entry for each optional platform package that a package of the lock file names and the lock file lacks.
 *
 * @param {{ packages: Record<string, any> }} lock the parsed lock file, changed in place
 * @returns {string[]} the packages added, as `name@version`
 */
function complete(lock) {
  const added = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
      if (places.some((place) => lock.packages[place.replace(/^\//, "")] !== undefined)) continue;
      const platform = platformOf(name);
      if (platform === undefined || !/^\d/.test(version)) continue;
      const { os, cpu, libc } = platform;
      lock.packages[`node_modules/${name}`] = {
        version,
        cpu,
        ...(entry.dev && { dev: true }),
        ...(libc && { libc }),
        optional: true,
        ...(os && { os }),
      };
      added.push(`${name}@${version}`);
    }
  }
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")),
  );
  return added;
}

const file = join(process.argv[2] ?? ".", "package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8"));
const added = complete(lock);
if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length > 0 ? `${file}: added ${added.length}: ${added.join(", ")}` : `${file}: complete`);
