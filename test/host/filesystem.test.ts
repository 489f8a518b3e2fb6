/** The faces of `wasi:filesystem`: files of the host, with their streams. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../host/host.ts";
import type { IoError } from "../../host/io/streams.ts";
import {
  type Descriptor,
  type DirectoryEntryStream,
  type FilesystemImports,
  filesystemImports,
} from "../../host/wasi02/filesystem.ts";
import { Network, networkErrorCode } from "../../host/wasi02/network.ts";

const test = suite("wasi:filesystem");
const folder = mkdtempSync(join(tmpdir(), "wasock-files-"));

/** A guest with one folder; when the work is done nothing may be left open. */
function withFolder(work: (root: Descriptor, faces: FilesystemImports) => void): void {
  const host = createHost();
  const faces = filesystemImports(host.context, [{ host: folder, guest: "/" }]);
  const directories = faces["wasi:filesystem/preopens"].getDirectories();
  assert.is(directories[0]?.[1], "/");
  const root = directories[0]?.[0] as Descriptor;
  work(root, faces);
  root[Symbol.dispose]();
  assert.is(host.stats().streams, 0);
  assert.is(host.stats().files, 1, "files are left open");
  host.close();
  assert.is(host.context.ledger.live.size, 0);
}

const follow = { symlinkFollow: true };

function codeOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return "it did not fail";
}

test("a file is read and written by streams that outlive its descriptor", () => {
  withFolder((root) => {
    const made = root.openAt(follow, "a.txt", { create: true }, { write: true, mutateDirectory: true });
    const output = made.writeViaStream(2n);
    made[Symbol.dispose]();
    assert.ok(output.checkWrite() > 0n);
    output.write(Buffer.from("hello"));
    assert.is(output.blockingFlush(), undefined);
    output[Symbol.dispose]();
    assert.is(readFileSync(join(folder, "a.txt"), "latin1"), "\0\0hello");

    const opened = root.openAt(follow, "a.txt", {}, { read: true, write: true });
    const appending = opened.appendViaStream();
    appending.checkWrite();
    appending.write(Buffer.from(" and more"));
    appending[Symbol.dispose]();
    const input = opened.readViaStream(2n);
    const pollable = input.subscribe();
    assert.is(pollable.ready(), true);
    pollable[Symbol.dispose]();
    opened[Symbol.dispose]();
    assert.is(Buffer.from(input.read(5n)).toString(), "hello");
    assert.is(Buffer.from(input.blockingRead(100n) as Uint8Array).toString(), " and more");
    assert.equal(
      codeOf(() => input.read(1n)),
      { tag: "closed" },
    );
    input[Symbol.dispose]();
  });
});

test("an error of a file is one of wasi:filesystem, and none of the network", () => {
  withFolder((root, faces) => {
    writeFileSync(join(folder, "read-only.txt"), "text");
    const opened = root.openAt(follow, "read-only.txt", {}, { read: true });
    for (const call of [() => opened.writeViaStream(0n), () => opened.appendViaStream()]) {
      assert.is(codeOf(call), "bad-descriptor");
    }
    const full = root.openAt(follow, "far.txt", { create: true }, { write: true });
    const output = full.writeViaStream(2n ** 63n);
    output.checkWrite();
    const error = codeOf(() => output.write(Buffer.from("x"))) as { tag: string; val: IoError };
    assert.is(error.tag, "last-operation-failed");
    assert.is(faces["wasi:filesystem/types"].filesystemErrorCode(error.val), "file-too-large");
    assert.is(networkErrorCode(error.val), undefined);
    assert.match(error.val.toDebugString(), "write: EFBIG");
    output[Symbol.dispose]();
    full[Symbol.dispose]();
    assert.is(
      codeOf(() => opened.write(Buffer.from("x"), 0n)),
      "bad-descriptor",
    );
    opened[Symbol.dispose]();
    assert.is(
      codeOf(() => root.openAt(follow, "../x", {}, { read: true })),
      "not-permitted",
    );
    assert.is(
      codeOf(() => root.readViaStream(0n)),
      "is-directory",
    );
    assert.ok(new Network() !== undefined);
  });
});

test("a preopened folder has metadata, and lists what is in it", () => {
  withFolder((root) => {
    writeFileSync(join(folder, "listed.txt"), "");
    assert.is(root.getType(), "directory");
    assert.is(root.stat().type, "directory");
    assert.is(root.getFlags()["mutateDirectory"], true);
    assert.ok("lower" in root.metadataHash());
    const entries: DirectoryEntryStream = root.readDirectory();
    const names: string[] = [];
    for (
      let entry = entries.readDirectoryEntry();
      entry !== undefined;
      entry = entries.readDirectoryEntry()
    ) {
      names.push(entry.name);
    }
    entries[Symbol.dispose]();
    assert.ok(names.includes("listed.txt"), String(names));
  });
});

test("times are set to now, to what they were, and to what is told", () => {
  withFolder((root) => {
    const path = join(folder, "times.txt");
    writeFileSync(path, "");
    utimesSync(path, 1000, 2000);
    root.setTimesAt(follow, "times.txt", { tag: "now" }, { tag: "no-change" });
    assert.ok(Math.abs(statSync(path).atimeMs - Date.now()) < 60_000, String(statSync(path).atime));
    assert.is(statSync(path).mtimeMs, 2_000_000);
    const told = { tag: "timestamp", val: { seconds: 5n, nanoseconds: 500_000_000 } } as const;
    root.setTimesAt(follow, "times.txt", told, told);
    assert.is(statSync(path).mtimeMs, 5500);
    root.unlinkFileAt("times.txt");
    assert.not(existsSync(path));
  });
});

test("a host that is closed closes the files", () => {
  const host = createHost();
  const faces = filesystemImports(host.context, [{ host: folder, guest: "/" }]);
  const root = faces["wasi:filesystem/preopens"].getDirectories()[0]?.[0] as Descriptor;
  writeFileSync(join(folder, "open.txt"), "text");
  const opened = root.openAt(follow, "open.txt", {}, { read: true });
  assert.is(host.context.ledger.live.size, 2);
  host.close();
  assert.is(host.context.ledger.live.size, 0);
  opened[Symbol.dispose]();
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
