// The JSON schema of wasock.json, as the command itself reads it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/files.mjs";

/** Where an installation has it too; src/cli/config.ts names it in files that it writes. */
const OUTPUT = "build/wasock.schema.json";

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const schema = {
  name: "schema",
  after: ["scripts"],
  inputs: () => [
    ...["schema", "flags"].map((name) => `build/src/cli/${name}.js`),
    "build/host/io/caps.js",
    "tools/steps/schema.mjs",
  ],
  words: [],
  outputs: () => [OUTPUT],
  async run() {
    // a name that TypeScript does not follow: what is built need not be there
    const built = new URL("../../build/src/cli/schema.js", import.meta.url).href;
    const made = /** @type {{ schema(): object }} */ (await import(built)).schema();
    writeFileSync(join(root, OUTPUT), `${JSON.stringify(made, null, 2)}\n`);
    return true;
  },
};
