// What each process of a test loads first: it hands the number of the active mutant down to the processes and threads
// that are started, and notes which mutants were met.

const childProcess = require("node:child_process");
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");
const { join } = require("node:path");
const threads = require("node:worker_threads");

const { __STRYKER_ACTIVE_MUTANT__: active, NODE_OPTIONS: options } = process.env;
const { WASOCK_MUTANTS: count = "0", WASOCK_SCRIPTS: scripts = count, WASOCK_COVERAGE: folder } = process.env;
const inherited = {
  __STRYKER_ACTIVE_MUTANT__: active,
  NODE_OPTIONS: options,
  WASOCK_MUTANTS: count,
  WASOCK_SCRIPTS: scripts,
  WASOCK_COVERAGE: folder,
};

/** Counts by the number of a mutant, one memory for all threads of the process. */
const shared =
  threads.getEnvironmentData("wasock:met") ??
  new SharedArrayBuffer(Number(count) * Uint32Array.BYTES_PER_ELEMENT);
threads.setEnvironmentData("wasock:met", shared);
const counts = new Uint32Array(shared);
globalThis.__stryker__ = {
  activeMutant: active,
  mutantCoverage: { static: counts, perTest: {} },
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
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && !names.has(name)) given.envPairs?.push(`${name}=${value}`);
  }
  return spawn.call(this, given);
};

if (folder !== undefined) learn();

/** Notes what is met. */
function learn() {
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

  // switches.mjs: behind the mark and the number, in the memory of a module
  const MARK = Buffer.from("wasock's mutants");
  /** @type {{ memory: WebAssembly.Memory, at: number }[]} */
  const memories = [];
  const keep = (instance) => {
    for (const memory of Object.values(instance.exports)) {
      if (!(memory instanceof WebAssembly.Memory)) continue;
      const at = Buffer.from(memory.buffer).indexOf(MARK);
      if (at >= 0) memories.push({ memory, at: at + MARK.length + 4 });
    }
  };
  const { Instance, instantiate } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...given) {
      super(...given);
      keep(this);
    }
  };
  Object.defineProperty(WebAssembly.Instance, Symbol.hasInstance, { value: (it) => it instanceof Instance });
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    keep(made instanceof Instance ? made : made.instance);
    return made;
  };
  const first = Number(scripts);
  const number = Number(count) - first;
  const collect = () => {
    for (const { memory, at } of memories) {
      const met = new Uint8Array(memory.buffer, at, number);
      for (let index = met.indexOf(1); index >= 0; index = met.indexOf(1, index + 1)) {
        Atomics.add(counts, first + index, 1);
        met[index] = 0;
      }
    }
  };

  let last = new Uint32Array(counts.length);
  let since = Date.now();
  /** @returns {{ from: number, to: number, mutants: number[] }} what was met since it was asked last */
  const met = () => {
    collect();
    const now = counts.slice();
    const mutants = [];
    for (let id = 0; id < now.length; id++) if (now[id] !== last[id]) mutants.push(id);
    const window = { from: since, to: Date.now(), mutants };
    last = now;
    since = window.to;
    return window;
  };
  globalThis["wasock:met"] = met;

  const file = join(folder, `${process.pid}-${threads.threadId}.json`);
  const windows = [];
  let noted = 0;
  const write = () => {
    let isNew = modules.size > noted;
    noted = modules.size;
    if (!threads.isMainThread) {
      collect();
    } else if (globalThis["wasock:tests"] === undefined) {
      // in the process of the tests selection.mjs asks
      const window = met();
      if (window.mutants.length > 0) isNew = windows.push(window) > 0;
    }
    if (!isNew) return;
    try {
      // it may be killed while it writes
      fs.writeFileSync(`${file}.part`, JSON.stringify({ windows, modules: [...modules] }));
      fs.renameSync(`${file}.part`, file);
    } catch {
      // Node's permission model forbids it
    }
  };
  process.on("exit", write);
  // a process that is killed says nothing at its end
  setInterval(write, 100).unref();
  if (threads.isMainThread) return;
  // a thread that is ended says nothing either, but it waits before
  const { wait } = Atomics;
  Atomics.wait = (...given) => {
    collect();
    return wait(...given);
  };
}
