/** What is misspelt on the command line is told in one sentence, with what was probably meant. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const test = suite("options of the commands");

/** What each command line is answered with, on stderr; the exit code is 2. */
const ANSWERS: readonly (readonly [string, string])[] = [
  ["rnu app.wasm", "there is no command rnu: did you mean run?"],
  ["frobnicate", "there is no command frobnicate: wasock --help lists them"],
  [
    "run --alow-net=127.0.0.1 app.wasm",
    "wasock run: there is no option --alow-net; did you mean --allow-net?",
  ],
  ["run --denynet=* app.wasm", "wasock run: there is no option --denynet; did you mean --deny-net?"],
  ["run --frobnicate app.wasm", "wasock run: there is no option --frobnicate; --help lists them"],
  ["run -X app.wasm", "wasock run: there is no option -X; did you mean -S?"],
  ["run --timeout", "wasock run: Option '--timeout <value>' argument missing"],
  ["run --sync=yes app.wasm", "wasock run: Option '--sync' does not take an argument"],
  ["build --debgu x", "wasock build: there is no option --debgu; did you mean --debug?"],
  ["init --foo", "wasock init: there is no option --foo; --help lists them"],
];

for (const [line, answer] of ANSWERS) {
  test(`wasock ${line}`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...line.split(" ")], {
      encoding: "utf8",
    });
    assert.equal({ status, stdout, stderr }, { status: 2, stdout: "", stderr: `wasock: ${answer}\n` });
  });
}

test.run();
