/** The README's picture is what the tool draws. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";

test("docs/ways.svg is up to date", () => {
  const tool = fileURLToPath(new URL("../../../tools/picture.mjs", import.meta.url));
  execFileSync(process.execPath, [tool, "--check"]);
});

test.run();
