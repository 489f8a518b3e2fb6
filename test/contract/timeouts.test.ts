/** The contract: calls with a time limit. */
import { setImmediate as turn } from "node:timers/promises";
import * as assert from "uvu/assert";
import type { Side } from "../sides/side.ts";
import { contract, type Family } from "./contract.ts";
import {
  bound,
  bytes,
  connected,
  datagramTo,
  listening,
  must,
  pair,
  receiveAll,
  text,
  visitor,
} from "./steps.ts";

const { promise, run } = await contract("timeouts");
const ipv4: Family = { family: 2, host: "127.0.0.1", label: "IPv4" };

/** How long a call takes, in seconds of the side's time, and its result. */
async function timed<T>(
  { now = () => performance.now() }: Side,
  call: () => Promise<T>,
): Promise<[T, number]> {
  const start = now();
  const result = await call();
  return [result, (now() - start) / 1000];
}

promise("receiveNonBlocking gives false when nothing comes in time, and takes that time", async (given) => {
  const [, server] = await pair(given, ipv4);
  const [result, took] = await timed(given.side, () => given.side.receiveNonBlocking(server, 10, 0.1));
  assert.is(result, false);
  assert.ok(took > 0.095 && took < 10, `it took ${took} s`);
});

promise(
  "receiveNonBlocking gives what comes in time, and takes no longer",
  async (given) => {
    const { side } = given;
    const socket = await connected(given, ipv4, (await given.peer("tcp-echo")).port);
    assert.is(await side.send(socket, bytes("quick")), 5);
    const [result, took] = await timed(given.side, () => side.receiveNonBlocking(socket, 10, 15));
    assert.is(text(result), "quick");
    assert.ok(took < 10, `it took ${took} s`);
  },
  ["system"],
);

promise("what comes after a timeout is there for the next call", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.receiveNonBlocking(server, 10, 0.02), false);
  assert.is(await side.send(client, bytes("late")), 4);
  assert.is(text(await side.receive(server, 10)), "late");
});

promise(
  "receiveIntoNonBlocking keeps both promises, and leaves the bytes alone when its time passes",
  async (given) => {
    const { side } = given;
    const [client, server] = await pair(given, ipv4);
    const buffer = new Uint8Array(4).fill(0xee);
    const [result, took] = await timed(given.side, () => side.receiveIntoNonBlocking(server, buffer, 0.05));
    assert.is(result, false);
    assert.ok(took > 0.045, `it took ${took} s`);
    assert.equal([...buffer], [0xee, 0xee, 0xee, 0xee]);
    assert.is(await side.send(client, bytes("ok")), 2);
    assert.is(await side.receiveIntoNonBlocking(server, buffer, 15), 2);
    assert.equal([...buffer], [111, 107, 0xee, 0xee]);
  },
);

promise("a timeout of 0 tries once and answers at once", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  const [nothing, took] = await timed(given.side, () => side.receiveNonBlocking(server, 10, 0));
  assert.is(nothing, false);
  assert.ok(took < 10, `it took ${took} s`);
  assert.is(await side.send(client, bytes("there")), 5);
  let result = await side.receiveNonBlocking(server, 10, 0);
  while (result === false) {
    await turn(); // the bytes are on their way through the kernel
    result = await side.receiveNonBlocking(server, 10, 0);
  }
  assert.is(text(result), "there");
});

for (const timeout of [null, false] as const) {
  promise(
    `a timeout of ${timeout} waits until something comes`,
    async (given) => {
      const { side, after } = given;
      const { socket, port } = await listening(given, ipv4);
      const client = await visitor(given, ipv4, port);
      const server = must(await side.accept(socket), "accept");
      after(() => side.close(server));
      const waiting = side.receiveNonBlocking(server, 10, timeout);
      client.write("finally");
      assert.is(text(await waiting), "finally");
    },
    ["system"],
  );
}

promise("the end of a stream is not a timeout", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.shutdown(client, "write"), true);
  assert.is(text(await side.receiveNonBlocking(server, 10, 15)), "");
  assert.is(await side.receiveIntoNonBlocking(server, new Uint8Array(10), 15), 0);
});

promise(
  "a failure is not a timeout",
  async (given) => {
    const { side } = given;
    const socket = await connected(given, ipv4, (await given.peer("reset")).port);
    assert.is(await side.send(socket, bytes("anything")), 8);
    assert.is(await side.receiveIntoNonBlocking(socket, new Uint8Array(10), 15), -104);
  },
  ["system"],
);

