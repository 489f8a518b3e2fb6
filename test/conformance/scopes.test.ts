/** Scope ids, in a network namespace of the test's own: the file runs itself inside one, where that is allowed. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { IpSocketAddress } from "../../host/network/address.ts";
import { canBeInside, isInside, makeLinks, runInside } from "../peers/links.ts";
import { conformance } from "./conformance.ts";
import {
  accept,
  at,
  connect,
  connectFailure,
  datagrams,
  dropConnection,
  fails,
  failure,
  listener,
  receiveTexts,
  sendOne,
  until,
} from "./steps.ts";

function scoped(text: string, port: number, scopeId: number): IpSocketAddress {
  const address = at(text, port);
  if (address.tag === "ipv6") address.val.scopeId = scopeId;
  return address;
}

if (isInside) {
  const { near, far } = await makeLinks();
  const { holds, run } = conformance("scopes");

  holds(
    "B2, K11, Y1",
    "a link-local address keeps its scope through bind, connect, accept and receive",
    async (given) => {
      const { guest } = given;
      const server = await listener(guest, scoped(near.text, 0, near.scope));
      const local = await server.localAddress();
      assert.equal(local, scoped(near.text, local.val.port, near.scope));
      const client = await connect(guest, local);
      const accepted = await accept(guest, server);
      assert.equal(await client.socket.remoteAddress(), local);
      assert.equal(await accepted.socket.remoteAddress(), await client.socket.localAddress());
      await dropConnection(client);
      await dropConnection(accepted);
      const receiver = await datagrams(guest, scoped(near.text, 0, near.scope));
      const to = await receiver.socket.localAddress();
      const sender = await datagrams(guest, scoped(near.text, 0, near.scope), to);
      assert.equal(await sender.socket.remoteAddress(), to);
      await sendOne(guest, sender.outgoing, "scoped");
      await until(async () => {
        const [datagram] = await receiver.incoming.receive(1n);
        if (datagram === undefined) return false;
        assert.equal(datagram.remoteAddress, await sender.socket.localAddress());
        return true;
      }, "the datagram comes");
    },
    { needs: ["system"] },
  );

  holds(
    "B5, K8",
    "an address of one link is none of another's, and none without a link",
    async ({ guest, network }) => {
      for (const scope of [far.scope, 0, 99]) {
        const socket = await guest.createTcpSocket("ipv6");
        const error = await failure(socket.startBind(network, scoped(near.text, 0, scope)));
        assert.match(String(error), /address-not-bindable|invalid-argument/, `scope ${scope}`);
      }
      assert.match(
        String(await connectFailure(guest, scoped(near.text, 80, 99))),
        /remote-unreachable|invalid-argument|connection-refused/,
      );
    },
  );

  holds(
    "P5",
    "a rule for a link is no way over another link",
    async ({ guest, open }) => {
      const outside = await open();
      const server = await listener(outside, scoped(near.text, 0, near.scope));
      const { port } = (await server.localAddress()).val;
      for (const scope of [far.scope, 0, 99]) {
        assert.is(
          await connectFailure(guest, scoped(near.text, port, scope)),
          "access-denied",
          `scope ${scope}`,
        );
        const { socket, outgoing } = await datagrams(guest, at("::", 0));
        await fails(sendOne(guest, outgoing, "x", scoped(near.text, port, scope)), "access-denied");
        assert.ok((await socket.localAddress()).val.port > 0);
      }
      const sink = await datagrams(outside, scoped(near.text, 0, near.scope));
      const client = await connect(guest, await server.localAddress());
      await dropConnection(await accept(outside, server));
      await dropConnection(client);
      const { outgoing } = await datagrams(guest, at("::", 0));
      await sendOne(guest, outgoing, "granted", await sink.socket.localAddress());
      assert.equal(await receiveTexts(outside, sink.incoming, 1), ["granted"]);
    },
    { rules: { allowNet: [`[${near.text}%near0]`] }, needs: ["system"] },
  );

  run();
} else {
  const test = suite("scopes");
  const isPossible = canBeInside();
  if (!isPossible) console.log("scopes: skipped, a network namespace can't be made here");
  (isPossible ? test : test.skip)("scope ids, in a network namespace", () => {
    const failed = runInside(import.meta.url);
    assert.is(failed, undefined, failed ?? "");
  });
  test.run();
}
