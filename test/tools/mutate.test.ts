/** tools/mutate: which mutants are made of a source, and that a test which notices one is told from one that doesn't. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Mutant {
  readonly line: number;
  readonly from: string;
  readonly to: string;
  readonly id?: number;
}
interface Source {
  readonly path: string;
  readonly text: string;
}
interface Reach {
  readonly passed: boolean;
  readonly tests: readonly { readonly mutants: readonly number[] }[];
  readonly always: readonly number[];
}
interface Share {
  readonly name: string;
  readonly indices: readonly number[];
  readonly seconds: number;
}
interface Tools {
  mutantsOf(file: string, text: string): Mutant[];
  instrument(sources: Source[]): Promise<{ sources: Source[]; mutants: Mutant[] }>;
  sample<T>(all: readonly T[], count: number, seed: number, nameOf: (of: T) => string): T[];
  reachOf(tree: string, name: string, count: number): Promise<Reach>;
  meet(tree: string, shares: Share[], id: number, clean: string): Promise<{ fate: string }>;
  withSelection(text: string, file: string, tree: string): string;
  switched(text: string, switches: string, mutants: readonly Mutant[]): { readonly text: string }[];
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const parts = ["assemblyscript", "typescript", "mutant", "tests", "switches"].map(
  (name) => import(`${root}tools/mutate/${name}.mjs`),
);
const tools = Object.assign({}, ...(await Promise.all(parts))) as Tools;

/** The mutants of some AssemblyScript, each as the whole source with the change in it. */
function changes(text: string): string[] {
  const mutants = tools.mutantsOf("assembly/some.ts", text) as (Mutant & { start: number; end: number })[];
  return mutants.map(({ start, end, from, to }) => {
    assert.is(text.slice(start, end), from);
    return text.slice(0, start) + to + text.slice(end);
  });
}

test("AssemblyScript: operators and constants", () => {
  assert.equal(changes("const a = b /* < */ < 0x1f;"), [
    "const a = b /* < */ <= 0x1f;",
    "const a = b /* < */ >= 0x1f;",
    "const a = b /* < */ < (0x1f + 1);",
  ]);
  assert.equal(changes("a += 9;"), ["a -= 9;", "a += 10;"]);
  assert.equal(changes('f("x", "", true);').slice(1), ['f("", "", true);', 'f("x", "", false);']);
});

test("AssemblyScript: conditions, calls and returns", () => {
  assert.equal(changes("if (a) b();"), ["if (true) b();", "if (false) b();", "if (!(a)) b();", "if (a) {};"]);
  assert.equal(changes("while (!a) b;"), ["while (false) b;", "while (a) b;"]);
  // a function's last return stays: there must be one
  assert.equal(changes("function f(): i32 { if (a || b) return c; g(); return d; }"), [
    "function f(): i32 { if (true) return c; g(); return d; }",
    "function f(): i32 { if (false) return c; g(); return d; }",
    "function f(): i32 { if (a && b) return c; g(); return d; }",
    "function f(): i32 { if (a || b) {}; g(); return d; }",
    "function f(): i32 { if (a || b) return c; ; return d; }",
  ]);
});

test("AssemblyScript: nothing of types, imports and decorators", () => {
  const text = '@external("env", "f") declare function f(a: StaticArray<u8>): void; import { a } from "./a";';
  assert.equal(changes(text), []);
});

test("AssemblyScript: a switch for each mutant, all in one copy of the code", () => {
  const copy = (text: string): string => {
    const mutants = tools
      .mutantsOf("assembly/some.ts", text)
      .map((mutant, number) => ({ ...mutant, number }));
    const whole = tools.switched(text, "./mutants", mutants).map((piece) => piece.text);
    return whole.join("").replaceAll("__mutant", "m");
  };
  const head = 'import { m } from "./mutants"; ';
  assert.is(copy("a = b < 2;"), `${head}a = (m(0) ? (b <= 2) : m(1) ? (b >= 2) : (b < (m(2) ? (3) : (2))));`);
  assert.is(copy("while (!a) b();"), `${head}while ((((m(1) ? (!!a) : (!a))) && !m(0))) { if (!m(2)) b(); }`);
  // a field's offset must be a constant
  assert.is(copy("a = load<u8>(b, 4);"), `${head}a = (m(0) ? (load<u8>(b, 5)) : (load<u8>(b, 4)));`);
  assert.is(copy("f();"), `${head}{ if (!m(0)) f(); }`);
  // what the compiler decides stays
  assert.is(copy("if (ASC_RUNTIME == 2) a = b;"), "if (ASC_RUNTIME == 2) a = b;");
});

