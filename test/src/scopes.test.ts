/** Scope ids of the library's addresses, in a network namespace of the test's own. */
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { AddressFamily, makeSockaddr, NetError, Sockaddr, Socket, SocketType } from "../../src/index.ts";
import { canBeInside, isInside, type Link, makeLinks, runInside } from "../peers/links.ts";
import { closeAll, must } from "./support/sockets.ts";

const { inet6 } = AddressFamily;
const { stream, datagram } = SocketType;

async function bound(type: number, address: Sockaddr): Promise<Socket> {
  const socket = new Socket(inet6, type);
  await socket.bind(address);
  return socket;
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => "done",
    (error: unknown) => (error instanceof NetError ? error.code : String(error)),
  );
}

if (isInside) {
  const { near, far } = await makeLinks();
  const name = ({ text }: Link, { scope }: Link): string => `${text}%${scope}`;
  // the far end's address, as it is reached over the near link, and the near end's, as the far end sees it
  const overNear = name(far, near);
  const overFar = name(near, far);

  test("a datagram goes out over the link of its address, named with it or connected to", async () => {
    const receiver = await bound(datagram, must(makeSockaddr(name(far, far))));
    const { name: own, port } = receiver.getSocketName();
    assert.is(own, name(far, far));
    const sender = await bound(datagram, must(makeSockaddr("::")));
    const to = must(makeSockaddr(overNear, port));
    const from = new Sockaddr();
    assert.is(await sender.send(Buffer.from("named"), { to }), 5);
    assert.is(String(await receiver.receive(100, { from })), "named");
    assert.is(from.name, overFar);
    await receiver.send(Buffer.from("answer"), { to: from });
    assert.is(String(await sender.receive(100, { from })), "answer");
    assert.is(from.name, overNear);
    await sender.connect(to);
    assert.is(sender.getPeerName().name, overNear);
    await sender.send(Buffer.from("connected"));
    assert.is(String(await receiver.receive(100, { from })), "connected");
    assert.is(from.name, overFar);
    await closeAll(receiver, sender);
  });

  test("a connection is made over the link of its address, and both ends tell it", async () => {
    const listener = await bound(stream, must(makeSockaddr(name(far, far))));
    await listener.listen();
    const client = new Socket(inet6, stream);
    await client.connect(must(makeSockaddr(overNear, listener.getSocketName().port)));
    const server = await listener.accept();
    assert.is(client.getPeerName().name, overNear);
    assert.is(client.getSocketName().name, name(near, near));
    assert.is(server.getPeerName().name, overFar);
    assert.is(server.getSocketName().name, name(far, far));
    await closeAll(listener, client, server);
  });

  test("an address of one link is none of another's, and none without a link", async () => {
    for (const scope of [far.scope, 0, 99]) {
      const socket = new Socket(inet6, stream);
      const code = await codeOf(socket.bind(must(makeSockaddr(`${near.text}%${scope}`))));
      assert.match(code, /^(EADDRNOTAVAIL|EINVAL)$/, `scope ${scope}`);
      await socket.close();
    }
  });

  test.run();
} else {
  const outside = suite("scopes");
  const isPossible = canBeInside();
  if (!isPossible) console.log("scopes: skipped, a network namespace can't be made here");
  (isPossible ? outside : outside.skip)("scope ids, in a network namespace", () => {
    const failed = runInside(import.meta.url);
    assert.is(failed, undefined, failed ?? "");
  });
  outside.run();
}
