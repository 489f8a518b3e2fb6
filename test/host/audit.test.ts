/** The audit log: a line of JSON a decision, and nothing granted that could not be written down. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Host } from "../../host/host.ts";
import { createHost } from "../../host/host.ts";
import type { AuditRecord } from "../../host/policy/audit.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
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
