import * as assert from "uvu/assert";
import { ipText, socketAddressText } from "../../../host/network/address.ts";
import type { AddressUse } from "../../../host/policy/policy.ts";
import type { PolicyRules } from "../../../host/policy/rules.ts";
import { LITERALS } from "../literals.ts";
import { outsideSocket } from "../outside.ts";
import { loopback } from "../steps.ts";
import type { Guest } from "./guest.ts";
import { bound, conformance, connected, fails, listening, streams } from "./steps.ts";

const { holds, run } = conformance("permissions, look-ups");

holds(
  "P1, D6",
  "nothing is allowed unless it is granted: no socket, and no look-up",
  async ({ guest }) => {
    for (const family of ["ipv4", "ipv6"] as const) {
      await fails(guest.createTcp(family), "access-denied");
      await fails(guest.createUdp(family), "access-denied");
    }
    await fails(guest.resolve("localhost"), "permanent-resolver-failure");
  },
  { rules: {} },
);

let refused: AddressUse | undefined;
const asked: string[] = [];
const asking: PolicyRules = {
  allowNet: true,
  allowListen: true,
  check(address, use) {
    asked.push(`${use} ${socketAddressText(address)}`);
    return use === refused ? false : undefined;
  },
};

holds(
  "P2, P3",
  "each use is asked for with its address, and what isn't bound for the wildcard",
  async ({ guest }) => {
    refused = undefined;
    asked.length = 0;
    const { arrivals, address } = await listening(guest);
    const client = await connected(guest, address);
    await guest.arrival(arrivals);
    const peer = socketAddressText(await guest.localAddress(client));
    const here = socketAddressText(address);
    await guest.call("tcp-socket.listen", await guest.createTcp("ipv4"));
    const udp = await guest.createUdp("ipv4");
    await guest.call("udp-socket.send", udp, Buffer.from("x"), address);
    for (const use of [
      ...["tcp-bind 127.0.0.1:0", `tcp-listen ${here}`, `tcp-connect ${here}`, `tcp-accept ${peer}`],
      ...["tcp-bind 0.0.0.0:0", "udp-bind 0.0.0.0:0", `udp-send ${here}`],
    ]) {
      assert.ok(asked.includes(use), `${use} is none of ${asked.join(", ")}`);
    }
  },
  { rules: asking, needs: ["functions"] },
);

for (const [use, call] of [
  ["tcp-bind", (guest) => bound(guest, loopback())],
  ["tcp-listen", (guest) => listening(guest)],
  ["tcp-connect", (guest) => connected(guest, loopback("ipv4", 42))],
  ["udp-bind", (guest) => bound(guest, loopback(), "udp")],
  [
    "udp-send",
    async (guest) =>
      guest.call("udp-socket.send", await guest.createUdp("ipv4"), Buffer.from("x"), loopback("ipv4", 42)),
  ],
] satisfies [AddressUse, (guest: Guest) => Promise<unknown>][]) {
  holds(
    "P2",
    `where ${use} is refused, its call is`,
    async ({ guest }) => {
      refused = use;
      await fails(call(guest), "access-denied");
    },
    { rules: asking, needs: ["functions"] },
  );
}

holds(
  "P2",
  "a refused client is reset and never seen",
  async ({ guest }) => {
    refused = "tcp-accept";
    const { arrivals, address } = await listening(guest);
    const client = outsideSocket({ host: "127.0.0.1", port: address.val.port });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => client.on("error", resolve));
    assert.is(error.code, "ECONNRESET");
    assert.is(guest.readNow(arrivals, 1, "arrivals").how, "blocked");
  },
  { rules: asking, needs: ["functions"] },
);

holds("D1", "localhost is loopback", async ({ guest }) => {
  const addresses = (await guest.resolve("localhost")).map(ipText);
  assert.ok(addresses.length > 0);
  for (const address of addresses) assert.ok(["127.0.0.1", "::1"].includes(address), address);
});

holds(
  "D2",
  "of several names those are found that are, while others can't be asked for",
  async ({ guest }) => {
    const names = ["broken.example", "there.example", "also.example"];
    const found = await Promise.all(
      names.map((name) =>
        guest.resolve(name).then(
          (addresses) => addresses.map(ipText).join(),
          (error: unknown) => (error as { tag: string }).tag,
        ),
      ),
    );
    assert.equal(found, ["temporary-resolver-failure", "192.0.2.1", "192.0.2.1"]);
  },
  {
    needs: ["functions"],
    resolver: async (name) => {
      if (name === "broken.example") throw Object.assign(new Error("EAI_AGAIN"), { code: "EAI_AGAIN" });
      return ["192.0.2.1"];
    },
  },
);

holds("D3", "a name in another script is looked up in ASCII", async ({ guest }) => {
  await guest.resolve("café.test").catch((error: unknown) => assert.not.instance(error, Error));
});

let lookedUp = 0;
holds(
  "D4, D7",
  "literals are answered without a look-up",
  async ({ guest }) => {
    for (const [text, address] of LITERALS) {
      const [first] = await guest.resolve(text);
      assert.is(first && ipText(first), address);
    }
    assert.is(lookedUp, 0);
  },
  {
    needs: ["functions"],
    resolver: async () => {
      lookedUp++;
      return [];
    },
  },
);

holds("D5", "what is no name is no argument", async ({ guest }) => {
  for (const text of ["", " ", "a.b<&>", "127.0.0.1:80", "[::]:80", "http://example.com/"]) {
    await fails(guest.resolve(text), "invalid-argument");
  }
});

for (const [code, tag] of [
  ["ENOTFOUND", "name-unresolvable"],
  ["EAI_NODATA", "name-unresolvable"],
  ["EAI_AGAIN", "temporary-resolver-failure"],
  ["EAI_FAIL", "permanent-resolver-failure"],
] as const) {
  holds(
    "D6",
    `${code} is ${tag}`,
    async ({ guest }) => {
      await fails(guest.resolve("name.test"), tag);
    },
    {
      needs: ["functions"],
      resolver: () => Promise.reject(Object.assign(new Error(code), { code })),
    },
  );
}

holds(
  "D7",
  "an answer of no address is none, and mapped ones are IPv4",
  async ({ guest }) => {
    await fails(guest.resolve("nothing.test"), "name-unresolvable");
    assert.equal((await guest.resolve("mapped.test")).map(ipText), ["192.0.2.1", "2001:db8::1"]);
  },
  {
    needs: ["functions"],
    resolver: async (name) => (name === "nothing.test" ? [] : ["::ffff:192.0.2.1", "2001:db8::1"]),
  },
);

holds("L4, X17", "who is connected by name sends", async ({ guest }) => {
  const { arrivals, address } = await listening(guest);
  const [first] = (await guest.resolve("localhost")).filter(({ tag }) => tag === "ipv4");
  assert.ok(first);
  const client = await streams(guest, await connected(guest, loopback("ipv4", address.val.port)));
  const server = await streams(guest, await guest.arrival(arrivals));
  await guest.write(client.output, "by name");
  assert.equal(await guest.read(server.input, 100), { how: "completed", count: 7 });
});

run();
