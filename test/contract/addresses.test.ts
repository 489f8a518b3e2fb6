/** The contract: address infos, and looking up. */
import * as assert from "uvu/assert";
import { AddressFamily, Ai, IpProto, SocketType } from "../../src/constants.ts";
import type { AddressInfoHandle } from "../sides/side.ts";
import { contract, type Given } from "./contract.ts";
import { must, shown } from "./steps.ts";

const { promise, run } = await contract("addresses");

/** The candidates as texts: family, type, protocol and address. */
async function candidates({ side }: Given, head: AddressInfoHandle | null): Promise<string[]> {
  const found: string[] = [];
  for (let ai = head; ai !== null; ai = await side.addressInfoNext(ai)) {
    const kind = [
      await side.addressInfoFamily(ai),
      await side.addressInfoSocketType(ai),
      await side.addressInfoProtocol(ai),
    ];
    found.push(`${kind.join(" ")} ${await shown({ side } as Given, await side.addressInfoAddress(ai))}`);
  }
  return found;
}

/** Looks up with hints of their own. */
async function lookUp(
  given: Given,
  host: string | null,
  service: string | number | null,
  hints: { family?: number; type?: number; protocol?: number; flags?: number } = {},
): Promise<string[] | null> {
  const { family = 0, type = SocketType.stream, protocol = 0, flags = 0 } = hints;
  const info = await given.side.makeAddressInfo(family, type, protocol, flags);
  const head = await given.side.getAddressInfo(host, service, info);
  return head === null ? null : await candidates(given, head);
}

promise("getAddressInfo resolves an IPv4 literal", async (given) => {
  const head = await given.side.getAddressInfo("127.0.0.1", "80");
  assert.equal(await candidates(given, head), ["2 1 6 127.0.0.1 80"]);
});

promise("getAddressInfo resolves an IPv6 literal, with brackets or a scope or without", async (given) => {
  assert.equal(await lookUp(given, "::1", 80), ["10 1 6 ::1 80"]);
  assert.equal(await lookUp(given, "[::1]", 80), ["10 1 6 ::1 80"]);
  assert.equal(await lookUp(given, "fe80::1%1", 80), ["10 1 6 fe80::1%1 80"]);
});

promise(
  "getAddressInfo looks a name up",
  async (given) => {
    const found = must(await lookUp(given, "localhost", "80"), "the look-up of localhost");
    for (const candidate of found) assert.match(candidate, /^(2 1 6 127\.0\.0\.1|10 1 6 ::1) 80$/);
  },
  ["lookup"],
);

promise("getAddressInfo gives null for a name that can't exist", async ({ side }) => {
  assert.is(await side.getAddressInfo(`${"x".repeat(64)}.invalid`, "80"), null);
  assert.is(await side.getAddressInfo("not a name", "80"), null);
});

promise("getAddressInfo gives null where neither host nor service is given", async ({ side }) => {
  assert.is(await side.getAddressInfo(null, null), null);
});

promise("getAddressInfo takes a service as a name, a number, a numeric string or null", async (given) => {
  assert.equal(await lookUp(given, "127.0.0.1", "http"), ["2 1 6 127.0.0.1 80"]);
  assert.equal(await lookUp(given, "127.0.0.1", "https"), ["2 1 6 127.0.0.1 443"]);
  assert.equal(await lookUp(given, "127.0.0.1", 8080), ["2 1 6 127.0.0.1 8080"]);
  assert.equal(await lookUp(given, "127.0.0.1", "65535"), ["2 1 6 127.0.0.1 65535"]);
  assert.equal(await lookUp(given, "127.0.0.1", null), ["2 1 6 127.0.0.1 0"]);
});

promise(
  "getAddressInfo takes a service's name for the protocol only that it is listed for",
  async (given) => {
    const datagram = { type: SocketType.datagram };
    assert.equal(await lookUp(given, "127.0.0.1", "tftp", datagram), ["2 2 17 127.0.0.1 69"]);
    assert.is(await lookUp(given, "127.0.0.1", "tftp"), null);
  },
);

promise("getAddressInfo gives null for a service that does not exist", async ({ side }) => {
  assert.is(await side.getAddressInfo("127.0.0.1", "no-such-service"), null);
  assert.is(await side.getAddressInfo("127.0.0.1", ""), null);
});

promise("getAddressInfo gives null for a port that can't be", async ({ side }) => {
  assert.is(await side.getAddressInfo("127.0.0.1", "65536"), null);
  assert.is(await side.getAddressInfo("127.0.0.1", "-1"), null);
  assert.is(await side.getAddressInfo("127.0.0.1", "80x"), null);
});

promise("getAddressInfo with a null host gives the wildcard when passive", async (given) => {
  const flags = Ai.passive;
  assert.equal(await lookUp(given, null, 80, { family: AddressFamily.inet, flags }), ["2 1 6 0.0.0.0 80"]);
  assert.equal(await lookUp(given, null, 80, { family: AddressFamily.inet6, flags }), ["10 1 6 :: 80"]);
});

promise("getAddressInfo with a null host gives the loopback when not passive", async (given) => {
  assert.equal(await lookUp(given, null, 80, { family: AddressFamily.inet }), ["2 1 6 127.0.0.1 80"]);
  assert.equal(await lookUp(given, null, 80), ["10 1 6 ::1 80", "2 1 6 127.0.0.1 80"]);
});

