/** The audit log: a line of JSON a decision, and nothing granted that could not be written down. */
import { spawnSync } from "node:child_process";
import * as diagnostics from "node:diagnostics_channel";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PolicyEvent } from "../../host/events/channels.ts";
import type { Host } from "../../host/host.ts";
import { createHost } from "../../host/host.ts";
import { socketAddressText } from "../../host/network/address.ts";
import { AuditLog, type AuditRecord } from "../../host/policy/audit.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import { setClock } from "./set-clock.ts";
import { at, boundTcp, loopback, network, tcp, thrown, until, warnings } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "wasock-audit-"));
const rules = { allowListen: ["tcp://127.0.0.1"], allowDns: ["known.example"] };

function parse(text: string): AuditRecord[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditRecord);
}

/** Everything that waits in a stream. */
function written(stream: PassThrough): string {
  let text = "";
  for (let part = stream.read(); part !== null; part = stream.read()) text += String(part);
  return text;
}

/** A bind that is granted, one that is refused, and a name that is. */
function use(host: Host): void {
  boundTcp(host)[Symbol.dispose]();
  const socket = tcp(host);
  thrown(() => socket.startBind(network(host), at("127.0.0.2", 0)));
  socket[Symbol.dispose]();
  thrown(() => host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(host), "other.example"));
}

const expected = [
  "grant tcp undefined",
  "grant tcp-bind 127.0.0.1:0",
  "grant tcp undefined",
  "refuse tcp-bind 127.0.0.2:0",
  "refuse resolve other.example",
];

for (const kind of ["descriptor", "stream"] as const) {
  test(`each decision is a line of JSON in a ${kind}`, () => {
    const file = join(folder, kind);
    const fd = kind === "descriptor" ? openSync(file, "a") : undefined;
    const stream = new PassThrough();
    const host = createHost({ policy: policyFromRules(rules), audit: fd ?? stream });
    const before = Date.now();
    use(host);
    host.close();
    if (fd !== undefined) closeSync(fd);
    const text = fd === undefined ? written(stream) : readFileSync(file, "utf8");
    const records = parse(text);
    assert.equal(
      records.map(({ decision, use, target }) => `${decision} ${use} ${target}`),
      expected,
    );
    for (const { host: id, time } of records) {
      assert.is(id, host.id);
      assert.is(new Date(time).toISOString(), time);
      assert.ok(Date.parse(time) >= before - 1 && Date.parse(time) <= Date.now());
    }
  });
}

test("what can't be written down is not granted", async () => {
  const file = join(folder, "closed");
  const fd = openSync(file, "a");
  const host = createHost({ policy: policyFromRules(rules), audit: fd });
  const socket = tcp(host);
  closeSync(fd);
  const warned = warnings();
  assert.is(
    thrown(() => socket.startBind(network(host), loopback())),
    "access-denied",
  );
  await until(() => warned.length > 0, "the program is warned");
  assert.match(warned[0]?.message ?? "", /audit log .* could not be written/);
  socket[Symbol.dispose]();
  host.close();
});

test("where it can't be written down a grant becomes a refusal that says so, and a refusal keeps its reason", () => {
  const write = (): void => {
    throw new Error("the disk is full");
  };
  const warned = warnings();
  const host = createHost({ policy: policyFromRules({ allowNet: ["192.0.2.1"] }), audit: { write } });
  const seen: (string | undefined)[] = [];
  const note = (event: unknown): void => void seen.push((event as PolicyEvent).reason);
  diagnostics.subscribe("wasock:policy:refuse", note);
  const { permissions } = host.context;
  assert.not(permissions.check("tcp-connect", at("192.0.2.1", 80)));
  assert.not(permissions.check("tcp-connect", at("192.0.2.2", 80)));
  diagnostics.unsubscribe("wasock:policy:refuse", note);
  assert.equal(seen, ["the audit log could not be written", "nothing allows it"]);
  host.close();
  assert.equal(warned, []);
});

test("a look-up that is granted is written down once, with its name", async () => {
  const stream = new PassThrough();
  const host = createHost({
    policy: policyFromRules(rules),
    audit: stream,
    resolver: async () => ["192.0.2.1"],
  });
  const lookup = host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(host), "known.example");
  lookup[Symbol.dispose]();
  host.close();
  assert.equal(
    parse(written(stream)).map(({ decision, use, target, count }) => `${decision} ${use} ${target} ${count}`),
    ["grant resolve known.example undefined"],
  );
});

