/** Preview 1 on files: positions, flags, listings, links, and nothing outside of the folder. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  Errno,
  FdFlags,
  FileType,
  FstFlags,
  LOOKUP_FOLLOW,
  OFlags,
  Whence,
} from "../../host/preview1/abi.ts";
import { Right } from "../../host/preview1/rights.ts";
import { ALL, asProgram, type Program } from "./preview1-support.ts";

const test = suite("preview 1 files");
const { creat, directory, excl, trunc } = OFlags;

test("a path that is too long for one is not looked at", async () => {
  await asProgram((program) => {
    new Uint8Array(program.memory.buffer).fill(0xff, 0, 100_000);
    assert.is(program.do("path_create_directory", 3, 0, 16 * 1024), Errno.ilseq);
    assert.is(program.do("path_create_directory", 3, 0, 16 * 1024 + 1), Errno.nametoolong);
    assert.is(program.do("path_create_directory", 3, 0, -1), Errno.fault);
  });
});

test("nothing leads out of a folder", async () => {
  await asProgram((program, folder) => {
    const outside = join(folder, "..");
    writeFileSync(join(outside, "secret"), "s");
    mkdirSync(join(folder, "sub"));
    symlinkSync("../secret", join(folder, "link"));
    symlinkSync("/etc", join(folder, "absolute"));
    symlinkSync("..", join(folder, "sub", "up"));
    assert.is(program.do("path_symlink", ...program.text(".."), 3, ...program.text("made")), 0);
    const out = [Errno.perm, Errno.notcapable];
    for (const path of [
      ...["../secret", "sub/../../secret", "link", "absolute/passwd", "sub/up/../secret", "made/secret"],
      ...["/etc/passwd", "/", "..", "./..", "sub//..//..", "made", "made/"],
    ]) {
      const [errno] = program.open(path, { lookup: LOOKUP_FOLLOW, base: Right.fdRead });
      assert.ok(out.includes(errno as never), `open ${path}: ${errno}`);
      const stat = program.stat(3, path, LOOKUP_FOLLOW).errno;
      assert.ok(out.includes(stat as never), `stat ${path}: ${stat}`);
    }
    for (const [name, path] of [
      ["path_create_directory", "../made"],
      ["path_create_directory", "made/new"],
      ["path_unlink_file", "../secret"],
      ["path_unlink_file", "made/secret"],
      ["path_remove_directory", "../in"],
    ] as const) {
      const errno = program.path(name, 3, path);
      assert.ok(out.includes(errno as never), `${name} ${path}: ${errno}`);
    }
    assert.is.not(program.open("../new", { oflags: creat })[0], 0);
    assert.is.not(program.do("path_rename", 3, ...program.text("sub"), 3, ...program.text("../sub")), 0);
    assert.is.not(program.do("path_rename", 3, ...program.text("../secret"), 3, ...program.text("got")), 0);
    assert.is.not(program.do("path_link", 3, 0, ...program.text("../secret"), 3, ...program.text("got")), 0);
    assert.is.not(program.do("path_link", 3, 1, ...program.text("link"), 3, ...program.text("got")), 0);
    assert.equal(readdirSync(outside).sort(), [folder.slice(outside.length + 1), "secret"]);
    assert.is(readFileSync(join(outside, "secret"), "utf8"), "s");
  });
});

test("a folder that was moved, with a link in its place, is the folder still", async () => {
  await asProgram((program, folder) => {
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a", "passwd"), "mine");
    const [, fd] = program.open("a", { oflags: directory, base: Right.pathOpen });
    assert.is(program.do("path_rename", 3, ...program.text("a"), 3, ...program.text("b")), 0);
    symlinkSync("/etc", join(folder, "a"));
    const [errno, file] = program.open("passwd", { base: Right.fdRead }, fd);
    assert.is(errno, 0);
    assert.equal(program.read(file), [0, "mine"]);
  });
});

test("the standard streams open nothing, whatever rights they ask for", async () => {
  await asProgram((program, folder) => {
    writeFileSync(join(folder, "file"), "x");
    for (const fd of [0, 1, 2]) {
      assert.is(program.do("fd_fdstat_set_rights", fd, -1n, -1n), Errno.notcapable);
      const { base, inheriting } = program.fdstat(fd);
      assert.is(base & Right.pathOpen, 0n);
      assert.is(inheriting, 0n);
      for (const path of ["/etc/passwd", join(folder, "file"), "file"]) {
        assert.is(program.open(path, {}, fd)[0], Errno.badf);
        assert.is(program.path("path_unlink_file", fd, path), Errno.badf);
        assert.is(program.stat(fd, path).errno, Errno.badf);
      }
      assert.is(program.number("fd_prestat_get", fd)[0], Errno.badf);
    }
    assert.ok(existsSync(join(folder, "file")));
  });
});

test("rights only become fewer", async () => {
  await asProgram((program) => {
    const [, fd] = program.open("file", { oflags: creat, base: Right.fdRead | Right.fdWrite | Right.fdSeek });
    assert.equal(program.write(fd, "text"), [0, 4]);
    const { base } = program.fdstat(fd);
    assert.is(base, Right.fdRead | Right.fdWrite | Right.fdSeek);
    assert.is(program.do("fd_fdstat_set_rights", fd, Right.fdSeek, 0n), 0);
    assert.is(program.write(fd, "text")[0], Errno.badf);
    assert.is(program.read(fd)[0], Errno.badf);
    assert.is(program.seek(fd, 0n, Whence.set)[0], 0);
    assert.is(program.do("fd_fdstat_set_rights", fd, base, 0n), Errno.notcapable);
    assert.is(program.do("fd_fdstat_set_rights", fd, Right.fdSeek, Right.fdRead), Errno.notcapable);
    assert.is(program.do("fd_filestat_set_size", fd, 1n), Errno.notcapable);

    // what a folder does not pass on, nothing below it has
    const inheriting = Right.fdRead | Right.pathOpen;
    const [, folder] = program.open(".", { oflags: directory, base: Right.pathOpen, inheriting });
    assert.is(program.open("file", { base: Right.fdWrite }, folder)[0], Errno.notcapable);
    const [errno, file] = program.open("file", { base: Right.fdRead | Right.fdSeek }, folder);
    assert.is(errno, 0);
    assert.is(program.fdstat(file).base, Right.fdRead);
    const [, again] = program.open(".", { oflags: directory, base: ALL & ~Right.fdWrite }, folder);
    assert.is(program.fdstat(again).base, Right.pathOpen);
    assert.is(program.fdstat(again).inheriting, inheriting);
    assert.is(program.path("path_unlink_file", folder, "file"), Errno.notcapable);
    assert.is(program.open("new", { oflags: creat }, folder)[0], Errno.notcapable);
    assert.is(program.open("file", { oflags: trunc, base: 0n }, folder)[0], Errno.notcapable);
    assert.is(program.stat(folder, "file").errno, Errno.notcapable);
  });
});

test("of a kind that has it, and no other", async () => {
  await asProgram((program) => {
    const [errno, fd] = program.open(".", { oflags: directory, base: Right.fdSeek | Right.fdReaddir });
    assert.is(errno, 0);
    assert.is(program.fdstat(fd).base, Right.fdReaddir);
    assert.is(program.fdstat(fd).type, FileType.directory);
    assert.is(program.seek(fd, 0n, Whence.cur)[0], Errno.isdir);
    assert.is(program.read(fd)[0], Errno.isdir);
    assert.is(program.write(fd, "x")[0], Errno.isdir);
    assert.is(program.open(".", { oflags: directory, base: Right.fdWrite })[0], Errno.isdir);
    assert.is(program.open(".", { base: Right.fdWrite })[0], Errno.isdir);
    assert.is(program.do("fd_allocate", fd, 0n, 1n), Errno.isdir);
    assert.is(program.do("fd_filestat_set_size", fd, 0n), Errno.isdir);
  });
});

test("in a folder for reading nothing changes", async () => {
  await asProgram(
    (program, folder) => {
      writeFileSync(join(folder, "file"), "text");
      mkdirSync(join(folder, "sub"));
      const [errno, fd] = program.open("file", { base: ALL & ~Right.fdWrite });
      assert.is(errno, 0);
      assert.equal(program.read(fd), [0, "text"]);
      for (const [what, wrong] of [
        ["write", () => program.open("file", { base: Right.fdWrite })[0]],
        ["create", () => program.open("new", { oflags: creat, base: Right.fdRead })[0]],
        ["truncate", () => program.open("file", { oflags: trunc, base: Right.fdRead })[0]],
        ["size", () => program.do("fd_filestat_set_size", fd, 0n)],
        ["times", () => program.do("fd_filestat_set_times", fd, 0n, 0n, FstFlags.mtimNow)],
        [
          "times by path",
          () =>
            program.do("path_filestat_set_times", 3, 0, ...program.text("file"), 0n, 0n, FstFlags.mtimNow),
        ],
        ["folder", () => program.path("path_create_directory", 3, "new")],
        ["unlink", () => program.path("path_unlink_file", 3, "file")],
        ["remove", () => program.path("path_remove_directory", 3, "sub")],
        ["rename", () => program.do("path_rename", 3, ...program.text("file"), 3, ...program.text("new"))],
        ["link", () => program.do("path_link", 3, 0, ...program.text("file"), 3, ...program.text("new"))],
        ["symlink", () => program.do("path_symlink", ...program.text("file"), 3, ...program.text("new"))],
        ["write below", () => program.open("file", { base: Right.fdWrite }, program.open("sub/..")[1])[0]],
      ] as const) {
        assert.is.not(wrong(), 0, what);
      }
      assert.equal(readdirSync(folder).sort(), ["file", "sub"]);
      assert.is(readFileSync(join(folder, "file"), "utf8"), "text");
    },
    { readOnly: true },
  );
});

test("positions, appending and holes", async () => {
  await asProgram((program, folder) => {
    const [, fd] = program.open("file", { oflags: creat | excl, fdflags: FdFlags.append });
    assert.is(program.open("file", { oflags: creat | excl })[0], Errno.exist);
    assert.is(program.fdstat(fd).flags, FdFlags.append);
    assert.equal(program.write(fd, "one"), [0, 3]);
    assert.equal(program.seek(fd, 0n, Whence.set), [0, 0n]);
    assert.equal(program.write(fd, "two"), [0, 3]);
    assert.equal(program.seek(fd, 0n, Whence.cur), [0, 6n]);
    assert.is(program.do("fd_fdstat_set_flags", fd, 0), 0);
    assert.equal(program.seek(fd, -4n, Whence.end), [0, 2n]);
    assert.equal(program.write(fd, "_"), [0, 1]);
    assert.is(readFileSync(join(folder, "file"), "utf8"), "on_two");
    // neither of these moves the position
    const vector = program.vector(...program.text("12"));
    assert.equal(program.number("fd_pwrite", fd, vector, 1, 8n), [0, 2]);
    assert.equal(program.number("fd_pread", fd, program.vector(program.room(9), 9), 1, 1n), [0, 9]);
    const at = program.room(8);
    assert.is(program.do("fd_tell", fd, at), 0);
    assert.is(program.view.getBigUint64(at, true), 3n);
    assert.is(readFileSync(join(folder, "file"), "utf8"), "on_two\0\x0012");

    assert.is(program.seek(fd, -20n, Whence.cur)[0], Errno.inval);
    assert.is(program.seek(fd, 0n, 3)[0], Errno.inval);
    assert.is(program.seek(fd, 2n ** 63n - 1n, Whence.cur)[0], Errno.overflow);
    assert.equal(program.seek(fd, 1000n, Whence.set), [0, 1000n]);
    assert.equal(program.read(fd), [0, ""]);
    assert.is(program.do("fd_allocate", fd, 5n, 3n), 0);
    assert.is(program.stat(fd).size, 10n);
    assert.is(program.do("fd_allocate", fd, 8n, 12n), 0);
    assert.is(program.stat(fd).size, 20n);
    assert.is(program.do("fd_allocate", fd, 0n, 0n), Errno.inval);
    assert.is(program.do("fd_allocate", fd, 2n ** 62n, 2n ** 63n - 1n), Errno.fbig);
    assert.is(program.do("fd_allocate", fd, 0n, 2n ** 63n), Errno.inval);
    assert.is(program.do("fd_allocate", fd, 2n ** 63n, 1n), Errno.inval);
    assert.is(program.do("fd_filestat_set_size", fd, 4n), 0);
    assert.is(program.do("fd_advise", fd, 0n, 4n, 0), 0);
    assert.is(program.do("fd_advise", fd, 0n, 4n, 9), Errno.inval);
    assert.is(program.do("fd_sync", fd), 0);
    assert.is(program.do("fd_datasync", fd), 0);
    assert.is(program.do("fd_fdstat_set_flags", fd, FdFlags.sync), Errno.notsup);
    assert.is(program.do("fd_fdstat_set_flags", fd, 1 << 9), Errno.inval);
    assert.is(readFileSync(join(folder, "file"), "utf8"), "on_t");
  });
});

test("a file longer than what is read at once, in vectors of any size", async () => {
  await asProgram((program, folder) => {
    const text = Array.from({ length: 30_000 }, (_, i) => String(i).padStart(6, "0")).join("");
    writeFileSync(join(folder, "file"), text);
    const [, fd] = program.open("file");
    const at = 1_000_000;
    assert.equal(program.number("fd_read", fd, program.vector(at, 100_000), 1), [0, 100_000]);
    assert.is(program.textAt(at, 100_000), text.slice(0, 100_000));
    assert.equal(program.number("fd_read", fd, program.vector(at, 2_000_000), 1), [0, 80_000]);
    assert.is(program.textAt(at, 80_000), text.slice(100_000));
    // neither small nor large ones are put in the wrong place, nor left out
    const vectors = program.room(8 * 4);
    const lengths = [10, 20, 65_536, 30];
    lengths.reduce((from, length, i) => {
      program.view.setUint32(vectors + 8 * i, from, true);
      program.view.setUint32(vectors + 8 * i + 4, length, true);
      return from + length;
    }, at);
    const [, copy] = program.open("copy", { oflags: creat });
    assert.equal(program.number("fd_write", copy, vectors, 4), [0, 65_596]);
    assert.is(readFileSync(join(folder, "copy"), "utf8"), program.textAt(at, 65_596));
    assert.equal(program.number("fd_pread", copy, vectors, 4, 7n), [0, 65_589]);
    assert.is(program.textAt(at, 65_589), text.slice(100_007, 165_596));
    assert.is(program.number("fd_pread", copy, vectors, 4, 2n ** 63n)[0], Errno.inval);
    assert.is(program.number("fd_pwrite", copy, vectors, 4, 2n ** 63n)[0], Errno.inval);
  });
});

interface Listed {
  name: string;
  next: bigint;
  ino: bigint;
  type: number;
}

/** The whole entries of one call, and how many bytes it used. */
function list(
  program: Program,
  fd: number,
  size: number,
  cookie: bigint,
): { entries: Listed[]; used: number } {
  const at = program.room(size);
  const [errno, used] = program.number("fd_readdir", fd, at, size, cookie);
  assert.is(errno, 0);
  const entries: Listed[] = [];
  for (let from = at; from + 24 <= at + used; ) {
    const { view } = program;
    const length = view.getUint32(from + 16, true);
    if (from + 24 + length > at + used) break;
    entries.push({
      next: view.getBigUint64(from, true),
      ino: view.getBigUint64(from + 8, true),
      type: view.getUint8(from + 20),
      name: program.textAt(from + 24, length),
    });
    from += 24 + length;
  }
  return { entries, used };
}

