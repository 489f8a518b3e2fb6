/** Socket addresses: bytes and text, held against `node:net`, RFC 4291 and RFC 5952. */
import { isIP, SocketAddress } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isSockaddr, makeSockaddr, Sockaddr, sockaddrName, sockaddrPort } from "../../src/index.ts";
import { scenario } from "./support/scenario.ts";

/** Numbers that are the same in every run. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 up to below `sides`. */
  roll(sides: number): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % sides;
  }
}

/** Eight groups, of which many are zero, as in real addresses. */
function groups(dice: Dice): number[] {
  const zeroes = dice.roll(4);
  return Array.from({ length: 8 }, () => {
    if (dice.roll(4) < zeroes) return 0;
    return dice.roll(3) === 0 ? dice.roll(16) : dice.roll(65536);
  });
}

/** RFC 5952 sections 4 and 5, the slow way. */
function canonical(words: readonly number[]): string {
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) return `::ffff:${dotted(words)}`;
  const texts = words.map((word) => word.toString(16));
  for (let length = 8; length > 1; length--) {
    for (let at = 0; at + length <= 8; at++) {
      if (words.slice(at, at + length).some((word) => word !== 0)) continue;
      return `${texts.slice(0, at).join(":")}::${texts.slice(at + length).join(":")}`;
    }
  }
  return texts.join(":");
}

function dotted(words: readonly number[]): string {
  return [words[6], words[7]].flatMap((word = 0) => [word >> 8, word & 255]).join(".");
}

/** One of the many ways in which RFC 4291 section 2.2 lets people write an address. */
function anyForm(words: readonly number[], dice: Dice): string {
  const texts = words.map((word) => {
    const text = word.toString(16).padStart(dice.roll(5), "0");
    return dice.roll(2) === 0 ? text : text.toUpperCase();
  });
  const tail = dice.roll(4) === 0 ? [dotted(words)] : texts.slice(6);
  const all = [...texts.slice(0, 6), ...tail];
  const zeroes = [...words.slice(0, 6), ...(tail.length === 1 ? [1] : words.slice(6))];
  const start = dice.roll(8);
  let end = start;
  while (end < zeroes.length && zeroes[end] === 0 && end - start < 1 + dice.roll(8)) end++;
  if (end === start) return all.join(":");
  return `${all.slice(0, start).join(":")}::${all.slice(end).join(":")}`;
}

scenario(
  "thousands of IPv6 addresses, in any form, are read as node:net reads them and written as RFC 5952 says",
  () => {
    const dice = new Dice(5952);
    for (let i = 0; i < 5000; i++) {
      const words = groups(dice);
      const form = anyForm(words, dice);
      assert.is(isIP(form), 6, form);
      const address = makeSockaddr(form, i);
      assert.is(address.name, canonical(words), form);
      assert.is(address.port, i);
      const bytes = Buffer.from(address.bytes);
      assert.equal(
        words.map((_, group) => bytes.readUInt16BE(8 + 2 * group)),
        words,
        form,
      );
      // libuv also writes the deprecated IPv4-compatible addresses (::a.b.c.d) with dots; RFC 5952 does not
      if (words.slice(0, 6).some((word) => word !== 0)) {
        assert.is(address.name, new SocketAddress({ address: form, family: "ipv6" }).address, form);
      }
      assert.is(makeSockaddr(address.name).name, address.name);
    }
  },
);

scenario("IPv4 addresses keep their bytes and their text", () => {
  const dice = new Dice(791);
  for (let i = 0; i < 2000; i++) {
    const octets = Array.from({ length: 4 }, () => dice.roll(256));
    const text = octets.join(".");
    const port = dice.roll(65536);
    const address = makeSockaddr(text, port);
    assert.is(address.name, text);
    assert.equal([...address.bytes], [2, 0, port >> 8, port & 255, ...octets, 0, 0, 0, 0, 0, 0, 0, 0]);
  }
});

