/** examples/http-get.ts, with nginx as its server, and socat as a server that is none. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../peers/ports.ts";
import { example, hasIpv6, Program, temporaryFolder, testWith } from "./support.ts";

const folder = temporaryFolder();
const page = "<!doctype html>\n<p>Grüße\n";
const large = randomBytes(3 << 20);

/** Starts nginx with nothing of its own outside the folder; returns its port. */
async function startNginx(): Promise<number> {
  const port = await freePort();
  mkdirSync(join(folder, "pages"), { recursive: true });
  writeFileSync(join(folder, "pages/index.html"), page);
  writeFileSync(join(folder, "pages/large"), large);
  const temporaries = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const config = `
    daemon off;
    master_process off;
    pid ${folder}/nginx.pid;
    error_log stderr notice;
    events {}
    http {
      ${temporaries.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n")}
      access_log off;
      server {
        listen 127.0.0.1:${port};
        ${hasIpv6 ? `listen [::1]:${port};` : ""}
        root ${folder}/pages;
        location = /echo { return 200 "$request_method $request_uri for $http_host"; }
      }
    }`;
  writeFileSync(join(folder, "nginx.conf"), config);
  const nginx = new Program("nginx", "-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf"));
  await nginx.says(/using the "\w+" event method/);
  return port;
}

/** Starts a server that says the same to everybody; returns its port. */
async function startSocat(answer: string): Promise<number> {
  const program = `SYSTEM:"read request; printf '${answer}'"`;
  const socat = new Program("socat", "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork", program);
  const [, port] = await socat.says(/listening on AF=2 127\.0\.0\.1:(\d+)/);
  return Number(port);
}

const withNginx = testWith("nginx");
const withSocat = testWith("socat");

for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
  const guarded = host === "[::1]" && !hasIpv6 ? test.skip : withNginx;
  guarded(`gets a page from ${host}`, async () => {
    const { code, stdout, stderr } = await example(
      "http-get",
      `http://${host}:${await startNginx()}/`,
    ).ended();
    assert.is(stderr, "HTTP/1.1 200 OK\n");
    assert.is(String(stdout), page);
    assert.is(code, 0);
  });
}

withNginx("gets bytes as they are", async () => {
  const { code, stdout } = await example("http-get", `http://127.0.0.1:${await startNginx()}/large`).ended();
  assert.is(code, 0);
  assert.ok(stdout.equals(large), `${stdout.length} bytes came`);
});

withNginx("asks for the path and the query of the URL, and names the host", async () => {
  const port = await startNginx();
  const { stdout } = await example("http-get", `http://127.0.0.1:${port}/echo?a=b&c=%20#top`).ended();
  assert.is(String(stdout), `GET /echo?a=b&c=%20 for 127.0.0.1:${port}`);
});

withNginx("fails where there is no such page, and shows what the server says of it", async () => {
  const { code, stdout, stderr } = await example(
    "http-get",
    `http://127.0.0.1:${await startNginx()}/none`,
  ).ended();
  assert.is(code, 1);
  assert.match(String(stdout), "<h1>404 Not Found</h1>");
  assert.is(stderr, "HTTP/1.1 404 Not Found\nhttp-get: the server says 404 to /none\n");
});

withSocat("fails when the connection ends before the page does", async () => {
  const port = await startSocat("HTTP/1.0 200 OK\\r\\nContent-Length: 100\\r\\n\\r\\nshort");
  const { code, stdout, stderr } = await example("http-get", `http://127.0.0.1:${port}/`).ended();
  assert.is(code, 1);
  assert.is(String(stdout), "short");
  assert.is(stderr, "HTTP/1.0 200 OK\nhttp-get: the connection ended after 5 of 100 bytes\n");
});

withSocat("fails when the server speaks something else", async () => {
  for (const answer of ["SSH-2.0-OpenSSH_9.2\\r\\n", "220 mail ESMTP\\r\\n\\r\\n", ""]) {
    const port = await startSocat(answer);
    const { code, stdout, stderr } = await example("http-get", `http://127.0.0.1:${port}/`).ended();
    assert.is(code, 1);
    assert.is(String(stdout), "");
    assert.is(stderr, `http-get: 127.0.0.1:${port} does not answer in HTTP\n`);
  }
});

test("fails when nobody listens, and when the URL is none that it can get", async () => {
  const port = await freePort();
  const messages = {
    [`http://127.0.0.1:${port}/`]: `connect 127.0.0.1:${port}: connection refused (ECONNREFUSED)`,
    "https://127.0.0.1/": "only http: is spoken here, not https:",
    "not a url": "this is no URL: not a url",
  };
  for (const [url, message] of Object.entries(messages)) {
    const { code, stderr } = await example("http-get", url).ended();
    assert.is(code, 1);
    assert.is(stderr, `http-get: ${message}\n`);
  }
});

test.run();
