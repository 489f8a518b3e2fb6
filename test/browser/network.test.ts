/** The library, the host and networks in memory in a page, as browsers load them. */
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { LIBRARY_HISTORY, LIBRARY_LINK, libraryHistory } from "../testing/histories.ts";
import { chromium, withPage } from "./support.ts";

const test = suite("in a browser");
const inBrowser = chromium === undefined ? test.skip : test;

inBrowser("a client and a server talk over a network in memory", () =>
  withPage(async (page) => {
    const said = await page.run(async ({ testing }) => {
      const network = testing.createNetwork({ seed: 1 });
      const { net: server } = network.host("server", ["10.0.0.1"]);
      const { net: client } = network.host("client", ["10.0.0.2"]);
      const info = await server.getAddressInfo("10.0.0.1", 7);
      if (!info) throw new Error("no address");
      const listener = await server.Socket.makeListenerSocket(info);
      const echo = async (): Promise<void> => {
        const connection = await listener.accept();
        for (;;) {
          const bytes = await connection.receive();
          if (bytes.length === 0) break;
          await connection.send(bytes);
        }
        await connection.close();
      };
      const echoing = echo();
      const text = await client.Socket.withNetIo("server", 7, async (input, output) => {
        output.end("hello, page");
        let all = "";
        for await (const bytes of input) all += bytes;
        return all;
      });
      await echoing;
      await listener.close();
      return text;
    });
    assert.is(said, "hello, page");
  }),
);

inBrowser("one seed has the history there that it has on Node", () =>
  withPage(async (page) => {
    const rules = JSON.stringify(LIBRARY_LINK);
    const history = await page.evaluate(`(() => {
      const { createNetwork } = own.testing;
      const { AddressInfo } = own.library;
      const { Buffer } = globalThis[Symbol.for("wasock.page")];
      return (${libraryHistory})(1, ${rules});
    })()`);
    assert.equal(history, LIBRARY_HISTORY);
  }),
);

inBrowser("components of WASI 0.3 are run, those of 0.2 too, and called on a network in memory", () =>
  withPage(async (page) => {
    const outcome = await page.run(async ({ host, testing }) => {
      const read = async (path: string): Promise<Uint8Array> =>
        new Uint8Array(await (await fetch(`/build/${path}`)).arrayBuffer());
      const network = testing.createNetwork({ seed: 1 });
      const policy = { allowNet: ["*"], allowListen: ["*"] };
      const answers: unknown[] = [];
      for (const version of [".wasi03", ""]) {
        const server = network.host(`server${version}`);
        const client = network.host(`client${version}`);
        const program = await read(`examples/assembly/http-server${version}.wasm`);
        await new Promise<void>((resolve, reject) => {
          const trace = (channel: string): void => {
            if (channel === "wasock:tcp:listen") resolve();
          };
          const args = ["80", server.name];
          const options = { network: server.network, policy, args, trace, stdout: "ignore" } as const;
          host.runCommand(program, options).then(() => reject(new Error("the server has ended")), reject);
        });
        const { exitCode, stdout } = await host.runCommand(
          await read(`examples/assembly/http-get${version}.wasm`),
          { network: client.network, policy, args: [server.name, "80", "/about"], stdout: "pipe" },
        );
        answers.push(exitCode, new TextDecoder().decode(stdout));
      }

      type Net = Record<string, (...args: unknown[]) => unknown>;
      const bytes = await read("wasock.wasi03.component.wasm");
      const { network: own } = network.host("caller");
      const instance = await host.instantiate<{ net: Net }>(bytes, { network: own, policy });
      const socket = (await instance.exports.net["openNetIo"]?.("server.wasi03", "80")) as object;
      const peer = instance.exports.net["getPeerName"]?.(socket) as object;
      answers.push(instance.exports.net["sockaddrPort"]?.(peer));
      await instance.close();
      return answers;
    });
    const about = "wasock: BSD sockets for WebAssembly.\n";
    assert.equal(outcome, [0, about, 0, about, 80]);
  }),
);

inBrowser("without a network, files or threads it is said what to do", () =>
  withPage(async (page) => {
    const told = await page.run(async ({ library, host }) => {
      const failures: string[] = [];
      const attempts = [
        () => library.openNetIo("localhost", 80),
        () => library.Socket.openNetIo("127.0.0.1", 80),
        () => library.getAddressInfo("127.0.0.1", 80),
        () => library.socket(2, 1, 0),
        () => host.runCommand("a.wasm"),
        () => host.instantiate("a.wasm"),
        () => host.runCommand(new Uint8Array(8), { dirs: ["."] }),
        () => host.runCommand(new Uint8Array(8), { timeout: 100 }),
      ];
      for (const attempt of attempts) {
        try {
          failures.push(`no failure: ${await attempt()}`);
        } catch (error) {
          failures.push((error as Error).message);
        }
      }
      return failures;
    });
    const network = /^a browser has no network of its own: give one, as onNetwork\(network\)/;
    const files = /a browser has no files: give bytes/;
    const expected = [network, network, network, network, files, files, /ENOTSUP/, /no thread for a program/];
    expected.forEach((pattern, i) => {
      assert.match(told[i] ?? "", pattern);
    });
  }),
);

test("no file that browsers load imports a module of Node's", () => {
  const folder = new URL("../../dist/", import.meta.url);
  const seen = new Set<string>();
  const visit = (url: URL): void => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    for (const [, name = ""] of readFileSync(url, "utf8").matchAll(
      /(?:\bfrom\s*|\bimport\s*\(?\s*)["'`]([^"'`]+)["'`]/g,
    )) {
      assert.not.match(name, /^node:/, `${url}: imports ${name}`);
      if (name.startsWith(".")) visit(new URL(name, url));
    }
  };
  for (const name of ["index", "host", "testing"]) visit(new URL(`browser/${name}.js`, folder));
  assert.ok(seen.size > 6, [...seen].join("\n"));
});

test.run();
