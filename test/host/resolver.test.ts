import * as diagnostics from "node:diagnostics_channel";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LookupEvent } from "../../host/events/channels.ts";
import type { Host } from "../../host/host.ts";
import { ipText } from "../../host/network/address.ts";
import { allowAll } from "../../host/policy/policy.ts";
import { toAsciiName } from "../../host/sockets/resolver.ts";
import type { ResolveAddressStream } from "../../host/wasi02/ip-name-lookup.ts";
import { LITERALS } from "../conformance/literals.ts";
import { network, openHost, ready, thrown, trap, until } from "./support.ts";

function resolve(host: Host, name: string): ResolveAddressStream {
  return host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(host), name);
}

async function all(stream: ResolveAddressStream): Promise<string[]> {
  await ready(stream);
  const found: string[] = [];
  for (let next = stream.resolveNextAddress(); next !== undefined; next = stream.resolveNextAddress()) {
    found.push(ipText(next));
  }
  stream[Symbol.dispose]();
  return found;
}

const unused = openHost({
  resolver: () => {
    throw new Error("a literal was looked up");
  },
});

test("literals are answered at once and without a look-up", () => {
  for (const [name, expected] of [...LITERALS, ["::ffff:192.0.2.7", "192.0.2.7"]] as const) {
    const stream = resolve(unused, name);
    const first = stream.resolveNextAddress();
    assert.is(first && ipText(first), expected);
    assert.is(stream.resolveNextAddress(), undefined);
    assert.is(stream.resolveNextAddress(), undefined);
    stream[Symbol.dispose]();
  }
});

test("what is no name fails at once", () => {
  const long = `${"a".repeat(64)}.example`;
  for (const name of [
    "",
    " ",
    "a.b<&>",
    "127.0.0.1:80",
    "[::]:80",
    "http://example.com/",
    "a..b",
    ".",
    long,
    "a b",
  ]) {
    assert.is(
      thrown(() => resolve(unused, name)),
      "invalid-argument",
      JSON.stringify(name),
    );
  }
  assert.is(unused.stats().lookups, 0);
});

test("a text that is far too long for a name is refused before anybody is asked about it", () => {
  const asked: number[] = [];
  const note = (name: string): boolean => asked.push(name.length) > 0;
  const host = openHost({ policy: { ...allowAll, offers: note, checkName: note } });
  for (const text of ["a.".repeat(2 ** 24), "ü".repeat(2 ** 24), "a".repeat(1025)]) {
    assert.is(
      thrown(() => resolve(host, text)),
      "invalid-argument",
    );
  }
  assert.equal(asked, []);
  // a name in any script may be longer than it is in ASCII
  assert.is(
    thrown(() => resolve(host, "a".repeat(1024))),
    "invalid-argument",
  );
  assert.equal(asked, ["resolve".length]);
  host.close();
});

test("names in other scripts are looked up in ASCII", async () => {
  const asked: string[] = [];
  const host = openHost({
    resolver: async (name) => {
      asked.push(name);
      return ["192.0.2.1"];
    },
  });
  await all(resolve(host, "münchen.example"));
  await all(resolve(host, "例え.テスト"));
  await all(resolve(host, "under_score.example."));
  assert.equal(asked, ["xn--mnchen-3ya.example", "xn--r8jz45g.xn--zckzah", "under_score.example."]);
  assert.is(toAsciiName("a".repeat(300)), undefined);
});

test("localhost resolves through the system", async () => {
  const host = openHost();
  const found = await all(resolve(host, "localhost"));
  assert.ok(found.includes("127.0.0.1") || found.includes("::1"), found.join());
  assert.is(host.stats().lookups, 0);
});

test("addresses come in the order that the resolver gives, mapped ones as IPv4", async () => {
  const host = openHost({ resolver: async () => ["2001:db8::1", "192.0.2.1", "::ffff:192.0.2.2"] });
  assert.equal(await all(resolve(host, "many.example")), ["2001:db8::1", "192.0.2.1", "192.0.2.2"]);
});

test("a look-up would block until its answer is there", async () => {
  let answer: (texts: string[]) => void = () => {};
  const host = openHost({
    resolver: () =>
      new Promise((done) => {
        answer = done;
      }),
  });
  const stream = resolve(host, "slow.example");
  const pollable = stream.subscribe();
  assert.is(pollable.ready(), false);
  assert.is(
    thrown(() => stream.resolveNextAddress()),
    "would-block",
  );
  assert.match(
    trap(() => stream[Symbol.dispose]()),
    /resource has children/,
  );
  answer(["192.0.2.1"]);
  await pollable.block();
  assert.ok(stream.resolveNextAddress());
  pollable[Symbol.dispose]();
  stream[Symbol.dispose]();
});

test("failures are told by their kind, each time anew", async () => {
  for (const [errno, code] of [
    ["ENOTFOUND", "name-unresolvable"],
    ["ENODATA", "name-unresolvable"],
    ["EAI_AGAIN", "temporary-resolver-failure"],
    ["EAI_FAIL", "permanent-resolver-failure"],
    ["EWHATEVER", "permanent-resolver-failure"],
  ] as const) {
    const host = openHost({
      resolver: async () => {
        throw Object.assign(new Error(errno), { code: errno });
      },
    });
    const stream = resolve(host, "fails.example");
    await ready(stream);
    for (let i = 0; i < 2; i++)
      assert.is(
        thrown(() => stream.resolveNextAddress()),
        code,
      );
    stream[Symbol.dispose]();
  }
  const empty = openHost({ resolver: async () => [] });
  const stream = resolve(empty, "empty.example");
  await ready(stream);
  assert.is(
    thrown(() => stream.resolveNextAddress()),
    "name-unresolvable",
  );
});