/** A log that writes into a list. */
function listed(bytesPerSecond?: number): { log: AuditLog; lines: () => string[] } {
  const texts: string[] = [];
  const log = new AuditLog({ write: (line) => texts.push(line) }, bytesPerSecond);
  const lines = (): string[] =>
    parse(texts.join("")).map(({ decision, use, target, count }) => {
      return `${decision} ${use} ${target}${count === undefined ? "" : ` (${count})`}`;
    });
  return { log, lines };
}

test("decisions about different things are told apart, in whatever order they come", () => {
  const { log, lines } = listed();
  const targets = [
    at("192.0.2.1", 1),
    at("192.0.2.2", 1),
    at("192.0.2.2", 2),
    "a.example",
    "b.example",
    undefined,
  ];
  const all = [...targets, ...targets.reverse()];
  for (const target of all) log.add(false, { host: 1, use: "tcp-connect", target });
  log.add(true, { host: 1, use: "tcp-connect", target: undefined });
  log.add(false, { host: 1, use: "udp-send", target: undefined });
  log.add(false, { host: 1, use: "udp-receive", target: undefined });
  log.close();
  const text = (target: (typeof targets)[number]): string =>
    typeof target === "object" ? socketAddressText(target) : String(target);
  assert.equal(lines(), [
    ...all.map((target) => `refuse tcp-connect ${text(target)}`),
    "grant tcp-connect undefined",
    "refuse udp-send undefined",
    "refuse udp-receive undefined",
  ]);
});

test("peers that come in a flood keep no line of what was granted from being written", () => {
  for (const use of ["tcp-accept", "udp-receive"] as const) {
    const { log, lines } = listed(1000);
    for (let port = 1; port <= 500; port++) log.add(true, { host: 1, use, target: at("192.0.2.1", port) });
    log.add(true, { host: 1, use: "tcp-bind", target: loopback(80) });
    log.close();
    assert.ok(lines().includes("grant tcp-bind 127.0.0.1:80"), use);
    assert.match(lines().at(-1) ?? "", new RegExp(`^grant ${use} undefined \\(4\\d\\d\\)$`));
  }
});

test("what is only counted is counted by what it was, and apart from what was decided otherwise", () => {
  const { log, lines } = listed(100);
  for (const use of ["tcp-accept", "udp-receive"] as const)
    for (const isGranted of [true, false])
      for (let port = 1; port <= 100; port++)
        log.add(isGranted, { host: 1, use, target: at("192.0.2.1", port) });
  log.close();
  const counts = lines().filter((line) => line.endsWith(")"));
  assert.equal(
    counts.map((line) => line.replace(/ undefined \(\d+\)$/, "")),
    ["grant tcp-accept", "refuse tcp-accept", "grant udp-receive", "refuse udp-receive"],
  );
});

test("what is repeated is counted with its target, also where nothing else has room", () => {
  const clock = setClock();
  try {
    let size = 0;
    const decision = { host: 1, use: "tcp-bind", target: loopback(80) } as const;
    new AuditLog({ write: (line) => (size = line.length) }).add(true, decision);
    // of four seconds' room ten lines leave next to none
    const { log, lines } = listed((10 * size + 40) / 4);
    for (let i = 0; i < 15; i++) log.add(true, { ...decision, target: loopback(80) });
    clock.advance(5000);
    log.close();
    assert.equal(lines(), [
      ...Array(10).fill("grant tcp-bind 127.0.0.1:80"),
      "grant tcp-bind 127.0.0.1:80 (5)",
    ]);
  } finally {
    clock.restore();
  }
});

test("what was told apart is forgotten after a second, and 256 are at a time", () => {
  const clock = setClock();
  try {
    const { log, lines } = listed(1e9);
    const add = (port: number): void => log.add(true, { host: 1, use: "tcp-bind", target: loopback(port) });
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < 9; i++) add(1);
      clock.advance(1000);
    }
    // as often as it was decided: never more than ten times within a second
    assert.equal(lines(), Array(27).fill("grant tcp-bind 127.0.0.1:1"));
    for (let i = 0; i < 11; i++) for (let port = 1; port <= 257; port++) add(port);
    log.close();
    // of the last there is no count, as it has no place among them
    const counted = lines().filter((line) => line.endsWith("(1)"));
    assert.is(counted.length, 256);
    assert.is(lines().filter((line) => line.startsWith("grant tcp-bind 127.0.0.1:257")).length, 11);
  } finally {
    clock.restore();
  }
});