test("a folder is listed in parts, and from where one was left", async () => {
  await asProgram((program, folder) => {
    mkdirSync(join(folder, "sub"));
    for (let i = 0; i < 100; i++) writeFileSync(join(folder, `file ${i}`), "");
    symlinkSync("nowhere", join(folder, "link"));
    const names: string[] = [];
    const cookies = new Map<string, bigint>();
    let cookie = 0n;
    for (;;) {
      const { entries, used } = list(program, 3, 200, cookie);
      for (const { name, next, type, ino } of entries) {
        names.push(name);
        cookies.set(name, next);
        if (name === "sub") assert.is(type, FileType.directory);
        if (name === "link") assert.is(type, FileType.symbolicLink);
        if (name === "sub" || name === "link" || name === "file 7") assert.is(ino, program.stat(3, name).ino);
      }
      if (used < 200) break;
      cookie = entries.at(-1)?.next as bigint;
    }
    assert.equal(names.slice(0, 2), [".", ".."]);
    assert.equal([...new Set(names.slice(2))].sort(), readdirSync(folder).sort());
    assert.is(names.length, 104);
    // back to a place in the midst
    const after = names[50] as string;
    const { entries } = list(program, 3, 200, cookies.get(after) as bigint);
    assert.is(entries[0]?.name, names[51]);
    // a buffer that is too small for one entry is full, and no end
    assert.equal(list(program, 3, 10, 0n), { entries: [], used: 10 });
    // what came since is seen from the start on
    writeFileSync(join(folder, "late"), "");
    assert.is(list(program, 3, 20_000, 0n).entries.length, 105);
    assert.is(list(program, 3, 200, 1_000_000n).used, 0);
    const [, fd] = program.open("late");
    assert.is(program.number("fd_readdir", fd, program.room(99), 99, 0n)[0], Errno.notdir);
  });
});

