/**
 * Files under fuzz: two guests do anything to one tree. Where nobody else is at it, each answer is what an independent
 * model has; where a thread moves folders and puts links meanwhile, nothing outside is ever seen or changed.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { FileBooks } from "../../host/files/books.ts";
import { type FolderGrant, openFolders } from "../../host/files/folders.ts";
import { hasDescriptorPaths } from "../../host/files/linux.ts";
import { openPortableRoot } from "../../host/files/portable.ts";
import { PIECE } from "../../host/files/streams.ts";
import { createHost, type Host } from "../../host/host.ts";
import { Owner } from "../../host/io/owner.ts";
import { Descriptor } from "../../host/wasi02/descriptor.ts";
import { type Case, check } from "./cases.ts";
import * as model from "./files-model.ts";
import { SECRET, SECRET_SIZE, withPlace } from "./files-place.ts";
import type { Random } from "./random.ts";

const NAMES = ["a", "b", "c", "d"];

/** A path of names that mostly exist, with all that can be strange about one. */
function path(random: Random): string {
  const parts: string[] = [];
  for (let i = 1 + random.below(random.pick([1, 2, 3, 6])); i > 0; i--) {
    parts.push(random.once(5) ? random.pick(["..", "..", ".", ""]) : random.pick(NAMES));
  }
  const text = parts.join("/");
  if (random.once(40)) return `/${text}`;
  return random.once(8) ? `${text}/` : text;
}

/** What a link says. */
function target(random: Random): string {
  return random.once(4) ? `${"../".repeat(1 + random.below(3))}${path(random)}` : path(random);
}

interface Held {
  readonly descriptor: Descriptor;
  readonly thing: model.Thing;
  readonly mayChange: boolean;
  readonly write: boolean;
}

interface Guest {
  readonly host: Host;
  /** What it has open, its given folders first. */
  readonly held: Held[];
  readonly given: number;
  /** Whether it keeps folders open that others move: by checked paths these are gone then, and no model knows. */
  readonly holdsFolders: boolean;
}

/** @param isPortable whether its folders are held by checked paths; default the best way that the system has */
function guestOf(grants: readonly FolderGrant[], thing: model.Thing, isPortable = false): Guest {
  const host = createHost({ caps: { openFiles: 40 } });
  const { context } = host;
  const books = new FileBooks(context.ledger, context.caps.openFiles);
  const buffer = Buffer.alloc(PIECE);
  const shared = { owner: new Owner(context.ledger, "fuzz"), buffer: () => buffer };
  const folders = openFolders(books, grants, ...(isPortable ? [openPortableRoot] : []));
  const held = folders.map(({ folder }) => {
    const descriptor = new Descriptor(folder.retain(), shared, {});
    return { descriptor, thing, mayChange: folder.change, write: false };
  });
  return { host, held, given: held.length, holdsFolders: !isPortable };
}

/** What the host says: its answer, or a code. */
function asked<T>(call: () => T): { readonly code?: string; readonly answer?: T } {
  try {
    return { answer: call() };
  } catch (code) {
    if (typeof code !== "string") throw code;
    return { code };
  }
}

function agree(what: string, codes: model.Codes, code: string | undefined): boolean {
  const isRight = code === undefined ? codes.length === 0 : codes.includes(code);
  check(isRight, () => `${what}: ${code ?? "done"}, and not ${codes.join(" or ") || "done"}`);
  return code === undefined;
}

function kindOf(thing: model.Thing): string {
  if (model.isFolder(thing)) return "directory";
  return thing.text === undefined ? "regular-file" : "symbolic-link";
}

function namesIn(descriptor: Descriptor): string[] {
  const entries = descriptor.readDirectory();
  const names: string[] = [];
  for (let e = entries.readDirectoryEntry(); e !== undefined; e = entries.readDirectoryEntry())
    names.push(e.name);
  entries[Symbol.dispose]();
  return names.sort();
}

/** What is really in a folder of the system, all the way down. */
function really(folder: string): string {
  const lines = readdirSync(folder)
    .sort()
    .map((name) => {
      const at = join(folder, name);
      const stats = lstatSync(at);
      if (stats.isSymbolicLink()) return `${name} -> ${readlinkSync(at)}`;
      return stats.isDirectory() ? `${name} {${really(at)}}` : `${name} = ${readFileSync(at, "latin1")}`;
    });
  return lines.join("; ");
}