test("a process that ends leaves nothing uncounted", () => {
  const host = new URL("../../host/host.js", import.meta.url).href;
  const script = `
    const { createHost } = await import("${host}");
    for (let i = 0; i < 2; i++) {
      const { imports } = createHost({ audit: 1 });
      for (let n = 0; n < 12; n++) try { imports["wasi:sockets/tcp-create-socket"].createTcpSocket("ipv4"); } catch {}
    }
    process.exit();
  `;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const records = parse(stdout);
  const [one, other] = [...new Set(records.map(({ host }) => host))];
  assert.equal(
    records.map(({ host, count = 1 }) => `${host} ${count}`),
    [...Array(10).fill(`${one} 1`), ...Array(10).fill(`${other} 1`), `${one} 2`, `${other} 2`],
  );
});

test("a stream that nobody reads holds a limited number of lines", () => {
  const stream = new PassThrough();
  const policy = policyFromRules({ allowDns: ["*.known.example"] });
  const host = createHost({ policy, audit: stream, caps: { auditBytes: 2 ** 30 }, resolver: async () => [] });
  const { resolveAddresses } = host.imports["wasi:sockets/ip-name-lookup"];
  let refusal: unknown;
  for (let i = 0; i < 100_000 && refusal === undefined; i++) {
    try {
      resolveAddresses(network(host), `${i}.known.example`)[Symbol.dispose]();
    } catch (error) {
      refusal = error;
    }
  }
  assert.is(refusal, "permanent-resolver-failure");
  assert.ok(stream.writableLength < 2 * 1024 * 1024, String(stream.writableLength));
  host.close();
});

test("what is decided again and again is written ten times, then counted", () => {
  const stream = new PassThrough();
  const host = createHost({ policy: policyFromRules(rules), audit: stream });
  for (let i = 0; i < 1000; i++) tcp(host)[Symbol.dispose]();
  host.close();
  const records = parse(written(stream));
  assert.is(
    records.reduce((sum, { count = 1 }) => sum + count, 0),
    1000,
  );
  // a second may have ended in between
  assert.ok(records.length >= 11 && records.length <= 33, String(records.length));
  for (const { decision, use } of records) assert.is(`${decision} ${use}`, "grant tcp");
});

test("a count is written within a second, though nothing is decided any more", async () => {
  const lines: string[] = [];
  let told: () => void = () => {};
  const counted = new Promise<void>((resolve) => {
    told = resolve;
  });
  const write = (line: string): void => {
    lines.push(line);
    if (line.includes('"count"')) told();
  };
  const host = createHost({ policy: policyFromRules(rules), audit: { write } });
  const hold = setInterval(() => {}, 1000); // the audit log holds no process
  for (let i = 0; i < 12; i++) tcp(host)[Symbol.dispose]();
  await counted;
  clearInterval(hold);
  assert.is(lines.length, 11);
  assert.is((JSON.parse(lines[10] as string) as AuditRecord).count, 2);
  host.close();
});

test("of too many different decisions the rest is counted, refusals apart from grants", () => {
  const stream = new PassThrough();
  const host = createHost({ policy: policyFromRules(rules), audit: stream, caps: { auditBytes: 1000 } });
  const { resolveAddresses } = host.imports["wasi:sockets/ip-name-lookup"];
  for (let i = 0; i < 5000; i++) thrown(() => resolveAddresses(network(host), `${i}.refused.example`));
  boundTcp(host)[Symbol.dispose]();
  host.close();
  const records = parse(written(stream));
  const refused = records.filter(({ decision }) => decision === "refuse");
  assert.is(
    refused.reduce((sum, { count = 1 }) => sum + count, 0),
    5000,
  );
  assert.ok(refused.length < 100, String(refused.length));
  assert.ok(refused.some(({ count = 1, target }) => count > 1000 && target === undefined));
  assert.equal(
    records.filter(({ decision }) => decision === "grant").map(({ use }) => use),
    ["tcp", "tcp-bind"],
  );
});

test("a target is cut, and nothing in it steers a terminal", () => {
  const stream = new PassThrough();
  const host = createHost({ audit: stream });
  const { resolveAddresses } = host.imports["wasi:sockets/ip-name-lookup"];
  const names = ["\u001b]0;owned\u0007\n\u202e", "a".repeat(1000), "a".repeat(8 * 1024 * 1024)];
  for (const name of names) thrown(() => resolveAddresses(network(host), name));
  host.close();
  assert.equal(
    parse(written(stream)).map(({ target }) => target),
    ["\\u001b]0;owned\\u0007\\u000a\\u202e", `${"a".repeat(255)}… (1000 bytes)`],
  );
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
