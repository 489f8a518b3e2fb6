/** `wasock run` with files and sockets in one program, and with requests over HTTP. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type PermissionRequest, runCommand } from "../../host/index.ts";
import type { AuditRecord } from "../../host/policy/audit.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import "./cached-asc.ts";
import { buildIn } from "./build-in.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const files = fileURLToPath(new URL("../assembly/programs/files.wasm", import.meta.url));
const test = suite("wasock run, files and HTTP");
const folder = mkdtempSync(join(tmpdir(), "wasock-others-"));
const modes: readonly (readonly string[])[] = hasJspi ? [[], ["--sync"]] : [[]];

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function wasock(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache") };
    const child = spawn(process.execPath, [cli, "run", ...args], { cwd: folder, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

/** A server of either kind, while work is done. */
async function serving(
  server: ReturnType<typeof createServer>,
  work: (port: string) => Promise<void>,
): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(String((server.address() as { port: number }).port));
  } finally {
    server.close();
  }
}

test("files and sockets wait in one poll, and splice into each other", async () => {
  const contents = `${"x".repeat(700_000)}end`;
  await serving(
    createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)),
    async (port) => {
      for (const mode of modes) {
        const data = mkdtempSync(join(folder, "data-"));
        writeFileSync(join(data, "in.txt"), contents);
        const { code, output } = await wasock([
          ...mode,
          "--allow-net=127.0.0.1",
          "--dir",
          `${data}::/data`,
          files,
          port,
        ]);
        const lines = [
          "folder /data",
          "missing: 20", // no-entry
          "outside: 31", // not-permitted
          "ready 1: 1",
          "sent 700003",
          "received 700003",
          "type 6, size 700003", // regular-file
        ];
        assert.is(output, `${lines.join("\n")}\n`);
        assert.is(code, 0);
        assert.ok(
          readFileSync(join(data, "out.txt"), "utf8") === contents,
          "what came back is what was sent",
        );
      }
    },
  );
});

test("without --dir a program has no folder, and one that isn't there is told", async () => {
  for (const mode of modes) {
    assert.equal(await wasock([...mode, files, "1"]), { code: 1, output: "no folder\n" });
    const { code, output } = await wasock([...mode, "--dir", "nowhere", files, "1"]);
    assert.is(output, "wasock: --dir nowhere: there is no folder nowhere\n");
    assert.is(code, 2);
  }
});

const REQUEST = `
import { args, print } from "wasock/assembly";
import { lowerString, RET } from "wasock/assembly/abi";
@external("wasi:http/types@0.2.12", "[constructor]fields")
declare function fields(): i32;
@external("wasi:http/types@0.2.12", "[constructor]outgoing-request")
declare function outgoingRequest(headers: i32): i32;
@external("wasi:http/types@0.2.12", "[method]outgoing-request.set-scheme")
declare function setScheme(self: i32, some: i32, scheme: i32, other: usize, length: usize): i32;
@external("wasi:http/types@0.2.12", "[method]outgoing-request.set-authority")
declare function setAuthority(self: i32, some: i32, text: usize, length: usize): i32;
@external("wasi:http/types@0.2.12", "[method]outgoing-request.set-path-with-query")
declare function setPath(self: i32, some: i32, text: usize, length: usize): i32;
@external("wasi:http/outgoing-handler@0.2.12", "handle")
declare function handle(request: i32, some: i32, options: i32, result: usize): void;
@external("wasi:http/types@0.2.12", "[method]future-incoming-response.subscribe")
declare function subscribe(self: i32): i32;
@external("wasi:io/poll@0.2.12", "[method]pollable.block")
declare function block(self: i32): void;
const RESULT: usize = memory.data(64, 8);

// @ts-ignore: decorator
@witExport("wasi:cli/run@0.2.12#run")
export function run(): i32 {
  for (let left = args().length > 2 ? I32.parseInt(args()[2]) : 1; left > 0; left--) {
    if (send() !== 0) return 1;
  }
  return 0;
}

// what it gets it keeps
function send(): i32 {
  const request = outgoingRequest(fields());
  setScheme(request, 1, 0, 0, 0);
  lowerString(RET, "127.0.0.1:" + args()[1]);
  setAuthority(request, 1, load<usize>(RET), load<usize>(RET, 4));
  lowerString(RET, "/");
  setPath(request, 1, load<usize>(RET), load<usize>(RET, 4));
  handle(request, 0, 0, RESULT); // result<own<future-incoming-response>, error-code>: payload @8
  if (load<u8>(RESULT)) {
    print("refused " + load<u8>(RESULT, 8).toString());
    return 1;
  }
  block(subscribe(load<i32>(RESULT, 8)));
  print("answered");
  return 0;
}
`;

