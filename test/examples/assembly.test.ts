/** examples/assembly/, each on every runtime that is there, with real counterparts. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../peers/ports.ts";
import { allRunners, type Runner } from "../sides/runners.ts";
import { Program, temporaryFolder, testWith } from "./support.ts";

/** Starts an example in a runtime. */
function start({ command }: Runner, name: string, ...args: (string | number)[]): Program {
  const component = fileURLToPath(new URL(`../../examples/assembly/${name}.wasm`, import.meta.url));
  return new Program(...command(component), ...args.map(String));
}

const withCurl = testWith("curl");
const withSocat = testWith("socat");
const withDnsmasq = testWith("dnsmasq");
const withRedis = testWith("redis-server");

for (const runner of allRunners()) {
  const { name } = runner;

  test(`${name}: http-get gets a page`, async () => {
    const text = "a line\n".repeat(50_000);
    const server = createServer((request, response) => {
      response.statusCode = request.url === "/page" ? 200 : 404;
      response.end(text);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    try {
      const got = await start(runner, "http-get", "127.0.0.1", port, "/page").ended();
      assert.is(got.stderr, "");
      assert.is(String(got.stdout), text);
      assert.is(got.code, 0);
      const missing = await start(runner, "http-get", "127.0.0.1", port, "/nope").ended();
      assert.is(missing.stderr, "http-get: HTTP/1.1 404 Not Found\n");
      assert.is(missing.code, 1);
    } finally {
      server.close();
    }
    const nobody = await start(runner, "http-get", "127.0.0.1", port).ended();
    assert.match(
      nobody.stderr,
      new RegExp(`connect 127\\.0\\.0\\.1:${port}: connection refused \\(ECONNREFUSED\\)`),
    );
    assert.is(nobody.code, 1);
  });

  withCurl(`${name}: http-server answers curl`, async () => {
    const server = start(runner, "http-server", 0, "127.0.0.1");
    const [, url = ""] = await server.says(/^listening on (\S+)$/m);
    const curl = (...args: string[]): Promise<{ stdout: Buffer; stderr: string }> =>
      new Program("curl", "-sS", "--no-progress-meter", "--max-time", "10", ...args).ended();
    const pages = [url, `${url}about`, `${url}about`];
    const { stdout, stderr } = await curl("--parallel", ...pages);
    assert.is(stderr, "");
    assert.match(String(stdout), /Hello from AssemblyScript\./);
    assert.is(String(stdout).match(/BSD sockets for WebAssembly/g)?.length, 2);
    const status = ["-o", "/dev/null", "-w", "%{http_code}"];
    assert.is(String((await curl(...status, `${url}nope`)).stdout), "404");
    assert.is(String((await curl(...status, "-d", "x", url)).stdout), "405");
    assert.is((await server.stop("SIGKILL")).stderr, "");
  });

  withSocat(`${name}: echo-server sends back what comes, over TCP and UDP`, async () => {
    const server = start(runner, "echo-server", 0);
    const [, tcp] = await server.says(/^listening on tcp (\S+)$/m);
    const [, udp] = await server.says(/^listening on udp (\S+)$/m);
    const message = randomBytes(1 << 20);
    const clients = Array.from({ length: 3 }, () => new Program("socat", "-t10", "-", `TCP:${tcp}`));
    for (const client of clients) client.end(message);
    for (const client of clients) {
      const { code, stdout, stderr } = await client.ended();
      assert.is(code, 0, stderr);
      assert.ok(stdout.equals(message), `${stdout.length} bytes came back`);
    }
    const client = new Program("socat", "-", `UDP:${udp}`);
    let sofar = "";
    for (const text of ["one\n", "another\n", `${"a long one".repeat(500)}\n`]) {
      client.write(text);
      sofar += text;
      await client.says(new RegExp(`^${sofar}$`));
    }
    assert.is((await server.stop("SIGKILL")).stderr, "");
  });

  withSocat(`${name}: chat-server tells everybody what one says`, async () => {
    const server = start(runner, "chat-server", 0, "127.0.0.1");
    const [, at] = await server.says(/^listening on (\S+)$/m);
    const join = async (who: string): Promise<Program> => {
      const client = new Program("socat", "-", `TCP:${at}`);
      await client.says(/^What is your name\?$/m);
      client.write(`${who}\n`);
      await client.says(new RegExp(`^\\* ${who} has come$`, "m"));
      return client;
    };
    const [ann, bob] = [await join("Ann"), await join("Bob")];
    const many: Program[] = [];
    for (let i = 0; i < 20; i++) many.push(await join(`guest ${i}`));
    await ann.says(/^\* guest 19 has come$/m);
    ann.write("hel");
    ann.write("lo\x1b[2J\nand more\r\n");
    for (const client of [bob, ...many]) await client.says(/^Ann: hello\[2J\nAnn: and more$/m);
    ann.end();
    for (const client of [bob, ...many]) await client.says(/^\* Ann has left$/m);
    assert.not.match(String((await ann.ended()).stdout), /Ann: /);
    assert.is((await server.stop("SIGKILL")).stderr, "");
  });

  withDnsmasq(`${name}: dns-query finds addresses`, async () => {
    const port = await freePort();
    const dnsmasq = new Program(
      "dnsmasq",
      ...["--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--no-resolv", "--no-poll", "--no-hosts"],
      ...[`--port=${port}`, "--bind-interfaces", "--listen-address=127.0.0.1", "--local=/test/"],
      ...["--host-record=both.test,192.0.2.7,2001:db8::ff:7", "--host-record=both.test,192.0.2.8"],
    );
    await dnsmasq.says(/started, version/);
    for (const [host, type, printed, told] of [
      ["both.test", "A", ["192.0.2.7", "192.0.2.8"], ""],
      ["both.test.", "AAAA", ["2001:db8::ff:7"], ""],
      ["nope.test", "A", [], "dns-query: nope.test: no such name\n"],
      ["..", "A", [], 'dns-query: no domain name: ".."; usage: NAME [A|AAAA [SERVER [PORT]]]\n'],
    ] as const) {
      const { code, stdout, stderr } = await start(
        runner,
        "dns-query",
        host,
        type,
        "127.0.0.1",
        port,
      ).ended();
      assert.is(stderr, told);
      assert.equal(String(stdout).split("\n").filter(Boolean).sort(), printed);
      assert.is(code, told === "" ? 0 : 1);
    }
  });

  withRedis(`${name}: redis-ping pings`, async () => {
    const port = await freePort();
    const where = ["--port", String(port), "--bind", "127.0.0.1", "--dir", temporaryFolder()];
    const redis = new Program("redis-server", ...where, "--save", "", "--appendonly", "no");
    await redis.says(/Ready to accept connections/);
    const { code, stdout, stderr } = await start(runner, "redis-ping", "127.0.0.1", port, 3).ended();
    assert.is(stderr, "");
    assert.match(String(stdout), /^(PONG in \d+ µs\n){3}$/);
    assert.is(code, 0);
    await redis.stop();
    const nobody = await start(runner, "redis-ping", "127.0.0.1", port).ended();
    assert.is(nobody.stderr, `redis-ping: 127.0.0.1 port ${port}: connection refused\n`);
    assert.is(nobody.code, 1);
  });
}

test.run();
