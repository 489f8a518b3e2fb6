/** The audit log: a line of JSON a decision, and nothing granted that could not be written down. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AuditRecord } from "../../host/audit.ts";
import type { Host } from "../../host/host.ts";
import { createHost } from "../../host/host.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import { at, boundTcp, loopback, network, tcp, thrown } from "./support.ts";

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
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  assert.is(
    thrown(() => socket.startBind(network(host), loopback())),
    "access-denied",
  );
  assert.match((await warned).message, /audit log .* could not be written/);
  socket[Symbol.dispose]();
  host.close();
});

test("a stream that nobody reads holds a limited number of lines", () => {
  const stream = new PassThrough();
  const host = createHost({ policy: policyFromRules(rules), audit: stream });
  let refusal: unknown;
  for (let i = 0; i < 100_000 && refusal === undefined; i++) {
    try {
      tcp(host)[Symbol.dispose]();
    } catch (error) {
      refusal = error;
    }
  }
  assert.is(refusal, "access-denied");
  assert.ok(stream.writableLength < 2 * 1024 * 1024, String(stream.writableLength));
  host.close();
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
