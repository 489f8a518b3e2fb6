/** Routes, and what they don't lead to, in a network namespace of the test's own: the file runs itself inside one. */
import { execFileSync } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { canBeInside, isInside, makeLinks, runInside } from "../../peers/links.ts";
import { at, loopback } from "../steps.ts";
import { conformance, fails } from "./steps.ts";

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}

if (isInside) {
  // a link that leads to some addresses of another world, and to nobody
  await makeLinks();
  ip("addr", "add", "192.0.2.1/24", "dev", "near0");
  ip("-6", "addr", "add", "2001:db8::1/64", "dev", "near0", "nodad");
  const { holds, run } = conformance("routes");

  for (const [family, outside, own] of [
    ["ipv4", "192.0.2.7", "192.0.2.1"],
    ["ipv6", "2001:db8::7", "2001:db8::1"],
  ] as const) {
    holds("V7", `${family}: the local address follows the route to the peer`, async ({ guest }) => {
      const socket = await guest.createUdp(family);
      const connect = (address: typeof here): Promise<unknown> =>
        guest.call("udp-socket.connect", socket, address);
      const here = loopback(family, 4321);
      await connect(here);
      const first = await guest.localAddress(socket, "udp");
      assert.equal(first.val.address, here.val.address);
      await connect(loopback(family, 4322));
      assert.equal(await guest.localAddress(socket, "udp"), first);
      await connect(at(outside, 4323));
      assert.equal(await guest.localAddress(socket, "udp"), at(own, first.val.port));
      assert.equal(await guest.remoteAddress(socket, "udp"), at(outside, 4323));
    });
  }

  holds("K9", "an address to which no route leads is unreachable", async ({ guest }) => {
    for (const outside of ["198.51.100.7", "2001:db8:1::7"]) {
      const address = at(outside, 80);
      const socket = await guest.createTcp(address.tag);
      await fails(guest.call("tcp-socket.connect", socket, address), "remote-unreachable");
    }
  });

  holds(
    "K9",
    "a local address from which no route leads is not bindable, or can't connect",
    async ({ guest }) => {
      const socket = await guest.createTcp("ipv4");
      await guest.call("tcp-socket.bind", socket, loopback());
      const address = at("192.0.2.7", 80);
      await fails(
        guest.call("tcp-socket.connect", socket, address),
        ...["invalid-argument", "remote-unreachable", "address-not-bindable", "other"],
      );
    },
  );

  run();
} else {
  const test = suite("0.3 routes");
  const isPossible = canBeInside();
  if (!isPossible) console.log("0.3 routes: skipped, a network namespace can't be made here");
  (isPossible ? test : test.skip)("routes, in a network namespace", () => {
    const failed = runInside(import.meta.url);
    assert.is(failed, undefined, failed ?? "");
  });
  test.run();
}
