/** Look-ups: literals, services, hints, and what comes of a name. */
import { lookup } from "node:dns/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { coreHost } from "../../src/core.ts";
import {
  AddressFamily,
  AddressInfo,
  Ai,
  addressInfoAddress,
  addressInfoAddressLength,
  addressInfoCanonname,
  addressInfoFamily,
  addressInfoFlags,
  addressInfoNext,
  addressInfoProtocol,
  addressInfoSocketType,
  getAddressInfo,
  IpProto,
  isAddressInfo,
  makeAddressInfo,
  makeSockaddr,
  SocketType,
} from "../../src/index.ts";
import { scenario } from "./support/scenario.ts";
import { must } from "./support/sockets.ts";

/** What a look-up gives, in short: `stream 127.0.0.1:80`. */
async function found(
  host: string | null,
  service: string | number | null,
  hints?: AddressInfo,
): Promise<string[]> {
  const types = ["any", "stream", "datagram", "raw"];
  const head = await getAddressInfo(host, service, hints);
  return head === null ? [] : [...head].map((info) => `${types[info.socketType]} ${info.address}`);
}

function hints(family: number, type: number = SocketType.stream, protocol = 0, flags = 0): AddressInfo {
  return makeAddressInfo(family, type, protocol, flags);
}

const { unspecified, inet, inet6 } = AddressFamily;

scenario("a literal needs no look-up", async () => {
  assert.equal(await found("127.0.0.1", 80), ["stream 127.0.0.1:80"]);
  assert.equal(await found("::1", "80"), ["stream [::1]:80"]);
  assert.equal(await found("[::1]", "http"), ["stream [::1]:80"]);
  assert.equal(await found("fe80::1%2", 1), ["stream [fe80::1%2]:1"]);
  assert.equal(await found("127.0.0.1", null), ["stream 127.0.0.1:0"]);
});

scenario("without a host it is the wildcard with passive, and the loopback without", async () => {
  assert.equal(await found(null, 80), ["stream 0.0.0.0:80", "stream [::]:80"]);
  assert.equal(await found(null, 80, hints(unspecified)), ["stream [::1]:80", "stream 127.0.0.1:80"]);
  assert.equal(await found(null, 80, hints(inet)), ["stream 127.0.0.1:80"]);
  assert.equal(await found(null, 80, hints(inet6, 1, 0, Ai.passive)), ["stream [::]:80"]);
  assert.is(await getAddressInfo(null, null), null);
});

scenario("services have names, for TCP and for UDP", async () => {
  const udp = hints(inet, SocketType.datagram);
  assert.equal(await found("127.0.0.1", "https"), ["stream 127.0.0.1:443"]);
  assert.equal(await found("127.0.0.1", "domain", udp), ["datagram 127.0.0.1:53"]);
  assert.equal(await found("127.0.0.1", "tftp", udp), ["datagram 127.0.0.1:69"]);
  assert.equal(await found("127.0.0.1", "tftp"), [], "tftp is for UDP alone");
  assert.equal(await found("127.0.0.1", "no-such-service"), []);
  assert.equal(await found("127.0.0.1", "http", hints(inet, 1, 0, Ai.numericServ)), []);
  for (const port of ["65536", "-1", "1.5", "0x50", "99999999999999999999"]) {
    assert.equal(await found("127.0.0.1", port), [], port);
  }
});

scenario("with type 0 each candidate appears once for each socket type", async () => {
  const any = hints(inet, SocketType.any);
  assert.equal(await found("127.0.0.1", 7, any), [
    "stream 127.0.0.1:7",
    "datagram 127.0.0.1:7",
    "raw 127.0.0.1:7",
  ]);
  assert.equal(await found("127.0.0.1", 7, hints(inet, 0, IpProto.udp)), ["datagram 127.0.0.1:7"]);
});

