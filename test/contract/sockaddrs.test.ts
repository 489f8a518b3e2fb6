/** The contract: socket addresses. */
import * as assert from "uvu/assert";
import { contract } from "./contract.ts";
import { rejection } from "./steps.ts";

const { promise, run } = await contract("sockaddrs");

promise("makeSockaddr gives the bytes of a sockaddr_in", async ({ side }) => {
  const address = await side.makeSockaddr("192.0.2.33", 0x1234);
  // sin_family in host order, which is little here; sin_port in network order; sin_addr; padding
  const expected = [2, 0, 0x12, 0x34, 192, 0, 2, 33, 0, 0, 0, 0, 0, 0, 0, 0];
  assert.equal([...(await side.sockaddrBytes(address))], expected);
});

promise("makeSockaddr gives the bytes of a sockaddr_in6", async ({ side }) => {
  const address = await side.makeSockaddr("2001:db8::ff%7", 443);
  // sin6_family, sin6_port, sin6_flowinfo, sin6_addr, sin6_scope_id
  const host = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff];
  const expected = [10, 0, 1, 0xbb, 0, 0, 0, 0, ...host, 7, 0, 0, 0];
  assert.equal([...(await side.sockaddrBytes(address))], expected);
});

promise("makeSockaddr without an address makes an unspecified one", async ({ side }) => {
  const address = await side.makeSockaddr();
  assert.is((await side.sockaddrBytes(address)).length, 0);
  assert.is(await side.sockaddrName(address), "");
  assert.is(await side.sockaddrPort(address), 0);
});

promise("makeSockaddr refuses what is not a literal", async ({ side }) => {
  for (const text of [
    "localhost",
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "1::2::3",
    "::1%",
    "12345::",
    "[::1",
  ]) {
    const error = await rejection(side.makeSockaddr(text, 80));
    assert.match(error.message, /must be an IPv4 or IPv6 literal|EINVAL/, `"${text}"`);
  }
});

promise(
  "makeSockaddr refuses a port that can't be",
  async ({ side }) => {
    for (const port of [65536, -1, 80.5]) {
      const error = await rejection(side.makeSockaddr("127.0.0.1", port));
      assert.match(error.message, new RegExp(`^port must be .*, got ${port}$`));
    }
  },
  ["throwing"],
);

promise("sockaddrName gives IPv4 as dotted text", async ({ side }) => {
  for (const text of ["0.0.0.0", "127.0.0.1", "255.255.255.255"]) {
    assert.is(await side.sockaddrName(await side.makeSockaddr(text, 1)), text);
  }
});

promise("sockaddrName gives IPv6 as RFC 5952 writes it", async ({ side }) => {
  const forms = {
    "::": "::",
    "0:0:0:0:0:0:0:1": "::1",
    "2001:DB8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
    "2001:0db8:0000:0001:0001:0001:0001:0001": "2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1": "2001:0:0:1::1",
    "::ffff:192.0.2.1": "::ffff:192.0.2.1",
    "[fe80::1]": "fe80::1",
  };
  for (const [text, expected] of Object.entries(forms)) {
    assert.is(await side.sockaddrName(await side.makeSockaddr(text, 1)), expected, text);
  }
});

promise("sockaddrName gives an IPv6 address its scope", async ({ side }) => {
  assert.is(await side.sockaddrName(await side.makeSockaddr("fe80::1%3", 1)), "fe80::1%3");
});

promise("sockaddrPort gives the port in host order", async ({ side }) => {
  for (const port of [0, 1, 258, 65535]) {
    assert.is(await side.sockaddrPort(await side.makeSockaddr("127.0.0.1", port)), port);
    assert.is(await side.sockaddrPort(await side.makeSockaddr("::1", port)), port);
  }
});

run();
