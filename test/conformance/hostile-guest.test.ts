/**
 * A core module that calls with whatever numbers it likes: each call is answered or traps, the host's own memory
 * stays bounded, and another guest of the process goes on. The numbers come from a seed.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost, type Host } from "../../host/host.ts";
import { type Lowered, lower } from "../../host/lowered/index.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import {
  type Guest,
  guestModule,
  type KnownImport,
  knownImports,
  makeGuest,
} from "../host/lowered-support.ts";
import { usedMemory } from "./memory.ts";
import { dropAll, dropConnection, pair, readSome, send, turns } from "./steps.ts";
import { ways } from "./ways.ts";

const SEED = Number(process.env.WASOCK_SEED ?? 20_261_125);
const CALLS = 20_000;
const MIB = 1 << 20;

const served = knownImports.filter(({ interface: name }) => name in createHost().imports);
const module = await guestModule(served);
/** What may wait is called by guests that can be suspended; here it would only say that it can't. */
const callable = served.filter(({ type }) => type?.mayWait !== true);

/** xorshift32 (Marsaglia 2003). */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const EDGES = [
  0,
  1,
  2,
  3,
  4,
  7,
  63,
  64,
  65,
  255,
  256,
  4096,
  65_528,
  65_535,
  65_536,
  2 ** 30,
  2 ** 31 - 1,
  -1,
  -8,
];

interface World {
  readonly host: Host;
  readonly lowered: Lowered;
  readonly guest: Guest;
}

function makeWorld(): World {
  const policy = policyFromRules({
    allowNet: ["127.0.0.1:1", "[::1]:1"],
    allowListen: ["127.0.0.1", "[::1]"],
    allowDns: [],
  });
  const host = createHost({ policy, caps: { sockets: 256, lingerMilliseconds: 100 } });
  const lowered = lower(host.imports, { maxHandles: 2000 });
  const guest = makeGuest(module, lowered.imports(module));
  lowered.attach(guest.exports);
  return { host, lowered, guest };
}

/** Mostly numbers that might mean something: handles that are in use, and places in the memory. */
function hostile(next: (below: number) => number, type: string, size: number): unknown {
  const kind = next(10);
  const number =
    kind < 4
      ? next(40)
      : kind < 7
        ? next(size) & ~7
        : kind < 9
          ? (EDGES[next(EDGES.length)] as number)
          : next(2 ** 31);
  return type === "i32" ? number | 0 : kind === 8 ? -1n : BigInt(number);
}

function attack(
  world: World,
  next: (below: number) => number,
  imported: KnownImport,
): "answered" | "trapped" {
  const { guest } = world;
  const size = guest.bytes().length;
  const args = imported.signature.params.map((type) => hostile(next, type, size));
  try {
    guest.call(imported.interface, imported.name, ...args);
    return "answered";
  } catch (error) {
    // A trap is an Error that says where; anything else would be a value that reached nobody.
    assert.instance(error, Error, `${imported.name}(${args.join()}) threw ${JSON.stringify(error)}`);
    const text = (error as Error).message;
    assert.not(
      error instanceof TypeError || error instanceof ReferenceError,
      `${imported.interface}#${imported.name}(${args.join()}): ${text}`,
    );
    return "trapped";
  }
}

test("a guest that passes any numbers is answered or trapped, and costs bounded memory", async () => {
  const next = random(SEED);
  const neighbour = await ways[0]?.open({ rules: { allowNet: true, allowListen: true } });
  assert.ok(neighbour);
  let world = makeWorld();
  const sum = { answered: 0, trapped: 0 };
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);
  process.on("unhandledRejection", onRejection);
  let before = 0;
  for (let i = 0; i < CALLS; i++) {
    const imported = callable[next(callable.length)] as KnownImport;
    sum[attack(world, next, imported)]++;
    if (next(50) === 0) {
      // Rubbish where values are read from.
      const bytes = world.guest.bytes();
      for (let j = 0; j < 64; j++) bytes[next(bytes.length)] = next(256);
    }
    if (i % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (i % 4000 === 3999) {
      world.host.close();
      assert.ok(world.lowered.table.size <= 2000);
      world = makeWorld();
    }
    if (i === CALLS / 4) before = usedMemory();
  }
  world.host.close();
  await turns(50);
  assert.ok(usedMemory() - before < 16 * MIB, `${usedMemory() - before} bytes, seed ${SEED}`);
  assert.ok(sum.answered > CALLS / 50, `only ${sum.answered} calls were answered`);
  assert.ok(sum.trapped > CALLS / 2);
  assert.equal(rejections, [], `seed ${SEED}`);
  process.removeListener("unhandledRejection", onRejection);
  const { client, server, listening } = await pair(neighbour);
  await send(client.output, "still here");
  assert.is(String(await readSome(neighbour, server.input, 10)), "still here");
  await dropConnection(client);
  await dropConnection(server);
  await dropAll(listening);
  await neighbour.close();
});

test("what one guest's handles stand for means nothing to another", async () => {
  const [first, second] = [makeWorld(), makeWorld()];
  const into = 0x100;
  first.guest.call("wasi:sockets/tcp-create-socket", "create-tcp-socket", 0, into);
  const handle = first.guest.view().getUint32(into + 4, true);
  assert.is(first.guest.call("wasi:sockets/tcp", "[method]tcp-socket.address-family", handle), 0);
  assert.throws(
    () => second.guest.call("wasi:sockets/tcp", "[method]tcp-socket.address-family", handle),
    /is not a handle in use/,
  );
  assert.is(first.host.stats().sockets, 1);
  assert.is(second.host.stats().sockets, 0);
  second.host.close();
  assert.is(first.guest.call("wasi:sockets/tcp", "[method]tcp-socket.is-listening", handle), 0);
  first.host.close();
});

test("a guest that makes handles without end stops at its table's limit", () => {
  const { host, lowered, guest } = makeWorld();
  for (let i = 0; i < 2000; i++)
    guest.call("wasi:clocks/monotonic-clock", "subscribe-duration", 1_000_000_000n);
  assert.throws(
    () => guest.call("wasi:clocks/monotonic-clock", "subscribe-duration", 1n),
    /all 2000 handles are in use/,
  );
  assert.is(lowered.table.size, 2000);
  assert.is(host.stats().timers, 0);
  host.close();
});

test.run();