promise(
  "a datagram's timeout is met or not like any other",
  async (given) => {
    const { side } = given;
    const { socket } = await bound(given, ipv4);
    const [nothing, took] = await timed(given.side, () => side.receiveNonBlocking(socket, 10, 0.05));
    assert.is(nothing, false);
    assert.ok(took > 0.045 && took < 10, `it took ${took} s`);
    const to = await datagramTo(given, ipv4, (await given.peer("udp-echo")).port);
    assert.is(await side.sendNonBlocking(socket, bytes("echo"), 5, 0, to), 4);
    assert.is(text(await side.receiveNonBlocking(socket, 10, 15)), "echo");
  },
  ["system"],
);

promise(
  "nothing is lost between timeouts",
  async (given) => {
    const { side } = given;
    const { socket } = await bound(given, ipv4);
    const to = await datagramTo(given, ipv4, (await given.peer("udp-echo")).port);
    const count = 100;
    const received: (string | false)[] = [];
    const take = async (): Promise<void> => {
      const part = await side.receiveNonBlocking(socket, 100, 0.001);
      if (part !== false) received.push(text(part));
    };
    for (let index = 0; index < count; index++) {
      assert.ok((await side.send(socket, bytes(`number ${index}`), 0, to)) > 0);
      await take();
    }
    while (received.length < count) await take();
    assert.equal(
      received,
      Array.from({ length: count }, (_, index) => `number ${index}`),
    );
  },
  ["system"],
);

promise("sendNonBlocking sends at once what can be sent", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.sendNonBlocking(client, bytes("at once"), 0), 7);
  assert.is((await receiveAll(given, server, 7)).toString(), "at once");
});

promise(
  "sendNonBlocking gives what was sent in time, and false when that is nothing",
  async (given) => {
    const { side } = given;
    const socket = await connected(given, ipv4, (await given.peer("mute")).port);
    // more than the buffers of both ends and the host hold
    const lot = new Uint8Array(50_000_000);
    const [sent, took] = await timed(given.side, () => side.sendNonBlocking(socket, lot, 1));
    assert.ok(sent !== false && sent > 0 && sent < lot.length, `sent ${sent}`);
    assert.ok(took > 0.95 && took < 10, `it took ${took} s`);
    assert.is(await side.sendNonBlocking(socket, new Uint8Array(1_000_000), 0.05), false);
  },
  ["system", "bulk"],
);

promise(
  "sendNonBlocking tells the truth about what was sent",
  async (given) => {
    const { side, after } = given;
    const { socket, port } = await listening(given, ipv4);
    const client = await connected(given, ipv4, port);
    const server = must(await side.accept(socket), "accept");
    after(() => side.close(server));
    const sent = await side.sendNonBlocking(client, new Uint8Array(50_000_000), 0.3);
    assert.ok(sent !== false && sent > 0);
    await side.close(client);
    let received = 0;
    for (;;) {
      const part = must(await side.receive(server, 65536), "receive");
      if (part.length === 0) break;
      received += part.length;
    }
    assert.is(received, sent);
  },
  ["bulk", "concurrent"],
);

promise(
  "timeouts of many pending calls pass each in its own time",
  async (given) => {
    const { side } = given;
    const sockets = await Promise.all(Array.from({ length: 50 }, () => bound(given, ipv4)));
    const results = await Promise.all(
      sockets.map(({ socket }, index) =>
        timed(given.side, () => side.receiveNonBlocking(socket, 10, 0.05 + index / 500)),
      ),
    );
    for (const [index, [result, took]] of results.entries()) {
      assert.is(result, false);
      assert.ok(took > 0.045 + index / 500 && took < 10, `number ${index} took ${took} s`);
    }
  },
  ["concurrent"],
);

promise(
  "a timeout that can't be is refused",
  async ({ side, after }) => {
    const socket = must(await side.socket(2, 2), "socket");
    after(() => side.close(socket));
    for (const timeout of [-1, Number.NaN]) {
      try {
        await side.receiveNonBlocking(socket, 10, timeout);
        assert.unreachable(`a timeout of ${timeout} was accepted`);
      } catch (error) {
        assert.match((error as Error).message, new RegExp(`^timeout must .*, got ${timeout}$`));
      }
    }
  },
  ["throwing"],
);

run();
