import { test } from "uvu";
import * as assert from "uvu/assert";
import { printable, printableLines } from "../../host/messages/printable.ts";

test("what is plain stays as it is", () => {
  for (const text of ["", "example.com", "münchen.example", "例え.テスト", "😀", 'a\\b "c"']) {
    assert.is(printable(text), text);
  }
});

test("what steers a terminal, reorders or ends a line, or is no character is escaped", () => {
  const shown: Record<string, string> = {
    "\u0000\t\r\n": "\\u0000\\u0009\\u000d\\u000a",
    "\u001b[2J": "\\u001b[2J",
    "\u007f\u0085\u009b1m": "\\u007f\\u0085\\u009b1m",
    "a\u202eb\u2066c\u2069\u200f": "a\\u202eb\\u2066c\\u2069\\u200f",
    "\u2028\u2029\ufeff": "\\u2028\\u2029\\ufeff",
    "\ud800x\udc00": "\\ud800x\\udc00",
    "\u{e0041}": "\\u{e0041}",
  };
  for (const [text, expected] of Object.entries(shown)) assert.is(printable(text), expected);
});

test("what is long is cut between characters and says how long it was", () => {
  assert.is(printable("a".repeat(255)), "a".repeat(255));
  assert.is(printable("a".repeat(256)), `${"a".repeat(255)}… (256 bytes)`);
  assert.is(printable("😀".repeat(4), 3), "😀… (16 bytes)");
  assert.is(printable("a😀b", 2), "a… (6 bytes)");
  assert.is(printable("😀b", 2), "😀… (5 bytes)");
  assert.is(printable("\n".repeat(9), 2), "\\u000a\\u000a… (9 bytes)");
});

test("lines stay lines", () => {
  assert.is(printableLines("a\u001b\nb"), "a\\u001b\nb");
  assert.is(printableLines("1\n2\n3", 10, 2), "1\n2\n…");
  assert.is(printableLines("1\n2", 10, 2), "1\n2");
});

test.run();
