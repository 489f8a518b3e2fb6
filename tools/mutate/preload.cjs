// What each process of a test loads first: it hands the number of the active mutant down to the processes and threads
// that are started, and writes down which mutants and which wasm were met.

const childProcess = require("node:child_process");
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");
const { join } = require("node:path");
const threads = require("node:worker_threads");

const { __STRYKER_ACTIVE_MUTANT__: active, NODE_OPTIONS: options } = process.env;
const { WASOCK_MUTANTS: count = "0", WASOCK_COVERAGE: folder } = process.env;
const inherited = Object.entries({
  __STRYKER_ACTIVE_MUTANT__: active,
  NODE_OPTIONS: options,
  WASOCK_MUTANTS: count,
  WASOCK_COVERAGE: folder,
}).filter(([, value]) => value !== undefined);

/** Counts by the number of a mutant, one memory for all threads of the process. */
const met =
  threads.getEnvironmentData("wasock:met") ??
  new SharedArrayBuffer(Number(count) * Uint32Array.BYTES_PER_ELEMENT);
threads.setEnvironmentData("wasock:met", met);
globalThis.__stryker__ = {
  activeMutant: active,
  mutantCoverage: { static: new Uint32Array(met), perTest: {} },
};

/** The wasm files that were read, or named to another program. */
const modules = new Set();
const note = (path) => {
  if (/\.wasm$/.test(String(path))) modules.add(String(path));
};

// A test may start a program with an environment of its own.
const { spawn } = childProcess.ChildProcess.prototype;
childProcess.ChildProcess.prototype.spawn = function (given) {
  given.args?.forEach(note);
  const names = new Set(given.envPairs?.map((pair) => pair.split("=")[0]));
  for (const [name, value] of inherited) if (!names.has(name)) given.envPairs?.push(`${name}=${value}`);
  return spawn.call(this, given);
};

if (folder !== undefined) {
  for (const [object, name] of [
    [fs, "readFileSync"],
    [fs, "readFile"],
    [fs.promises, "readFile"],
  ]) {
    const original = object[name];
    object[name] = function (path, ...rest) {
      note(path instanceof URL ? path.pathname : path);
      return original.call(this, path, ...rest);
    };
  }
  syncBuiltinESMExports();
  const file = join(folder, `${process.pid}-${threads.threadId}.json`);
  let written = 0;
  const write = () => {
    const times = threads.isMainThread ? [...new Uint32Array(met).entries()] : [];
    const mutants = times.filter(([, count]) => count > 0).map(([id]) => id);
    if (mutants.length + modules.size === written) return;
    written = mutants.length + modules.size;
    // it may be killed while it writes
    fs.writeFileSync(`${file}.part`, JSON.stringify({ mutants, modules: [...modules] }));
    fs.renameSync(`${file}.part`, file);
  };
  process.on("exit", write);
  // a process that is killed says nothing at its end
  setInterval(write, 100).unref();
}