test("of a large folder only the latest entries are kept, and one can still go back to all", async () => {
  await asProgram((program, folder) => {
    for (let i = 0; i < 1000; i++) writeFileSync(join(folder, `${i}`), "");
    const { entries } = list(program, 3, 100_000, 0n);
    assert.is(new Set(entries.map(({ name }) => name)).size, 1002);
    for (const at of [1000, 1, 500, 0, 900, 850, 2]) {
      const { next } = entries[at] as Listed;
      assert.is(list(program, 3, 60, next).entries[0]?.name, entries[at + 1]?.name, `behind ${at}`);
    }
    assert.is(list(program, 3, 60, 1002n).used, 0);
    assert.is(list(program, 3, 60, (1n << 64n) - 1n).used, 0);
  });
});

test("an entry that has gone since is told of without a number, and one may begin anywhere", async () => {
  await asProgram((program, folder) => {
    for (const name of ["a", "b"]) writeFileSync(join(folder, name), "");
    const [first] = list(program, 3, 24 + 1, 2n).entries;
    assert.ok(first !== undefined && first.ino !== 0n);
    for (const name of ["a", "b"]) unlinkSync(join(folder, name));
    const [second] = list(program, 3, 1000, 3n).entries;
    assert.is(second?.name, first.name === "a" ? "b" : "a");
    assert.is(second?.ino, 0n);
    assert.equal(
      list(program, 3, 1000, 0n).entries.map(({ name }) => name),
      [".", ".."],
    );
  });
});

