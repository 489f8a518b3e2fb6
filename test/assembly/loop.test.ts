/** The event loop of wasock/assembly, with real clients and servers: test/assembly/programs/loop.ts. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { heldBack, tellsHeldBack } from "../peers/held-back.ts";
import { allRunners } from "../sides/runners.ts";
import { looping, read } from "./looping.ts";

const CLIENTS = 1000;
const heldBackTest = tellsHeldBack ? test : test.skip;

for (const runner of allRunners()) {
  const { name } = runner;
  const { start, serve } = looping(runner);

  test(`${name}: serves ${CLIENTS} clients at once`, async () => {
    const { open, program } = await serve("echo");
    const clients: Socket[] = [];
    while (clients.length < CLIENTS) clients.push(...(await Promise.all(Array.from({ length: 50 }, open))));
    const talk = async (client: Socket, number: number): Promise<void> => {
      for (const word of ["one", "two", "three"]) {
        const message = `${word} of ${number}`;
        client.write(message);
        assert.is(await read(client, message.length), message);
      }
    };
    await Promise.all(clients.map(talk));
    const ends = clients.map((client) => once(client.end(), "end"));
    await Promise.all(ends);
    assert.is((await program.stop("SIGKILL")).stderr, "");
  });

  heldBackTest(`${name}: does not read from a client that does not read, and loses nothing`, async () => {
    const { open, port } = await serve("echo");
    const client = await open();
    const sent = Buffer.alloc(64 << 20, "0123456789abcde\n");
    client.write(sent);
    client.end();
    // it can't send, and then it doesn't read
    await heldBack(port);
    await heldBack(client.localPort as number);
    assert.ok(client.writableLength > 0, "all of it was taken");
    assert.ok((await buffer(client)).equals(sent));
  });

  test(`${name}: a write that is false asks for a pause until onDrain`, async () => {
    const { open, program } = await serve("patient");
    const client = await open();
    client.write("500");
    assert.is((await buffer(client)).length, 500 * 65536);
    assert.is((await program.stop("SIGKILL")).stderr, "");
  });

  test(`${name}: who writes on without a pause loses the connection, with ENOBUFS`, async () => {
    const { open, program } = await serve("impatient");
    const client = await open();
    client.on("error", () => {}); // the rest was lost
    client.write("5000");
    await program.says(/^error ENOBUFS, nothing waits$/m);
    client.destroy();
    const other = await open();
    other.write("1");
    assert.is((await buffer(other)).length, 65536);
  });

  test(`${name}: pause and resume`, async () => {
    const { open, program } = await serve("pausing");
    const client = await open();
    client.write("one");
    await read(client, 3);
    client.write("two");
    client.end("three");
    assert.is(String(await buffer(client)), "twothree");
    // what came during the pause comes together after it
    // a stream has no seams: the eight bytes that have come meanwhile may come in two pieces
    await program.says(/^read 3\n(read 8|read 3\nread 5)\nclosed$/m);
  });

  test(`${name}: handlers may close others; a listener's limit keeps further clients waiting`, async () => {
    const { open, program } = await serve("party");
    const guests = await Promise.all([open(), open(), open()]);
    await Promise.all(guests.map((guest) => read(guest, 8)));
    const late = await open();
    guests[0]?.write("hello\n");
    for (const guest of guests) assert.is(await read(guest, 6), "hello\n");
    guests[1]?.end();
    assert.is(await read(late, 8), "guest 3\n");
    late.write("close\n");
    for (const client of [...guests, late]) await buffer(client.on("error", () => {}));
    await program.says(/^nothing left, 0 open$/m);
    assert.is((await program.ended()).code, 0);
  });

  test(`${name}: connects by name, and says when nobody listens`, async () => {
    const server = createServer({ allowHalfOpen: true }, (client) => {
      let asked = "";
      client.on("data", (bytes) => (asked += bytes)).on("end", () => client.end(`answer to ${asked}`));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as { port: number };
    const first = await start("connect", String(port)).ended();
    assert.is(
      String(first.stdout),
      `connected to ${port}\nclosed with answer to question\nnothing left, 0 open\n`,
    );
    server.close();
    await once(server, "close");
    const second = await start("connect", String(port)).ended();
    assert.is(String(second.stdout), "error ECONNREFUSED\nclosed with \nnothing left, 0 open\n");
  });

  test(`${name}: datagrams go back to their senders`, async () => {
    const program = start("datagrams");
    const [, text] = await program.says(/^port (\d+)$/m);
    const port = Number(text);
    const clients = Array.from({ length: 20 }, () => createSocket("udp4"));
    for (const [i, client] of clients.entries()) {
      client.send(`message ${i}`, port, "127.0.0.1");
      const [message] = (await once(client, "message")) as [Buffer];
      assert.is(String(message), `message ${i}`);
    }
    clients[0]?.send("", port, "127.0.0.1");
    const { stdout } = await program.ended();
    assert.match(String(stdout), /^closed\nnothing left, 0 open$/m);
    for (const client of clients) client.close();
  });

  test(`${name}: survives resets, and refuses the sockets of a pair`, async () => {
    const { open, program } = await serve("echo");
    for (let i = 0; i < 20; i++) {
      const client = await open();
      client.on("error", () => {});
      client.write(Buffer.alloc(100_000));
      client.resetAndDestroy();
    }
    const client = await open();
    client.end("still there");
    assert.is(String(await buffer(client)), "still there");
    assert.is((await program.stop("SIGKILL")).stderr, "");
    const { stderr, code } = await start("pair").ended();
    assert.match(stderr, /a loop can't wait for the sockets of a pair/);
    assert.is(code, 1);
  });
}

test.run();
