/**
 * A day of serving in small: the memory of examples/assembly/http-server.ts stops growing.
 *
 * 12,000 requests in the ordinary run; WASOCK_REQUESTS=200000 makes it the whole.
 */
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Program } from "../examples/support.ts";
import { runners } from "../sides/runners.ts";

const component = fileURLToPath(new URL("../../examples/assembly/http-server.wasm", import.meta.url));
const REQUESTS = Number(process.env["WASOCK_REQUESTS"] ?? 12_000);
/** After so many requests it has grown to what it needs. */
const GROWTH = 5000;
const AT_A_TIME = 50;
const ABOUT = ["/about", "wasock: BSD sockets for WebAssembly.\n"] as const;
const MISSING = ["/nope", "404 Not Found\n"] as const;

function request(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(`GET ${path} HTTP/1.1\r\n\r\n`));
    socket.setEncoding("latin1");
    socket.on("data", (piece) => {
      text += piece;
    });
    socket.on("error", reject).on("end", () => resolve(text.slice(text.indexOf("\r\n\r\n") + 4)));
  });
}

async function ask(port: number, count: number): Promise<void> {
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const [path, wanted] = left % 3 ? ABOUT : MISSING;
      assert.is(await request(port, path), wanted);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
}

for (const { name, command } of runners()) {
  test(`${name}: ${REQUESTS} requests need no more memory than ${GROWTH}`, async () => {
    const server = new Program(...command(component), "0", "127.0.0.1");
    const [, text] = await server.says(/^listening on http:\/\/127\.0\.0\.1:(\d+)\/$/m);
    const port = Number(text);
    await ask(port, GROWTH);
    const before = await request(port, "/memory");
    assert.match(before, /^\d+ KiB\n$/);
    await ask(port, REQUESTS - GROWTH);
    assert.is(await request(port, "/memory"), before);
    console.log(`${name}: ${before.trim()} after ${REQUESTS} requests`);
    assert.is((await server.stop("SIGKILL")).stderr, "");
  });
}

test.run();