promise("getAddressInfo without hints asks for streams of any family, passive", async (given) => {
  const head = must(await given.side.getAddressInfo(null, "80"), "getAddressInfo");
  assert.equal(await candidates(given, head), ["2 1 6 0.0.0.0 80", "10 1 6 :: 80"]);
  assert.is(await given.side.addressInfoFlags(head), Ai.passive);
});

promise("getAddressInfo with type 0 gives each address once for each socket type", async (given) => {
  assert.equal(await lookUp(given, "127.0.0.1", 80, { type: 0 }), [
    "2 1 6 127.0.0.1 80",
    "2 2 17 127.0.0.1 80",
    "2 3 0 127.0.0.1 80",
  ]);
  assert.equal(await lookUp(given, "127.0.0.1", 80, { type: 0, protocol: IpProto.udp }), [
    "2 2 17 127.0.0.1 80",
  ]);
});

promise("getAddressInfo gives null for hints that contradict each other", async (given) => {
  assert.is(await lookUp(given, "::1", 80, { family: AddressFamily.inet }), null);
  assert.is(await lookUp(given, "127.0.0.1", 80, { family: AddressFamily.inet6 }), null);
  assert.is(await lookUp(given, "127.0.0.1", 80, { type: SocketType.stream, protocol: IpProto.udp }), null);
  assert.is(await lookUp(given, "127.0.0.1", 80, { family: AddressFamily.unix }), null);
});

promise("getAddressInfo with numeric-host or numeric-serv takes no names", async (given) => {
  assert.is(await lookUp(given, "localhost", 80, { flags: Ai.numericHost }), null);
  assert.is(await lookUp(given, "127.0.0.1", "http", { flags: Ai.numericServ }), null);
  const flags = Ai.numericHost | Ai.numericServ;
  assert.equal(await lookUp(given, "127.0.0.1", "80", { flags }), ["2 1 6 127.0.0.1 80"]);
});

promise("getAddressInfo with v4mapped gives an IPv4 address as an IPv6 one", async (given) => {
  const hints = { family: AddressFamily.inet6, flags: Ai.v4mapped };
  assert.equal(await lookUp(given, "127.0.0.1", 80, hints), ["10 1 6 ::ffff:127.0.0.1 80"]);
});

promise("addressInfoCanonname is a string only where the flag was given", async ({ side }) => {
  const without = must(await side.getAddressInfo("127.0.0.1", 80), "getAddressInfo");
  assert.is(await side.addressInfoCanonname(without), null);
  const hints = await side.makeAddressInfo(0, SocketType.stream, 0, Ai.canonname);
  const head = must(await side.getAddressInfo("127.0.0.1", 80, hints), "getAddressInfo");
  assert.is(await side.addressInfoCanonname(head), "127.0.0.1");
  assert.is(await side.addressInfoFlags(head), Ai.canonname);
});

promise("addressInfoAddressLength is 16 for IPv4, 28 for IPv6 and 0 for none", async ({ side }) => {
  const length = async (host: string): Promise<number> =>
    side.addressInfoAddressLength(must(await side.getAddressInfo(host, 80), "getAddressInfo"));
  assert.is(await length("127.0.0.1"), 16);
  assert.is(await length("::1"), 28);
  assert.is(await side.addressInfoAddressLength(await side.makeAddressInfo(0, 0, 0)), 0);
});

promise("addressInfoNext leads through the candidates to null", async (given) => {
  const head = must(await given.side.getAddressInfo(null, 80), "getAddressInfo");
  const second = must(await given.side.addressInfoNext(head), "addressInfoNext");
  assert.is(await given.side.addressInfoNext(second), null);
  assert.equal(await candidates(given, second), ["10 1 6 :: 80"], "a candidate is the head of the rest");
});

promise(
  "makeAddressInfo makes hints of what it is given, passive by default, with no address",
  async ({ side }) => {
    const hints = await side.makeAddressInfo(AddressFamily.inet6, SocketType.datagram, IpProto.udp);
    assert.is(await side.addressInfoFamily(hints), AddressFamily.inet6);
    assert.is(await side.addressInfoSocketType(hints), SocketType.datagram);
    assert.is(await side.addressInfoProtocol(hints), IpProto.udp);
    assert.is(await side.addressInfoFlags(hints), Ai.passive);
    assert.is(await side.addressInfoAddress(hints), null);
    assert.is(await side.addressInfoNext(hints), null);
    assert.is(await side.addressInfoCanonname(hints), null);
    const other = await side.makeAddressInfo(0, 0, 0, Ai.numericHost | Ai.numericServ);
    assert.is(await side.addressInfoFlags(other), Ai.numericHost | Ai.numericServ);
  },
);

promise(
  "getAddressInfo can be asked many times at once",
  async (given) => {
    const ports = Array.from({ length: 100 }, (_, index) => 1000 + index);
    const found = await Promise.all(ports.map((port) => lookUp(given, "localhost", port)));
    assert.equal(
      found.map((list) => list?.[0]?.split(" ").at(-1)),
      ports.map(String),
    );
  },
  ["lookup", "concurrent"],
);

promise(
  "getAddressInfo refuses arguments of a wrong type or range",
  async ({ side }) => {
    for (const service of [70000, -1, 1.5]) {
      try {
        await side.getAddressInfo("127.0.0.1", service);
        assert.unreachable(`port ${service} was accepted`);
      } catch (error) {
        assert.match((error as Error).message, new RegExp(`^service must be .*, got ${service}$`));
      }
    }
  },
  ["throwing"],
);

run();
