/**
 * Short connections in a row: after many of them, memory, descriptors and handles are where they were after the
 * first five hundred. `npm run soak` does 200,000 on each way; `WASOCK_CONNECTIONS` says another number.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { IpSocketAddress } from "../../host/network/address.ts";
import type { Guest, Network, TcpSocket } from "./guest.ts";
import { usedMemory } from "./memory.ts";
import { openSockets } from "./outside.ts";
import { boundTcp, dropAll, loopback, until } from "./steps.ts";
import { ways } from "./ways.ts";

const COUNT = Number(process.argv[2] ?? process.env.WASOCK_CONNECTIONS ?? 1500);
const WARM = 500;
/** What the engine itself takes and gives back as it likes; a leak of 5 bytes a connection shows at 200,000. */
const SLACK = 1 << 20;

interface Marks {
  readonly memory: number;
  readonly sockets: number | undefined;
  readonly handles: number | undefined;
  readonly stats: Awaited<ReturnType<Guest["stats"]>>;
}

async function wait(
  guest: Guest,
  subject: { subscribe(): ReturnType<TcpSocket["subscribe"]> },
): Promise<void> {
  const pollable = await subject.subscribe();
  await guest.poll([pollable]);
  await pollable.drop();
}

/** Connects, accepts, sends a few bytes each way, and drops everything; every third is left to the other end. */
async function visit(
  guest: Guest,
  network: Network,
  listening: TcpSocket,
  address: IpSocketAddress,
  index: number,
): Promise<void> {
  const client = await guest.createTcpSocket("ipv4");
  await client.startConnect(network, address);
  await wait(guest, client);
  const [clientIn, clientOut] = await client.finishConnect();
  await clientOut.checkWrite();
  await clientOut.write(Buffer.from("hello"));
  await wait(guest, listening);
  const [server, serverIn, serverOut] = await listening.accept();
  await wait(guest, serverIn);
  assert.is((await serverIn.read(16n)).length, 5);
  await serverOut.checkWrite();
  await serverOut.write(Buffer.from("bye"));
  if (index % 3 === 0) await client.shutdown("both");
  if (index % 3 === 1) {
    await wait(guest, clientIn);
    assert.is((await clientIn.read(16n)).length, 3);
  }
  await dropAll(clientIn, clientOut, client, serverIn, serverOut, server);
}

async function marks(guest: Guest): Promise<Marks> {
  await until(async () => (await guest.stats()).sockets === 1, "only the listener is left");
  // Descriptors are closed one turn later than they are counted out.
  await new Promise((resolve) => setImmediate(resolve));
  return {
    memory: usedMemory(),
    sockets: openSockets(),
    handles: await guest.handles(),
    stats: await guest.stats(),
  };
}

const test = suite("many-connections");
for (const way of ways) {
  test(`${way.name}: ${COUNT} short connections leave nothing`, async () => {
    const guest = await way.open({ rules: { allowNet: true, allowListen: true } });
    const network = await guest.instanceNetwork();
    const listening = await boundTcp(guest, loopback());
    await listening.startListen();
    await listening.finishListen();
    const address = await listening.localAddress();
    let first: Marks | undefined;
    for (let index = 0; index < COUNT; index++) {
      if (index === WARM) first = await marks(guest);
      await visit(guest, network, listening, address, index);
    }
    const last = await marks(guest);
    assert.equal(last.stats, first?.stats);
    assert.is(last.sockets, first?.sockets);
    assert.is(last.handles, first?.handles);
    const grown = last.memory - (first?.memory ?? 0);
    if (COUNT > 10_000) console.log(`${way.name}: ${grown} bytes more after ${COUNT - WARM} connections`);
    assert.ok(grown < SLACK, `${grown} bytes more`);
    await dropAll(listening, network);
    assert.is((await guest.stats()).streams, 0);
    await guest.close();
  });
}
test.run();
