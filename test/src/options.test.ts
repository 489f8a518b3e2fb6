/** Socket options: each reaches the kernel, is what the socket's own state says, acts in the core, or fails. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { coreHost } from "../../src/core.ts";
import {
  AddressFamily,
  accept,
  bind,
  connect,
  getSocketName,
  getSocketOption,
  IpOpt,
  IpProto,
  Ipv6Opt,
  Level,
  makeSockaddr,
  NetError,
  openSocketPair,
  receive,
  receiveInto,
  type Socket,
  SocketOpt,
  SocketType,
  send,
  sendNonBlocking,
  setSocketOption,
  TcpOpt,
} from "../../src/index.ts";
import { canAskKernel, kernelOption } from "./support/kernel.ts";
import { scenario, within } from "./support/scenario.ts";
import { closeAll, connected, connection, datagram, listening, must, stream } from "./support/sockets.ts";

/** The kernel's value of an option of one of our sockets. */
function kernel(socket: Socket, level: number, name: number): number | null {
  return kernelOption(process.pid, must(getSocketName(socket)).port, level, name);
}

const canAsk = await canAskKernel();
const asked = canAsk ? scenario : test.skip;
/** Whether koffi hands on what Node can't. */
const isNative = coreHost.fidelity()["tcp.hop-limit"] === "kernel";

type Kind = "stream" | "datagram";
interface Row {
  readonly kind: Kind;
  readonly address: string;
  readonly level: number;
  readonly name: number;
  readonly value: number;
  /** What the kernel makes of it; the value itself unless said otherwise. */
  readonly kernel?: number;
}

const { socket: level } = Level;
/** Options that say true when they are set: the kernel has to have them then. */
const reaching: Row[] = [
  { kind: "stream", address: "127.0.0.1", level: IpProto.tcp, name: TcpOpt.nodelay, value: 0 },
  { kind: "stream", address: "127.0.0.1", level: IpProto.tcp, name: TcpOpt.nodelay, value: 1 },
  { kind: "stream", address: "127.0.0.1", level, name: SocketOpt.keepalive, value: 1 },
  { kind: "datagram", address: "127.0.0.1", level, name: SocketOpt.broadcast, value: 1 },
  // the kernel doubles what it is asked for, socket(7)
  { kind: "datagram", address: "127.0.0.1", level, name: SocketOpt.rcvbuf, value: 50_000, kernel: 100_000 },
  { kind: "datagram", address: "127.0.0.1", level, name: SocketOpt.sndbuf, value: 50_000, kernel: 100_000 },
  { kind: "datagram", address: "127.0.0.1", level: IpProto.ip, name: IpOpt.ttl, value: 7 },
  { kind: "datagram", address: "::1", level: IpProto.ipv6, name: Ipv6Opt.unicastHops, value: 9 },
  { kind: "datagram", address: "::1", level: IpProto.ipv6, name: Ipv6Opt.v6only, value: 1 },
];

/** As those, where Node has no call. */
const throughKoffi: Row[] = [
  { kind: "stream", address: "127.0.0.1", level, name: SocketOpt.rcvbuf, value: 50_000, kernel: 100_000 },
  { kind: "stream", address: "127.0.0.1", level, name: SocketOpt.sndbuf, value: 50_000, kernel: 100_000 },
  { kind: "stream", address: "127.0.0.1", level: IpProto.ip, name: IpOpt.ttl, value: 7 },
  { kind: "stream", address: "::1", level: IpProto.ipv6, name: Ipv6Opt.unicastHops, value: 9 },
  // without keep-alive, while which Node does not hand them on
  { kind: "stream", address: "127.0.0.1", level: IpProto.tcp, name: TcpOpt.keepidle, value: 77 },
  { kind: "stream", address: "127.0.0.1", level: IpProto.tcp, name: TcpOpt.keepintvl, value: 33 },
  { kind: "stream", address: "127.0.0.1", level: IpProto.tcp, name: TcpOpt.keepcnt, value: 4 },
];