function modelled(folder: model.Folder): string {
  const lines = [...folder.entries.keys()].sort().map((name) => {
    const thing = folder.entries.get(name) as model.Thing;
    if (model.isFolder(thing)) return `${name} {${modelled(thing)}}`;
    return thing.text === undefined
      ? `${name} = ${Buffer.from(thing.bytes).toString("latin1")}`
      : `${name} -> ${thing.text}`;
  });
  return lines.join("; ");
}

/** One call of a guest, by a folder that it holds; `compare` is told what the model and the host say. */
function step(random: Random, guest: Guest, compare: boolean): void {
  const folders = guest.held.filter(({ thing }) => model.isFolder(thing));
  const base = random.pick(folders);
  const to = random.pick(folders);
  const asBase = ({ thing, mayChange }: Held): model.Base => ({ folder: thing as model.Folder, mayChange });
  const [one, other] = [asBase(base), asBase(to)];
  const d = base.descriptor;
  const p = path(random);
  const q = path(random);
  const follow = random.once(2);
  const flags = { symlinkFollow: follow };
  const show = `${p} ${q} ${follow}`;
  const agrees = (what: string, codes: () => model.Codes, call: () => unknown): boolean => {
    const { code } = asked(call);
    return compare ? agree(`${what} ${show}`, codes(), code) : code === undefined;
  };
  switch (random.below(compare ? 14 : 16)) {
    case 0:
      agrees(
        "mkdir",
        () => model.makeDirectory(one, p),
        () => d.createDirectoryAt(p),
      );
      break;
    case 1:
      agrees(
        "rmdir",
        () => model.removeDirectory(one, p),
        () => d.removeDirectoryAt(p),
      );
      break;
    case 2:
      agrees(
        "unlink",
        () => model.unlink(one, p),
        () => d.unlinkFileAt(p),
      );
      break;
    case 3: {
      const text = target(random);
      agrees(
        `symlink ${text}`,
        () => model.symlink(one, text, p),
        () => d.symlinkAt(text, p),
      );
      break;
    }
    case 4:
    case 5:
      agrees(
        "rename",
        () => model.rename(one, p, other, q),
        () => d.renameAt(p, to.descriptor, q),
      );
      break;
    case 6:
      agrees(
        "link",
        () => model.link(one, p, follow, other, q),
        () => d.linkAt(flags, p, to.descriptor, q),
      );
      break;
    case 7: {
      const { code, answer } = asked(() => d.readlinkAt(p));
      if (!compare) break;
      const { codes, text } = model.readLink(one, p);
      agree(`readlink ${show}`, codes, code);
      check(answer === text, () => `readlink ${show}: ${answer}, and not ${text}`);
      break;
    }
    case 8: {
      const { code, answer } = asked(() => d.statAt(flags, p));
      if (answer !== undefined) seen(answer.size);
      if (!compare) break;
      const { codes, thing } = model.stat(one, p, follow);
      if (agree(`stat ${show}`, codes, code)) {
        const kind = kindOf(thing as model.Thing);
        check(answer?.type === kind, () => `stat ${show}: ${answer?.type}, and not ${kind}`);
      }
      break;
    }
    case 9: {
      const names = asked(() => namesIn(d)).answer;
      check(names?.includes(SECRET) !== true, () => "a listing of what is outside");
      if (!compare) break;
      const expected = [...one.folder.entries.keys()].sort();
      check(String(names) === String(expected), () => `list: ${names}, and not ${expected}`);
      break;
    }
    case 10:
      if (guest.held.length > guest.given) {
        guest.held
          .splice(guest.given + random.below(guest.held.length - guest.given), 1)[0]
          ?.descriptor[Symbol.dispose]();
      }
      break;
    case 11:
      touch(random, random.pick(guest.held), compare);
      break;
    case 14:
      asked(() => d.setTimesAt(flags, p, { tag: "now" }, { tag: "no-change" }));
      break;
    case 15:
      asked(() => d.metadataHashAt(flags, p));
      break;
    default:
      openOne(random, guest, base, p, follow, compare);
  }
}

function seen(size: bigint): void {
  check(size !== SECRET_SIZE, () => "a file outside is seen");
}

