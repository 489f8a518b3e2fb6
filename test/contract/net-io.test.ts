/** The contract: connections by name, with ports. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import * as assert from "uvu/assert";
import { contract, type Family, forEachFamily, type Given } from "./contract.ts";
import { bytes, deafPort, must, rejection, shown, text } from "./steps.ts";

const { promise, run } = await contract("net-io");
const ipv4: Family = { family: 2, host: "127.0.0.1", label: "IPv4" };

/** A server of the test's own, to see a connection from its other end. */
async function server({ after }: Given): Promise<{ port: number; connection: Promise<Socket> }> {
  const listener = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  after(() => void listener.close());
  await once(listener, "listening");
  const connection = once(listener, "connection").then(([socket]) =>
    (socket as Socket).on("error", () => {}),
  );
  return { port: (listener.address() as AddressInfo).port, connection };
}

forEachFamily((family) => {
  const { host, label } = family;

  promise(
    `openNetIo gives a connected socket (${label})`,
    async (given) => {
      const { side, after } = given;
      const peer = await given.peer("tcp-echo", host);
      const [socket] = must(await side.openNetIo(host, peer.port), "openNetIo");
      after(() => side.close(socket));
      assert.is(await shown(given, await side.getPeerName(socket)), `${host} ${peer.port}`);
    },
    ["system"],
  );

  promise(
    `withNetIo gives a connection with ports, and what proc returned (${label})`,
    async (given) => {
      const { side } = given;
      const peer = await given.peer("tcp-echo", host);
      const result = await side.withNetIo(host, peer.port, async (input, output) => {
        await output.write(bytes("over "));
        await output.write(bytes("ports"));
        await output.end();
        return { read: text(await input.readAll()) };
      });
      assert.equal(result, { read: "over ports" });
    },
    ["system"],
  );
});

promise(
  "openNetIo's ports carry bytes, and ending the output half-closes",
  async (given) => {
    const { side, after } = given;
    const [socket, input, output] = must(
      await side.openNetIo("127.0.0.1", (await given.peer("tcp-echo")).port),
      "openNetIo",
    );
    after(() => side.close(socket));
    if (input === null || output === null) throw new Error("there are no ports");
    await output.write(bytes("abcdef"));
    assert.is(text(await input.read(2)), "ab");
    await output.end();
    assert.is(text(await input.readAll()), "cdef");
  },
  ["system", "ports"],
);

promise(
  "withNetIo gets a web page",
  async (given) => {
    const { port } = await given.peer("http");
    const page = await given.side.withNetIo("127.0.0.1", port, async (input, output) => {
      await output.write(
        bytes(`GET /hello HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`),
      );
      return text(await input.readAll());
    });
    assert.match(page || "", /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(page || "", /\r\n\r\nHello over wasock!\n$/);
  },
  ["system"],
);

promise(
  "withNetIo looks a name up",
  async (given) => {
    const { port } = await given.peer("tcp-echo");
    const answer = await given.side.withNetIo("localhost", port, async (input, output) => {
      await output.write(bytes("by name"));
      await output.end();
      return text(await input.readAll());
    });
    assert.is(answer, "by name");
  },
  ["system", "lookup"],
);

promise(
  "openNetIo tries each candidate in turn",
  async (given) => {
    const { side, after } = given;
    // the loopback is ::1 first, and nobody listens there
    const peer = await given.peer("tcp-echo", "127.0.0.1");
    const [socket] = must(await side.openNetIo(null, peer.port), "openNetIo");
    after(() => side.close(socket));
    assert.is(await shown(given, await side.getPeerName(socket)), `127.0.0.1 ${peer.port}`);
  },
  ["system"],
);

promise(
  "openNetIo gives null where nobody listens, and for what can't be looked up",
  async (given) => {
    const { side } = given;
    assert.is(await side.openNetIo("127.0.0.1", await deafPort(given, ipv4)), null);
    assert.is(await side.openNetIo(`${"x".repeat(64)}.invalid`, 80), null);
    assert.is(await side.openNetIo("127.0.0.1", "no-such-service"), null);
  },
  ["system"],
);

promise(
  "withNetIo rejects where no connection can be made, and does not call proc",
  async (given) => {
    const { side } = given;
    const proc = async (): Promise<never> => {
      throw new Error("proc was called");
    };
    const refused = await rejection(side.withNetIo("127.0.0.1", await deafPort(given, ipv4), proc));
    assert.is(refused.code, "ECONNREFUSED");
    assert.match(refused.message, /127\.0\.0\.1:\d+.*connection refused/);
    const unknown = await rejection(side.withNetIo(`${"x".repeat(64)}.invalid`, 80, proc));
    assert.is(unknown.code, "ENOENT");
  },
  ["system"],
);

promise(
  "withNetIo closes the connection when proc has returned",
  async (given) => {
    const { port, connection } = await server(given);
    const seen = given.side.withNetIo("127.0.0.1", port, async (_, output) => output.write(bytes("bye")));
    const socket = await connection;
    const parts: Buffer[] = [];
    socket.on("data", (part: Buffer) => parts.push(part));
    const ended = once(socket, "end");
    await seen;
    await ended;
    assert.is(Buffer.concat(parts).toString(), "bye", "what was written has arrived");
    socket.destroy();
  },
  ["system"],
);

promise(
  "withNetIo closes the connection when proc throws, and passes the error on",
  async (given) => {
    const { port, connection } = await server(given);
    const failure = new Error("proc failed");
    const call = rejection(
      given.side.withNetIo("127.0.0.1", port, async () => {
        throw failure;
      }),
    );
    const socket = await connection;
    const closed = once(socket.resume(), "end");
    assert.is(await call, failure);
    await closed;
    socket.destroy();
  },
  ["system"],
);

run();
