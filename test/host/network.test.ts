/** Whatever a guest does on the network, and whatever time or chance it sees, comes from the network that its host was given. */
import * as net from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../host/host.ts";
import { systemTime } from "../../host/io/time.ts";
import type { Network } from "../../host/network/network.ts";
import { nodeNetwork } from "../../host/network/node/index.ts";
import { allowAll } from "../../host/policy/policy.ts";
import { commandImports } from "../../host/wasi02/command.ts";
import { at, boundUdp, network, openHost, pair, ready, tcp, thrown, udp } from "./support.ts";

/** A network that lets nothing out, and remembers what was asked of it. */
function denying(): { denied: Network; asked: string[] } {
  const asked: string[] = [];
  const refuse = (name: string) => (): never => {
    asked.push(name);
    throw "EACCES";
  };
  const denied: Network = {
    ...systemTime,
    bindTcp: refuse("bindTcp"),
    openTcp: refuse("openTcp"),
    bindUdp: refuse("bindUdp"),
    lookUp: (name) => {
      asked.push(`lookUp ${name}`);
      return {
        addresses: Promise.reject(Object.assign(new Error("no"), { code: "EAI_FAIL" })),
        cancel: () => {},
      };
    },
    hasZone: (scopeId) => {
      asked.push(`hasZone ${scopeId}`);
      return false;
    },
    monotonic: () => 5n,
    milliseconds: () => 7,
    wall: () => 1_000_000_009n,
    random: (length) => new Uint8Array(length).fill(9),
  };
  return { denied, asked };
}

interface Faces {
  "wasi:clocks/monotonic-clock": { now(): bigint };
  "wasi:clocks/wall-clock": { now(): { seconds: bigint; nanoseconds: number } };
  "wasi:random/random": { getRandomBytes(length: bigint): Uint8Array; getRandomU64(): bigint };
}

/** What a call came to. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

test("a host that is given a network asks it for everything, and Node for nothing", async () => {
  let arrivals = 0;
  const server = net.createServer(() => arrivals++).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as net.AddressInfo;
  const { denied, asked } = denying();
  const host = openHost({ network: denied });
  const before = process.getActiveResourcesInfo().filter((name) => /TCP|UDP|GETADDRINFO/i.test(name));

  assert.is(
    outcome(() => tcp(host).startBind(network(host), at("127.0.0.1", 0))),
    "access-denied",
  );
  assert.is(
    outcome(() => tcp(host).startConnect(network(host), at("127.0.0.1", port))),
    "access-denied",
  );
  assert.is(
    outcome(() => udp(host).startBind(network(host), at("127.0.0.1", 0))),
    "access-denied",
  );
  const zoned = tcp(host, "ipv6");
  const remote = at("fe80::1", 1);
  if (remote.tag === "ipv6") remote.val.scopeId = 99;
  zoned.startConnect(network(host), remote);
  assert.is(
    thrown(() => zoned.finishConnect()),
    "remote-unreachable",
  );
  const lookup = host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(host), "localhost");
  await ready(lookup);
  assert.is(
    thrown(() => lookup.resolveNextAddress()),
    "permanent-resolver-failure",
  );
  assert.equal(asked, ["bindTcp", "openTcp", "bindUdp", "hasZone 99", "lookUp localhost"]);
  assert.equal(
    process.getActiveResourcesInfo().filter((name) => /TCP|UDP|GETADDRINFO/i.test(name)),
    before,
  );
  assert.is(arrivals, 0);
  host.close();
  server.close();
});

test("clocks and chance are the network's", () => {
  const { denied } = denying();
  const host = openHost({ network: denied });
  const faces = { ...host.imports, ...commandImports(host.context) } as object as Faces;
  assert.is(faces["wasi:clocks/monotonic-clock"].now(), 5n);
  assert.equal(faces["wasi:clocks/wall-clock"].now(), { seconds: 1n, nanoseconds: 9 });
  assert.equal([...faces["wasi:random/random"].getRandomBytes(3n)], [9, 9, 9]);
  assert.is(faces["wasi:random/random"].getRandomU64(), 0x0909090909090909n);
  const late = host.imports["wasi:clocks/monotonic-clock"].subscribeInstant(6n);
  const due = host.imports["wasi:clocks/monotonic-clock"].subscribeInstant(5n);
  assert.equal([late.ready(), due.ready()], [false, true]);
  host.close();
});

test("a network that stands before the system's sees all that goes by", async () => {
  const calls: string[] = [];
  const seen = new Proxy(nodeNetwork, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver) as unknown;
      if (typeof value !== "function" || name === "milliseconds" || name === "monotonic") return value;
      return (...args: unknown[]) => {
        calls.push(String(name));
        return Reflect.apply(value, target, args);
      };
    },
  });
  const host = openHost({ network: seen });
  const [near, far] = await pair(host);
  near.output.checkWrite();
  near.output.write(Buffer.from("through it"));
  await ready(far.input);
  assert.is(Buffer.from(far.input.read(100n)).toString(), "through it");
  boundUdp(host)[Symbol.dispose]();
  assert.equal(calls, ["bindTcp", "openTcp", "openTcp", "bindUdp"]);
  host.close();
});

test("what is no network is refused when the host is made, by what it lacks", () => {
  const attempt = (given: unknown): string | undefined => {
    const error = thrown(() => createHost({ policy: allowAll, network: given as Network }));
    return error instanceof TypeError ? error.message : undefined;
  };
  assert.is(attempt({}), "network must be a Network, and has no bindTcp");
  assert.is(attempt(null), "network must be a Network, and has no bindTcp");
  assert.is(attempt({ ...nodeNetwork, lookUp: undefined }), "network must be a Network, and has no lookUp");
});

test.run();
