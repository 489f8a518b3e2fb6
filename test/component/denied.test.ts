/** The component on a host that allows nothing: what needs no network works, and what does is refused. */
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { instantiate } from "../../host/index.ts";
import { denyAll } from "../../host/policy/policy.ts";
import { AddressFamily, SocketType } from "../../src/constants.ts";
import { callFace, type Face } from "../sides/jco.ts";
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

test("the component of WASI 0.3 tells what is refused, whichever step it is", async () => {
  const component = fileURLToPath(new URL("../../wasock.wasi03.component.wasm", import.meta.url));
  const instance = await instantiate(component, { policy: { allowNet: ["127.0.0.1:1"] } });
  const net = instance.exports["net"] as Face;
  const call = (name: string, ...args: unknown[]): unknown => callFace(net, name, args);
  const refused = async (name: string, ...args: unknown[]): Promise<void> => {
    const payload = await Promise.resolve(call(name, ...args)).then(String, (error) => error.payload);
    assert.is(payload, 13, name);
  };
  const { inet } = AddressFamily;
  const address = call("make-sockaddr", "127.0.0.1", 9);
  const info = await call("get-address-info", "127.0.0.1", "9", undefined);
  const stream = call("socket", inet, SocketType.stream, 0);
  await refused("connect", stream, address);
  await refused("bind", call("socket", inet, SocketType.stream, 0), address);
  const datagram = call("socket", inet, SocketType.datagram, 0);
  await refused("bind", datagram, address);
  await refused("send", datagram, Buffer.from("x"), undefined, info);
  await refused("open-net-io", "127.0.0.1", "9");
  await instance.close();
});

test.after(() => side.dispose());
test.run();
