/** `wasock run --trace` and `--audit`: what a program did on the network, line by line. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AuditRecord } from "../../host/policy/audit.ts";
import { hasJspi } from "../../host/runtime/features.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wasock-trace-"));
const all = suite("wasock run --trace");
const test = hasJspi ? all : all.skip;
const server = createServer((socket) => socket.end("hello"));
const program = fileURLToPath(new URL("../assembly/programs/traced.wasm", import.meta.url));
let port = 0;

all.before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as AddressInfo);
});
all.after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function run(...options: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const args = [cli, "run", `--allow-net=tcp://127.0.0.1:${port}`, ...options, program, String(port)];
  const child = spawn(process.execPath, args, { cwd: folder });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...said })));
}

test("each event is a line with time, socket, call, address, bytes and result", async () => {
  const { code, stdout, stderr } = await run("--trace");
  assert.is(code, 0, stderr);
  assert.is(stdout, "hello\nrefused\n");
  const at = `127\\.0\\.0\\.1:${port}`;
  for (const line of [
    `#(\\d+) tcp connect start +${at} +pending`,
    `#(\\d+) tcp connect +${at} +ok`,
    `#(\\d+) tcp send +${at} +5 B ok`,
    `#(\\d+) tcp receive +${at} +5 B ok`,
    `- policy refuse +127\\.0\\.0\\.9:${port} +refused use=tcp-connect`,
  ]) {
    assert.match(stderr, new RegExp(`^ *\\d+\\.\\d{6} +${line}$`, "m"));
  }
});

test("without --trace only the missing permission is told", async () => {
  const { stderr } = await run();
  assert.is(
    stderr,
    `wasock: tcp-connect 127.0.0.9:${port} was not allowed; --allow-net=tcp://127.0.0.9:${port} allows it\n` +
      `  wasock run --allow-net=tcp://127.0.0.1:${port},tcp://127.0.0.9:${port} ${program} ${port}\n`,
  );
});

test("--audit appends what was granted and refused", async () => {
  for (let runs = 1; runs <= 2; runs++) {
    const { code, stderr } = await run("--audit", "audit.jsonl");
    assert.is(code, 0, stderr);
    const records = readFileSync(join(folder, "audit.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as AuditRecord)
      .filter(({ use }) => use === "tcp-connect");
    assert.equal(
      records.map(({ decision, target }) => `${decision} ${target}`),
      Array.from({ length: runs }, () => [`grant 127.0.0.1:${port}`, `refuse 127.0.0.9:${port}`]).flat(),
    );
  }
  const { code, stderr } = await run("--audit", "no/such/folder");
  assert.is(code, 2);
  assert.match(stderr, /^wasock: --audit no\/such\/folder: there is no such file or folder \(ENOENT\)\n$/);
});

all.run();