scenario("flags and families narrow what is found", async () => {
  assert.equal(await found("127.0.0.1", 1, hints(inet6)), []);
  assert.equal(await found("127.0.0.1", 1, hints(inet6, 1, 0, Ai.v4mapped)), ["stream [::ffff:127.0.0.1]:1"]);
  assert.equal(await found("localhost", 1, hints(inet, 1, 0, Ai.numericHost)), []);
  assert.equal(await found("127.0.0.1", 1, hints(inet, SocketType.stream, IpProto.udp)), []);
  assert.equal(await found("127.0.0.1", 1, hints(AddressFamily.unix)), []);
  assert.equal(await found("127.0.0.1", 1, hints(inet, 1, 0, 0x8000)), [], "an unknown flag");
});

scenario("a name gives what the system's own resolver gives", async () => {
  const expected = (await lookup("localhost", { all: true })).map(
    ({ address }) => `stream ${makeSockaddr(address, 80)}`,
  );
  assert.equal(await found("localhost", 80), expected);
});

scenario("what does not exist gives null", async () => {
  for (const host of [
    "no-such-name.invalid",
    "",
    ".",
    "a..b",
    "*",
    "no such name",
    "x".repeat(300),
    "256.1.1.1",
    "ä.invalid",
  ]) {
    assert.is(await getAddressInfo(host, 80), null, host);
  }
});

scenario("a look-up that is aborted is given up by the host at once", async () => {
  const abort = new AbortController();
  const options = { signal: abort.signal };
  const look = AddressInfo.getAddressInfo("no-such-name.invalid", 80, undefined, options);
  assert.is(coreHost.stats().lookups, 1);
  abort.abort();
  assert.is(coreHost.stats().lookups, 0);
  const error = await look.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.is(error, abort.signal.reason);
});

scenario("the canonical name comes with its flag, and on the first candidate alone", async () => {
  const info = must(
    await getAddressInfo("localhost", 80, hints(unspecified, SocketType.any, 0, Ai.canonname)),
  );
  assert.equal([...info].map(({ canonname }) => canonname).slice(0, 2), ["localhost", null]);
  assert.is(must(await getAddressInfo("localhost", 80)).canonname, null);
  assert.is(await getAddressInfo(null, 80, hints(unspecified, 1, 0, Ai.canonname)), null);
});

scenario("an address info tells everything, as properties and through functions", async () => {
  const info = must(await getAddressInfo(null, 25, hints(unspecified, SocketType.stream, 0, Ai.passive)));
  assert.equal(
    [info.family, info.socketType, info.protocol, info.flags, info.addressLength, info.canonname],
    [inet, SocketType.stream, IpProto.tcp, Ai.passive, 16, null],
  );
  assert.is(addressInfoFamily(info), info.family);
  assert.is(addressInfoSocketType(info), info.socketType);
  assert.is(addressInfoProtocol(info), info.protocol);
  assert.is(addressInfoFlags(info), info.flags);
  assert.is(addressInfoAddress(info), info.address);
  assert.is(addressInfoAddressLength(info), 16);
  assert.is(addressInfoCanonname(info), null);
  const next = must(addressInfoNext(info));
  assert.is(next, info.next);
  assert.is(next.addressLength, 28);
  assert.is(addressInfoNext(next), null);
  assert.ok(isAddressInfo(info) && info instanceof AddressInfo);
  for (const other of [null, undefined, {}, "127.0.0.1"]) assert.not(isAddressInfo(other));
});

scenario("hints and hand-made entries", () => {
  const made = makeAddressInfo(inet, SocketType.datagram, IpProto.udp);
  assert.is(made.flags, Ai.passive);
  assert.is(made.address, null);
  assert.is(made.addressLength, 0);
  assert.is(made.next, null);
  const address = makeSockaddr("192.0.2.1", 7);
  const entry = new AddressInfo(inet, SocketType.datagram, IpProto.udp, 0, address, "name", made);
  assert.is(entry.address, address);
  assert.equal([...entry], [entry, made]);
});

scenario("a hundred look-ups at a time are each answered with their own", async () => {
  const all = await Promise.all(
    Array.from({ length: 100 }, (_, port) =>
      found(port % 3 === 0 ? "localhost" : `127.0.0.${port}`, port, hints(inet)),
    ),
  );
  assert.equal(
    all.map(([first]) => first),
    Array.from({ length: 100 }, (_, port) => {
      return `stream 127.0.0.${port % 3 === 0 ? 1 : port}:${port}`;
    }),
  );
});

test.run();