test("a file that is to be in step with its storage is opened so", async () => {
  if (process.platform !== "linux") return;
  const [dataSync, sync] = [0o10000, 0o4010000];
  /** The flags with which the system has the file open: open(2). */
  const systemFlags = (file: string): number => {
    const fd = readdirSync("/proc/self/fd").find((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === file;
      } catch {
        return false; // it was the descriptor of the listing itself
      }
    });
    const [, flags = ""] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")) ?? [];
    return Number.parseInt(flags, 8);
  };
  await asProgram((program, folder) => {
    const expected: readonly [fdflags: number, flags: number][] = [
      [0, 0],
      [FdFlags.dsync, dataSync],
      [FdFlags.sync, sync],
      [FdFlags.rsync, sync],
      [FdFlags.append | FdFlags.nonblock, 0],
    ];
    for (const [fdflags, flags] of expected) {
      const [errno, fd] = program.open("file", { oflags: creat, fdflags });
      assert.is(errno, 0);
      assert.is(systemFlags(join(realpathSync(folder), "file")) & sync, flags, `fdflags ${fdflags}`);
      assert.is(program.do("fd_close", fd), 0);
    }
  });
});

test("a file tells when it was changed", async () => {
  await asProgram((program, folder) => {
    const before = BigInt(Date.now() - 1000) * 1_000_000n;
    writeFileSync(join(folder, "file"), "x");
    const at = program.room(64);
    assert.is(program.do("path_filestat_get", 3, 0, ...program.text("file"), at), 0);
    for (const offset of [40, 48, 56]) {
      const time = program.view.getBigUint64(at + offset, true);
      assert.ok(time >= before && time <= BigInt(Date.now() + 1000) * 1_000_000n, `${offset}: ${time}`);
    }
    assert.is(program.view.getBigUint64(at + 24, true), 1n, "links");
    assert.is(program.do("fd_fdstat_set_flags", 3, FdFlags.append), 0);
  });
});

