/** The contract: bytes over TCP. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import * as assert from "uvu/assert";
import { AddressFamily, Msg, SocketType } from "../../src/constants.ts";
import type { Received } from "../peers/sink.ts";
import type { Sent } from "../peers/source.ts";
import { contract, type Family, forEachFamily, type Given } from "./contract.ts";
import {
  bytes,
  connected,
  listening,
  must,
  newSocket,
  pair,
  receiveAll,
  shown,
  text,
  visitor,
} from "./steps.ts";

const { promise, run } = await contract("stream");
const ipv4: Family = { family: 2, host: "127.0.0.1", label: "IPv4" };

/** Enough to fill the buffers of both ends more than once, where that is no matter of seconds. */
function large({ side }: Given): number {
  return side.can.bulk ? 30_000_001 : 300_001;
}

forEachFamily((family) => {
  const { host, label } = family;

  promise(
    `connect reaches a listener, and both names are known (${label})`,
    async (given) => {
      const { port } = await given.peer("tcp-echo", host);
      const socket = await connected(given, family, port);
      assert.is(await shown(given, await given.side.getPeerName(socket)), `${host} ${port}`);
      assert.match(
        (await shown(given, await given.side.getSocketName(socket))) ?? "",
        new RegExp(`^${host} [1-9]`),
      );
    },
    ["system"],
  );

  promise(
    `what is sent comes back from an echo (${label})`,
    async (given) => {
      const { side } = given;
      const socket = await connected(given, family, (await given.peer("tcp-echo", host)).port);
      assert.is(await side.send(socket, bytes("hello, world")), 12);
      assert.is((await receiveAll(given, socket, 12)).toString(), "hello, world");
    },
    ["system"],
  );

  promise(
    `shutdown write half-closes: the peer sees the end and can still be read from (${label})`,
    async (given) => {
      const { side } = given;
      const socket = await connected(given, family, (await given.peer("tcp-echo", host)).port);
      assert.is(await side.send(socket, bytes("half")), 4);
      assert.is(await side.shutdown(socket, "write"), true);
      // the echo ends only when it has seen the end
      assert.is((await receiveAll(given, socket)).toString(), "half");
      assert.is(await side.send(socket, bytes("more")), -32);
    },
    ["system"],
  );

  promise(
    `a half-closed peer can be sent to (${label})`,
    async (given) => {
      const { side, after } = given;
      const listener = await listening(given, family);
      const client = await visitor(given, family, listener.port);
      client.end("question");
      const accepted = must(await side.accept(listener.socket), "accept");
      after(() => side.close(accepted));
      assert.is((await receiveAll(given, accepted)).toString(), "question");
      assert.is(await side.send(accepted, bytes("answer")), 6);
      const [answer] = (await once(client, "data")) as [Buffer];
      assert.is(answer.toString(), "answer");
    },
    ["system"],
  );
});

promise(
  "send sends all of a large buffer, and every byte arrives",
  async (given) => {
    const { side } = given;
    const sink = await given.peer("sink");
    const socket = await connected(given, ipv4, sink.port);
    const data = randomBytes(large(given));
    assert.is(await side.send(socket, data), data.length);
    assert.is(await side.shutdown(socket, "write"), true);
    const received = await sink.told<Received>();
    assert.equal(received, { bytes: data.length, sha256: createHash("sha256").update(data).digest("hex") });
  },
  ["system"],
);

promise(
  "every byte of a large transfer is received",
  async (given) => {
    const { side } = given;
    const source = await given.peer("source");
    const socket = await connected(given, ipv4, source.port);
    const order = bytes(`${large(given)}\n`);
    assert.is(await side.send(socket, order), order.length);
    const data = await receiveAll(given, socket);
    const sent = await source.told<Sent>();
    assert.equal({ bytes: data.length, sha256: createHash("sha256").update(data).digest("hex") }, sent);
  },
  ["system"],
);

promise("receive gives what is there, at most n bytes, and the rest to the next call", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.send(client, bytes("abcdefgh")), 8);
  assert.is(text(await side.receive(server, 3)), "abc");
  assert.is(text(await side.receive(server, 100)), "defgh");
});

promise("receive gives no bytes at the end of the stream, again and again", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.send(client, bytes("last")), 4);
  await side.close(client);
  assert.is(text(await side.receive(server, 100)), "last");
  assert.is(text(await side.receive(server, 100)), "");
  assert.is(text(await side.receive(server, 100)), "");
  assert.is(await side.receiveInto(server, new Uint8Array(10)), 0);
});

promise("receiveInto fills the caller's bytes and gives their number", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  const buffer = new Uint8Array(8).fill(0xee);
  assert.is(await side.send(client, bytes("abc")), 3);
  assert.is(await side.receiveInto(server, buffer), 3);
  assert.equal([...buffer], [97, 98, 99, 0xee, 0xee, 0xee, 0xee, 0xee]);
});

promise("receiveInto fills a part of a larger buffer and nothing beside it", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  const whole = new Uint8Array(6).fill(0xee);
  assert.is(await side.send(client, bytes("abcdef")), 6);
  assert.is(await side.receiveInto(server, whole.subarray(2, 4)), 2);
  assert.equal([...whole], [0xee, 0xee, 97, 98, 0xee, 0xee]);
});

