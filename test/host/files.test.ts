/** What a guest does with files and folders by their descriptors. */
import * as fs from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { FileBooks } from "../../host/files/books.ts";
import { type FolderGrant, openFolders } from "../../host/files/folders.ts";
import { Ledger } from "../../host/io/owner.ts";
import {
  ALL,
  codeOf,
  fails,
  inEachWay,
  NEW,
  namesIn,
  openDescriptors,
  READ,
  textOf,
  using,
} from "./files-support.ts";

inEachWay("files", (scenario) => {
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
    fails("EINVAL", () => file.readAt(new Uint8Array(1), 2n ** 63n));
    fails(
      "EFBIG",
      () => file.writeAt(Buffer.from("x"), 2n ** 60n),
      () => file.setSize(2n ** 60n),
      () => file.setSize(2n ** 64n - 1n),
    );
    for (const onlyData of [false, true]) file.sync(onlyData);
    root.sync();
    file.release();
    file.release();
    fails(
      "EBADF",
      () => file.stat(),
      () => file.kind(),
      () => file.retain(),
      () => file.readAt(new Uint8Array(1), 0n),
    );
    using(root.openAt("a", { ...ALL, append: true }), (appending) => {
      appending.writeAt(Buffer.from("end"), 0n);
      if (process.platform === "linux") assert.is(textOf(appending), "\0\0hend");
    });
    using(root.openAt("a", { read: true, truncate: true }), (empty) => {
      assert.is(empty.stat().size, 0n);
      fails("EBADF", () => empty.writeAt(Buffer.from("x"), 0n));
    });
  });

  scenario("what is at the end is wherever others have moved it", ({ root, at }) => {
    using(root.openAt("log", NEW), (one) => {
      one.writeAt(Buffer.from("one "), "end");
      fs.appendFileSync(at("log"), "other ");
      root.renameAt("log", root, "moved");
      one.writeAt(Buffer.from("two"), "end");
    });
    assert.is(fs.readFileSync(at("moved"), "utf8"), "one other two");
  });

  scenario("flags to open with go together, or say which can't", ({ root, at }) => {
    fs.writeFileSync(at("file"), "text");
    fs.mkdirSync(at("folder"));
    fs.symlinkSync("file", at("link"));
    fs.symlinkSync("nowhere", at("dangling"));
    fs.symlinkSync("folder", at("to-folder"));
    fs.symlinkSync("loop", at("loop"));
    const directory = true;
    for (const other of [{ create: true }, { exclusive: true }, { truncate: true }]) {
      fails("EINVAL", () => root.openAt("folder", { ...READ, directory, ...other }));
    }
    for (const name of ["file", "folder", "link", "dangling", "."]) {
      fails("EEXIST", () => root.openAt(name, { ...NEW, exclusive: true }));
    }
    fails(
      "EISDIR",
      () => root.openAt("folder", ALL),
      () => root.openAt(".", ALL),
      () => root.openAt("folder", NEW),
    );
    fails(
      "EISDIR",
      () => root.openAt("new/", NEW),
      () => root.openAt("folder/", NEW),
      () => root.openAt(".", NEW),
    );
    fails("EISDIR", () => root.openAt("folder", { ...READ, truncate: true }));
    fails(
      "ENOTDIR",
      () => root.openAt("file", { ...READ, directory }),
      () => root.openAt("file/", READ),
    );
    fails(
      "ENOTDIR",
      () => root.openAt("link/", READ),
      () => root.openAt("file/x", READ),
      () => root.openAt("file/..", READ),
    );
    fails("ELOOP ENOTDIR", () => root.openAt("to-folder", { read: true, directory }));
    fails(
      "ELOOP",
      () => root.openAt("link", { read: true }),
      () => root.openAt("loop", READ),
    );
    fails(
      "ELOOP",
      () => root.openAt("loop/x", READ),
      () => root.statAt("loop/", false),
    );
    fails(
      "ENOENT",
      () => root.openAt("nothing", READ),
      () => root.openAt("dangling", READ),
      () => root.openAt("", READ),
    );
    fails(
      "ENOENT",
      () => root.openAt("nothing/", READ),
      () => root.openAt("nothing/x", NEW),
    );
    using(root.openAt("dangling", NEW), (file) => file.writeAt(Buffer.from("made"), 0n));
    assert.is(fs.readFileSync(at("nowhere"), "utf8"), "made");
    for (const name of [
      "to-folder",
      "to-folder/",
      "folder/.",
      "folder//",
      "./folder",
      "folder/../folder",
      "to-folder/../folder",
    ]) {
      using(root.openAt(name, { ...READ, directory }), (folder) => assert.is(folder.kind(), "directory"));
    }
    using(root.openAt("to-folder/", { read: true }), (folder) => assert.is(folder.kind(), "directory"));
  });

  scenario("paths that are none are refused", ({ root }) => {
    fails(
      "EINVAL",
      () => root.openAt("a\0b", NEW),
      () => root.statAt("a/\0", true),
      () => root.symlinkAt("a\0", "x"),
    );
    fails("EINVAL", () => root.makeDirectoryAt("\0"));
    fails(
      "EILSEQ",
      () => root.openAt("a\ud800", NEW),
      () => root.symlinkAt("\udfff", "x"),
    );
    const long = "n".repeat(256);
    fails(
      "ENAMETOOLONG",
      () => root.openAt(long, NEW),
      () => root.makeDirectoryAt(long),
      () => root.statAt(`${long}/x`, true),
    );
    fails(
      "ENAMETOOLONG",
      () => root.openAt("./".repeat(2048), READ),
      () => root.openAt("é".repeat(3000), READ),
    );
    fails(
      "EINVAL",
      () => root.renameAt("x", root, "b\0"),
      () => root.linkAt("b\0", false, root, "x"),
    );
    assert.equal(namesIn(root), []);
    using(root.openAt(`${"./".repeat(2000)}x`, NEW), (file) => assert.is(file.kind(), "regular-file"));
    fails("ENOENT", () => root.openAt("", NEW));
  });

  scenario("links are followed forty times, and through folders", ({ root, at }) => {
    fs.mkdirSync(at("a/b/c"), { recursive: true });
    fs.writeFileSync(at("a/found"), "found");
    fs.symlinkSync("../../found", at("a/b/c/link"));
    fs.symlinkSync("a/b/c/", at("c"));
    fs.symlinkSync("c/link", at("0"));
    assert.is(using(root.openAt("c/link", READ), textOf), "found");
    assert.is(using(root.openAt("a/b/../b/c/../../found", READ), textOf), "found");
    for (let i = 1; i < 60; i++) fs.symlinkSync(String(i - 1), at(String(i)));
    assert.is(using(root.openAt("30", READ), textOf), "found");
    fails("ELOOP", () => root.openAt("59", READ));
    // a way that gets longer and longer
    fs.symlinkSync("grow/grow", at("grow"));
    fails("ELOOP", () => root.openAt("grow", READ));
    fs.symlinkSync("./".repeat(1000), at("dots"));
    fails("ENOENT", () => root.openAt("dots/dots/dots/dots/x", READ));
  });

  scenario("folders are made, removed and moved as on any system", ({ root, at }) => {
    root.makeDirectoryAt("a");
    root.makeDirectoryAt("a/b/");
    fs.writeFileSync(at("file"), "");
    fs.symlinkSync("a", at("link"));
    fails(
      "EEXIST",
      () => root.makeDirectoryAt("a"),
      () => root.makeDirectoryAt("."),
      () => root.makeDirectoryAt("a/.."),
    );
    fails(
      "EEXIST",
      () => root.makeDirectoryAt("link"),
      () => root.makeDirectoryAt("file"),
    );
    fails(
      "ENOENT",
      () => root.makeDirectoryAt(""),
      () => root.makeDirectoryAt("x/y"),
      () => root.removeDirectoryAt("x"),
    );
    fails("ENOTEMPTY", () => root.removeDirectoryAt("a"));
    fails(
      "EINVAL",
      () => root.removeDirectoryAt("."),
      () => root.removeDirectoryAt("a/b/."),
    );
    fails(
      "ENOTDIR",
      () => root.removeDirectoryAt("file"),
      () => root.removeDirectoryAt("link"),
      () => root.removeDirectoryAt("link/"),
    );
    fails(
      "EISDIR",
      () => root.unlinkAt("a"),
      () => root.unlinkAt("a/"),
      () => root.unlinkAt("."),
    );
    fails(
      "ENOTDIR",
      () => root.unlinkAt("file/"),
      () => root.unlinkAt("file/x"),
      () => root.unlinkAt("link/"),
    );
    fails(
      "EBUSY",
      () => root.renameAt(".", root, "x"),
      () => root.renameAt("a", root, "."),
    );
    fails(
      "ENOTDIR",
      () => root.renameAt("file/", root, "x"),
      () => root.renameAt("file", root, "x/"),
    );
    fails(
      "ENOTDIR",
      () => root.renameAt("link/", root, "x"),
      () => root.renameAt("a", root, "file"),
    );
    fails("EISDIR", () => root.renameAt("file", root, "a"));
    fails("EINVAL", () => root.renameAt("a", root, "a/b/c"));
    fails(
      "ENOENT",
      () => root.renameAt("nothing", root, "x"),
      () => root.renameAt("", root, "x"),
      () => root.renameAt("a", root, ""),
    );
    root.renameAt("a/b/", root, "c/");
    root.removeDirectoryAt("c/");
    root.renameAt("link", root, "link2");
    root.unlinkAt("link2");
    root.unlinkAt("file");
    root.removeDirectoryAt("a");
    assert.equal(namesIn(root), []);
  });

  scenario("links name what they are told to", ({ root, at }) => {
    fs.writeFileSync(at("file"), "text");
    fs.mkdirSync(at("folder"));
    root.symlinkAt("file", "link");
    root.symlinkAt("nowhere", "dangling");
    assert.is(root.readLinkAt("link"), "file");
    fails(
      "EINVAL",
      () => root.readLinkAt("file"),
      () => root.readLinkAt("."),
      () => root.readLinkAt("folder/"),
    );
    fails(
      "EEXIST",
      () => root.symlinkAt("x", "link"),
      () => root.symlinkAt("x", "folder/"),
      () => root.symlinkAt("x", "."),
    );
    fails(
      "ENOENT",
      () => root.symlinkAt("x", "new/"),
      () => root.symlinkAt("", "x"),
      () => root.symlinkAt("x", ""),
    );
    root.linkAt("file", false, root, "second");
    assert.is(root.statAt("second", false).links, 2n);
    root.linkAt("link", true, root, "third");
    assert.is(root.statAt("third", false).kind, "regular-file");
    if (process.platform === "linux") {
      root.linkAt("dangling", false, root, "dangling2");
      assert.is(root.readLinkAt("dangling2"), "nowhere");
      root.linkAt("link", false, root, "link2");
      assert.is(root.statAt("link2", false).kind, "symbolic-link");
    }
    fails(
      "ENOENT",
      () => root.linkAt("dangling", true, root, "x"),
      () => root.linkAt("nothing", false, root, "x"),
    );
    fails(
      "ENOENT",
      () => root.linkAt("file", false, root, "x/"),
      () => root.linkAt("", false, root, ""),
    );
    fails(
      "EEXIST",
      () => root.linkAt("file", false, root, "file"),
      () => root.linkAt("file", false, root, "."),
    );
    fails(
      "EPERM",
      () => root.linkAt("folder", false, root, "x"),
      () => root.linkAt(".", false, root, "x"),
    );
    fails("ENOTDIR", () => root.linkAt("file/", false, root, "x"));
  });

  scenario("times are kept to what Node lets through", ({ root, at }) => {
    fs.writeFileSync(at("file"), "");
    fs.symlinkSync("file", at("link"));
    const near = (one: bigint, other: bigint, most: bigint): void =>
      assert.ok(one - other <= most && other - one <= most, `${one} ${other}`);
    using(root.openAt("file", ALL), (file) => {
      file.setTimes(1_700_000_000_123_456_789n, 5_500_000_000n);
      near(file.stat().accessed, 1_700_000_000_123_456_789n, 1000n);
      assert.is(file.stat().modified, 5_500_000_000n);
      file.setTimes("keep", 42_000_000_000n);
      near(file.stat().accessed, 1_700_000_000_123_456_789n, 2000n);
      file.setTimes("now", "keep");
      near(file.stat().accessed, BigInt(Date.now()) * 1_000_000n, 60_000_000_000n);
      assert.is(file.stat().modified, 42_000_000_000n);
      file.setTimes(-1_500_000_000n, -1n);
      assert.equal([file.stat().accessed, file.stat().modified], [-1_500_000_000n, -1_000_000n]);
      fails("EINVAL", () => file.setTimes(2n ** 63n * 1_000_000_000n, "now"));
    });
    root.setTimesAt("link", false, 1_000_000_000n, 2_000_000_000n);
    assert.is(root.statAt("link", false).modified, 2_000_000_000n);
    assert.is(root.statAt("link", true).modified, -1_000_000n);
    root.setTimesAt("link", true, "keep", 3_000_000_000n);
    assert.is(root.statAt("file", false).modified, 3_000_000_000n);
    root.setTimesAt(".", false, 1_000_000_000n, 2_000_000_000n);
    assert.is(root.stat().modified, 2_000_000_000n);
    root.setTimes("keep", 4_000_000_000n);
    assert.is(root.statAt(".", false).modified, 4_000_000_000n);
    fails("ENOTDIR", () => root.setTimesAt("file/", false, "now", "now"));
    fails(
      "ENOENT",
      () => root.setTimesAt("nothing", false, "now", "now"),
      () => root.setTimesAt("", true, "now", "now"),
    );
  });

  scenario(
    "what is open stays, deleted or moved; what is the same is told",
    ({ root, at, path, isLinux }) => {
      fs.mkdirSync(at("sub"));
      using(root.openAt("file", NEW), (file) => {
        root.linkAt("file", false, root, "second");
        using(root.openAt("second", READ), (second) => assert.ok(file.isSame(second)));
        root.unlinkAt("second");
        root.unlinkAt("file");
        file.writeAt(Buffer.from("still"), 0n);
        assert.is(textOf(file), "still");
        assert.is(file.stat().links, 0n);
        using(root.openAt("file", NEW), (other) => assert.not(file.isSame(other)));
      });
      using(root.openAt(".", READ), (again) => assert.ok(again.isSame(root)));
      using(root.openAt("sub", { ...ALL, write: false }), (sub) => {
        fs.renameSync(at("sub"), join(path, "elsewhere"));
        if (isLinux) using(sub.openAt("new", NEW), (made) => made.writeAt(Buffer.from("x"), 0n));
        else fails("ENOENT", () => sub.openAt("new", NEW));
        fs.rmSync(join(path, "elsewhere"), { recursive: true });
        fails("ENOENT", () => sub.openAt("x", NEW));
      });
    },
  );

  scenario("a listing tells all names that can be told, and that there are others", ({ root, at, path }) => {
    fs.mkdirSync(at("many"));
    for (let i = 0; i < 700; i++) fs.writeFileSync(at(`many/${i}`), "");
    using(root.openAt("many", READ), (many) => assert.is(new Set(namesIn(many)).size, 700));
    const listing = using(root.openAt("many", READ), (many) => many.list());
    assert.is(listing.next()?.kind, "regular-file");
    listing.close();
    listing.close();
    fails("EBADF", () => listing.next());
    if (process.platform !== "linux") return;
    fs.mkdirSync(at("odd"));
    fs.writeFileSync(Buffer.concat([Buffer.from(`${path}/odd/`), Buffer.from([0x66, 0xff])]), "");
    fs.writeFileSync(at("odd/\ufffd"), "");
    fs.writeFileSync(at("odd/plain"), "");
    using(root.openAt("odd", READ), (odd) => {
      const names: (string | undefined)[] = [];
      const entries = odd.list();
      names.push(entries.next()?.name, entries.next()?.name);
      assert.equal(names.sort(), ["plain", "\ufffd"]);
      fails("EILSEQ", () => entries.next());
      assert.is(entries.next(), undefined);
      entries.close();
    });
  });

  scenario(
    "there are no more open files than there may be, and closing the host closes them",
    ({ path, openRoot }) => {
      const before = openDescriptors();
      const ledger = new Ledger();
      const [given] = openFolders(new FileBooks(ledger, 5), [{ host: path }], openRoot);
      assert.is(given?.guest, path);
      const root = given?.folder;
      const made = ["a", "b", "c"].map((name) => root?.openAt(name, NEW));
      const listing = root?.list();
      assert.is(ledger.files, 5);
      fails(
        "EMFILE",
        () => root?.openAt("d", NEW),
        () => root?.list(),
      );
      assert.not(fs.existsSync(join(path, "d")));
      listing?.close();
      root?.openAt("d", NEW);
      made[0]?.writeAt(Buffer.from("x"), "end");
      ledger.close();
      assert.is(ledger.files, 0);
      assert.is(openDescriptors(), before);
      fails(
        "EBADF",
        () => root?.statAt("a", false),
        () => made[0]?.stat(),
      );
      made[0]?.release();
    },
  );

  scenario("a folder that can't be given is named", ({ path, at, openRoot }) => {
    fs.writeFileSync(at("file"), "");
    const before = openDescriptors();
    const open = (host: string, most = 9): unknown =>
      codeOf(() => openFolders(new FileBooks(new Ledger(), most), [{ host: path }, { host }], openRoot));
    assert.match(String(open(at("nothing"))), `${at("nothing")} can't be opened: there is none`);
    assert.match(String(open(at("file"))), "it is not a folder");
    assert.match(String(open(path, 1)), "openFiles");
    for (const [wrong, message] of [
      [{ host: path, readonly: true }, "a folder has no readonly: known are host, guest, readOnly"],
      [{ host: path, readOnly: "no" }, "a folder's readOnly must be a boolean"],
      [{ host: 1 }, "a folder's host must be a string"],
      [{ guest: "/" }, "a folder needs a host"],
    ] as const) {
      const grants = [{ host: path }, wrong] as unknown as FolderGrant[];
      const error = codeOf(() => openFolders(new FileBooks(new Ledger(), 9), grants, openRoot));
      assert.ok(error instanceof TypeError);
      assert.match(String(error), message);
    }
    assert.is(openDescriptors(), before);
  });
});