test("a request over HTTP takes the permission for everything", async () => {
  const jco = dirname(dirname(createRequire(import.meta.url).resolve("@bytecodealliance/jco")));
  mkdirSync(join(folder, "wit/deps"), { recursive: true });
  cpSync(join(jco, "lib/wit/builtin/0.2.12/wasi-http"), join(folder, "wit/deps/wasi-http"), {
    recursive: true,
  });
  writeFileSync(
    join(folder, "wit/request.wit"),
    `package test:request@0.1.0;
    world request {
      include wasi:cli/imports@0.2.12;
      import wasi:http/outgoing-handler@0.2.12;
      export wasi:cli/run@0.2.12;
    }`,
  );
  writeFileSync(join(folder, "request.ts"), REQUEST);
  const built = await buildIn(folder, "request.ts", "--wit", "wit", "--world", "request");
  assert.is(built.status, 0, built.stderr);
  let requests = 0;
  const server = createHttpServer((_, response) => {
    requests++;
    response.end("hello");
  });
  await serving(server, async (port) => {
    const everything = ["--allow-net"];
    const grants = [
      [],
      [`--allow-net=127.0.0.1:${port}`],
      ["--allow-net=0.0.0.0/0", "--allow-dns"],
      [`--allow-net=127.0.0.1:${port}`, "--allow-dns"],
      [...everything, "--deny-net=10.0.0.0/8"],
      [...everything, "-S", "udp=n"],
    ];
    for (const mode of modes) {
      for (const granted of grants) {
        const { code, output } = await wasock([...mode, ...granted, "request.wasm", port]);
        assert.match(output, "refused 15\n"); // HTTP-request-denied
        assert.match(
          output,
          `wasock: http GET http://127.0.0.1:${port}/ was not allowed; --allow-net allows it, where nothing is denied\n`,
        );
        assert.is(code, 1);
      }
      assert.is(requests, 0);
      const allowed = await wasock([...mode, ...everything, "request.wasm", port]);
      assert.equal(allowed, { code: 0, output: "answered\n" });
      assert.is(requests, 1);
      requests = 0;
    }
  });
});

test("a request over HTTP is learnt as the rule for everything, which works; not where something is denied", async () => {
  const server = createHttpServer((_, response) => response.end("hello"));
  await serving(server, async (port) => {
    for (const mode of modes) {
      const learnt = await wasock([...mode, "--learn", "request.wasm", port, "3"]);
      assert.match(learnt.output, "answered\n");
      const command = ["wasock run '--allow-net=*'", ...mode, "request.wasm", port, "3"].join(" ");
      assert.match(learnt.output, `wasock: request.wasm runs without --learn so:\n  ${command}\n`);
      const allowed = await wasock([...mode, "--allow-net=*", "request.wasm", port, "3"]);
      assert.is(allowed.code, 0, allowed.output);
      const denied = await wasock([...mode, "--learn", "--deny-net=10.0.0.0/8", "request.wasm", port]);
      assert.match(denied.output, "refused 15\n");
    }
  });
});

test("who is asked about a request may allow it once, or all of them, or be asked no more", async () => {
  let requests = 0;
  const server = createHttpServer((_, response) => {
    requests++;
    response.end("hello");
  });
  await serving(server, async (port) => {
    for (const blocking of [true, ...(hasJspi ? [false] : [])]) {
      for (const [answer, asked, answered] of [
        ["once", 3, 3],
        ["run", 1, 3],
        ["deny", 1, 0],
        ["none", 1, 0],
      ] as const) {
        requests = 0;
        const questions: PermissionRequest[] = [];
        await runCommand(join(folder, "request.wasm"), {
          args: [String(port), "3"],
          blocking,
          // preview2-shim blocks the program's thread, and this one has the server
          isolation: "thread",
          policy: {},
          stdout: "pipe",
          stderr: "pipe",
          ask: (request) => {
            questions.push(request);
            return answer;
          },
        });
        assert.is(questions.length, asked, `${answer}, blocking ${blocking}`);
        assert.is(requests, answered, `${answer}, blocking ${blocking}`);
        assert.equal(questions[0], {
          use: "http",
          target: `GET http://127.0.0.1:${port}/`,
          name: undefined,
          option: "allowNet",
          rule: "*",
        });
      }
    }
  });
});

test("requests over HTTP leave lines in audit and trace, and have a limit", async () => {
  const server = createHttpServer((_, response) => response.end("hello"));
  await serving(server, async (port) => {
    for (const [i, mode] of modes.entries()) {
      const audit = `http-${i}.jsonl`;
      const common = [...mode, "--trace", "--audit", audit];
      const many = [...common, "--allow-net", "--limit", "httpRequests=2"];
      const first = await wasock([...many, "request.wasm", port, "3"]);
      assert.match(first.output, "answered\n");
      assert.match(first.output, "refused 11\n"); // connection-limit-reached
      const url = `GET http://127.0.0.1:${port}/`;
      assert.match(first.output, new RegExp(`policy grant +${url} +granted use=http`));
      assert.match(first.output, new RegExp(`policy refuse +${url} +refused use=http`));
      await wasock([...common, "request.wasm", port]);
      const records = readFileSync(join(folder, audit), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as AuditRecord)
        .filter(({ use }) => use === "http");
      assert.equal(
        records.map(({ decision, target }) => `${decision} ${target}`),
        ["grant", "grant", "refuse", "refuse"].map((decision) => `${decision} ${url}`),
      );
    }
  });
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