test("a resolver that answers nonsense fails the look-up, and nothing else", async () => {
  for (const answer of [undefined, 7, [7], ["no address"]]) {
    const host = openHost({ resolver: async () => answer as unknown as string[] });
    const stream = resolve(host, "nonsense.example");
    await ready(stream);
    assert.match(
      String(thrown(() => stream.resolveNextAddress())),
      /permanent-resolver-failure|name-unresolvable/,
    );
    stream[Symbol.dispose]();
  }
});

test("so many run at a time, so many wait, and the rest fails", async () => {
  let running = 0;
  let most = 0;
  const finish: (() => void)[] = [];
  const host = openHost({
    caps: { lookups: 2, lookupQueue: 3 },
    resolver: async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((done) => finish.push(done));
      running--;
      return ["192.0.2.1"];
    },
  });
  const streams = Array.from({ length: 6 }, (_, i) => resolve(host, `n${i}.example`));
  const [last] = streams.splice(5);
  assert.is(
    thrown(() => last?.resolveNextAddress()),
    "temporary-resolver-failure",
  );
  // One that nobody wants any more gives its turn away.
  streams.splice(3, 1)[0]?.[Symbol.dispose]();
  assert.is(host.stats().lookups, 4);
  for (let done = 0; done < 4; done++) {
    await until(() => finish.length > 0, "a look-up runs");
    finish.shift()?.();
  }
  for (const stream of streams) assert.equal(await all(stream), ["192.0.2.1"]);
  assert.is(most, 2);
  assert.is(running, 0);
  assert.is(host.stats().lookups, 0);
});

test("a dropped look-up, and one of a closed host, are forgotten", async () => {
  let answer: (texts: string[]) => void = () => {};
  const host = openHost({
    resolver: () =>
      new Promise((done) => {
        answer = done;
      }),
  });
  resolve(host, "dropped.example")[Symbol.dispose]();
  assert.is(host.stats().lookups, 0);
  const stream = resolve(host, "open.example");
  const wait = Promise.resolve(stream.subscribe().block());
  host.close();
  await wait;
  assert.is(
    thrown(() => stream.resolveNextAddress()),
    "temporary-resolver-failure",
  );
  assert.is(host.stats().lookups, 0);
  answer(["192.0.2.1"]);
});

test("what look-ups hold is counted, and given back with them", async () => {
  const told: [string, number][] = [];
  const policy = {
    ...allowAll,
    watched: ["watched.example"],
    resolved: (name: string, addresses: readonly unknown[]) => void told.push([name, addresses.length]),
  };
  const host = openHost({
    policy,
    resolver: async (name) => {
      if (name === "failing.example") throw Object.assign(new Error("no"), { code: "ENOTFOUND" });
      return ["192.0.2.1", "192.0.2.2", "2001:db8::1"];
    },
  });
  const { ledger } = host.context;
  await until(() => host.stats().lookups === 0, "the name that is watched is looked up");
  assert.is(ledger.addresses, 0);
  const streams = ["one.example", "failing.example", "192.0.2.9"].map((name) => resolve(host, name));
  for (const stream of streams) await ready(stream);
  assert.is(ledger.addresses, 4);
  // of one that has failed nothing is told
  assert.equal(told, [
    ["watched.example", 3],
    ["192.0.2.9", 1],
    ["one.example", 3],
  ]);
  for (const stream of streams) stream[Symbol.dispose]();
  assert.is(ledger.addresses, 0);
  host.close();
});

test("a literal whose use can't be written down is refused as a name is", () => {
  const write = (): void => {
    throw new Error("the disk is full");
  };
  const host = openHost({ audit: { write } });
  assert.is(
    thrown(() => resolve(host, "127.0.0.1")),
    "permanent-resolver-failure",
  );
  host.close();
});

test("all look-ups together hold so many addresses, and no more", async () => {
  const answer = Array.from({ length: 4096 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  const host = openHost({ resolver: async () => answer });
  const streams = Array.from({ length: 64 }, (_, i) => resolve(host, `n${i}.example`));
  await until(() => host.stats().lookups === 0, "they are looked up");
  assert.is((await all(resolve(host, "10.0.0.1")).catch((code: unknown) => code)) as unknown, TOO_MANY);
  const more = resolve(host, "more.example");
  await until(() => host.stats().lookups === 0, "it is over");
  assert.is(
    thrown(() => more.resolveNextAddress()),
    TOO_MANY,
  );
  for (const stream of [more, ...streams.splice(1)]) stream[Symbol.dispose]();
  assert.equal(streams[0]?.resolveNextAddress(), { tag: "ipv4", val: [10, 0, 0, 0] });
  assert.is((await all(resolve(host, "after.example"))).length, 4096);
  streams[0]?.[Symbol.dispose]();
});

const TOO_MANY = "temporary-resolver-failure";

test("look-ups are published", async () => {
  const seen: LookupEvent[] = [];
  const onLookup = (message: unknown): void => void seen.push(message as LookupEvent);
  diagnostics.subscribe("wasock:dns:lookup", onLookup);
  const published = openHost({ resolver: async () => ["192.0.2.1"] });
  const stream = resolve(published, "seen.example");
  const { id } = stream.lookup;
  await all(stream);
  diagnostics.unsubscribe("wasock:dns:lookup", onLookup);
  const addresses = [{ tag: "ipv4", val: [192, 0, 2, 1] }];
  assert.equal(seen, [{ host: published.id, lookup: id, name: "seen.example", addresses, error: undefined }]);
});

test.run();