test("a name is what it is, with a byte order mark too", async () => {
  await asProgram((program, folder) => {
    assert.is(program.open("\ufefffile", { oflags: creat })[0], 0);
    assert.equal(readdirSync(folder), ["\ufefffile"]);
    assert.is(program.open("file")[0], Errno.noent);
  });
});

test("names that are no UTF-8 are told of behind all others", async () => {
  if (process.platform !== "linux") return;
  await asProgram((program, folder) => {
    for (const name of ["a", "b"]) writeFileSync(join(folder, name), "");
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), "");
    const { entries } = list(program, 3, 1000, 0n);
    assert.equal(entries.map(({ name }) => name).sort(), [".", "..", "a", "b"]);
    const rest = (): unknown => program.number("fd_readdir", 3, program.room(99), 99, 4n);
    assert.equal(rest(), [Errno.ilseq, 0]);
    assert.equal(rest(), [0, 0]);
  });
});

test("links, names and slashes", async () => {
  await asProgram((program, folder) => {
    writeFileSync(join(folder, "file"), "text");
    symlinkSync("file", join(folder, "link"));
    symlinkSync("none", join(folder, "dangling"));
    symlinkSync("loop", join(folder, "loop"));
    mkdirSync(join(folder, "sub"));
    // a link is read as far as there is room
    const at = program.room(10);
    const link = program.text("link");
    assert.equal(program.number("path_readlink", 3, ...link, at, 10), [0, 4]);
    assert.is(program.textAt(at, 4), "file");
    assert.equal(program.number("path_readlink", 3, ...link, at, 2), [0, 2]);
    assert.is(program.number("path_readlink", 3, ...program.text("file"), at, 10)[0], Errno.inval);

    assert.is(program.open("link")[0], Errno.loop);
    assert.is(program.open("link", { lookup: LOOKUP_FOLLOW })[0], 0);
    assert.is(program.open("dangling", { lookup: LOOKUP_FOLLOW })[0], Errno.noent);
    assert.is(program.open("loop", { lookup: LOOKUP_FOLLOW })[0], Errno.loop);
    assert.is(program.stat(3, "dangling").type, FileType.symbolicLink);
    assert.is(program.stat(3, "link", LOOKUP_FOLLOW).type, FileType.regularFile);
    assert.is(program.stat(3, "dangling", LOOKUP_FOLLOW).errno, Errno.noent);

    assert.is(program.open("file/")[0], Errno.notdir);
    assert.is(program.open("sub/", { base: Right.fdReaddir })[0], 0);
    assert.is(program.path("path_unlink_file", 3, "file/"), Errno.notdir);
    assert.is(program.path("path_unlink_file", 3, "sub"), Errno.isdir);
    assert.is(program.path("path_remove_directory", 3, "file"), Errno.notdir);
    assert.is(program.path("path_create_directory", 3, "new/"), 0);
    assert.is(program.path("path_remove_directory", 3, "new/"), 0);
    assert.is(program.path("path_create_directory", 3, "sub"), Errno.exist);

    const rename = (from: string, to: string): number =>
      program.do("path_rename", 3, ...program.text(from), 3, ...program.text(to));
    writeFileSync(join(folder, "other"), "other");
    mkdirSync(join(folder, "empty"));
    assert.is(rename("other", "file"), 0);
    assert.is(readFileSync(join(folder, "file"), "utf8"), "other");
    assert.is(rename("sub", "empty"), 0);
    assert.is(rename("file", "empty"), Errno.isdir);
    assert.is(rename("empty", "file"), Errno.notdir);
    writeFileSync(join(folder, "empty", "x"), "");
    mkdirSync(join(folder, "full"));
    assert.is(rename("full", "empty"), Errno.notempty);
    assert.is(rename("none", "file"), Errno.noent);
    assert.is(program.path("path_remove_directory", 3, "empty"), Errno.notempty);

    assert.is(program.do("path_link", 3, 0, ...program.text("file"), 3, ...program.text("twin")), 0);
    assert.is(program.stat(3, "twin").ino, program.stat(3, "file").ino);
    assert.is.not(program.stat(3, "twin").ino, program.stat(3, "empty").ino);
    assert.is(
      program.do("path_link", 3, 0, ...program.text("file"), 3, ...program.text("twin")),
      Errno.exist,
    );
    assert.is(program.do("path_link", 3, 0, ...program.text("full"), 3, ...program.text("two")), Errno.perm);
    assert.is(program.do("path_symlink", ...program.text("/etc"), 3, ...program.text("out")), Errno.perm);
    assert.is(program.do("path_symlink", ...program.text("a"), 3, ...program.text("link")), Errno.exist);
    assert.is(program.do("path_symlink", ...program.text("x"), 3, ...program.text("fresh")), 0);
    assert.is(readlinkSync(join(folder, "fresh")), "x");
    linkSync(join(folder, "file"), join(folder, "third"));

    assert.is(program.open("a\0b")[0], Errno.inval);
    assert.is(program.open("")[0], Errno.noent);
    const [bad] = program.text("\0");
    new Uint8Array(program.memory.buffer)[bad] = 0xff;
    assert.is(program.do("path_unlink_file", 3, bad, 1), Errno.ilseq);
    assert.is(program.stat(3, "file", 2).errno, Errno.inval);
    assert.is(program.open("file", { oflags: 16 })[0], Errno.inval);
    assert.is(program.open("file", { fdflags: 32 })[0], Errno.inval);
  });
});

