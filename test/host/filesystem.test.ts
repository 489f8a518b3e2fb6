/** The faces of `wasi:filesystem`: files of the host, with their streams. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
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
import type { DescriptorFlags, OpenFlags } from "../../host/wit/wasi02.ts";

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
    assert.is(root.getFlags().mutateDirectory, true);
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

test("flags are told as they were asked for, where they could be had", () => {
  withFolder((root) => {
    const told = (openFlags: OpenFlags, flags: DescriptorFlags, path = "flags.txt"): string => {
      const opened = root.openAt(follow, path, openFlags, flags);
      const names = Object.keys(opened.getFlags()).join(" ");
      opened[Symbol.dispose]();
      return names;
    };
    const create = { create: true };
    assert.is(Object.keys(root.getFlags()).join(" "), "read mutateDirectory");
    // what is made can be written to, and what is opened for nothing can be read
    assert.is(told(create, {}), "read write");
    assert.is(told(create, { read: true }), "read write");
    assert.is(told(create, { write: true }), "write");
    assert.is(told({}, {}), "read");
    assert.is(told({ exclusive: true }, { read: true }), "read");
    assert.is(told({}, { read: true, write: true, mutateDirectory: true }), "read write");
    assert.is(told({}, { write: true, fileIntegritySync: true }), "write fileIntegritySync");
    assert.is(told({ truncate: true }, { write: true, dataIntegritySync: true }), "write dataIntegritySync");
    assert.is(told({}, {}, "."), "read");
    assert.is(told({ directory: true }, { read: true, mutateDirectory: true }, "."), "read mutateDirectory");
  });
});

test("a read-only folder says so, to whoever asks to change it", () => {
  const host = createHost();
  const faces = filesystemImports(host.context, [{ host: folder, guest: "/", readOnly: true }]);
  const [[root]] = faces["wasi:filesystem/preopens"].getDirectories() as [[Descriptor, string]];
  assert.equal(root.getFlags(), { read: true });
  const flags = { read: true, mutateDirectory: true };
  for (const call of [
    () => root.openAt(follow, ".", { directory: true }, flags),
    () => root.openAt(follow, "new.txt", { create: true }, { write: true }),
    () => root.createDirectoryAt("new"),
    () => root.setTimes({ tag: "now" }, { tag: "now" }),
  ]) {
    assert.is(codeOf(call), "read-only");
  }
  host.close();
});

test("a hash is of what a file is: the same by each name, another for another file", () => {
  withFolder((root) => {
    for (const name of ["one.txt", "two.txt"]) writeFileSync(join(folder, name), "");
    root.linkAt({}, "one.txt", root, "link.txt");
    const one = root.openAt(follow, "one.txt", {}, {});
    assert.equal(one.metadataHash(), root.metadataHashAt({}, "link.txt"));
    assert.equal(root.metadataHash(), root.metadataHashAt({}, "."));
    assert.not.equal(one.metadataHash(), root.metadataHashAt({}, "two.txt"));
    const link = root.openAt(follow, "link.txt", {}, {});
    assert.is(one.isSameObject(link), true);
    assert.is(one.isSameObject(root), false);
    for (const opened of [one, link]) opened[Symbol.dispose]();
    for (const bad of ["/etc/passwd", "..", "/"]) {
      assert.is(
        codeOf(() => root.metadataHashAt({}, bad)),
        "not-permitted",
      );
    }
  });
});

test("bytes are read in any lengths, and the end is told when there is nothing more", () => {
  withFolder((root) => {
    const bytes = Buffer.alloc(3 << 20, "0123456789");
    writeFileSync(join(folder, "large.bin"), bytes);
    const opened = root.openAt(follow, "large.bin", {}, { read: true });
    for (const length of [0n, 1n, 300_000n, 1n << 40n]) {
      const [piece, isEnd] = opened.read(length, 5n);
      assert.ok(Buffer.from(piece).equals(bytes.subarray(5, 5 + piece.length)), "other bytes");
      assert.ok(BigInt(piece.length) === (length > 1n << 20n ? 1n << 20n : length), `${piece.length}`);
      assert.is(isEnd, length === 0n);
    }
    assert.equal(opened.read(10n, BigInt(bytes.length))[1], true);
    const streams = [opened.readViaStream(0n), opened.readViaStream(1000n)];
    // two streams in turns share what they are read into
    const [one, two] = streams.map((stream) => Buffer.from(stream.read(10n)).toString());
    assert.equal([one, two], ["0123456789", "0123456789"]);
    for (const stream of streams) stream[Symbol.dispose]();
    for (const [call, code] of [
      [() => root.read(1n, 0n), "is-directory"],
      [() => root.write(Buffer.from("x"), 0n), "is-directory"],
      [() => root.writeViaStream(0n), "is-directory"],
      [() => root.advise(0n, 0n, "normal"), "bad-descriptor"],
      [() => opened.readDirectory(), "not-directory"],
      [() => opened.setSize(1n), "bad-descriptor"],
      [() => opened.statAt({}, "."), "not-directory"],
      [() => root.openAt({}, "a\0b", {}, {}), "invalid"],
      [() => root.setTimesAt({}, "large.bin", badTime, badTime), "invalid"],
    ] as const) {
      assert.is(codeOf(call), code, String(call));
    }
    opened.advise(0n, 0n, "will-need");
    opened[Symbol.dispose]();
  });
});

const badTime = { tag: "timestamp", val: { seconds: 1n, nanoseconds: 1_000_000_000 } } as const;

test("folders are opened once: a link in the place of one is not what is given the next time", () => {
  const [inner, outer] = [join(folder, "given"), join(folder, "outer")];
  for (const path of [inner, outer]) mkdirSync(path);
  writeFileSync(join(outer, "secret.txt"), "");
  const host = createHost();
  const faces = filesystemImports(host.context, () => ({ "/": inner }));
  const first = faces["wasi:filesystem/preopens"].getDirectories()[0]?.[0] as Descriptor;
  renameSync(inner, join(folder, "moved"));
  symlinkSync(outer, inner);
  const second = faces["wasi:filesystem/preopens"].getDirectories()[0]?.[0] as Descriptor;
  assert.ok(first.isSameObject(second));
  assert.is(
    codeOf(() => second.statAt({}, "secret.txt")),
    "no-entry",
  );
  first[Symbol.dispose]();
  assert.is(second.getType(), "directory");
  host.close();
  assert.is(
    codeOf(() => second.stat()),
    "bad-descriptor",
  );
});

test("beyond the limit of open files nothing more is opened, and none is lost", () => {
  const host = createHost({ caps: { openFiles: 10 } });
  const faces = filesystemImports(host.context, { "/": folder });
  const root = faces["wasi:filesystem/preopens"].getDirectories()[0]?.[0] as Descriptor;
  const open = (): Descriptor => root.openAt(follow, "limit.txt", { create: true }, {});
  const opened = Array.from({ length: 8 }, open);
  assert.is(codeOf(open), "insufficient-memory");
  assert.is(
    codeOf(() => root.readDirectory()),
    "insufficient-memory",
  );
  const stream = opened[0]?.readViaStream(0n);
  opened[0]?.[Symbol.dispose]();
  assert.is(host.stats().files, 10, "its stream holds it");
  stream?.[Symbol.dispose]();
  assert.is(host.stats().files, 9);
  open();
  assert.throws(() => faces["wasi:filesystem/preopens"].getDirectories(), /openFiles/);
  host.close();
  assert.is(host.stats().files, 0);
});

test("what is held to write at the ends of files counts too, and is done without beyond the limit", () => {
  const host = createHost({ caps: { openFiles: 7 } });
  const faces = filesystemImports(host.context, { "/": folder });
  const root = faces["wasi:filesystem/preopens"].getDirectories()[0]?.[0] as Descriptor;
  const opened = ["1", "2", "3"].map((name) => root.openAt(follow, `end-${name}.txt`, { create: true }, {}));
  for (const file of opened) {
    const end = file.appendViaStream();
    for (const text of ["one", "two"]) {
      end.checkWrite();
      end.write(Buffer.from(text));
    }
    end[Symbol.dispose]();
  }
  assert.is(host.stats().files, 7);
  for (const name of ["1", "2", "3"]) {
    assert.is(readFileSync(join(folder, `end-${name}.txt`), "utf8"), "onetwo");
  }
  for (const file of opened) file[Symbol.dispose]();
  assert.is(host.stats().files, 2);
  host.close();
  assert.throws(() => faces["wasi:filesystem/preopens"].getDirectories(), /the host is closed/);
});

test("one folder in the place of a list of them is refused: its names are no paths", () => {
  const host = createHost();
  const grants: Record<string, string>[] = [
    { host: folder, guest: "/" },
    { host: folder, readOnly: "true" },
  ];
  for (const given of grants) {
    assert.throws(() => filesystemImports(host.context, given), /a list/);
  }
  assert.is(host.stats().files, 0);
  host.close();
});

test("a host that is closed closes the files", () => {
  const host = createHost();
  const faces = filesystemImports(host.context, [{ host: folder, guest: "/" }]);
  const root = faces["wasi:filesystem/preopens"].getDirectories()[0]?.[0] as Descriptor;
  writeFileSync(join(folder, "open.txt"), "text");
  const opened = root.openAt(follow, "open.txt", {}, { read: true });
  assert.is(host.stats().files, 3);
  host.close();
  assert.is(host.context.ledger.live.size, 0);
  opened[Symbol.dispose]();
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