function openOne(
  random: Random,
  guest: Guest,
  base: Held,
  p: string,
  follow: boolean,
  compare: boolean,
): void {
  const isOften = (): boolean => random.once(3);
  const [create, write] = [isOften(), isOften()];
  const wish = {
    follow,
    create,
    exclusive: random.once(8),
    truncate: random.once(8),
    directory: random.once(6),
    write,
  };
  const { mayChange } = base;
  const { code, answer } = asked(() =>
    base.descriptor.openAt({ symlinkFollow: follow }, p, wish, { read: true, write }),
  );
  let thing: model.Thing | undefined;
  if (compare) {
    const expected = model.open({ folder: base.thing as model.Folder, mayChange }, p, wish);
    agree(
      `open ${p} ${JSON.stringify(wish)}`,
      code === "insufficient-memory" ? [code] : expected.codes,
      code,
    );
    thing = expected.thing;
  } else if (answer !== undefined) {
    thing = answer.getType() === "directory" ? model.folder() : { bytes: [] };
  }
  if (answer === undefined || thing === undefined) return;
  if (guest.held.length > 20 || (model.isFolder(thing) && !guest.holdsFolders)) answer[Symbol.dispose]();
  else guest.held.push({ descriptor: answer, thing, mayChange, write: write || create });
}

/** Reads and writes what is open. */
function touch(random: Random, held: Held, compare: boolean): void {
  const { descriptor, thing } = held;
  if (model.isFolder(thing) || thing.text !== undefined) return;
  seen(descriptor.stat().size);
  const offset = random.below(20);
  const bytes = Buffer.alloc(random.below(5), "x");
  const { code } = asked(() => descriptor.write(bytes, BigInt(offset)));
  if (compare) {
    agree("write", held.write ? [] : ["bad-descriptor"], code);
    if (code === undefined && bytes.length > 0) {
      while (thing.bytes.length < offset) thing.bytes.push(0);
      for (const [i, byte] of bytes.entries()) thing.bytes[offset + i] = byte;
    }
  }
  const { answer } = asked(() => descriptor.read(100n, 0n));
  const text = Buffer.from(answer?.[0] ?? []).toString("latin1");
  check(!text.includes(SECRET), () => "a file outside is read");
  if (!compare) return;
  const expected = Buffer.from(thing.bytes).toString("latin1");
  check(text === expected, () => `read: ${text}, and not ${expected}`);
}

function end(guests: readonly Guest[]): void {
  for (const { host, held, given } of guests) {
    for (const { descriptor } of held) descriptor[Symbol.dispose]();
    check(host.stats().files === given, () => `${host.stats().files} files are left open`);
    host.close();
    check(host.stats().files === 0, () => "files outlive their host");
  }
}

/** How many calls one case makes. */
const CALLS = 300;

function agreeing(random: Random, isPortable: boolean): void {
  withPlace(({ inside }) => {
    const tree = model.folder();
    const all = { host: inside, guest: "/" };
    const guests = [[all], [all, { ...all, readOnly: true }]].map((grants) =>
      guestOf(grants, tree, isPortable),
    );
    for (let i = 0; i < CALLS; i++) step(random, random.pick(guests), true);
    const [is, shouldBe] = [really(inside), modelled(tree)];
    check(is === shouldBe, () => `there is ${is}, and not ${shouldBe}`);
    end(guests);
  });
}

/** Two guests in turns: each answer is the model's, and so is the tree. */
export async function files(random: Random): Promise<void> {
  agreeing(random, false);
}

/** The same where folders are held by checked paths. */
export async function filesByPaths(random: Random): Promise<void> {
  agreeing(random, true);
}

/** Two guests while a thread moves folders and puts links that lead out in their place, where that is promised. */
export async function filesUnderAttack(random: Random): Promise<void> {
  if (!hasDescriptorPaths()) return;
  withPlace(({ top, inside }) => {
    const stop = new Int32Array(new SharedArrayBuffer(8));
    const workerData = { top, inside, stop, seed: random.below(2 ** 31) };
    const worker = new Worker(new URL("files-mover.js", import.meta.url), { workerData });
    worker.unref();
    try {
      Atomics.wait(stop, 1, 0, 10_000); // until it is at it
      const tree = model.folder();
      const guests = [0, 1].map((i) =>
        guestOf([{ host: inside, guest: "/", readOnly: i === 1 && random.once(4) }], tree),
      );
      for (let i = 0; i < CALLS * 3; i++) step(random, random.pick(guests), false);
      end(guests);
    } finally {
      Atomics.store(stop, 0, 1);
      Atomics.wait(stop, 1, 1, 10_000); // until it has stopped
    }
    const limbo = readdirSync(top).filter((name) => !/^(inside|outside|moved-\d+)$/.test(name));
    check(limbo.length === 0, () => `something was made above the guests' folder: ${limbo}`);
  });
}

/** As `cases`, for who wants them. */
export const fileCases: readonly (readonly [name: string, run: Case, rounds: number])[] = [
  ["files", files, 3],
  ["files-by-paths", filesByPaths, 1],
  ["files-under-attack", filesUnderAttack, 1],
];
