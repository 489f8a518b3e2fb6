/** Source maps of programs, which may be from whoever the program is from. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { originsOf, parseSourceMap, type SourceMap } from "../../host/run/source-map.ts";

const test = suite("source maps");

const isLibrary = (file: string): boolean => file.startsWith("~lib/");

function map(mappings: string, sources: unknown[] = ["a.ts", "~lib/b.ts"]): SourceMap {
  const parsed = parseSourceMap(JSON.stringify({ version: 3, sources, names: [], mappings }));
  assert.ok(parsed);
  return parsed;
}

/** What is told of an instruction, as text. */
function at(offset: number, mappings: string, start = 0, sources?: unknown[]): string {
  const [origin] = originsOf(map(mappings, sources), [{ offset, start }], isLibrary);
  const text = (place?: { file: string; line: number; column: number }): string =>
    place === undefined ? "-" : `${place.file}:${place.line}:${place.column}`;
  return `${text(origin?.place)} ${text(origin?.near)}`;
}

test("the last segment before an instruction, in its function, tells where it is from", () => {
  // 4 → a.ts:1:1; 8 → a.ts:2:3; 12 → nothing; 16 → b.ts:2:4
  const mappings = "IAAA,IACE,I,ICAC";
  assert.is(at(3, mappings), "- -");
  assert.is(at(4, mappings), "a.ts:1:1 -");
  assert.is(at(7, mappings), "a.ts:1:1 -");
  assert.is(at(11, mappings), "a.ts:2:3 -");
  assert.is(at(13, mappings), "- a.ts:2:3");
  assert.is(at(13, mappings, 9), "- -");
  assert.is(at(99, mappings), "~lib/b.ts:2:4 a.ts:2:3");
  // what stands before the function's start is another's
  assert.is(at(99, mappings, 14), "~lib/b.ts:2:4 -");
  assert.is(at(11, mappings, 9), "- -");
});

test("numbers are read with their signs, and up to 35 bits", () => {
  assert.is(at(2 ** 30, "8////fAAA"), "a.ts:1:1 -");
  // back to the first source from the second, and to an earlier line
  assert.is(at(9, "ACEA,CDDA"), "a.ts:2:1 -");
});

test("names of sources can't reach the terminal raw, nor be anything but text", () => {
  assert.is(at(4, "IAAA", 0, ["\u001b[31ma\n.ts"]).includes("\u001b"), false);
  assert.ok(at(4, "IAAA", 0, ["x".repeat(1e6)]).length < 300);
  assert.is(at(4, "IAAA", 0, [{ toString: () => "x" }]), "- -");
  assert.is(at(4, "IAAA", 0, [7]), "- -");
  assert.is(at(4, "IACA", 0, []), "- -");
});

test("what is no mapping ends the reading, and what it comes to is never negative", () => {
  for (const mappings of [
    "",
    ";",
    ";IAAA",
    "é",
    "I",
    "IA",
    "IAA",
    "gggggggggggggA",
    "I%AA",
    ",,,,",
    "IADA",
    "IAAD",
    "IAAAAAAAA;",
  ]) {
    assert.match(at(4, mappings), /^(- -|a\.ts:1:1 -)$/);
  }
  assert.is(at(4, "IADA"), "- -");
  assert.is(at(4, "IAAD"), "- -");
  assert.is(at(4, "IDAA"), "- -");
});

test("what is no map of version 3 is none", () => {
  for (const text of [
    "",
    "{",
    "null",
    "3",
    "[]",
    "{}",
    '{"version":3}',
    '{"version":2,"sources":[],"mappings":""}',
  ]) {
    assert.is(parseSourceMap(text), undefined, text);
  }
  assert.is(parseSourceMap('{"version":3,"sources":[],"mappings":7}'), undefined);
  assert.is(parseSourceMap(`${"[".repeat(1e6)}`), undefined);
});

test("a long map is read once, and keeps nothing", () => {
  const mappings = "CAAA,".repeat(500_000);
  const positions = Array.from({ length: 32 }, (_, i) => ({ offset: 1000 * i, start: 0 }));
  const origins = originsOf(map(mappings), positions, isLibrary);
  assert.is(origins.length, 32);
  assert.is(origins[31]?.place?.file, "a.ts");
});

test.run();
