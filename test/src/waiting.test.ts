/** Calls that wait: alone without an operation of the core, and in order with others. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { core } from "../../src/core.ts";
import {
  accept,
  close,
  connect,
  getSocketName,
  InputPort,
  Level,
  Msg,
  makeSockaddr,
  receive,
  receiveInto,
  receiveNonBlocking,
  type Socket,
  SocketOpt,
  send,
  setSocketOption,
  shutdown,
} from "../../src/index.ts";
import { scenario, within } from "./support/scenario.ts";
import { boundDatagram, closeAll, connection, listening, must, stream } from "./support/sockets.ts";

const text = (bytes: Buffer | false): string => String(must(bytes));

scenario("a receive that waits alone makes no operation; a second one makes one of it too", async () => {
  const [client, server] = await connection();
  const before = core.openOperations();
  const first = receive(server, 3);
  assert.is(core.openOperations(), before);
  const second = receive(server, 3);
  assert.is(core.openOperations(), before + 2);
  await send(client, Buffer.from("onetwo"));
  assert.equal([text(await first), text(await second)], ["one", "two"]);
  assert.is(core.openOperations(), before);
  await closeAll(client, server);
});

scenario("calls of all kinds on one socket take what comes in their order", async () => {
  const [client, server] = await connection();
  const into = Buffer.alloc(2);
  const calls = [
    receive(server, 2).then(text),
    receiveInto(server, into).then((count) => into.toString("latin1", 0, count)),
    receiveNonBlocking(server, 2, 30).then(text),
    receive(server, 2).then(text),
  ];
  await send(client, Buffer.from("aabbccdd"));
  assert.equal(await Promise.all(calls), ["aa", "bb", "cc", "dd"]);
  await closeAll(client, server);
});

scenario("accepts that wait get connections in their order, and the peer's address", async () => {
  const [listener, at] = await listening();
  const froms = [makeSockaddr(), makeSockaddr()];
  const accepts = froms.map((from) => accept(listener, from));
  const clients: Socket[] = [];
  const ports: number[] = [];
  for (const _ of froms) {
    const client = stream();
    assert.is(await connect(client, at), 0);
    clients.push(client);
    ports.push(getSocketName(client)?.port ?? 0);
  }
  const servers = (await Promise.all(accepts)).map((socket) => socket as Socket);
  assert.equal(
    froms.map((from) => from.port),
    ports,
  );
  await closeAll(listener, ...clients, ...servers);
});

scenario("closing, and ending the input, end a receive that waits", async () => {
  const [client, server] = await connection();
  const [datagrams, at] = await boundDatagram();
  const waits = [receiveInto(server, Buffer.alloc(1)), receiveInto(client, Buffer.alloc(1))];
  shutdown(server, "read");
  assert.is(await waits[0], 0);
  await close(client);
  assert.is(await waits[1], -9);
  await connect(datagrams, at);
  const wait = receiveInto(datagrams, Buffer.alloc(1));
  shutdown(datagrams, "read");
  assert.is(await wait, 0);
  const [listener] = await listening();
  const accepting = accept(listener);
  await closeAll(listener, server, datagrams);
  assert.is(await accepting, false);
});

/** Sends of a kind of its own each until one has to wait: what they sent, and the last one. */
async function filled(socket: Socket, options?: { signal: AbortSignal }): Promise<[number, Promise<number>]> {
  for (let sent = 0; ; ) {
    const call = socket.send(Buffer.alloc(1 << 20, sent >> 20), options);
    const first = await Promise.race([call, turn()]);
    if (first === undefined) return [sent, call];
    sent += first;
  }
}

function turn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve, undefined)));
}

scenario(
  "a send that waits alone makes no operation; a second one makes one of it too, and both keep their order",
  async () => {
    const [client, server] = await connection();
    const before = core.openOperations();
    const [sent, waits] = await filled(client);
    assert.is(core.openOperations(), before);
    const next = client.send(Buffer.from("next"));
    assert.is(core.openOperations(), before + 2);
    let received = 0;
    let last: Buffer = Buffer.alloc(0);
    for (const whole = sent + 2 ** 20 + 4; received < whole; received += last.length) {
      last = await server.receive(1 << 20);
      assert.is.not(last.length, 0);
    }
    assert.equal([await waits, await next, String(last.subarray(-4))], [2 ** 20, 4, "next"]);
    assert.is(core.openOperations(), before);
    await closeAll(client, server);
  },
);