for (const row of isNative ? [...reaching, ...throughKoffi] : reaching) {
  const { kind, address, level, name, value, kernel: wanted = value } = row;
  asked(`${kind} ${address}: option ${level}/${name} set to ${value} reaches the kernel`, async () => {
    if (kind === "datagram") {
      const socket = datagram(address);
      assert.is(await bind(socket, makeSockaddr(address)), true);
      assert.is(setSocketOption(socket, level, name, value), true);
      assert.is(getSocketOption(socket, level, name), value);
      assert.is(kernel(socket, level, name), wanted);
      await closeAll(socket);
    } else {
      const [client, server] = await connection(address);
      assert.is(setSocketOption(client, level, name, value), true);
      assert.is(getSocketOption(client, level, name), value);
      assert.is(kernel(client, level, name), wanted);
      await closeAll(client, server);
    }
  });
}

asked("options that were set before connecting reach the kernel with the connection", async () => {
  const [listener, at] = await listening();
  const client = stream();
  assert.is(setSocketOption(client, level, SocketOpt.keepalive, 1), true);
  assert.is(setSocketOption(client, IpProto.tcp, TcpOpt.keepidle, 77), true);
  assert.is(setSocketOption(client, IpProto.tcp, TcpOpt.nodelay, 0), true);
  assert.is(await connect(client, at), 0);
  assert.is(kernel(client, level, SocketOpt.keepalive), 1);
  assert.is(kernel(client, IpProto.tcp, TcpOpt.keepidle), 77);
  assert.is(kernel(client, IpProto.tcp, TcpOpt.nodelay), 0);
  await closeAll(client, must(await accept(listener)), listener);
});

asked(
  "keepintvl and keepcnt reach the kernel where they can be handed on, and fail where they can't",
  async () => {
    const [client, server] = await connection();
    assert.is(setSocketOption(client, level, SocketOpt.keepalive, 1), true);
    for (const [name, value] of [
      [TcpOpt.keepintvl, 33],
      [TcpOpt.keepcnt, 4],
    ] as const) {
      const wasSet = setSocketOption(client, IpProto.tcp, name, value);
      assert.is(getSocketOption(client, IpProto.tcp, name), wasSet ? value : null);
      assert.is(kernel(client, IpProto.tcp, name) === value, wasSet, String(name));
    }
    await closeAll(client, server);
  },
);

asked("a listener has reuseaddr and says that it listens, as the kernel does", async () => {
  const [listener] = await listening();
  for (const name of [SocketOpt.reuseaddr, SocketOpt.acceptconn]) {
    assert.is(getSocketOption(listener, level, name), 1);
    assert.is(kernel(listener, level, name), 1);
  }
  await closeAll(listener);
});

scenario(
  "type, domain, protocol, error and acceptconn are what the socket is, and can't be set",
  async () => {
    for (const [made, type, protocol] of [
      [stream("::1"), SocketType.stream, IpProto.tcp],
      [datagram("::1"), SocketType.datagram, IpProto.udp],
    ] as const) {
      const wanted: [number, number][] = [
        [SocketOpt.type, type],
        [SocketOpt.domain, AddressFamily.inet6],
        [SocketOpt.protocol, protocol],
        [SocketOpt.error, 0],
        [SocketOpt.acceptconn, 0],
      ];
      for (const [name, value] of wanted) {
        assert.is(getSocketOption(made, level, name), value);
        assert.is(setSocketOption(made, level, name, 1), false);
        assert.is(getSocketOption(made, level, name), value);
      }
      await closeAll(made);
    }
  },
);

const nodeOnly: [number, number][] = [
  [level, SocketOpt.sndbuf],
  [level, SocketOpt.rcvbuf],
  [IpProto.ip, IpOpt.ttl],
];

