/**
 * The thread that is at the guests' folder from outside: it moves folders in it, in and out of it, and puts links that
 * lead out in their place, as fast as it can.
 */
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { workerData } from "node:worker_threads";
import { Random } from "./random.ts";

const { top, inside, stop, seed } = workerData as {
  top: string;
  inside: string;
  stop: Int32Array;
  seed: number;
};
const random = new Random(seed);
const NAMES = ["a", "b", "c", "d"];
const REAL = 0o10000000 | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const opened: number[] = [];
let aside = 10;

/** A place that the thread itself gets to through no link: it must not be the one that changes what is outside. */
function somewhere(): string {
  let folder = inside;
  for (let i = random.below(3); i > 0; i--) {
    const fd = openSync(join(folder, random.pick(NAMES)), REAL);
    opened.push(fd);
    folder = `/proc/self/fd/${fd}`;
  }
  return join(folder, random.pick(NAMES));
}

function limbo(): string {
  return join(top, `moved-${random.below(3)}`);
}

function move(): void {
  const place = somewhere();
  switch (random.below(8)) {
    case 0:
      mkdirSync(place);
      return;
    case 1:
      renameSync(place, somewhere());
      return;
    case 2:
      renameSync(place, limbo());
      return;
    case 3:
      renameSync(limbo(), place);
      return;
    case 4:
      writeFileSync(place, "inside", { flag: "wx" });
      return;
    case 5:
      if (random.once(2)) unlinkSync(place);
      else rmdirSync(place);
      return;
    default: {
      // a link in the place of a folder, or of nothing
      const there = join(top, `moved-${aside++}`);
      try {
        renameSync(place, there);
      } catch {
        // there was nothing
      }
      const up = "../".repeat(1 + random.below(4));
      const outside = join(top, "outside");
      symlinkSync(random.pick([outside, `${outside}/a`, `${up}outside`, `${up}outside/a`, up]), place);
      if (random.once(4)) return;
      unlinkSync(place);
      renameSync(there, place);
    }
  }
}

Atomics.store(stop, 1, 1);
Atomics.notify(stop, 1);
while (Atomics.load(stop, 0) === 0) {
  try {
    move();
  } catch {
    // what it wanted is not there any more, or already
  }
  for (const fd of opened.splice(0)) closeSync(fd);
}
Atomics.store(stop, 1, 2);
Atomics.notify(stop, 1);
