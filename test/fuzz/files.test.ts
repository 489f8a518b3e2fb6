/** A bounded fuzz of files: `npm run fuzz -- --case files` (or `files-under-attack`) goes on for longer. */
import { suite } from "uvu";
import { files, filesByPaths, filesUnderAttack } from "./files.ts";
import { Random } from "./random.ts";

const test = suite("fuzz of files");

for (const [name, run, seeds] of [
  ["two guests see what a model sees", files, 30],
  ["two guests see the same by checked paths", filesByPaths, 8],
  ["nothing outside is seen or changed while a thread moves folders and links", filesUnderAttack, 8],
] as const) {
  test(name, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      try {
        await run(new Random(seed));
      } catch (error) {
        throw new Error(`seed ${seed}: ${error}`, { cause: error });
      }
    }
  });
}

test.run();
