import { once } from "node:events";
import type * as net from "node:net";
import * as assert from "uvu/assert";
import { conformance, families } from "./conformance.ts";
import { hasSs, kernelListener, outsideClient, outsideConnect, outsideSocket } from "./outside.ts";
import {
  accept,
  anywhere,
  at,
  boundTcp,
  connect,
  dropAll,
  dropConnection,
  fails,
  isReady,
  listener,
  loopback,
  loopbackText,
  pair,
  readSome,
  ready,
  send,
  turns,
} from "./steps.ts";

const { holds, run } = conformance("tcp-listen");

holds("L1, L3", "listening takes a bound socket, and accepting a listening one", async ({ guest }) => {
  const unbound = await guest.createTcpSocket("ipv4");
  const { client, server, listening } = await pair(guest);
  for (const socket of [unbound, listening, client.socket, server.socket]) {
    await fails(socket.startListen(), "invalid-state");
  }
  const bound = await boundTcp(guest);
  for (const socket of [unbound, bound, client.socket, server.socket]) {
    await fails(socket.accept(), "invalid-state");
  }
  await bound.startListen();
  await fails(bound.accept(), "invalid-state");
  await bound.finishListen();
  await fails(bound.accept(), "would-block");
});

holds("L2", "finishing a listen that was not started is told as such in every state", async ({ guest }) => {
  const unbound = await guest.createTcpSocket("ipv4");
  const bound = await boundTcp(guest);
  const { client, listening } = await pair(guest);
  for (const socket of [unbound, bound, listening, client.socket]) {
    await fails(socket.finishListen(), "not-in-progress");
  }
});

for (const family of families) {
  holds(
    "L4",
    `${family}: accept would block until somebody comes, and the pollable tells`,
    async ({ guest }) => {
      const server = await listener(guest, loopback(family));
      const pollable = await server.subscribe();
      assert.is(await pollable.ready(), false);
      await fails(server.accept(), "would-block");
      const { port } = (await server.localAddress()).val;
      const client = await outsideClient(port, loopbackText(family));
      await pollable.block();
      const [socket, input, output] = await server.accept();
      assert.is(await pollable.ready(), false);
      await fails(server.accept(), "would-block");
      assert.equal(await socket.remoteAddress(), at(loopbackText(family), client.localPort ?? 0));
      assert.equal(await socket.localAddress(), await server.localAddress());
      assert.is(await socket.addressFamily(), family);
      client.destroy();
      await dropAll(pollable, input, output, socket, server);
    },
  );

  holds(
    "L6",
    `${family}: who came, wrote and went before accept is accepted, with the data`,
    async ({ guest }) => {
      const server = await listener(guest, loopback(family));
      for (const text of ["first", "second", "third"]) {
        const client = await connect(guest, await server.localAddress());
        await send(client.output, text);
        await dropConnection(client);
      }
      for (const text of ["first", "second", "third"]) {
        const accepted = await accept(guest, server);
        assert.is(String(await readSome(guest, accepted.input)), text);
        await dropConnection(accepted);
      }
      await server.drop();
    },
  );
}

holds("L5", "only a listening socket listens", async ({ guest }) => {
  const socket = await guest.createTcpSocket("ipv4");
  assert.is(await socket.isListening(), false);
  const bound = await boundTcp(guest);
  assert.is(await bound.isListening(), false);
  await bound.startListen();
  assert.is(await bound.isListening(), false);
  await bound.finishListen();
  assert.is(await bound.isListening(), true);
  const client = await connect(guest, await bound.localAddress());
  const accepted = await accept(guest, bound);
  assert.is(await bound.isListening(), true);
  assert.is(await client.socket.isListening(), false);
  assert.is(await accepted.socket.isListening(), false);
});

holds("L7", "an accepted socket is connected, with streams of its own", async ({ guest, network }) => {
  const { client, server } = await pair(guest);
  const other = await pair(guest);
  await send(client.output, "to the server");
  await send(server.output, "to the client");
  await send(other.server.output, "to another");
  assert.is(String(await readSome(guest, server.input, 13)), "to the server");
  assert.is(String(await readSome(guest, client.input, 13)), "to the client");
  assert.is(String(await readSome(guest, other.client.input, 10)), "to another");
  await fails(server.socket.startConnect(network, loopback("ipv4", 1)), "invalid-state");
  await fails(server.socket.finishConnect(), "not-in-progress");
});

