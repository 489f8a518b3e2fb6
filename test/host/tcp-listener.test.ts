/** Who waits to be accepted: how many are taken ahead, and what is told where the kernel has none to give. */
import { once } from "node:events";
import * as net from "node:net";
import * as os from "node:os";
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Host } from "../../host/host.ts";
import type { TcpHandle } from "../../host/network/node/tcp-handle.ts";
import { bindTcp } from "../../host/network/node/tcp-port.ts";
import { TcpListener } from "../../host/sockets/tcp-listener.ts";
import type { TcpSocket } from "../../host/wasi02/tcp.ts";
import { kernelListener } from "../conformance/outside.ts";
import { boundHandle, listeningHandle } from "../peers/handles.ts";
import { startPeer } from "../peers/peer.ts";
import {
  accept,
  boundTcp,
  drop,
  listener,
  loopback,
  openHost,
  readAll,
  ready,
  thrown,
  turns,
  until,
} from "./support.ts";

const { errno } = os.constants;

/** Clients that send their number and end; all of them have their connection. */
async function clients(port: number, from: number, count: number): Promise<net.Socket[]> {
  const all: net.Socket[] = [];
  for (let i = from; i < from + count; i++) {
    const client = net.connect(port, "127.0.0.1");
    client.on("error", () => {});
    client.end(String(i));
    all.push(client);
    await once(client, "connect");
  }
  return all;
}

/** Accepts so many, and gives what they sent. */
async function acceptTexts(server: TcpSocket, count: number): Promise<string[]> {
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const accepted = await accept(server);
    texts.push(String(await readAll(accepted.input)));
    drop(accepted);
  }
  return texts;
}

/** How many wait in the kernel. */
function kernelQueue(port: number): number | undefined {
  return kernelListener(port)?.waiting;
}

function portOf(server: TcpSocket): number {
  return server.localAddress().val.port;
}

