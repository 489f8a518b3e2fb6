/** What a program's own handlers throw is its `uncaughtException`, and stops nothing of the library's. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runProgram } from "./support/child.ts";

const SETUP = `
const uncaught = [];
process.on("uncaughtException", (error) => uncaught.push(error.message));
const listener = await W.makeListenerSocket(await W.getAddressInfo("127.0.0.1", 0));
const connection = async () => {
  const client = new W.Socket(W.AddressFamily.inet, W.SocketType.stream);
  const accepting = listener.accept();
  await client.connect(W.getSocketName(listener));
  return [client, await accepting];
};
const until = async (condition) => {
  while (!condition()) await new Promise(setImmediate);
};
`;

for (const event of ["data", "readable"]) {
  for (const when of ["before", "after"]) {
    test(`a "${event}" handler that throws gets what comes ${when} it, and others do`, async () => {
      const { lines, errors } = await runProgram(`${SETUP}
        const [client, server] = await connection();
        const [other, far] = await connection();
        const waiting = other.receive(10);
        let text = "";
        let calls = 0;
        const handler = (bytes) => {
          if (++calls % 2 === 1) { if (bytes) text += bytes; throw new Error("of the handler"); }
          if (bytes) text += bytes;
          else for (let piece; (piece = client.input.read()) !== null;) text += piece;
        };
        if (${when === "before"}) { await server.send(Buffer.from("0")); }
        client.input.on("${event}", handler);
        for (const part of ["1", "2", "3"]) {
          const before = calls;
          await server.send(Buffer.from(part));
          await until(() => calls > before);
        }
        await far.send(Buffer.from("other"));
        console.log(String(await waiting));
        server.shutdown("write");
        await until(() => client.input.readableEnded || calls > 50);
        console.log(text, uncaught.length > 0, new Set(uncaught).size);
        process.exit();`);
      assert.equal(lines, ["other", `${when === "before" ? "0" : ""}123 true 1`], errors);
    });
  }
}

test("ports end, close and call back whatever their handlers throw", async () => {
  const { lines, errors } = await runProgram(`${SETUP}
    const [client, server] = await connection();
    const throws = (port, ...names) => {
      for (const name of names) port.on(name, () => { throw new Error(name); });
    };
    const told = [];
    client.output.once("drain", () => { client.output.end(); throw new Error("drain"); });
    throws(client.output, "finish", "close");
    client.output.on("close", () => told.push("output"));
    throws(client.input, "end", "close");
    const size = 8 << 20;
    client.output.write(new Uint8Array(size), () => told.push("written"));
    client.input.resume();
    let count = 0;
    for (let bytes; (bytes = await server.receive(65536)).length > 0;) count += bytes.length;
    server.shutdown("write");
    await until(() => client.closed);
    console.log(count === size, client.input.destroyed, client.output.destroyed, told[0]);
    const [broken] = await connection();
    let closed = false;
    throws(broken.input, "error");
    broken.input.once("close", () => { closed = true; });
    broken.input.destroy(new Error("x"));
    await until(() => closed);
    console.log([...new Set(uncaught)].sort().join(" "));
    process.exit();`);
  assert.equal(lines, ["true true true written", "close drain end error finish"], errors);
});

test("what is woken behind a handler that throws goes on", async () => {
  const { lines, errors } = await runProgram(`${SETUP}
    const [client, server] = await connection();
    client.input.once("data", () => { throw new Error("of the handler"); });
    const [one, other] = W.openSocketPair();
    client.input.once("data", () => { void one.send(Buffer.from("pair")); throw new Error("again"); });
    const waiting = other.receive(10);
    await server.send(Buffer.from("x"));
    await until(() => uncaught.length > 0);
    await server.send(Buffer.from("y"));
    console.log(String(await Promise.race([waiting, until(() => uncaught.length > 5)])));
    process.exit();`);
  assert.equal(lines, ["pair"], errors);
});

test("what a program emits of its own throws where it is emitted", async () => {
  const { lines, errors } = await runProgram(`${SETUP}
    const [client] = await connection();
    for (const port of [client.input, client.output]) {
      port.on("own", () => { throw new Error("own"); });
      try { port.emit("own"); } catch (error) { console.log(error.message); }
      console.log(port.emit("nobody's"), port.emit("drain"), uncaught.length);
    }
    process.exit();`);
  assert.equal(lines, ["own", "false false 0", "own", "false false 0"], errors);
});

test.run();
