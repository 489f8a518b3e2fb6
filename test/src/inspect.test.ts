/** What objects of the library look like where they are printed, and as JSON. */
import { format, inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  AddressFamily,
  AddressInfo,
  Ai,
  connect,
  IpProto,
  makeAddressInfo,
  makeSockaddr,
  NetError,
  openNetIo,
  Socket,
  SocketType,
} from "../../src/index.ts";
import { scenario } from "./support/scenario.ts";

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

scenario("an address is printed as text and port, an IPv6 one with its scope", () => {
  assert.is(format("%o", makeSockaddr("127.0.0.1", 80)), "Sockaddr { address: '127.0.0.1', port: 80 }");
  assert.is(inspect(makeSockaddr("[fe80::1%7]", 443)), "Sockaddr { address: 'fe80::1%7', port: 443 }");
  assert.is(inspect(makeSockaddr()), "Sockaddr { address: '', port: 0 }");
});

scenario("an address' JSON is what it can be made of again", () => {
  const { address, port } = json(makeSockaddr("fe80::1%7", 443)) as { address: string; port: number };
  assert.is(String(makeSockaddr(address, port)), "[fe80::1%7]:443");
});

scenario("an address inside of other things is printed as far as they are", () => {
  const sockaddr = makeSockaddr("::1", 1);
  assert.is(inspect({ a: { sockaddr } }), "{ a: { sockaddr: Sockaddr { address: '::1', port: 1 } } }");
  assert.is(inspect({ sockaddr }, { depth: 0 }), "{ sockaddr: [Sockaddr] }");
  assert.is(
    inspect([sockaddr], { compact: false }),
    "[\n  Sockaddr {\n    address: '::1',\n    port: 1\n  }\n]",
  );
  assert.match(inspect(sockaddr, { colors: true }), "\u001b[33m1\u001b[39m");
});

scenario("an address info is printed with names, and its JSON has the numbers", () => {
  const { inet, inet6 } = AddressFamily;
  const next = new AddressInfo(inet6, SocketType.datagram, 17, 0, makeSockaddr("::1", 53));
  const info = new AddressInfo(
    inet,
    SocketType.stream,
    6,
    3,
    makeSockaddr("127.0.0.1", 53),
    "localhost",
    next,
  );
  assert.is(
    inspect(info).replaceAll(/\s+/g, " "),
    "AddressInfo { family: 'inet', socketType: 'stream', protocol: 'tcp', flags: 3, " +
      "address: Sockaddr { address: '127.0.0.1', port: 53 }, canonname: 'localhost', " +
      "next: AddressInfo { family: 'inet6', socketType: 'datagram', protocol: 'udp', flags: 0, " +
      "address: Sockaddr { address: '::1', port: 53 }, canonname: null, next: null } }",
  );
  assert.equal(json(info), {
    ...{ family: 2, socketType: 1, protocol: 6, flags: 3, canonname: "localhost" },
    address: { address: "127.0.0.1", port: 53 },
    next: {
      ...{ family: 10, socketType: 2, protocol: 17, flags: 0, canonname: null, next: null },
      address: { address: "::1", port: 53 },
    },
  });
  // a number that has no name stays one
  assert.match(inspect(makeAddressInfo(inet, SocketType.raw, 132 as IpProto, Ai.canonname)), "protocol: 132");
});

/** How a socket is printed, and that its JSON says the same. */
function shown(socket: Socket): string {
  const printed = inspect(socket, { breakLength: Number.POSITIVE_INFINITY });
  const told = json(socket) as Record<string, unknown>;
  const words = /^Socket \{ family: '(\w+)', type: '(\w+)', state: '(\w+)'(.*) \}$/.exec(printed);
  assert.ok(words, printed);
  const [, family = "", type = "", state, addresses] = words;
  assert.is(told["family"], AddressFamily[family as "inet"]);
  assert.is(told["type"], SocketType[type as "stream"]);
  assert.is(told["state"], state);
  const parts = ["address", "peer"].filter((part) => told[part] !== undefined);
  const texts = parts.map((part) => `, ${part}: Sockaddr ${inspect(told[part])}`);
  assert.is(addresses, texts.join(""));
  return printed;
}

