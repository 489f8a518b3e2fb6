/** Look-ups of guests that hold up nobody else's: in a network namespace, with a name server that is silent or answers. */
import { spawnSync } from "node:child_process";
import * as dgram from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Host } from "../../host/host.ts";
import { ipText } from "../../host/network/address.ts";
import { parseHosts, parseSearch, searched } from "../../host/network/node/name-files.ts";
import type { ResolveAddressStream } from "../../host/wasi02/ip-name-lookup.ts";
import { addressInfoAddress, getAddressInfo, sockaddrName } from "../../src/index.ts";
import { network, openHost, ready, until } from "./support.ts";

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

async function within<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${seconds} s`)), seconds * 1000);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Answers for names with an A record, or with none; for those that begin with `silent` not at all. */
async function nameServer(): Promise<{ asked: string[] }> {
  const asked: string[] = [];
  const server = dgram.createSocket("udp4");
  server.on("message", (query, { port, address }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += length + 1;
    }
    const name = labels.join(".");
    asked.push(name);
    if (name.startsWith("silent")) return;
    const isKnown = name.endsWith("known.example");
    const hasAnswer = isKnown && query.readUInt16BE(at + 1) === 1;
    const head = Buffer.from(query.subarray(0, at + 5));
    head.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
    head.writeUInt16BE(hasAnswer ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
    server.send(hasAnswer ? Buffer.concat([head, record]) : head, port, address);
  });
  await new Promise<void>((bound) => server.bind(53, "127.0.0.1", bound));
  server.unref();
  return { asked };
}

async function inside(): Promise<void> {
  const { asked } = await nameServer();
  const guest = openHost();
  const silent = Array.from({ length: 16 }, (_, i) => resolve(guest, `silent${i}.example`));
  const info = await within(2, "the process's localhost", getAddressInfo("localhost", 80));
  assert.match(sockaddrName(addressInfoAddress(info as never) as never), /^(127\.0\.0\.1|::1)$/);
  const other = openHost();
  const answers: [string, string][] = [
    ["known.example", "192.0.2.1"],
    ["127.1", "127.0.0.1"],
    ["short", "192.0.2.1"], // through the search list
  ];
  for (const [name, address] of answers) {
    assert.equal(await within(2, name, all(resolve(other, name))), [address], name);
  }
  assert.ok((await within(2, "localhost", all(resolve(other, "localhost")))).includes("127.0.0.1"));
  await within(
    2,
    "a name that is unknown",
    all(resolve(other, "missing.example.")).then(
      () => assert.unreachable(),
      (error: unknown) => assert.is(error, "name-unresolvable"),
    ),
  );
  assert.ok(asked.includes("short.known.example"), asked.join());
  // those that are dropped give their places back, but for the one that can't be called off
  await until(() => asked.filter((name) => name.startsWith("silent")).length >= 8, "eight are under way");
  for (const stream of silent) stream[Symbol.dispose]();
  assert.equal(await within(2, "after dropping", all(resolve(guest, "known.example"))), ["192.0.2.1"]);
  assert.is(guest.stats().lookups, 0);
}

if (process.env["WASOCK_TEST_NAMESPACE"] === "1") {
  await inside();
  process.exit(0); // a look-up of getaddrinfo is still under way
}

test("a hosts file and a search list are understood", () => {
  const hosts = parseHosts("# all\n127.0.0.1\tLocalHost a.b # c\n\n::1 localhost\n127.0.0.1 localhost\n");
  assert.equal(hosts.get("localhost"), ["127.0.0.1", "::1"]);
  assert.equal(hosts.get("a.b"), ["127.0.0.1"]);
  assert.is(hosts.get("c"), undefined);
  const list = parseSearch("nameserver 1.2.3.4\nsearch a.example. b.example\noptions edns0 ndots:2\n");
  assert.equal(list, { domains: ["a.example.", "b.example"], dots: 2 });
  assert.equal(searched("x", list), ["x.a.example", "x.b.example", "x"]);
  assert.equal(searched("x.y.z", list), ["x.y.z", "x.y.z.a.example", "x.y.z.b.example"]);
  assert.equal(searched("x.", list), ["x"]);
});

const canUnshare = spawnSync("unshare", ["-rnm", "ip", "link"], { stdio: "ignore" }).status === 0;
if (!canUnshare) console.log("shared-lookups: partly skipped, a network namespace can't be made here");
(canUnshare ? test : test.skip)("a guest's look-ups hold up neither the process nor other guests", () => {
  const folder = mkdtempSync(join(tmpdir(), "wasock-lookups-"));
  const configuration = join(folder, "resolv.conf");
  writeFileSync(configuration, "nameserver 127.0.0.1\nsearch known.example\noptions timeout:3 attempts:1\n");
  const line = `mount --bind ${configuration} /etc/resolv.conf && ip link set lo up && exec "$@"`;
  for (const threads of ["4", "1"]) {
    const { status, stdout, stderr } = spawnSync(
      "unshare",
      ["-rnm", "sh", "-c", line, "sh", process.execPath, fileURLToPath(import.meta.url)],
      {
        env: { ...process.env, WASOCK_TEST_NAMESPACE: "1", UV_THREADPOOL_SIZE: threads },
        encoding: "utf8",
        timeout: 60_000,
      },
    );
    assert.is(status, 0, `${threads} threads: ${stdout}\n${stderr}`);
  }
  rmSync(folder, { recursive: true });
});

test.run();
