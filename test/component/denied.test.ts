/** The component on a host that allows nothing: what needs no network works, and what does is refused. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { denyAll } from "../../host/policy/policy.ts";
import { AddressFamily, SocketType } from "../../src/constants.ts";
import { openOperations } from "../sides/operations.ts";

const opened = await openOperations(denyAll);
if ("reason" in opened) throw new Error(opened.reason);
const side = opened;

test("a socket pair works with all network denied", async () => {
  for (const type of [SocketType.stream, SocketType.datagram]) {
    const pair = await side.openSocketPair(AddressFamily.unix, type);
    assert.ok(pair);
    const [one, other] = pair as [never, never];
    assert.is(await side.send(one, Buffer.from("there")), 5);
    assert.is(Buffer.from((await side.receive(other, 100)) as Uint8Array).toString(), "there");
    assert.is(await side.send(other, Buffer.from("back")), 4);
    assert.is(Buffer.from((await side.receive(one, 100)) as Uint8Array).toString(), "back");
    await side.close(one);
    await side.close(other);
  }
});

test("addresses work too, and what would use the network is refused", async () => {
  const address = await side.makeSockaddr("127.0.0.1", 9);
  assert.is(await side.sockaddrName(address), "127.0.0.1");
  assert.is(await side.socket(AddressFamily.inet, SocketType.stream), false);
  assert.is(await side.socket(AddressFamily.inet, SocketType.datagram), false);
  assert.is(await side.getAddressInfo("localhost", 9), null);
});

test.after(() => side.dispose());
test.run();
