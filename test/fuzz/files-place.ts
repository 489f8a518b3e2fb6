/** Where the guests of a fuzz are: a folder of theirs, and one beside it that nobody may see or change. */
import {
  type BigIntStats,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "./cases.ts";

/** What is in each file outside, and the name of some. */
export const SECRET = "SECRET";

/** The size of a secret, which nothing inside ever has. */
export const SECRET_SIZE = 7777n;

/** The folders of one round. */
export interface Place {
  readonly top: string;
  /** The folder of the guests. */
  readonly inside: string;
  /** What stands beside it, which nobody may see or change. */
  readonly outside: string;
}

/** Makes the folders, and holds after the work that outside nothing has changed. */
export function withPlace(work: (place: Place) => void): void {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "wasock-fuzz-files-")));
  const [inside, outside] = [join(top, "inside"), join(top, "outside")];
  for (const folder of [inside, outside, join(outside, "a"), join(outside, "b")]) mkdirSync(folder);
  for (const name of [SECRET, "c", "a/b", "a/d", "a/SECRET"]) {
    writeFileSync(join(outside, name), SECRET.padEnd(Number(SECRET_SIZE), "!"));
  }
  const before = fingerprint(outside);
  try {
    work({ top, inside, outside });
    check(
      fingerprint(outside) === before,
      () => `what is outside has changed: ${fingerprint(outside)}, and not ${before}`,
    );
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

/** Of all that is in a folder and must not change: names, sizes, links, and when it was changed. */
function fingerprint(folder: string): string {
  const own = (stats: BigIntStats): string => `${stats.size} ${stats.nlink} ${stats.ctimeNs}`;
  const lines = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => `${name} ${own(lstatSync(join(folder, name), { bigint: true }))}`);
  return [own(lstatSync(folder, { bigint: true })), ...lines].join("; ");
}