scenario("closing, an abort and a broken connection end a send that waits alone", async () => {
  const errors = { close: ["EBADF"], abort: ["20", "AbortError"], break: ["EPIPE", "ECONNRESET"] };
  for (const end of ["close", "abort", "break"] as const) {
    const [client, server] = await connection();
    const abort = new AbortController();
    const [, waits] = await filled(client, { signal: abort.signal });
    if (end === "close") void client.close();
    else if (end === "abort") abort.abort();
    else void server.close();
    // what had gone already is what counts
    const sent = await waits.catch((error: { code?: string; name: string }) => error.code ?? error.name);
    if (typeof sent === "number") assert.ok(sent > 0 && sent < 2 ** 20, `${end}: ${sent}`);
    else assert.ok(errors[end].includes(String(sent)), `${end}: ${sent}`);
    await closeAll(client, server);
  }
});

scenario("an option that is set while a receive waits holds for it", async () => {
  const [client, server] = await connection();
  const wait = receive(server, 100);
  assert.is(setSocketOption(server, Level.socket, SocketOpt.rcvlowat, 4), true);
  await send(client, Buffer.from("ab"));
  await send(client, Buffer.from("cd"));
  assert.is(text(await wait), "abcd");
  await closeAll(client, server);
});

scenario("who receives while another's bytes are told gets what comes next", async () => {
  const [one, two] = await connection();
  const [three, four] = await connection();
  const got: string[] = [];
  const port = new InputPort(two);
  const told = new Promise<void>((resolve) => {
    port.on("data", (bytes: Buffer) => {
      got.push(`port ${bytes}`);
      void receive(four, 1).then((byte) => {
        got.push(text(byte));
        resolve();
      });
    });
  });
  const first = receive(four, 1).then((byte) => got.push(text(byte)));
  await Promise.all([send(three, Buffer.from("12")), send(one, Buffer.from("x"))]);
  await Promise.all([first, told]);
  assert.equal(
    got.filter((entry) => !entry.startsWith("port")),
    ["1", "2"],
  );
  port.destroy();
  await closeAll(one, two, three, four);
});

/** One receive that has waited: the core has nothing then, and isn't asked again before something comes. */
async function waitedFor(receiver: Socket, send: () => Promise<unknown>): Promise<void> {
  const waits = receive(receiver, 1);
  await send();
  await waits;
}

scenario("an option that is set after a wait limits the next one", async () => {
  const [client, server] = await connection();
  await waitedFor(server, () => send(client, Buffer.from("x")));
  setSocketOption(server, Level.socket, SocketOpt.rcvtimeo, 20);
  assert.is(await within(5, receiveInto(server, Buffer.alloc(1))), -11);
  await closeAll(client, server);
});

scenario("a shutdown after a wait ends the next one", async () => {
  const [receiver, at] = await boundDatagram();
  const [sender, from] = await boundDatagram();
  assert.is(await connect(receiver, from), 0);
  await waitedFor(receiver, () => sender.send(Buffer.from("x"), { to: at }));
  assert.is(shutdown(receiver, "read"), true);
  assert.is(await within(5, receiveInto(receiver, Buffer.alloc(1))), 0);
  await closeAll(receiver, sender);
});

scenario("bytes that were peeked at after a wait are received once more", async () => {
  const [client, server] = await connection();
  await waitedFor(server, () => send(client, Buffer.from("x")));
  const peeked = receive(server, 2, Msg.peek);
  await send(client, Buffer.from("ab"));
  assert.is(text(await peeked), "ab");
  assert.is(text(await within(5, receive(server, 2))), "ab");
  await closeAll(client, server);
});

scenario("a receive after a wait doesn't overtake one that wants more", async () => {
  const [client, server] = await connection();
  await waitedFor(server, () => send(client, Buffer.from("x")));
  const whole = receive(server, 4, Msg.waitall);
  const next = receive(server, 4);
  await send(client, Buffer.from("ab"));
  await send(client, Buffer.from("cdef"));
  assert.is(text(await whole), "abcd");
  assert.is(text(await next), "ef");
  await closeAll(client, server);
});

test.run();