const at = (port: number): string => `Sockaddr { address: '127.0.0.1', port: ${port} }`;

scenario("a socket is printed as its kind, its state and its addresses", async () => {
  const { inet, inet6 } = AddressFamily;
  const listener = new Socket(inet, SocketType.stream);
  assert.is(shown(listener), "Socket { family: 'inet', type: 'stream', state: 'open' }");
  await listener.bind(makeSockaddr("127.0.0.1"));
  const { port } = listener.getSocketName();
  const bound = `Socket { family: 'inet', type: 'stream', state: 'open', address: ${at(port)} }`;
  assert.is(shown(listener), bound);
  await listener.listen();
  assert.is(shown(listener), bound.replace("open", "listening"));

  const client = new Socket(inet, SocketType.stream);
  const connecting = client.connect(makeSockaddr("127.0.0.1", port));
  assert.match(shown(client), "state: 'connecting'");
  const [accepted] = await Promise.all([listener.accept(), connecting]);
  const own = at(client.getSocketName().port);
  assert.is(
    shown(client),
    `Socket { family: 'inet', type: 'stream', state: 'connected', address: ${own}, peer: ${at(port)} }`,
  );
  assert.is(
    shown(accepted),
    `Socket { family: 'inet', type: 'stream', state: 'connected', address: ${at(port)}, peer: ${own} }`,
  );
  for (const socket of [listener, client, accepted]) {
    await socket.close();
    assert.is(shown(socket), "Socket { family: 'inet', type: 'stream', state: 'closed' }");
  }

  const datagrams = new Socket(inet6, SocketType.datagram);
  assert.is(shown(datagrams), "Socket { family: 'inet6', type: 'datagram', state: 'open' }");
  await datagrams.connect(makeSockaddr("::1", 9));
  assert.match(shown(datagrams), / state: 'connected', address: .*, peer: Sockaddr .* '::1', port: 9 /);
  await datagrams.close();
});

scenario(
  "a socket whose connecting has failed is printed as open, and an end of a pair as connected",
  async () => {
    const unlucky = new Socket(AddressFamily.inet, SocketType.stream);
    assert.ok((await connect(unlucky, makeSockaddr("127.0.0.1", 1))) < 0);
    assert.match(shown(unlucky), "state: 'open'");
    await unlucky.close();
    const [one, other] = Socket.openSocketPair();
    assert.is(shown(one), "Socket { family: 'unix', type: 'stream', state: 'connected' }");
    await one.close();
    await other.close();
  },
);

scenario("printing throws nothing, whatever stands in an object's place", async () => {
  const sockets = Socket.openSocketPair();
  const info = makeAddressInfo(AddressFamily.inet, SocketType.stream, IpProto.ip);
  for (const object of [makeSockaddr("::1"), info, ...sockets]) {
    const { name } = object.constructor;
    assert.ok(inspect(object.constructor.prototype).length > 0);
    assert.is(inspect(Object.create(object)), `${name} {}`);
    assert.is(inspect(new Proxy(object, {})).slice(0, name.length), name);
  }
  for (const socket of sockets) await socket.close();
});

scenario("an error is printed with what it is about, and its JSON has the message", async () => {
  const context = { syscall: "connect", address: "::1", port: 80 };
  const error = new NetError(-111, context);
  const message = "connect [::1]:80: connection refused (ECONNREFUSED)";
  assert.equal(json(error), { name: "NetError", message, code: "ECONNREFUSED", errno: -111, ...context });
  const printed = inspect(error);
  assert.match(printed, new RegExp(`^NetError: ${message.replace(/[[\]()]/g, "\\$&")}\n`));
  for (const part of ["code: 'ECONNREFUSED'", "errno: -111", "address: '::1'"]) assert.match(printed, part);
  assert.not.match(inspect(new NetError(-9, { syscall: "send" })), "undefined");
  assert.equal(Object.keys(json(new NetError(-9, { syscall: "send" })) as object).length, 5);
  assert.is(await openNetIo("127.0.0.1", 1), null);
});

test.run();
