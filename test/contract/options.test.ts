/** The contract: socket options. */
import * as assert from "uvu/assert";
import {
  AddressFamily,
  IpOpt,
  IpProto,
  Ipv6Opt,
  Level,
  SocketOpt,
  SocketType,
  TcpOpt,
} from "../../src/constants.ts";
import { contract, forEachFamily } from "./contract.ts";
import { listening, newSocket } from "./steps.ts";

const { promise, run } = await contract("options");

const { stream, datagram } = SocketType;
const level = Level.socket;

forEachFamily((family) => {
  const { label } = family;

  promise(`type, domain, protocol, error and acceptconn are the socket's own (${label})`, async (given) => {
    const { side } = given;
    for (const [type, protocol] of [
      [stream, IpProto.tcp],
      [datagram, IpProto.udp],
    ] as const) {
      const socket = await newSocket(given, family.family, type);
      for (const [name, value] of [
        [SocketOpt.type, type],
        [SocketOpt.domain, family.family],
        [SocketOpt.protocol, protocol],
        [SocketOpt.error, 0],
        [SocketOpt.acceptconn, 0],
      ] as const) {
        assert.is(await side.getSocketOption(socket, level, name), value, `${type} ${name}`);
        assert.is(await side.setSocketOption(socket, level, name, 1), false, `${type} ${name}`);
      }
    }
  });

  promise(`a listener says that it listens, and that it reuses addresses (${label})`, async (given) => {
    const { socket } = await listening(given, family);
    assert.is(await given.side.getSocketOption(socket, level, SocketOpt.acceptconn), 1);
    assert.is(await given.side.getSocketOption(socket, level, SocketOpt.reuseaddr), 1);
  });

  promise(`keepalive is off, and can be switched on and off (${label})`, async (given) => {
    const { side } = given;
    const socket = await newSocket(given, family.family, stream);
    assert.is(await side.getSocketOption(socket, level, SocketOpt.keepalive), 0);
    for (const value of [1, 0]) {
      assert.is(await side.setSocketOption(socket, level, SocketOpt.keepalive, value), true);
      assert.is(await side.getSocketOption(socket, level, SocketOpt.keepalive), value);
    }
  });

  promise(`keepidle is in seconds, and 0 or less is refused (${label})`, async (given) => {
    const { side } = given;
    const socket = await newSocket(given, family.family, stream);
    assert.is(await side.setSocketOption(socket, IpProto.tcp, TcpOpt.keepidle, 55), true);
    assert.is(await side.getSocketOption(socket, IpProto.tcp, TcpOpt.keepidle), 55);
    for (const wrong of [0, -1]) {
      assert.is(await side.setSocketOption(socket, IpProto.tcp, TcpOpt.keepidle, wrong), false);
    }
    assert.is(await side.getSocketOption(socket, IpProto.tcp, TcpOpt.keepidle), 55);
  });

  promise(`the hop limit of datagrams is an option of their own family's level (${label})`, async (given) => {
    const { side } = given;
    const socket = await newSocket(given, family.family, datagram);
    const hops: readonly (readonly [number, number])[] = [
      [IpProto.ip, IpOpt.ttl],
      [IpProto.ipv6, Ipv6Opt.unicastHops],
    ];
    const isInet = family.family === AddressFamily.inet;
    const [mine, other] = isInet ? hops : [...hops].reverse();
    if (mine === undefined || other === undefined) throw new Error("unreachable");
    assert.is(await side.setSocketOption(socket, ...mine, 9), true);
    assert.is(await side.getSocketOption(socket, ...mine), 9);
    assert.is(await side.setSocketOption(socket, ...mine, 256), false);
    assert.is(await side.setSocketOption(socket, ...other, 9), false);
    assert.is(await side.getSocketOption(socket, ...other), null);
  });
});

promise("rcvtimeo and sndtimeo are kept in milliseconds, and limit calls without a limit", async (given) => {
  const { side } = given;
  const socket = await newSocket(given, AddressFamily.inet, datagram);
  await side.bind(socket, await side.makeSockaddr("127.0.0.1", 0));
  for (const name of [SocketOpt.rcvtimeo, SocketOpt.sndtimeo]) {
    assert.is(await side.getSocketOption(socket, level, name), 0);
    assert.is(await side.setSocketOption(socket, level, name, 30), true);
    assert.is(await side.getSocketOption(socket, level, name), 30);
    assert.is(await side.setSocketOption(socket, level, name, -1), false);
  }
  assert.is(await side.receiveInto(socket, new Uint8Array(1)), -11);
});

promise("what the system can't be asked for fails, and is not remembered", async (given) => {
  const { side } = given;
  const socket = await newSocket(given, AddressFamily.inet, stream);
  for (const [at, name] of [
    [level, SocketOpt.debug],
    [level, SocketOpt.dontroute],
    [level, SocketOpt.oobinline],
    [level, SocketOpt.broadcast],
    [level, 9999],
    [IpProto.udp, 1],
    [IpProto.tcp, 9999],
  ] as const) {
    assert.is(await side.setSocketOption(socket, at, name, 1), false, `${at}/${name}`);
    assert.is(await side.getSocketOption(socket, at, name), null, `${at}/${name}`);
  }
});

run();
