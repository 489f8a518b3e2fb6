/** Projects for tests, with the package in them as npm packs it, and no network. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The command, as it is built. */
export const cli: string = join(root, "build/dist/cli.js");

/** Has a Node take from cached-asc.ts what was compiled before. */
export const cachedAsc: string = `--import=${new URL("cached-asc.js", import.meta.url)}`;

/** Runs a program in a folder, in which `node` and `npm` are those of this test. */
export function runIn(folder: string, file: string, ...args: string[]): SpawnSyncReturns<string> {
  const path = [
    join(folder, "node_modules/.bin"),
    dirname(process.execPath),
    process.env["PATH"],
    "/usr/sbin",
  ].join(delimiter);
  // node:test would take the project's tests for parts of this one
  const env = {
    ...process.env,
    PATH: path,
    npm_config_offline: "true",
    NODE_TEST_CONTEXT: undefined,
    ...(file === "npm" && args[0] === "test" && { NODE_OPTIONS: cachedAsc }),
  };
  return spawnSync(file, args, { cwd: folder, encoding: "utf8", env });
}

/** Puts the package into a project as npm packs it, and those that it needs as links. */
export function install(project: string): void {
  const modules = join(project, "node_modules");
  mkdirSync(modules);
  const packed = runIn(root, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", project);
  assert.is(packed.status, 0, packed.stderr);
  const tarball = String(readdirSync(project).find((name) => name.endsWith(".tgz")));
  assert.is(runIn(project, "tar", "-xzf", tarball, "-C", modules).status, 0);
  assert.is(runIn(modules, "mv", "package", "wasock").status, 0);
  rmSync(join(project, tarball));
  linkOthers(modules);
}

/** Puts the package and those that it needs into a project as links. */
export function link(project: string): void {
  const modules = join(project, "node_modules");
  mkdirSync(modules);
  symlinkSync(root, join(modules, "wasock"));
  linkOthers(modules);
}

function linkOthers(modules: string): void {
  for (const name of ["assemblyscript", "@bytecodealliance"]) {
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  chmodSync(join(modules, "wasock/build/dist/cli.js"), 0o755); // as npm does with what `bin` names
  mkdirSync(join(modules, ".bin"));
  symlinkSync("../wasock/build/dist/cli.js", join(modules, ".bin/wasock"));
}
