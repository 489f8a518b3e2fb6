/** What the tests of `host/files` have in common: a guest's folder in a world of its own, in each way to hold folders. */
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

export const READ: OpenHow = { read: true, follow: true };
export const ALL: OpenHow = { read: true, write: true, change: true, follow: true };
export const NEW: OpenHow = { ...ALL, create: true };

export interface World {
  /** The folder that the guest has, and where it is. `secret` stands beside it. */
  readonly root: FileDescriptor;
  readonly path: string;
  /** A path of the host's in it. */
  at(name: string): string;
  /** The same folder, read only. */
  readonly readOnly: FileDescriptor;
  readonly ledger: Ledger;
  /** How the folders are held. */
  readonly openRoot: OpenRoot;
  readonly isLinux: boolean;
}

/** What a call has thrown. */
export function codeOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return "it did not fail";
}

/** Holds that each call fails with one of the codes. */
export function fails(codes: string, ...calls: (() => unknown)[]): void {
  for (const call of calls) {
    const code = codeOf(call);
    assert.ok(codes.split(" ").includes(String(code)), `${call}: ${code}, and not ${codes}`);
  }
}

/** The text of an open file. */
export function textOf(file: FileDescriptor): string {
  const into = Buffer.alloc(1000);
  return into.toString("utf8", 0, file.readAt(into, 0n));
}

/** What is done with an open file, which is then let go of. */
export function using<T>(file: FileDescriptor, work: (file: FileDescriptor) => T): T {
  try {
    return work(file);
  } finally {
    file.release();
  }
}

/** The names in a folder, in order. */
export function namesIn(folder: FileDescriptor): string[] {
  const listing = folder.list();
  const names: string[] = [];
  try {
    for (let entry = listing.next(); entry !== undefined; entry = listing.next()) names.push(entry.name);
    return names.sort();
  } finally {
    listing.close();
  }
}

/** How many descriptors of the system this process has below the folder for tests; `undefined` where nobody tells. */
export function openDescriptors(): number | undefined {
  if (process.platform !== "linux") return undefined;
  let count = 0;
  for (const fd of fs.readdirSync("/proc/self/fd")) {
    try {
      if (fs.readlinkSync(`/proc/self/fd/${fd}`).includes(PREFIX)) count++;
    } catch {
      // the one that the folder itself was read by
    }
  }
  return count;
}

const PREFIX = "wasock-host-files-";

const WAYS: readonly (readonly [string, OpenRoot])[] = [
  ...(hasDescriptorPaths() ? [["by descriptors", openLinuxRoot] as const] : []),
  ["by checked paths", openPortableRoot],
];

/** Adds a test to the suite of each way to hold folders. When it is done nothing may be left open. */
export type Scenario = (title: string, work: (world: World) => void) => void;

/** Makes the suites of one file of tests. */
export function inEachWay(about: string, add: (scenario: Scenario) => void): void {
  const top = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), PREFIX)));
  let count = 0;
  for (const [way, openRoot] of WAYS) {
    const test = suite(`${about}, ${way}`);
    add((title, work) => {
      test(title, () => inWorld(join(top, String(count++), "in"), openRoot, work));
    });
    test.run();
  }
  process.on("exit", () => fs.rmSync(top, { recursive: true, force: true }));
}

function inWorld(path: string, openRoot: OpenRoot, work: (world: World) => void): void {
  fs.mkdirSync(path, { recursive: true });
  fs.writeFileSync(join(path, "../secret"), "secret");
  const outside = fs.readdirSync(join(path, ".."));
  const ledger = new Ledger();
  const grants = [
    { host: path, guest: "/" },
    { host: path, guest: "/ro", readOnly: true },
  ];
  const before = openDescriptors();
  const [root, readOnly] = openFolders(new FileBooks(ledger, 100), grants, openRoot).map(
    ({ folder }) => folder,
  ) as [FileDescriptor, FileDescriptor];
  const isLinux = openRoot === openLinuxRoot;
  try {
    work({ root, path, at: (file) => join(path, file), readOnly, ledger, openRoot, isLinux });
  } catch (error) {
    throw typeof error === "string" ? new Error(error) : error; // uvu shows nothing else
  }
  assert.is(ledger.files, 2, "files are left open");
  ledger.close();
  assert.is(ledger.files, 0);
  assert.is(openDescriptors(), before, "descriptors of the system are left open");
  assert.is(fs.readFileSync(join(path, "../secret"), "utf8"), "secret");
  assert.equal(fs.readdirSync(join(path, "..")), outside);
}