scenario("what can't be handed to the kernel fails and is not remembered", async () => {
  const socket = stream();
  const out: [number, number][] = [
    [level, SocketOpt.debug],
    [level, SocketOpt.dontroute],
    [level, SocketOpt.oobinline],
    [level, SocketOpt.broadcast],
    ...(isNative ? [] : nodeOnly),
    [IpProto.ipv6, Ipv6Opt.unicastHops],
    [IpProto.udp, 1],
    [level, 9999],
  ];
  for (const [at, name] of out) {
    assert.is(setSocketOption(socket, at, name, 1), false, `${at}/${name}`);
    assert.is(getSocketOption(socket, at, name), null, `${at}/${name}`);
  }
  await closeAll(socket);
});

scenario("rcvtimeo and sndtimeo limit the calls that have no limit of their own", async () => {
  const [client, server] = await connection();
  assert.is(setSocketOption(client, level, SocketOpt.rcvtimeo, 30), true);
  assert.is(getSocketOption(client, level, SocketOpt.rcvtimeo), 30);
  assert.is(await within(5, receiveInto(client, Buffer.alloc(1))), -11);
  assert.is(setSocketOption(client, level, SocketOpt.rcvtimeo, 0), true);
  assert.is(setSocketOption(client, level, SocketOpt.sndtimeo, 30), true);
  const sent = await within(5, send(client, Buffer.alloc(64 << 20)));
  assert.ok(sent > 0 && sent < 64 << 20, String(sent));
  await closeAll(client, server);
});

scenario("rcvlowat makes a receive wait for as many bytes", async () => {
  const [client, server] = await connection();
  assert.is(setSocketOption(server, level, SocketOpt.rcvlowat, 6), true);
  assert.is(getSocketOption(server, level, SocketOpt.rcvlowat), 6);
  const receiving = receive(server, 100);
  await send(client, Buffer.from("abc"));
  await sendNonBlocking(client, Buffer.from("def"), 1);
  assert.is(String(await receiving), "abcdef");
  await closeAll(client, server);
});

scenario("wrong values fail, wrong arguments throw, and so does a closed socket", async () => {
  const socket = stream();
  assert.is(setSocketOption(socket, IpProto.tcp, TcpOpt.keepidle, 0), false);
  assert.is(setSocketOption(socket, IpProto.tcp, TcpOpt.keepidle, -1), false);
  assert.is(setSocketOption(socket, level, SocketOpt.rcvtimeo, -1), false);
  assert.throws(() => setSocketOption(socket, level, SocketOpt.keepalive, 0.5), /value must be an integer/);
  assert.throws(() => getSocketOption(socket, -1, 1), /level must be from 0/);
  await closeAll(socket);
  assert.throws(
    () => getSocketOption(socket, level, 1),
    (error: unknown) => {
      return error instanceof NetError && error.code === "EBADF";
    },
  );
});

scenario("a pair has the options of its own state only", async () => {
  const [a, b] = must(openSocketPair());
  assert.is(getSocketOption(a, level, SocketOpt.domain), AddressFamily.unix);
  assert.is(getSocketOption(a, level, SocketOpt.type), SocketType.stream);
  assert.is(setSocketOption(a, level, SocketOpt.keepalive, 1), false);
  assert.is(setSocketOption(b, level, SocketOpt.rcvtimeo, 20), true);
  assert.is(await within(5, receiveInto(b, Buffer.alloc(1))), -11);
  await closeAll(a, b);
});

scenario("an accepted connection is without delay too, as the host promises", async () => {
  const [listener, at] = await listening();
  const client = await connected(at);
  const server = must(await accept(listener));
  assert.is(getSocketOption(server, IpProto.tcp, TcpOpt.nodelay), 1);
  if (canAsk) assert.is(kernel(client, IpProto.tcp, TcpOpt.nodelay), 1);
  await closeAll(client, server, listener);
});

test.run();
