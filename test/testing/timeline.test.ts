/** The picture of a history: machines side by side, what goes between them, and what is written beside it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AddressFamily, makeSockaddr, type Sockaddr, SocketType } from "../../src/index.ts";
import { type Scenario, simulate } from "../../src/testing/index.ts";

/** Everything that a picture can have, one after the other. */
const scenario: Scenario = {
  hosts: {
    client: {
      run: async ({ net, sleep, log }) => {
        log("asks");
        await net.getAddressInfo("nobody", 7);
        const [socket] = await net.Socket.openNetIo("server", 7);
        await socket.send(Buffer.from("?"));
        await socket.receive();
        await net.Socket.openNetIo("server", 9).catch(() => {});
        const there = await net.getAddressInfo("server", 53);
        const to = there?.address as Sockaddr;
        const datagrams = new net.Socket(AddressFamily.inet, SocketType.datagram);
        await datagrams.send(Buffer.from("here"), { to });
        await datagrams.receive();
        await sleep(510);
        await datagrams.send(Buffer.from("nowhere"), { to });
        await sleep(300);
        await socket.send(Buffer.from("still there?"));
        await socket.receive().catch(() => {});
        throw new Error("it gives up");
      },
    },
    "a long name": { run: async () => {} },
    server: {
      serves: true,
      run: async ({ net, sleep }) => {
        const address = await net.getAddressInfo(null, 7);
        if (address === null) throw new Error("the wildcard has an address");
        const datagrams = new net.Socket(AddressFamily.inet, SocketType.datagram);
        await datagrams.bind(makeSockaddr("0.0.0.0", 53));
        const listener = await net.Socket.makeListenerSocket(address);
        const connection = await listener.accept();
        await connection.receive();
        await connection.send(Buffer.from("answer"));
        const from = makeSockaddr();
        await datagrams.receive(9, { from });
        await datagrams.send(Buffer.from("!"), { to: from });
        await sleep(1e6);
      },
    },
  },
  faults: [
    { at: 500, partition: ["server", "client"], for: 50 },
    { at: 600, partition: ["server"], for: 50 },
    { at: 700, crash: "server", for: 50 },
  ],
};

const PICTURE = `
               client      a long name     server
    0.000         ●             │             │       asks
    0.000         │             ●             │       has ended
    1.000         ?             │             │       look-up nobody: there is none
    2.000         ?             │             │       look-up server
    4.000         │═══════════════════════════│       connected
    4.000         │──────────────────────────▶│       1 byte
    5.000         │◀──────────────────────────│       6 bytes
    7.000         ?             │             │       look-up server
    9.000         ✗             │             │       refused
   11.000         ✗             │             │       refused
   12.000         ?             │             │       look-up server
   12.000         │──────────────────────────▷│       a datagram of 4 bytes
   13.000         │◁──────────────────────────│       a datagram of 1 byte
  500.000         │┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆┆│       server and client are cut apart
  524.000         │──────────────────────────▷│       a datagram of 7 bytes
  524.000         │─────────────✗             │       lost, 35 bytes
  550.000         │═══════════════════════════│       server and client are together again
  600.000         │             │             ┆       server is cut off
  650.000         │             │             ═       server is back
  700.000         │             │             ✖       server goes down
  750.000         │             │             ○       server comes up
  824.000         │──────────────────────────▶│       12 bytes
  826.000         ✗             │             │       client's connection to server broke
  826.000  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ client failed: it gives up
`;

test("machines stand side by side, and what goes between them is an arrow to where it goes", async () => {
  const { timeline } = await simulate(scenario, { seed: 1 });
  assert.equal(timeline, PICTURE.split("\n").slice(1, -1));
});

test("what a machine sends to itself stays with it; of a long history the end is shown", async () => {
  const alone: Scenario = {
    hosts: {
      one: {
        run: async ({ net, log }) => {
          for (let i = 1; i <= 60; i++) log(`line ${i}`);
          const address = await net.getAddressInfo(null, 7);
          if (address === null) throw new Error("the wildcard has an address");
          const listener = await net.Socket.makeListenerSocket(address);
          const [socket] = await net.Socket.openNetIo("127.0.0.1", 7);
          await socket.send(Buffer.from("!!"));
          await listener.close();
          throw new Error("no");
        },
      },
    },
  };
  const { timeline } = await simulate(alone, { seeds: 1 });
  assert.equal(timeline.slice(0, 3), [
    "                one",
    "                 │      … 3 earlier",
    "    0.000        ●      line 4",
  ]);
  assert.equal(timeline.slice(-4), [
    "    0.000        ●      line 60",
    "    0.020        ═      connected",
    "    0.020        ↺      2 bytes",
    `    0.020  ${"━".repeat(12)} one failed: no`,
  ]);
});

test.run();