// RFC 5952 sections 1, 2 and 4
const examples: readonly [string, string][] = [
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8::1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8:0:0:1::1", "2001:db8::1:0:0:1"],
  ["2001:db8:0000:0:1::1", "2001:db8::1:0:0:1"],
  ["2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"],
  ["2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"],
  ["2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"],
  ["2001:db8:aaaa:bbbb:cccc:dddd:eeee:AaAa", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["0:0:0:0:0:0:0:0", "::"],
  ["0:0:0:0:0:0:0:1", "::1"],
  ["1:0:0:0:0:0:0:0", "1::"],
  ["::ffff:192.0.2.128", "::ffff:192.0.2.128"],
  ["0:0:0:0:0:FFFF:129.144.52.38", "::ffff:129.144.52.38"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
];

scenario("the examples of RFC 5952 are written as it says", () => {
  for (const [form, name] of examples) assert.is(makeSockaddr(form).name, name, form);
});

scenario("an IPv6 address keeps its scope, and brackets are taken off", () => {
  assert.is(makeSockaddr("fe80::1%3").name, "fe80::1%3");
  assert.is(makeSockaddr("[fe80::1%4294967295]", 80).name, "fe80::1%4294967295");
  assert.is(makeSockaddr("[fe80::1%7]", 80).toString(), "[fe80::1%7]:80");
  assert.is(makeSockaddr("fe80::1%0").name, "fe80::1");
  const { bytes } = makeSockaddr("fe80::1%258");
  assert.equal([...bytes.subarray(24)], [2, 1, 0, 0]);
});

scenario("a scope may be the name of an interface that has a link-local address", () => {
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    const scope = addresses.find((address) => address.family === "IPv6" && address.scopeid > 0);
    if (scope?.family === "IPv6") assert.is(makeSockaddr(`fe80::1%${name}`).name, `fe80::1%${scope.scopeid}`);
  }
  assert.throws(() => makeSockaddr("fe80::1%no-such-interface"), /address must be .*no-such-interface/);
});

scenario("what is no literal is refused with the text in the message", () => {
  const wrong = [
    "",
    " ",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "1.2.3.-4",
    "01.2.3.4",
    "1.2.3.4 ",
    "1..2.3",
    ".1.2.3",
    "0x7f.1.1.1",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    ":1::",
    "1:",
    "::1%",
    "::1%-1",
    "::1%4294967296",
    "::1.2.3",
    "::1.2.3.4.5",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "[::1",
    "::1]",
    "[1.2.3.4]",
    "localhost",
    "::ffff:256.1.1.1",
    "1".repeat(5000),
    "::\u00b9",
  ];
  for (const text of wrong) {
    assert.throws(
      () => makeSockaddr(text),
      (error: Error) => error instanceof TypeError && error.message.includes(JSON.stringify(text)),
      text,
    );
    // to node:net a scope may be any text
    if (!text.includes("%")) assert.is(isIP(text), 0, `node:net agrees on ${text}`);
  }
});

scenario("an address without a literal is unspecified", () => {
  const address = makeSockaddr();
  assert.is(address.length, 0);
  assert.is(address.family, 0);
  assert.is(address.port, 0);
  assert.is(address.name, "");
  assert.is(String(address), "");
  assert.is(address.bytes.length, 0);
});

scenario("an address tells what it is", () => {
  const four = makeSockaddr("192.0.2.7", 65535);
  assert.is(four.family, 2);
  assert.is(four.length, 16);
  assert.is(String(four), "192.0.2.7:65535");
  const six = makeSockaddr("2001:db8::7", 1);
  assert.is(six.family, 10);
  assert.is(six.length, 28);
  assert.is(String(six), "[2001:db8::7]:1");
  assert.is(sockaddrName(six), "2001:db8::7");
  assert.is(sockaddrPort(six), 1);
  assert.ok(isSockaddr(six) && six instanceof Sockaddr);
  for (const other of [null, undefined, 4, "::1", {}, { family: 2 }]) assert.not(isSockaddr(other));
});

scenario("the bytes of an address are a copy", () => {
  const address = makeSockaddr("127.0.0.1", 80);
  address.bytes.fill(0);
  assert.is(String(address), "127.0.0.1:80");
});

test.run();