test("times are what was asked for, and no two at once", async () => {
  await asProgram((program, folder) => {
    writeFileSync(join(folder, "file"), "");
    const set = (access: bigint, modification: bigint, flags: number): number =>
      program.do("path_filestat_set_times", 3, 0, ...program.text("file"), access, modification, flags);
    const times = (): bigint[] => {
      const at = program.room(64);
      assert.is(program.do("path_filestat_get", 3, 0, ...program.text("file"), at), 0);
      return [program.view.getBigUint64(at + 40, true), program.view.getBigUint64(at + 48, true)];
    };
    assert.is(set(1_000_000_000_000n, 2_000_000_000_000n, FstFlags.atim | FstFlags.mtim), 0);
    assert.equal(times(), [1_000_000_000_000n, 2_000_000_000_000n]);
    assert.is(set(0n, 3_000_000_000_000n, FstFlags.mtim), 0);
    assert.equal(times(), [1_000_000_000_000n, 3_000_000_000_000n]);
    assert.is(set(0n, 0n, FstFlags.mtim | FstFlags.mtimNow), Errno.inval);
    assert.is(set(0n, 0n, FstFlags.atim | FstFlags.atimNow), Errno.inval);
    assert.is(set(0n, 0n, 16), Errno.inval);
    assert.equal(times(), [1_000_000_000_000n, 3_000_000_000_000n]);
    assert.is(set(0n, 0n, FstFlags.atimNow), 0);
    assert.ok((times()[0] as bigint) > 1_700_000_000_000_000_000n);
    const [, fd] = program.open("file", { base: ALL });
    assert.is(program.do("fd_filestat_set_times", fd, 0n, 4_000_000_000_000n, FstFlags.mtim), 0);
    assert.is(times()[1], 4_000_000_000_000n);
  });
});