if (hasSs) {
  holds(
    "L8",
    "a backlog that is set before listening is the kernel's, and clients get through",
    async (given) => {
      const { guest } = given;
      const server = await listener(guest, loopback(), (socket) => socket.setListenBacklogSize(32n));
      const { port } = (await server.localAddress()).val;
      assert.is(kernelListener(port)?.backlog, 32);
      for (let i = 0; i < 40; i++) {
        const client = await connect(guest, loopback("ipv4", port));
        await dropConnection(await accept(guest, server));
        await dropConnection(client);
      }
    },
  );

  holds("L8, O8", "a full backlog holds clients back, and loses none of them", async ({ guest, after }) => {
    const server = await listener(guest, loopback(), (socket) => socket.setListenBacklogSize(1n));
    const { port } = (await server.localAddress()).val;
    const clients: net.Socket[] = [];
    after(() => clients.map((client) => client.destroy()));
    const comes = (): net.Socket => {
      const client = outsideSocket({ port, host: "127.0.0.1" }).on("error", () => {});
      client.write(String(clients.length));
      clients.push(client);
      return client;
    };
    // The kernel has room for one more than it was told (listen(2) on Linux), and the host takes one ahead.
    for (let i = 0; i < 3; i++) {
      await once(comes(), "connect");
      await ready(guest, server);
    }
    assert.is(kernelListener(port)?.waiting, 2);
    const late = [comes(), comes(), comes()];
    await turns(50);
    assert.ok(
      late.every(({ connecting }) => connecting),
      "who comes now is held back",
    );
    const seen: string[] = [];
    for (let i = 0; i < 6; i++) {
      const accepted = await accept(guest, server);
      seen.push(String(await readSome(guest, accepted.input, 1)));
      await dropConnection(accepted);
    }
    assert.equal(seen.sort(), ["0", "1", "2", "3", "4", "5"]);
  });

  holds("O8", "the backlog of a listener changes in the kernel at once", async ({ guest }) => {
    const server = await listener(guest);
    const { port } = (await server.localAddress()).val;
    await server.setListenBacklogSize(7n);
    assert.is(kernelListener(port)?.backlog, 7);
    assert.is(await outsideConnect(port), "connected");
    await dropConnection(await accept(guest, server));
  });
}

holds("L9", "a client that resets before it is accepted harms nobody", async ({ guest }) => {
  const server = await listener(guest);
  const { port } = (await server.localAddress()).val;
  const rude = await outsideClient(port);
  rude.resetAndDestroy();
  await once(rude, "close");
  const polite = await outsideClient(port);
  polite.write("here");
  for (;;) {
    const { socket, input, output } = await accept(guest, server);
    const text = await readSome(guest, input, 4).catch((error: { tag?: string }) => error.tag);
    await dropAll(input, output, socket);
    if (String(text) === "here") break;
    assert.is(text, "last-operation-failed");
  }
  polite.destroy();
});

holds("R1, R2", "one pollable serves bind, listen and several accepts", async ({ guest, network }) => {
  const socket = await guest.createTcpSocket("ipv4");
  const pollable = await socket.subscribe();
  assert.is(await pollable.ready(), true);
  await socket.startBind(network, loopback());
  await pollable.block();
  await socket.finishBind();
  assert.is(await pollable.ready(), true);
  await socket.startListen();
  await pollable.block();
  await socket.finishListen();
  for (let i = 0; i < 3; i++) {
    assert.is(await pollable.ready(), false);
    const client = await connect(guest, await socket.localAddress());
    await pollable.block();
    const [accepted, input, output] = await socket.accept();
    await dropAll(input, output, accepted);
    await dropConnection(client);
  }
});

holds("L4", "a wildcard listener takes who comes by any of its addresses", async ({ guest }) => {
  const server = await listener(guest, anywhere("ipv4"));
  const { port } = (await server.localAddress()).val;
  for (const address of ["127.0.0.1", "127.1.2.3"]) {
    const client = await outsideClient(port, address);
    const accepted = await accept(guest, server);
    assert.equal(await accepted.socket.localAddress(), at(address, port));
    client.destroy();
    await dropConnection(accepted);
  }
  assert.is(await isReady(server), false);
  await server.drop();
});

run();
