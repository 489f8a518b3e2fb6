/** No path leads out of a guest's folder, whatever stands there and whoever moves it; and nothing changes what is read-only. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { ALL, codeOf, fails, inEachWay, NEW, namesIn, READ, textOf, using } from "./files-support.ts";

inEachWay("files stay inside", (scenario) => {
  scenario("neither `..`, nor the root, nor a link leads out", ({ root, at, path }) => {
    fs.mkdirSync(at("sub/deep"), { recursive: true });
    fs.symlinkSync("../secret", at("out"));
    fs.symlinkSync("..", at("up"));
    fs.symlinkSync("../..", at("sub/upup"));
    fs.symlinkSync(join(path, "../secret"), at("absolute"));
    fs.symlinkSync("/", at("root"));
    fs.symlinkSync("out", at("twice"));
    const paths = [
      "..",
      "../secret",
      "out",
      "up/secret",
      "sub/upup/secret",
      "sub/../../secret",
      "absolute",
      "./..",
    ];
    const more = [
      "twice",
      `root${path}/../secret`,
      join(path, "../secret"),
      "/",
      "//",
      "sub/deep/../../../secret",
    ];
    for (const bad of [...paths, ...more, "out/", "up/", "up/in/sub", "../in/sub", "sub//..//..//secret"]) {
      fails(
        "EPERM",
        () => root.openAt(bad, READ),
        () => root.openAt(bad, { ...READ, directory: true }),
        () => root.statAt(bad, true),
        () => root.setTimesAt(bad, true, "now", "now"),
        () => root.linkAt(bad, true, root, "made"),
      );
    }
    for (const bad of [
      "../made",
      "up/made",
      "sub/upup/made",
      "/made",
      "sub/../../made",
      "sub/upup/in/made",
    ]) {
      fails(
        "EPERM",
        () => root.openAt(bad, NEW),
        () => root.openAt(bad, { ...NEW, exclusive: true }),
        () => root.makeDirectoryAt(bad),
        () => root.symlinkAt("x", bad),
        () => root.renameAt("sub", root, bad),
        () => root.linkAt("out", false, root, bad),
        () => root.unlinkAt(bad),
        () => root.removeDirectoryAt(bad),
        () => root.readLinkAt(bad),
        () => root.renameAt(bad, root, "made"),
        () => root.statAt(bad, false),
      );
    }
    fails("EPERM", () => root.symlinkAt("/etc", "made"));
    fails("EPERM", () => root.readLinkAt("absolute"));
    assert.equal(namesIn(root), ["absolute", "out", "root", "sub", "twice", "up"]);
  });

  scenario("a folder below is a root of its own", ({ root, at }) => {
    fs.mkdirSync(at("sub"));
    fs.writeFileSync(at("beside"), "");
    fs.symlinkSync("../beside", at("sub/link"));
    using(root.openAt("sub", { ...ALL, write: false }), (sub) => {
      fails(
        "EPERM",
        () => sub.openAt("../beside", READ),
        () => sub.openAt("link", READ),
        () => sub.statAt("..", false),
        () => sub.renameAt("link", sub, "../moved"),
      );
      assert.is(sub.statAt("link", false).kind, "symbolic-link");
    });
    assert.is(root.statAt("sub/link", true).kind, "regular-file");
  });

  scenario("a file is no folder to go on from", ({ root, at }) => {
    fs.writeFileSync(at("file"), "");
    using(root.openAt("file", ALL), (file) => {
      fails(
        "ENOTDIR",
        () => file.statAt("x", false),
        () => file.statAt(".", false),
        () => file.openAt("x", NEW),
        () => file.list(),
        () => file.makeDirectoryAt("x"),
      );
      fails("EPERM", () => file.statAt("..", false));
    });
  });

  scenario("a link in the place of an open folder is not what is open", ({ root, at, isLinux }) => {
    root.makeDirectoryAt("a");
    fs.writeFileSync(at("a/in-a"), "");
    using(root.openAt("a", READ), (a) => {
      root.renameAt("a", root, "b");
      root.symlinkAt("..", "a");
      fails("ENOENT EPERM", () => a.openAt("secret", READ));
      if (isLinux) assert.equal(namesIn(a), ["in-a"]);
      else fails("ENOENT", () => a.list());
    });
  });

  scenario("a folder that the host moves out is not climbed up from", ({ root, at, path, isLinux }) => {
    fs.mkdirSync(at("a/b"), { recursive: true });
    fs.writeFileSync(at("a/mine"), "mine");
    using(root.openAt("a", READ), (a) => {
      using(root.openAt("a/b", READ), (b) => {
        fs.renameSync(at("a"), join(path, "../moved"));
        fails(
          "EPERM",
          () => a.openAt("../secret", READ),
          () => b.openAt("../mine", READ),
        );
        fails(
          "EPERM ENOENT",
          () => b.openAt("./../../secret", READ),
          () => a.openAt("b/../../secret", READ),
        );
        if (isLinux) assert.is(using(a.openAt("b/../mine", READ), textOf), "mine");
        fs.rmSync(join(path, "../moved"), { recursive: true });
        fails(
          "ENOENT",
          () => a.openAt("mine", READ),
          () => b.openAt("x", READ),
        );
      });
    });
  });

  scenario("nothing changes what is read-only, by whatever comes from it", ({ root, readOnly, at, path }) => {
    fs.mkdirSync(at("sub/empty"), { recursive: true });
    fs.writeFileSync(at("file"), "text");
    fs.symlinkSync("file", at("link"));
    const before = spawnSync("ls", ["-lRa", "--full-time", path]).stdout.toString();
    using(readOnly.openAt("sub", { ...ALL, write: false }), (sub) => {
      assert.is(sub.change, false);
      for (const [folder, up] of [
        [readOnly, ""],
        [sub, ""],
      ] as const) {
        fails(
          "EROFS",
          () => folder.openAt(`${up}new`, NEW),
          () => folder.openAt("file", { ...READ, create: true }),
          () => folder.openAt("file", { ...READ, write: true }),
          () => folder.openAt("file", { ...READ, truncate: true }),
          () => folder.makeDirectoryAt("new"),
          () => folder.removeDirectoryAt("empty"),
          () => folder.unlinkAt("file"),
          () => folder.symlinkAt("x", "new"),
          () => folder.setTimesAt("file", true, "now", "now"),
          () => folder.setTimes("now", "now"),
          () => folder.renameAt("file", root, "gone"),
          () => root.renameAt("file", folder, "gone"),
          () => folder.linkAt("file", false, root, "second"),
          () => root.linkAt("file", false, folder, "second"),
        );
      }
    });
    using(readOnly.openAt("link", ALL_READ), (file) => {
      assert.is(textOf(file), "text");
      assert.equal([file.read, file.write, file.change], [true, false, false]);
      fails("EROFS", () => file.setTimes("now", "now"));
      fails(
        "EBADF",
        () => file.setSize(0n),
        () => file.writeAt(Buffer.from("x"), 0n),
        () => file.writeAt(Buffer.from("x"), "end"),
      );
    });
    assert.is(spawnSync("ls", ["-lRa", "--full-time", path]).stdout.toString(), before);
  });

  scenario("what is open for one thing is not open for another", ({ root, at }) => {
    fs.writeFileSync(at("file"), "text");
    using(root.openAt("file", { write: true }), (file) => {
      fails("EBADF", () => file.readAt(Buffer.alloc(1), 0n));
      fails("EROFS", () => file.setTimes("now", "now"));
      assert.is(file.writeAt(Buffer.from("T"), 0n), 1);
    });
    using(root.openAt("file", READ), (file) => {
      fails(
        "EBADF",
        () => file.writeAt(Buffer.from("x"), 0n),
        () => file.writeAt(Buffer.from("x"), "end"),
        () => file.setSize(1n),
      );
    });
    fs.mkdirSync(at("sub"));
    using(root.openAt("sub", READ), (sub) => {
      fails(
        "EROFS",
        () => sub.openAt("new", NEW),
        () => sub.makeDirectoryAt("new"),
      );
    });
    assert.is(fs.readFileSync(at("file"), "utf8"), "Text");
  });

  scenario("FIFOs, sockets and devices let nobody wait", ({ root, at, isLinux }) => {
    if (process.platform === "win32") return;
    spawnSync("mkfifo", [at("fifo")]);
    assert.is(root.statAt("fifo", true).kind, "fifo");
    fails("ENXIO", () => root.openAt("fifo", { write: true, change: true }));
    using(root.openAt("fifo", READ), (fifo) => {
      assert.is(fifo.kind(), "fifo");
      fails("ESPIPE", () => fifo.readAt(Buffer.alloc(1), 0n));
    });
    using(root.openAt("fifo", ALL), (fifo) => {
      fails(
        "ESPIPE",
        () => fifo.writeAt(Buffer.from("x"), 0n),
        () => fifo.readAt(Buffer.alloc(1), 0n),
      );
      fails("ESPIPE", () => fifo.writeAt(Buffer.from("x"), "end"));
      fails("EINVAL", () => fifo.setSize(0n));
    });
    assert.ok(isLinux || codeOf(() => root.openAt("fifo/x", READ)) === "ENOTDIR");
  });

  scenario("links that the system makes up are not followed", ({ root, at, openRoot }) => {
    if (process.platform !== "linux" || openRoot === undefined) return;
    fs.symlinkSync("../../../../../../proc/self/root", at("magic"));
    fails("EPERM", () => root.openAt("magic/etc/passwd", READ));
  });
});

const ALL_READ = { read: true, change: true, follow: true };
