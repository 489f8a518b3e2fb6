/** The files of the drop-in modules, without any other package: a folder is no path there either. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";

const test = suite("files of the drop-in modules");
const top = mkdtempSync(join(tmpdir(), "wasock-drop-in-files-"));
mkdirSync(join(top, "node_modules"));
symlinkSync(fileURLToPath(new URL("../../..", import.meta.url)), join(top, "node_modules/wasock"));

const SCRIPT = (flavour: string): string => `
  import { _addPreopen, preopens } from "wasock/host/${flavour}filesystem";
  _addPreopen("/", process.argv[2]);
  const follow = { symlinkFollow: true };
  const tried = (call) => {
    try {
      call();
      console.log("done");
    } catch (error) {
      console.log(error.payload ?? error);
    }
  };
  const [[root]] = preopens.getDirectories();
  tried(() => root.createDirectoryAt("a"));
  const a = root.openAt(follow, "a", { directory: true }, { read: true });
  tried(() => root.renameAt("a", root, "b"));
  tried(() => root.symlinkAt("..", "a"));
  tried(() => a.openAt(follow, "secret", {}, { read: true }));
  tried(() => root.openAt(follow, "a/secret", {}, { read: true }));
  tried(() => root.openAt(follow, "fifo", {}, { write: true }));
  const fifo = root.openAt(follow, "fifo", {}, { read: true });
  tried(() => fifo.read(1n, 0n));
  process.exit();
`;

for (const flavour of ["sync/", ...(hasJspi ? [""] : [])]) {
  test(`wasock/host/${flavour}filesystem`, () => {
    const folder = mkdtempSync(join(top, "outer-"));
    const given = join(folder, "given");
    mkdirSync(given);
    writeFileSync(join(folder, "secret"), "secret");
    spawnSync("mkfifo", [join(given, "fifo")]);
    const script = join(folder, "main.mjs");
    writeFileSync(script, SCRIPT(flavour));
    const { stdout, stderr, signal } = spawnSync(process.execPath, [script, given], {
      encoding: "utf8",
    });
    assert.is(signal, null, "it stood still");
    assert.is(stderr, "");
    const expected = ["done", "done", "done", "no-entry", "not-permitted", "no-such-device", "invalid-seek"];
    assert.is(stdout, `${expected.join("\n")}\n`);
  });
}

test.after(() => rmSync(top, { recursive: true, force: true }));
test.run();
