/** What stands in for Node in a browser says what Node says. */
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as ours from "../../host/browser/is-ip.ts";
import * as text from "../../host/browser/text.ts";

test("texts are address literals where they are on Node", () => {
  // pieces of addresses, put together by a small generator of our own
  const pieces = [
    "1",
    "255",
    "256",
    "01",
    "0",
    "ffff",
    "12345",
    "g",
    "::",
    ":",
    ".",
    "1.2.3.4",
    "%eth0",
    "%",
    "",
  ];
  let state = 1;
  const next = (limit: number): number => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
  const separators = [":", ".", ""];
  for (let i = 0; i < 50_000; i++) {
    const count = 1 + next(9);
    const separator = separators[next(3)] as string;
    const made = Array.from({ length: count }, () => pieces[next(pieces.length)]).join(separator);
    assert.is(ours.isIP(made), isIP(made), made);
  }
  for (const literal of [
    "::",
    "::1",
    "1::",
    "::ffff:1.2.3.4",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4",
    "fe80::1%2",
  ])
    assert.is(ours.isIP(literal), 6, literal);
});

test("names of other letters are the same in ASCII", () => {
  for (const name of ["bücher.example", "例え.jp", "straße.de", "a b", "xn--a", "ﬁ.example", "ü..x", ""])
    assert.is(text.domainToASCII(name), domainToASCII(name), name);
});

test.run();
