import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  addressText,
  fromNode,
  ipText,
  isUsableForTcp,
  isUsableForUdp,
  isWildcard,
  parseIp,
  sameAddress,
  socketAddressText,
  unmapIp,
} from "../../host/network/address.ts";
import { at } from "./support.ts";

test("literals are read and written in their shortest form", () => {
  const forms: [string, string][] = [
    ["0.0.0.0", "0.0.0.0"],
    ["192.0.2.255", "192.0.2.255"],
    ["::", "::"],
    ["::1", "::1"],
    ["[::]", "::"],
    ["2001:0db8:0:0:0:0:0:0", "2001:db8::"],
    ["DEAD:BEEF::0", "dead:beef::"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["0:0:1:0:0:0:0:0", "0:0:1::"],
    ["1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"],
    ["1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ];
  for (const [given, expected] of forms) {
    const address = parseIp(given);
    assert.ok(address, given);
    assert.is(ipText(address as NonNullable<typeof address>), expected);
  }
});

test("what is no literal is none", () => {
  for (const text of [
    "",
    " ",
    "localhost",
    "1.2.3",
    "256.0.0.1",
    "127.0.0.1:80",
    "[::]:80",
    "[1.2.3.4]",
    ":::",
    "1:2",
  ]) {
    assert.is(parseIp(text), undefined, text);
  }
});

test("a socket address goes through Node's text and back", () => {
  for (const text of ["127.0.0.1", "10.20.30.40", "::1", "2001:db8::5:0:1"]) {
    const address = at(text, 4242);
    assert.is(addressText(address), text);
    assert.ok(sameAddress(fromNode({ address: addressText(address), port: 4242 }), address));
    assert.not(sameAddress(address, at(text, 4243)));
  }
  assert.is(socketAddressText(at("::1", 80)), "[::1]:80");
  assert.is(socketAddressText(at("127.0.0.1", 80)), "127.0.0.1:80");
});

test("TCP takes unicast of its own family alone", () => {
  const usable = ["0.0.0.0", "127.0.0.1", "192.0.2.1", "::", "::1", "fe80::1", "2001:db8::"];
  // what differs from an unusable one in its first part alone
  usable.push("1.255.255.255", "240.0.0.1", "1::ffff:127.0.0.1", "1::127.0.0.1");
  const unusable = [
    "255.255.255.255",
    "224.254.0.0",
    "239.255.255.255",
    "ff00::",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "::2",
  ];
  for (const text of usable) assert.ok(isUsableForTcp(at(text, 1), at(text, 1).tag), text);
  for (const text of unusable) assert.not(isUsableForTcp(at(text, 1), at(text, 1).tag), text);
  assert.not(isUsableForTcp(at("127.0.0.1", 1), "ipv6"));
  assert.not(isUsableForTcp(at("::1", 1), "ipv4"));
});

test("UDP takes multicast and broadcast too, and no IPv4-mapped address", () => {
  assert.ok(isUsableForUdp(at("255.255.255.255", 1), "ipv4"));
  assert.ok(isUsableForUdp(at("ff02::1", 1), "ipv6"));
  assert.not(isUsableForUdp(at("::ffff:127.0.0.1", 1), "ipv6"));
  assert.not(isUsableForUdp(at("127.0.0.1", 1), "ipv6"));
});

test("an IPv4-mapped address becomes plain IPv4, and no other changes", () => {
  assert.equal(unmapIp({ tag: "ipv6", val: [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1] }), {
    tag: "ipv4",
    val: [127, 0, 0, 1],
  });
  assert.equal(unmapIp({ tag: "ipv6", val: [0, 0, 0, 0, 0, 0, 0, 1] }), {
    tag: "ipv6",
    val: [0, 0, 0, 0, 0, 0, 0, 1],
  });
  assert.ok(isWildcard(at("::", 80)));
  assert.not(isWildcard(at("::1", 80)));
});

test.run();
