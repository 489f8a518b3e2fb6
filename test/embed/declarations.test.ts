/** The declarations of a component's functions: programs in strict TypeScript that use them, and run. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { assemble } from "../abi/support.ts";
import { ASKS, COUNTERS, copies } from "./guests.ts";
import { echo } from "./support.ts";

const test = suite("declarations");
const root = fileURLToPath(new URL("../../../", import.meta.url));
mkdirSync(join(root, "build/docs"), { recursive: true });
// where "wasock" is this package, as it is for a user
const folder = mkdtempSync(join(root, "build/docs/types-"));

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

const cli = join(root, "build/dist/cli.js");

const KINDS = `(record (field "a-b" (option u8)) (field "c" (list (tuple string bool)))
  (field "d" (variant (case "e" u64) (case "f"))) (field "g" (enum "h" "i-j")) (field "k" (flags "l-m" "n"))
  (field "o" (option (option f64))) (field "p" (result s8 (error string))) (field "q" (list f32)))`;

const COMPONENTS: Readonly<Record<string, string>> = {
  counters: COUNTERS,
  asks: ASKS,
  copies: copies("u8", 1),
  words: copies("string", 8),
  kinds: echo("$t", `(type $t ${KINDS})`),
};

/** Checked by TypeScript, and run. */
const PROGRAM = `
import { instantiate } from "wasock/host";

{
  /** @type {import("wasock/host").Instance<import("./counters.js").Exports>} */
  const { exports, close } = await instantiate("counters.wasm");
  const { Counter, end, half } = exports.counters;
  const counter = new Counter(5);
  counter.addTo(2);
  /** @type {number} */
  const seven = counter.get();
  const two = Counter.ofTwo(2);
  console.log(seven, end(two), half(8), exports["acme:demo/counters@1.2.0"].alive());
  counter[Symbol.dispose]();
  await close();
  // @ts-expect-error
  () => new Counter("5");
  // @ts-expect-error
  () => counter.addTo();
  // @ts-expect-error
  () => exports.counters.other;
  // @ts-expect-error
  () => end(seven);
}
{
  /** @type {import("./asks.js").Imports} */
  const imports = { "acme:demo/jobs@1.0.0": { work: async (name) => name.length } };
  /** @type {import("wasock/host").Instance<import("./asks.js").Exports>} */
  const { exports, close } = await instantiate("asks.wasm", { imports: { ...imports } });
  /** @type {Promise<number>} */
  const asked = exports.ask("four");
  console.log(await asked);
  await close();
  /** @type {import("./asks.js").Imports} */
  // @ts-expect-error
  const wrong = { "acme:demo/jobs@1.0.0": { work: (name) => name } };
  void wrong;
}
{
  /** @type {import("wasock/host").Instance<import("./copies.js").Exports>} */
  const { exports, close } = await instantiate("copies.wasm");
  for await (const bytes of await exports.copy([Uint8Array.of(1, 2)])) console.log(bytes.length);
  // @ts-expect-error
  () => exports.copy(["text"]);
  await close();
}
{
  /** @type {import("wasock/host").Instance<import("./words.js").Exports>} */
  const { exports, close } = await instantiate("words.wasm");
  for await (const word of await exports.copy(["text"])) console.log(word.toUpperCase());
  await close();
}
{
  /** @type {import("wasock/host").Instance<import("./kinds.js").Exports>} */
  const { exports, close } = await instantiate("kinds.wasm");
  const [value] = exports.echo([{
    c: [["x", true]], d: { tag: "e", val: 5n }, g: "i-j", k: { lM: true }, o: { tag: "some", val: 1.5 },
    p: { tag: "err", val: "no" }, q: Float32Array.of(1),
  }]);
  if (value !== undefined && value.d.tag === "e" && value.o.tag === "some" && value.p.tag === "err") {
    console.log(value.aB, value.c[0]?.[1], value.d.val, value.g, value.k.lM, value.o.val, value.p.val, value.q.length);
  }
  // @ts-expect-error
  () => exports.echo([{}]);
  await close();
}
`;

test("a program is right by them, and does what it says", async () => {
  for (const [name, text] of Object.entries(COMPONENTS)) {
    writeFileSync(join(folder, `${name}.wasm`), await assemble(text));
    const { code, stderr } = await run(cli, "types", `${name}.wasm`, "--out", `${name}.d.ts`);
    assert.equal([code, stderr], [0, ""]);
  }
  writeFileSync(join(folder, "program.mjs"), PROGRAM);
  const compilerOptions = {
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
    ...{ allowJs: true, checkJs: true, noEmit: true, types: ["node"], skipLibCheck: false },
    ...{ target: "es2022", lib: ["es2023", "esnext.disposable"], module: "nodenext" },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.mjs"] }));
  const checked = await run(join(root, "node_modules/typescript/bin/tsc"), "-p", folder);
  assert.is(checked.stdout, "");
  assert.equal(await run("program.mjs"), {
    code: 0,
    stdout: "7 2 4 1\n4\n2\nTEXT\nundefined true 5n i-j true 1.5 no 1\n",
    stderr: "",
  });
});

test("with promises they give some, and what isn't async may wait", async () => {
  writeFileSync(join(folder, "counters.wasm"), await assemble(COUNTERS));
  const { stdout } = await run(cli, "types", "counters.wasm", "--promises");
  assert.match(stdout, /addTo\(by: number\): Promise<void>;/);
  assert.match(stdout, /new \(from: number\): Counters\.Counter;/);
  assert.match(stdout, /Throws a `ComponentError` of number\. \*\/\s+half\(n: number\): Promise<number>;/);
});

test("what is no component is told in a sentence", async () => {
  writeFileSync(join(folder, "text.wasm"), "text");
  for (const [args, message] of [
    [["text.wasm"], /text\.wasm: this is not a component\n$/],
    [["missing.wasm"], /missing\.wasm: there is no such file.*\n$/],
    [[], /wasock types takes one component: wasock types app\.wasm\n$/],
  ] as const) {
    const { code, stderr } = await run(cli, "types", ...args);
    assert.is(code, 2);
    assert.match(stderr, message);
    assert.not.match(stderr.trim(), /\n/);
  }
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