test("numbers are given anew, and what had one is closed", async () => {
  const printed = await asProgram((program, folder) => {
    writeFileSync(join(folder, "a"), "a");
    writeFileSync(join(folder, "b"), "b");
    const [, a] = program.open("a");
    const [, b] = program.open("b");
    assert.equal([a, b], [4, 5]);
    assert.is(program.do("fd_renumber", a, b), 0);
    assert.equal(program.read(b), [0, "a"]);
    assert.is(program.do("fd_close", a), Errno.badf);
    assert.is(program.do("fd_renumber", b, 77), Errno.badf);
    assert.is(program.do("fd_renumber", 77, b), Errno.badf);
    assert.is(program.do("fd_renumber", b, b), 0);
    assert.equal(program.seek(b, 0n, Whence.set), [0, 0n], "it is open still");
    assert.is(program.open("b")[1], 4);
    // the standard output elsewhere; its own number is free then, and given to nobody by itself
    assert.is(program.do("fd_renumber", 1, 4), 0);
    assert.equal(program.write(4, "moved"), [0, 5]);
    assert.is(program.write(1, "x")[0], Errno.badf);
    assert.is(program.open("b")[1], 6);
    assert.is(program.do("fd_renumber", 4, 3), 0);
    assert.is(program.open("b")[0], Errno.badf);
    assert.equal(program.write(3, "."), [0, 1]);
  });
  assert.is(printed, "moved.");
});

