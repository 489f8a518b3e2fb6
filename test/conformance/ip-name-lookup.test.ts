import * as assert from "uvu/assert";
import type { IpAddress } from "../../host/network/address.ts";
import { parseIp } from "../../host/network/address.ts";
import { conformance } from "./conformance.ts";
import type { Guest, ResolveAddressStream } from "./guest.ts";
import { LITERALS } from "./literals.ts";
import { fails, isReady, ready, traps, turns, until } from "./steps.ts";

const { holds, run } = conformance("ip-name-lookup");

function ip(text: string): IpAddress {
  return parseIp(text) as IpAddress;
}

async function resolve(guest: Guest, name: string): Promise<ResolveAddressStream> {
  const network = await guest.instanceNetwork();
  return guest.resolveAddresses(network, name);
}

/** Every address of a name, in order. */
async function all(guest: Guest, name: string): Promise<IpAddress[]> {
  const stream = await resolve(guest, name);
  await ready(guest, stream);
  const found: IpAddress[] = [];
  for (let next = await stream.resolveNextAddress(); next; next = await stream.resolveNextAddress()) {
    found.push(next);
  }
  assert.is(await stream.resolveNextAddress(), undefined);
  await stream.drop();
  return found;
}

function failing(code: string): () => Promise<never> {
  return () => Promise.reject(Object.assign(new Error(code), { code }));
}

const noResolver = failing("a literal must not be looked up");

holds("D1", "localhost is loopback", async ({ guest }) => {
  const found = await all(guest, "localhost");
  assert.ok(found.length > 0);
  for (const address of found) {
    assert.ok(
      address.tag === "ipv4" ? address.val[0] === 127 : address.val[7] === 1,
      JSON.stringify(address),
    );
  }
});

holds(
  "D4, D5, D6, D8, D11",
  "literals are answered at once, whatever their writing, and without a look-up",
  async ({ guest }) => {
    for (const [literal, plain] of LITERALS) {
      const stream = await resolve(guest, literal);
      assert.is(await isReady(stream), true);
      assert.equal(await stream.resolveNextAddress(), ip(plain));
      assert.is(await stream.resolveNextAddress(), undefined);
      await stream.drop();
    }
  },
  { resolver: noResolver, needs: ["functions"] },
);

holds(
  "D7, D9",
  "what is not a name fails in the call itself",
  async ({ guest }) => {
    for (const name of [
      "",
      " ",
      "a.b<&>",
      "127.0.0.1:80",
      "[::]:80",
      "http://example.com/",
      "a..b",
      "x".repeat(300),
    ]) {
      await fails(resolve(guest, name), "invalid-argument");
    }
    assert.is((await guest.stats()).lookups, 0);
  },
  { resolver: noResolver, needs: ["functions"] },
);

holds(
  "D3",
  "a name in another script is looked up in ASCII",
  async ({ guest }) => {
    assert.equal(await all(guest, "bücher.example"), [ip("192.0.2.1")]);
  },
  {
    resolver: async (name) => (name === "xn--bcher-kva.example" ? ["192.0.2.1"] : []),
    needs: ["functions"],
  },
);

holds(
  "D10, D12",
  "addresses come in the resolver's order, then none for ever, and mapped ones as IPv4",
  async ({ guest }) => {
    const found = await all(guest, "many.example");
    assert.equal(found, [ip("2001:db8::1"), ip("192.0.2.1"), ip("198.51.100.7"), ip("::1")]);
    assert.equal(await all(guest, "::ffff:192.0.2.9"), [ip("192.0.2.9")]);
  },
  {
    resolver: async () => ["2001:db8::1", "192.0.2.1", "::ffff:198.51.100.7", "::1"],
    needs: ["functions"],
  },
);

let answer: (addresses: string[]) => void = () => {};
holds(
  "D9, D10, D11",
  "until the answer is there it would block, and the pollable tells",
  async ({ guest }) => {
    const stream = await resolve(guest, "slow.example");
    const pollable = await stream.subscribe();
    assert.is(await pollable.ready(), false);
    await fails(stream.resolveNextAddress(), "would-block");
    assert.is((await guest.stats()).lookups, 1);
    answer(["192.0.2.1"]);
    await pollable.block();
    assert.equal(await stream.resolveNextAddress(), ip("192.0.2.1"));
  },
  {
    resolver: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
    needs: ["functions"],
  },
);

for (const [errno, code] of [
  ["ENOTFOUND", "name-unresolvable"],
  ["EAI_NODATA", "name-unresolvable"],
  ["EAI_AGAIN", "temporary-resolver-failure"],
  ["EAI_FAIL", "permanent-resolver-failure"],
] as const) {
  holds(
    "D2, D10, D13",
    `${errno} is ${code}, each time that it is asked`,
    async ({ guest }) => {
      const stream = await resolve(guest, "broken.example");
      await ready(guest, stream);
      for (let i = 0; i < 3; i++) await fails(stream.resolveNextAddress(), code);
      assert.is(await isReady(stream), true);
    },
    { resolver: failing(errno), needs: ["functions"] },
  );
}

holds(
  "D14",
  "a look-up that is dropped is forgotten, and its pollable goes before it",
  async ({ guest }) => {
    const stream = await resolve(guest, "slow.example");
    const pollable = await stream.subscribe();
    await traps(stream.drop(), /has children/);
    void pollable;
  },
  { resolver: () => new Promise(() => {}), needs: ["functions"] },
);

holds(
  "D14",
  "look-ups that are dropped make room for others",
  async ({ guest }) => {
    for (let i = 0; i < 3; i++) await (await resolve(guest, `dropped-${i}.example`)).drop();
    await until(async () => (await guest.stats()).lookups === 0, "none counts");
    assert.equal(await all(guest, "answered.example"), [ip("192.0.2.1")]);
  },
  {
    resolver: async (name) => {
      if (name.startsWith("dropped")) await turns(5);
      return ["192.0.2.1"];
    },
    caps: { lookups: 1 },
    // the resolver takes real time
    needs: ["functions", "system"],
  },
);

run();