test("a backlog that is changed while accepting is paused still holds clients back, and resets none", async () => {
  const host = openHost({ caps: { acceptQueue: 2 } });
  const server = listener(host);
  const port = portOf(server);
  const all = await clients(port, 0, 4);
  await until(() => kernelQueue(port) === 2, "two wait in the kernel");
  for (const backlog of [50n, 60n]) {
    server.setListenBacklogSize(backlog);
    all.push(...(await clients(port, all.length, 3)));
    await turns(20);
    assert.is(kernelQueue(port), all.length - 2);
    assert.is(host.stats().acceptQueue, 2);
  }
  assert.is(server.endpoint.overflows, 0);
  assert.equal(await acceptTexts(server, 10), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  for (const client of all) client.destroy();
  host.close();
});

test("a backlog that is set while it listens is how many are taken ahead from then on", async () => {
  const host = openHost();
  const server = listener(host);
  const port = portOf(server);
  server.setListenBacklogSize(2n);
  const all = await clients(port, 0, 4);
  await until(() => kernelQueue(port) === 2, "two wait in the kernel");
  assert.is(host.stats().acceptQueue, 2);
  for (const client of all) client.destroy();
  host.close();
});

test("half of those that wait are accepted before more are taken from the kernel", async () => {
  const host = openHost({ caps: { acceptQueue: 4 } });
  const server = listener(host);
  const port = portOf(server);
  const all = await clients(port, 0, 8);
  await until(() => kernelQueue(port) === 4, "four wait in the kernel");
  await acceptTexts(server, 1);
  await turns(20);
  assert.is(kernelQueue(port), 4);
  await acceptTexts(server, 1);
  await until(() => kernelQueue(port) === 2, "two more are taken");
  assert.is(host.stats().acceptQueue, 4);
  for (const client of all) client.destroy();
  host.close();
});

test("what all listeners take ahead is full: the clients of each wait in the kernel, and none is reset", async () => {
  const host = openHost({ caps: { acceptQueue: 4, acceptQueueTotal: 4 } });
  const [one, two] = [listener(host), listener(host)];
  const all = await clients(portOf(one), 0, 2);
  await until(() => host.stats().acceptQueue === 2, "two are taken ahead");
  all.push(...(await clients(portOf(two), 0, 2)));
  await until(() => host.stats().acceptQueue === 4, "it is full");
  // the first has room by its own limit
  all.push(...(await clients(portOf(one), 2, 4)));
  all.push(...(await clients(portOf(two), 2, 2)));
  await turns(20);
  assert.is(host.stats().acceptQueue, 5, "one more of the first, which was not paused yet");
  // and what the guest takes from one makes no room beyond the limit of all
  const taken = await acceptTexts(one, 2);
  await turns(20);
  assert.is(host.stats().acceptQueue, 4);
  assert.equal([...taken, ...(await acceptTexts(one, 4))], ["0", "1", "2", "3", "4", "5"]);
  assert.equal(await acceptTexts(two, 4), ["0", "1", "2", "3"]);
  assert.is(one.endpoint.overflows + two.endpoint.overflows, 0);
  assert.is(host.stats().acceptQueue, 0);
  for (const client of all) client.destroy();
  host.close();
});

/** A listener of the guest, and libuv's handle of it. */
function handled(host: Host): { server: TcpSocket; handle: TcpHandle } {
  const server = boundTcp(host);
  const handle = listeningHandle(() => server.startListen());
  server.finishListen();
  return { server, handle };
}

test("an error of accept is told once, and the listener is ready again when a connection waits", async () => {
  for (const [number, code] of [
    [errno.EMFILE, "new-socket-limit"],
    [errno.ENFILE, "new-socket-limit"],
    [errno.ENOMEM, "out-of-memory"],
    [errno.ENOBUFS, "out-of-memory"],
    [errno.ECONNABORTED, "connection-aborted"],
    [errno.ENETUNREACH, "connection-aborted"],
    [errno.EPROTO, "connection-aborted"],
    [0, "connection-aborted"],
  ] as const) {
    const host = openHost();
    const { server, handle } = handled(host);
    const pollable = server.subscribe();
    assert.is(pollable.ready(), false);
    const waiting = pollable.block();
    handle.onconnection?.(-number, undefined);
    await waiting;
    assert.is(pollable.ready(), true);
    assert.is(
      thrown(() => server.accept()),
      code,
    );
    assert.is(pollable.ready(), false);
    assert.is(
      thrown(() => server.accept()),
      "would-block",
    );
    const [client] = await clients(portOf(server), 0, 1);
    await pollable.block();
    assert.equal(await acceptTexts(server, 1), ["0"]);
    client?.destroy();
    pollable[Symbol.dispose]();
    host.close();
  }
});

test("a process without descriptors turns clients away, and serves again when it has some", async () => {
  const peer = await startPeer("few-descriptors", "127.0.0.1", 100);
  const visit = (): Promise<string> => text(net.connect(peer.port, "127.0.0.1"));
  // two have a connection that stays, and the others its end
  const outcomes: string[] = [];
  const first = Array.from({ length: 6 }, async () => outcomes.push(await visit()));
  await until(() => outcomes.length === 4, "four are turned away");
  assert.equal(outcomes, ["", "", "", ""]);
  peer.tell({});
  await peer.told();
  await Promise.all(first);
  assert.equal(outcomes.slice(4), ["served", "served"]);
  assert.is(await visit(), "served");
  await peer.stop();
});

test("connections that wait are accepted before an error of a later one is told", async () => {
  const host = openHost();
  const { server, handle } = handled(host);
  const [client] = await clients(portOf(server), 7, 1);
  await ready(server);
  handle.onconnection?.(-errno.EMFILE, undefined);
  assert.equal(await acceptTexts(server, 1), ["7"]);
  assert.is(
    thrown(() => server.accept()),
    "new-socket-limit",
  );
  client?.destroy();
  host.close();
});

test("a connection whose peer is gone before it is taken is closed, and not offered", async () => {
  const host = openHost();
  const { server, handle } = handled(host);
  const unconnected = boundHandle();
  handle.onconnection?.(0, unconnected);
  assert.is(server.endpoint.isReady(), false);
  assert.is(host.stats().acceptQueue, 0);
  assert.is(unconnected.fd < 0, true);
  const [client] = await clients(portOf(server), 1, 1);
  assert.equal(await acceptTexts(server, 1), ["1"]);
  client?.destroy();
  host.close();
});

test("where accepting can't be paused, those beyond the limit are reset and counted", async () => {
  const host = openHost({ caps: { acceptQueue: 2 } });
  const bound = Object.defineProperty(bindTcp(loopback()), "isPausable", { value: false });
  let arrivals = 0;
  const own = new TcpListener(bound, 128, {
    id: 1,
    context: host.context,
    onArrival: () => {
      arrivals++;
    },
  });
  const outcomes: (string | undefined)[] = [];
  const all = Array.from({ length: 5 }, () =>
    net
      .connect(bound.local.val.port, "127.0.0.1")
      .on("error", ({ code }: NodeJS.ErrnoException) => outcomes.push(code)),
  );
  await until(() => outcomes.length === 3, "three are reset");
  assert.equal(outcomes, ["ECONNRESET", "ECONNRESET", "ECONNRESET"]);
  assert.is(own.overflows, 3);
  assert.is(arrivals, 2);
  assert.is(host.stats().acceptQueue, 2);
  own.drop();
  assert.is(host.stats().acceptQueue, 0);
  bound.handle.close();
  for (const client of all) client.destroy();
  host.close();
});

test.run();
