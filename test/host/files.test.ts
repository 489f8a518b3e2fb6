/** Files that a guest is given: what is open is a descriptor of the system, and no path leads out of a folder. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FileBooks } from "../../host/files/books.ts";
import type { FileDescriptor, OpenHow } from "../../host/files/file.ts";
import { openFolders } from "../../host/files/folders.ts";
import { hasDescriptorPaths, openLinuxRoot } from "../../host/files/linux.ts";
import type { OpenRoot } from "../../host/files/opened.ts";
import { openPortableRoot } from "../../host/files/portable.ts";
import { Ledger } from "../../host/io/owner.ts";

const top = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "wasock-host-files-")));
const READ: OpenHow = { read: true, follow: true };
const ALL: OpenHow = { read: true, write: true, change: true, follow: true };
const NEW: OpenHow = { ...ALL, create: true };

interface World {
  /** The folder that the guest has, and where it is. */
  readonly root: FileDescriptor;
  readonly path: string;
  /** A path of the host's in it. */
  at(name: string): string;
  /** The same folder, read only. */
  readonly readOnly: FileDescriptor;
  readonly ledger: Ledger;
  readonly books: FileBooks;
}

function codeOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return "it did not fail";
}

function textOf(file: FileDescriptor): string {
  const into = Buffer.alloc(1000);
  return into.toString("utf8", 0, file.readAt(into, 0n));
}

function namesIn(folder: FileDescriptor): string[] {
  const listing = folder.list();
  const names: string[] = [];
  for (let entry = listing.next(); entry !== undefined; entry = listing.next()) names.push(entry.name);
  listing.close();
  return names.sort();
}

let count = 0;

/** Adds the tests of one way to hold folders. */
function describeWay(name: string, openRoot: OpenRoot): void {
  const test = suite(`files, ${name}`);

  function scenario(title: string, work: (world: World) => void): void {
    test(title, () => {
      const path = join(top, String(count++), "in");
      fs.mkdirSync(path, { recursive: true });
      fs.writeFileSync(join(path, "../secret"), "secret");
      const ledger = new Ledger();
      const books = new FileBooks(ledger, 100);
      const grants = [
        { host: path, guest: "/" },
        { host: path, guest: "/ro", readOnly: true },
      ];
      const [root, readOnly] = openFolders(books, grants, openRoot).map(({ folder }) => folder) as [
        FileDescriptor,
        FileDescriptor,
      ];
      const before = openDescriptors();
      work({ root, path, at: (file) => join(path, file), readOnly, ledger, books });
      assert.is(ledger.files, 2, "files are left open");
      assert.is(openDescriptors(), before, "descriptors of the system are left open");
      ledger.close();
      assert.is(ledger.files, 0);
      if (before !== undefined) assert.is(openDescriptors(), before - 2);
      assert.is(fs.readFileSync(join(path, "../secret"), "utf8"), "secret");
    });
  }

  scenario("what is opened is read, written, cut and added to", ({ root, at }) => {
    const file = root.openAt("a", NEW);
    assert.is(file.writeAt(Buffer.from("hello"), 2n), 5);
    assert.is(file.writeAt(Buffer.from("!"), "end"), 1);
    assert.is(textOf(file), "\0\0hello!");
    file.setSize(3n);
    assert.is(file.stat().size, 3n);
    assert.is(fs.readFileSync(at("a"), "latin1"), "\0\0h");
    assert.is(file.readAt(new Uint8Array(1), 3n), 0);
    assert.is(file.readAt(new Uint8Array(1), 2n ** 60n), 0);
    assert.is(
      codeOf(() => file.readAt(new Uint8Array(1), 2n ** 63n)),
      "EINVAL",
    );
    for (const call of [() => file.writeAt(Buffer.from("x"), 2n ** 60n), () => file.setSize(2n ** 60n)]) {
      assert.is(codeOf(call), "EFBIG");
    }
    file.sync();
    file.sync(true);
    root.sync();
    file.release();
    file.release();
    assert.is(
      codeOf(() => file.stat()),
      "EBADF",
    );
    const appending = root.openAt("a", { ...ALL, append: true });
    appending.writeAt(Buffer.from("end"), 0n);
    assert.is(textOf(appending), "\0\0hend");
    appending.release();
    const empty = root.openAt("a", { read: true, truncate: true });
    assert.is(empty.stat().size, 0n);
    assert.is(
      codeOf(() => empty.writeAt(Buffer.from("x"), 0n)),
      "EBADF",
    );
    empty.release();
  });

  scenario("no path leads out: neither `..`, nor the root, nor a link", ({ root, at, path }) => {
    fs.mkdirSync(at("sub/deep"), { recursive: true });
    fs.symlinkSync("../secret", at("out"));
    fs.symlinkSync("..", at("up"));
    fs.symlinkSync("../..", at("sub/upup"));
    fs.symlinkSync(join(path, "../secret"), at("absolute"));
    fs.symlinkSync("/", at("root"));
    fs.symlinkSync("out", at("twice"));
    const paths = ["..", "../secret", "out", "up/secret", "sub/upup/secret", "sub/../../secret", "absolute"];
    paths.push(
      "twice",
      `root${path}/../secret`,
      join(path, "../secret"),
      "/",
      "sub/deep/../../../secret",
      "./..",
    );
    for (const bad of paths) {
      assert.is(
        codeOf(() => root.openAt(bad, READ)),
        "EPERM",
        bad,
      );
      assert.is(
        codeOf(() => root.statAt(bad, true)),
        "EPERM",
        bad,
      );
      assert.is(
        codeOf(() => root.setTimesAt(bad, true, "now", "now")),
        "EPERM",
        bad,
      );
      assert.is(
        codeOf(() => root.linkAt(bad, true, root, "made")),
        "EPERM",
        bad,
      );
    }
    for (const bad of ["../made", "up/made", "sub/upup/made", "/made", "sub/../../made"]) {
      const calls = [
        () => root.openAt(bad, NEW),
        () => root.makeDirectoryAt(bad),
        () => root.symlinkAt("x", bad),
        () => root.renameAt("sub", root, bad),
        () => root.linkAt("out", false, root, bad),
        () => root.unlinkAt(bad),
        () => root.removeDirectoryAt(bad),
        () => root.readLinkAt(bad),
        () => root.renameAt(bad, root, "made"),
      ];
      for (const call of calls) assert.is(codeOf(call), "EPERM", `${bad}: ${call}`);
    }
    assert.equal(namesIn(root), ["absolute", "out", "root", "sub", "twice", "up"]);
    assert.equal(fs.readdirSync(join(path, "..")).sort(), ["in", "secret"]);
  });

  test.run();
}

function openDescriptors(): number | undefined {
  return process.platform === "linux" ? fs.readdirSync("/proc/self/fd").length : undefined;
}

if (hasDescriptorPaths()) describeWay("by descriptors", openLinuxRoot);
describeWay("by checked paths", openPortableRoot);
process.on("exit", () => fs.rmSync(top, { recursive: true, force: true }));