promise("send takes a part of a larger buffer", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.send(client, bytes("abcdef").subarray(2, 4)), 2);
  assert.is(text(await side.receive(server, 100)), "cd");
});

promise("send of no bytes sends none", async (given) => {
  const [client, server] = await pair(given, ipv4);
  assert.is(await given.side.send(client, new Uint8Array(0)), 0);
  assert.is(await given.side.receiveNonBlocking(server, 10, 0.02), false);
});

promise("receive of no bytes gives none at once", async (given) => {
  const [, server] = await pair(given, ipv4);
  assert.is(text(await given.side.receive(server, 0)), "");
  assert.is(await given.side.receiveInto(server, new Uint8Array(0)), 0);
});

promise("both directions are independent", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.send(client, bytes("up")), 2);
  assert.is(await side.send(server, bytes("down")), 4);
  assert.is(text(await side.receive(client, 100)), "down");
  assert.is(text(await side.receive(server, 100)), "up");
});

promise(
  "a connection reset by the peer is told once it is known",
  async (given) => {
    const { side } = given;
    const socket = await connected(given, ipv4, (await given.peer("reset")).port);
    assert.is(await side.send(socket, bytes("anything")), 8);
    assert.is(await side.receiveInto(socket, new Uint8Array(10)), -104);
    const sent = await side.send(socket, bytes("more"));
    assert.ok(sent === -32 || sent === -104, `send gave ${sent}`);
  },
  ["system"],
);

promise(
  "receive gives false where receiveInto gives an error's number",
  async (given) => {
    const { side } = given;
    const socket = await connected(given, ipv4, (await given.peer("reset")).port);
    assert.is(await side.send(socket, bytes("anything")), 8);
    assert.is(await side.receive(socket, 10), false);
  },
  ["system"],
);

promise("a socket that is not connected neither sends, receives nor shuts down", async (given) => {
  const { side } = given;
  const socket = await newSocket(given, AddressFamily.inet, SocketType.stream);
  assert.is(await side.send(socket, bytes("x")), -107);
  assert.is(await side.receiveInto(socket, new Uint8Array(1)), -107);
  assert.is(await side.receive(socket, 1), false);
  assert.is(await side.shutdown(socket, "both"), false);
});

promise("shutdown read ends the input, and the output goes on", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.shutdown(server, "read"), true);
  assert.is(text(await side.receive(server, 10)), "");
  assert.is(await side.send(server, bytes("still")), 5);
  assert.is(text(await side.receive(client, 10)), "still");
});

promise("shutdown read forgets what was peeked at", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.send(client, bytes("seen")), 4);
  assert.is(text(await side.receive(server, 2, Msg.peek)), "se");
  assert.is(await side.shutdown(server, "read"), true);
  assert.is(text(await side.receive(server, 10)), "");
  assert.is(text(await side.receive(server, 10, Msg.peek)), "");
  assert.is(await side.receiveInto(server, new Uint8Array(1)), 0);
});

promise("shutdown both ends both", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.shutdown(client, "both"), true);
  assert.is(await side.send(client, bytes("x")), -32);
  assert.is(text(await side.receive(client, 10)), "");
  assert.is(text(await side.receive(server, 10)), "");
});

promise(
  "a hundred connections of one side at once, both ends its own, echo without a deadlock",
  async (given) => {
    const { side } = given;
    const listener = await listening(given, ipv4);
    const count = 100;
    const serve = async (): Promise<void> => {
      const socket = must(await side.accept(listener.socket), "accept");
      for (;;) {
        const part = must(await side.receive(socket, 65536), "receive");
        if (part.length === 0) break;
        assert.is(await side.send(socket, part), part.length);
      }
      await side.close(socket);
    };
    const ask = async (index: number): Promise<string> => {
      const socket = await connected(given, ipv4, listener.port);
      const question = bytes(`question ${index} `.repeat(500));
      assert.is(await side.send(socket, question), question.length);
      assert.is(await side.shutdown(socket, "write"), true);
      const answer = await receiveAll(given, socket);
      await side.close(socket);
      return answer.equals(question) ? "same" : `other: ${answer.toString("latin1", 0, 40)}`;
    };
    const served = Promise.all(Array.from({ length: count }, serve));
    const answers = await Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
    await served;
    assert.equal(answers, Array(count).fill("same"));
  },
  ["concurrent"],
);

promise(
  "calls of one direction are served in their order",
  async (given) => {
    const { side } = given;
    const [client, server] = await pair(given, ipv4);
    const received = [side.receive(server, 2), side.receive(server, 2), side.receive(server, 2)];
    const sent = await Promise.all([
      side.send(client, bytes("aa")),
      side.send(client, bytes("bb")),
      side.send(client, bytes("cc")),
    ]);
    assert.equal(sent, [2, 2, 2]);
    assert.equal((await Promise.all(received)).map(text), ["aa", "bb", "cc"]);
  },
  ["concurrent"],
);

run();
