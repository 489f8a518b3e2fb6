/** A page that reaches real servers through `wasock relay`. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startRelay, startServers } from "../relay/support.ts";
import { chromium, withPage } from "./support.ts";

const test = suite("a page behind a relay");
const inBrowser = chromium === undefined ? test.skip : test;

inBrowser(
  "a page asks a real server by HTTP, sends datagrams, and runs a component that does so",
  async () => {
    const servers = await startServers();
    const { echo, web, udp } = servers;
    const relay = await startRelay(`--allow-net=localhost:${web},127.0.0.1:${udp}`);
    try {
      await withPage(async (page) => {
        const told = await page.run(
          async ({ library, host }, url, ports) => {
            const network = host.createRelayNetwork(url);
            const net = library.onNetwork(network);
            const text = await net.withNetIo("localhost", ports.web, async (input, output) => {
              output.write("GET /from-a-page HTTP/1.0\r\n\r\n");
              let all = "";
              for await (const bytes of input) all += bytes;
              return all;
            });
            const info = await net.getAddressInfo("127.0.0.1", ports.udp);
            if (info === null || info.address === null) throw new Error("an address is one");
            const socket = new net.Socket(info.family, library.SocketType.datagram);
            await socket.connect(info.address);
            await socket.send(new TextEncoder().encode("hello"));
            const datagram = String(await socket.receive());
            await socket.close();
            const refused = await net.Socket.openNetIo("127.0.0.1", ports.echo).then(
              () => "",
              (error: Error) => error.message,
            );
            const file = await fetch("/build/examples/assembly/http-get.wasi03.wasm");
            const { stdout } = await host.runCommand(new Uint8Array(await file.arrayBuffer()), {
              ...{ network, policy: { allowNet: true }, stdout: "pipe" },
              args: ["localhost", String(ports.web), "/from-a-component"],
            });
            network.close();
            return [String(text).split("\r\n\r\n")[1], datagram, refused, new TextDecoder().decode(stdout)];
          },
          relay.url,
          { echo, web, udp },
        );
        assert.equal(told, [
          "the page /from-a-page\n",
          "hello!",
          `connect 127.0.0.1:${echo}: permission denied (EACCES)`,
          "the page /from-a-component\n",
        ]);
      });
    } finally {
      servers.close();
      await relay.stop();
    }
  },
);

test.run();