test("the lowest number that is free is given, in whatever order they became free", async () => {
  await asProgram((program, folder) => {
    writeFileSync(join(folder, "a"), "a");
    assert.equal(
      Array.from({ length: 4 }, () => program.open("a")[1]),
      [4, 5, 6, 7],
    );
    for (const fd of [4, 6, 5]) assert.is(program.do("fd_close", fd), 0);
    assert.equal(
      Array.from({ length: 4 }, () => program.open("a")[1]),
      [4, 5, 6, 8],
    );
  });
});

test("a granted folder tells its name, and what was opened by it tells none", async () => {
  await asProgram((program) => {
    const at = program.room(8);
    assert.is(program.do("fd_prestat_get", 3, at), 0);
    assert.is(program.view.getUint8(at), 0);
    assert.is(program.view.getUint32(at + 4, true), 1);
    assert.is(program.do("fd_prestat_dir_name", 3, at, 0), Errno.nametoolong);
    assert.is(program.do("fd_prestat_dir_name", 3, at, 5), 0);
    assert.is(program.textAt(at, 1), "/");
    const [, fd] = program.open(".", { base: ALL & ~Right.fdWrite });
    assert.is(program.do("fd_prestat_get", fd, at), Errno.badf);
    assert.is(program.do("fd_prestat_get", 4711, at), Errno.badf);
  });
});

test.run();