test("a sample is the same for the same seed, and holds nothing twice", () => {
  const all = Array.from({ length: 1000 }, (_, index) => index);
  // two have the same name each
  const sample = (from: readonly number[], count: number, seed: number): number[] =>
    tools.sample(from, count, seed, (of) => String(of >> 1));
  const picked = sample(all, 100, 7);
  assert.is(new Set(picked).size, 100);
  assert.equal(sample(all, 100, 7), picked);
  assert.not.equal(sample(all, 100, 8), picked);
  assert.is(sample(all, 2000, 7).length, 1000);
  // what is gone makes room for as many, and all others stay
  const without = all.filter((of) => of >> 1 !== (picked[0] ?? 0) >> 1);
  const gone = picked.filter((of) => !without.includes(of));
  assert.equal(
    sample(without, 100, 7).slice(0, 100 - gone.length),
    picked.filter((of) => !gone.includes(of)),
  );
});

/** What the planted tests run: one file, which takes part in a process of its own too. */
const PROGRAM = `export function larger(a, b) {
  return a > b ? a : b;
}
export function untested() {
  return 1 + 1;
}
export function there() {
  return 2 * 3;
}
if (process.argv[2] === "there") console.log(there());
`;

const TEST = `import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { larger } from "../host/tiny.js";
test("larger", () => {
  assert.is(larger(1, 2), 2);
  assert.is(larger(2, 1), 2);
});
test("there", async () => {
  const file = fileURLToPath(new URL("../host/tiny.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, "there"], { env: {} });
  assert.is(stdout, "6\\n");
});
test.run();
`;

test("TypeScript: what a test notices, what it doesn't, and what it never reaches", async () => {
  const tree = mkdtempSync(join(tmpdir(), "wasock-mutate-"));
  try {
    const { sources, mutants } = await tools.instrument([{ path: "build/host/tiny.js", text: PROGRAM }]);
    const text = tools.withSelection(TEST, join(tree, "build/test/tiny.test.js"), root);
    const files = { "build/test/tiny.test.js": text, "package.json": '{ "type": "module" }' };
    for (const [path, text] of [
      ...sources.map(({ path, text }) => [path, text] as const),
      ...Object.entries(files),
    ]) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), text);
    }
    symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
    const reach = await tools.reachOf(tree, "tiny", mutants.length);
    assert.ok(reach.passed);
    const fates = [];
    for (const { line, from, to, id = -1 } of mutants.filter((mutant) => mutant.line < 9)) {
      const indices = reach.tests.flatMap(({ mutants }, index) =>
        mutants.includes(id) || reach.always.includes(id) ? [index] : [],
      );
      const shares = [{ name: "tiny", indices, seconds: 1 }];
      const { fate } =
        indices.length > 0 ? await tools.meet(tree, shares, id, tree) : { fate: "not reached" };
      fates.push(`${line} ${from.includes("\n") ? "body" : from} → ${to}: ${fate}`);
    }
    assert.equal(fates, [
      "1 body → {}: noticed",
      "2 a > b → true: noticed",
      "2 a > b → false: noticed",
      // both are as large
      "2 a > b → a >= b: survived",
      "2 a > b → a <= b: noticed",
      "4 body → {}: not reached",
      "5 1 + 1 → 1 - 1: not reached",
      "7 body → {}: noticed",
      "8 2 * 3 → 2 / 3: noticed",
    ]);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
});

test.run();
