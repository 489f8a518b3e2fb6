/** Sockets that nobody has any more and nobody has closed. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runProgram } from "./support/child.ts";

const SETUP = `
import { readdirSync, readlinkSync } from "node:fs";
const warnings = [];
process.on("warning", ({ message }) => warnings.push(message));
const turn = () => new Promise((resolve) => setTimeout(resolve, 10));
const link = (fd) => { try { return readlinkSync("/proc/self/fd/" + fd); } catch { return ""; } };
const sockets = () => readdirSync("/proc/self/fd").filter((fd) => link(fd).startsWith("socket:")).length;
async function collect(isDone) {
  for (let i = 0; i < 500 && !isDone(); i++) { globalThis.gc(); await turn(); }
  return isDone();
}
const at = (socket) => W.getSocketName(socket);
const loopback = W.makeSockaddr("127.0.0.1");
const open = (type) => new W.Socket(W.AddressFamily.inet, type);
`;

/** How each kind is made, and what is left open of it on purpose. */
const kinds: Record<string, string> = {
  "a datagram socket": "const s = open(W.SocketType.datagram); await s.bind(loopback); return [];",
  "a listener": "const s = open(W.SocketType.stream); await s.bind(loopback); await s.listen(); return [];",
  "a stream socket without a connection": "open(W.SocketType.stream); return [];",
  "an end of a socket pair": "return [W.openSocketPair()[0]];",
  "a connection": `
    const listener = open(W.SocketType.stream); await listener.bind(loopback); await listener.listen();
    const client = open(W.SocketType.stream); const accepting = listener.accept();
    await client.connect(at(listener)); const server = await accepting; await listener.close(); void server;
    return [client];`,
};

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind} is closed when it is collected, and a warning says so once`, async () => {
    const { lines, errors, code } = await runProgram(
      `${SETUP}
      const before = sockets();
      const make = async () => { ${make} };
      const kept = [...await make(), ...await make()];
      const left = before + (${JSON.stringify(kind)} === "a connection" ? 2 : 0);
      console.log(await collect(() => sockets() <= left && warnings.length > 0));
      console.log(warnings.length, warnings[0]);
      for (const socket of kept) await socket.close();`,
      ["--expose-gc"],
    );
    assert.equal(
      [lines, code],
      [["true", `1 ${kind} was collected that nobody had closed; it is closed now`], 0],
      errors,
    );
  });
}

test("a socket with a call that is pending is not collected, nor one that was closed missed", async () => {
  const { lines, errors, code } = await runProgram(
    `${SETUP}
    const receiver = async () => {
      const socket = open(W.SocketType.datagram);
      await socket.bind(loopback);
      return [at(socket), ["plain", "limited", "peeked"].map(() => 0).length, [
        socket.receive(10, { timeoutMs: 30_000 }), socket.receive(10), socket.receiveInto(new Uint8Array(10)),
      ]];
    };
    const acceptor = async () => {
      const socket = open(W.SocketType.stream); await socket.bind(loopback); await socket.listen();
      return [at(socket), socket.accept().then((connection) => connection.receive(10))];
    };
    const port = async (to) => {
      const socket = open(W.SocketType.stream); await socket.connect(to);
      return new Promise((resolve) => socket.input.on("data", resolve));
    };
    const closed = async () => {
      const socket = open(W.SocketType.datagram); await socket.bind(loopback); await socket.close();
    };
    await closed();
    const [to, , waits] = await receiver();
    const [listens, accepted] = await acceptor();
    const listener = open(W.SocketType.stream); await listener.bind(loopback); await listener.listen();
    const data = port(at(listener));
    const server = await listener.accept();
    const client = open(W.SocketType.stream);
    await collect((() => { let rounds = 0; return () => ++rounds > 20; })());
    const sender = open(W.SocketType.datagram);
    for (const text of ["one", "two", "three"]) await sender.send(Buffer.from(text), { to });
    console.log(...(await Promise.all(waits)).map(String));
    await client.connect(listens);
    await client.send(Buffer.from("hello"));
    console.log(String(await accepted));
    await server.send(Buffer.from("port"));
    console.log(String(await data));
    console.log(warnings.length);
    for (const socket of [sender, client, server, listener]) await socket.close();
    process.exit();`,
    ["--expose-gc"],
  );
  assert.equal([lines, code], [["one two 5", "hello", "port", "0"], 0], errors);
});

test.run();
