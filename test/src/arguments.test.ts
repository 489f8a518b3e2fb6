/** Arguments of a wrong type or out of range: a throw at once, with the argument's name and value. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as wasock from "../../src/index.ts";
import { scenario } from "./support/scenario.ts";
import { closeAll, connection, datagram, stream } from "./support/sockets.ts";

/** What TypeScript would not let through. */
const bad = (value: unknown): never => value as never;

const bytes = new Uint8Array(8);
const address = wasock.makeSockaddr("127.0.0.1", 1);
const info = wasock.makeAddressInfo(2, 1, 0);

/** What would be sent beyond its memory is somebody else's. */
class Longer extends Uint8Array {
  override get length(): number {
    return 1000;
  }
}

/** A call and the words that its error must have. */
type Case = [call: () => unknown, ...words: string[]];

/** Wrong arguments by function; `open` is a connected socket, `closed` is one that was closed. */
function cases(open: wasock.Socket, closed: wasock.Socket): Record<string, Case[]> {
  const { net, sockets, messages } = {
    net: (call: (host: unknown, service: unknown) => unknown): Case[] => [
      [() => call(undefined, 80), "host", "undefined"],
      [() => call(7, 80), "host", "7"],
      [() => call("a\0b", 80), "host", "null character"],
      [() => call("x".repeat(2000), 80), "host", "2000"],
      [() => call("127.0.0.1", 70000), "service", "70000"],
      [() => call("127.0.0.1", -1), "service", "-1"],
      [() => call("127.0.0.1", 1.5), "service", "1.5"],
      [() => call("127.0.0.1", Number.NaN), "service", "NaN"],
      [() => call("127.0.0.1", {}), "service", "Object"],
      [() => call("127.0.0.1", true), "service", "true"],
      [() => call("127.0.0.1", undefined), "service", "undefined"],
    ],
    sockets: (call: (socket: wasock.Socket) => unknown, syscall?: string): Case[] => [
      [() => call(bad(undefined)), "socket", "undefined"],
      [() => call(bad(null)), "socket", "null"],
      [() => call(bad(false)), "socket", "false"],
      [() => call(bad(3)), "socket", "3"],
      [() => call(bad({ family: 2, type: 1 })), "socket", "Object"],
      ...(syscall === undefined ? [] : [[() => call(closed), syscall, "EBADF"] satisfies Case]),
    ],
    messages: (
      call: (socket: wasock.Socket, flags?: number, ai?: wasock.AddressInfo) => unknown,
      syscall: string,
    ): Case[] => [
      ...sockets((socket) => call(socket), syscall),
      [() => call(open, bad("0")), "flags", '"0"'],
      [() => call(open, -1), "flags", "-1"],
      [() => call(open, 0.5), "flags", "0.5"],
      [() => call(open, 2 ** 31), "flags", "2147483648"],
      [() => call(open, bad(null)), "flags", "null"],
      [() => call(open, 0, bad(address)), "ai", "Sockaddr"],
      [() => call(open, 0, bad(null)), "ai", "null"],
    ],
  };
  const buffers = (call: (value: never) => unknown): Case[] => [
    [() => call(bad("text")), "bytes", '"text"'],
    [() => call(bad(new Longer(5))), "bytes", "its own length"],
    [() => call(bad(undefined)), "bytes", "undefined"],
    [() => call(bad([1, 2])), "bytes", "Array"],
    [() => call(bad(new ArrayBuffer(4))), "bytes", "ArrayBuffer"],
    [() => call(bad(new Uint16Array(4))), "bytes", "Uint16Array"],
  ];
  const limits = (call: (value: never) => unknown): Case[] => [
    [() => call(bad(-1)), "timeout", "-1"],
    [() => call(bad(-1e-9)), "timeout", "-1e-9"],
    [() => call(bad(Number.NaN)), "timeout", "NaN"],
    [() => call(bad("1")), "timeout", '"1"'],
    [() => call(bad(true)), "timeout", "true"],
    [() => call(bad(undefined)), "timeout", "undefined"],
    [() => call(bad(5n)), "timeout", "5"],
  ];
  const counts = (call: (value: never) => unknown): Case[] => [
    [() => call(bad(-1)), "n", "-1"],
    [() => call(bad(2 ** 31)), "n", "2147483648"],
    [() => call(bad(1.5)), "n", "1.5"],
    [() => call(bad("8")), "n", '"8"'],
    [() => call(bad(undefined)), "n", "undefined"],
  ];
  const numbers = (
    call: (a: number, b: number, c: number) => unknown,
    names: [string, string, string],
  ): Case[] =>
    names.flatMap((name, place) =>
      [-1, 65536, 1.5, Number.NaN, bad("2"), bad(undefined), bad(null)]
        // the last one of `socket` may be left out
        .filter((value) => value !== undefined || place < 2)
        .map((value): Case => {
          const values: [number, number, number] = [2, 1, 0];
          values[place] = value;
          return [() => call(...values), name, typeof value === "string" ? '"2"' : String(value)];
        }),
    );
  const addresses = (call: (address: never, length?: number) => unknown): Case[] => [
    [() => call(bad("127.0.0.1")), "address", '"127.0.0.1"'],
    [() => call(bad(null)), "address", "null"],
    [() => call(bad(info)), "address", "AddressInfo"],
    [() => call(bad(address), 15), "length", "15"],
    [() => call(bad(address), -1), "length", "-1"],
    [() => call(bad(address), bad("16")), "length", '"16"'],
    [() => call(bad(address), 1000), "length", "1000"],
  ];
  const infos = (call: (ai: never) => unknown): Case[] => [
    [() => call(bad(undefined)), "ai", "undefined"],
    [() => call(bad(null)), "ai", "null"],
    [() => call(bad({ family: 2 })), "ai", "Object"],
  ];
  const texts = (call: (errno: number) => unknown): Case[] => [
    [() => call(bad("-111")), "errno", '"-111"'],
    [() => call(Number.NaN), "errno", "NaN"],
    [() => call(-5000), "errno", "-5000"],
  ];
  return {
    getAddressInfo: [
      ...net((host, service) => wasock.getAddressInfo(bad(host), bad(service))),
      [() => wasock.getAddressInfo("::1", 80, bad(null)), "hints", "null"],
      [() => wasock.getAddressInfo("::1", 80, bad({})), "hints", "Object"],
    ],
    makeAddressInfo: [
      ...numbers((...values) => wasock.makeAddressInfo(...values), ["family", "socketType", "protocol"]),
      [() => wasock.makeAddressInfo(2, 1, 0, -1), "flags", "-1"],
      [() => wasock.makeAddressInfo(2, 1, 0, bad("1")), "flags", '"1"'],
    ],
    AddressInfo: [
      [() => new wasock.AddressInfo(2, 1, 0, 0, bad("::1")), "address", '"::1"'],
      [() => new wasock.AddressInfo(2, 1, 0, 0, null, null, bad({})), "next", "Object"],
      [() => new wasock.AddressInfo(2, 1, 0, 0, null, bad(5)), "canonname", "5"],
    ],
    addressInfoFamily: infos(wasock.addressInfoFamily),
    addressInfoSocketType: infos(wasock.addressInfoSocketType),
    addressInfoProtocol: infos(wasock.addressInfoProtocol),
    addressInfoFlags: infos(wasock.addressInfoFlags),
    addressInfoAddress: infos(wasock.addressInfoAddress),
    addressInfoAddressLength: infos(wasock.addressInfoAddressLength),
    addressInfoCanonname: infos(wasock.addressInfoCanonname),
    addressInfoNext: infos(wasock.addressInfoNext),
    makeSockaddr: [
      [() => wasock.makeSockaddr(bad(5)), "address", "5"],
      [() => wasock.makeSockaddr(bad(null)), "address", "null"],
      [() => wasock.makeSockaddr("localhost"), "address", '"localhost"'],
      [() => wasock.makeSockaddr("127.0.0.1", 70000), "port", "70000"],
      [() => wasock.makeSockaddr("127.0.0.1", -1), "port", "-1"],
      [() => wasock.makeSockaddr("127.0.0.1", bad("80")), "port", '"80"'],
      [() => wasock.makeSockaddr(undefined, Number.POSITIVE_INFINITY), "port", "Infinity"],
    ],
    sockaddrName: addresses((value) => wasock.sockaddrName(value)).slice(0, 3),
    sockaddrPort: addresses((value) => wasock.sockaddrPort(value)).slice(0, 3),
    getPeerName: sockets((socket) => wasock.getPeerName(socket), "getpeername"),
    getSocketName: sockets((socket) => wasock.getSocketName(socket), "getsockname"),
    socket: numbers((...values) => wasock.socket(...values), ["family", "type", "protocol"]),
    bind: [
      ...sockets((socket) => wasock.bind(socket, address), "bind"),
      ...addresses((value, length) => wasock.bind(open, value, length)),
    ],
    listen: [
      ...sockets((socket) => wasock.listen(socket, 1), "listen"),
      [() => wasock.listen(open, -1), "backlog", "-1"],
      [() => wasock.listen(open, 2 ** 31), "backlog", "2147483648"],
      [() => wasock.listen(open, bad(undefined)), "backlog", "undefined"],
    ],
    accept: [
      ...sockets((socket) => wasock.accept(socket), "accept"),
      ...addresses((value, length) => wasock.accept(open, value, length)),
    ],
    connect: [
      ...sockets((socket) => wasock.connect(socket, address), "connect"),
      ...addresses((value, length) => wasock.connect(open, value, length)),
    ],
    shutdown: [
      ...sockets((socket) => wasock.shutdown(socket, "both"), "shutdown"),
      [() => wasock.shutdown(open, bad("all")), "how", '"all"'],
      [() => wasock.shutdown(open, bad(1)), "how", "1"],
      [() => wasock.shutdown(open, bad(["read"])), "how", "Array"],
      [() => wasock.shutdown(open, bad("toString")), "how", '"toString"'],
    ],
    close: sockets((socket) => wasock.close(socket)),
    makeListenerSocket: [
      ...infos((ai) => wasock.makeListenerSocket(ai)),
      [() => wasock.makeListenerSocket(info), "ai", "address"],
      [() => wasock.makeListenerSocket(info, -1), "maxConn", "-1"],
      [() => wasock.makeListenerSocket(info, bad("5")), "maxConn", '"5"'],
    ],
    openNetIo: [
      ...net((host, service) => wasock.openNetIo(bad(host), bad(service))),
      [() => wasock.openNetIo("127.0.0.1", bad(null)), "service", "null"],
    ],
    withNetIo: [
      ...net((host, service) => wasock.withNetIo(bad(host), bad(service), () => 0)),
      [() => wasock.withNetIo("127.0.0.1", bad(null), () => 0), "service", "null"],
      [() => wasock.withNetIo("127.0.0.1", 80, bad(undefined)), "proc", "undefined"],
      [() => wasock.withNetIo("127.0.0.1", 80, bad("proc")), "proc", '"proc"'],
    ],
    send: [
      ...messages((socket, ...rest) => wasock.send(socket, bytes, ...rest), "send"),
      ...buffers((value) => wasock.send(open, value)),
    ],
    sendNonBlocking: [
      ...messages((socket, ...rest) => wasock.sendNonBlocking(socket, bytes, 0, ...rest), "send"),
      ...buffers((value) => wasock.sendNonBlocking(open, value, 0)),
      ...limits((value) => wasock.sendNonBlocking(open, bytes, value)),
    ],
    onNetwork: [
      [() => wasock.onNetwork(bad(undefined)), "network", "undefined"],
      [() => wasock.onNetwork(bad(null)), "network", "null"],
      [() => wasock.onNetwork(bad("lo")), "network", '"lo"'],
      [() => wasock.onNetwork(bad({})), "network", "bindTcp"],
    ],
    receiveMany: [
      ...sockets((socket) => wasock.receiveMany(socket, 1), "recv"),
      ...counts((value) => wasock.receiveMany(open, value)),
      [() => wasock.receiveMany(open, 0), "n", "0"],
    ],
    receiveInto: [
      ...messages((socket, ...rest) => wasock.receiveInto(socket, bytes, ...rest), "recv"),
      ...buffers((value) => wasock.receiveInto(open, value)),
    ],
    receiveIntoNonBlocking: [
      ...messages((socket, ...rest) => wasock.receiveIntoNonBlocking(socket, bytes, 0, ...rest), "recv"),
      ...buffers((value) => wasock.receiveIntoNonBlocking(open, value, 0)),
      ...limits((value) => wasock.receiveIntoNonBlocking(open, bytes, value)),
    ],
    receive: [
      ...messages((socket, ...rest) => wasock.receive(socket, 8, ...rest), "recv"),
      ...counts((value) => wasock.receive(open, value)),
    ],
    receiveNonBlocking: [
      ...messages((socket, ...rest) => wasock.receiveNonBlocking(socket, 8, 0, ...rest), "recv"),
      ...counts((value) => wasock.receiveNonBlocking(open, value, 0)),
      ...limits((value) => wasock.receiveNonBlocking(open, 8, value)),
    ],
    openSocketPair: [
      [() => wasock.openSocketPair(-1), "family", "-1"],
      [() => wasock.openSocketPair(1, 70000), "type", "70000"],
      [() => wasock.openSocketPair(1, 1, bad("0")), "protocol", '"0"'],
    ],
    getSocketOption: [
      ...sockets((socket) => wasock.getSocketOption(socket, 1, 3), "getsockopt"),
      [() => wasock.getSocketOption(open, -1, 3), "level", "-1"],
      [() => wasock.getSocketOption(open, 1, bad("3")), "name", '"3"'],
    ],
    setSocketOption: [
      ...sockets((socket) => wasock.setSocketOption(socket, 1, 9, 1), "setsockopt"),
      [() => wasock.setSocketOption(open, 1.5, 9, 1), "level", "1.5"],
      [() => wasock.setSocketOption(open, 1, -9, 1), "name", "-9"],
      [() => wasock.setSocketOption(open, 1, 9, 2 ** 31), "value", "2147483648"],
      [() => wasock.setSocketOption(open, 1, 9, bad(true)), "value", "true"],
    ],
    errorName: texts(wasock.errorName),
    errorMessage: texts(wasock.errorMessage),
    InputPort: sockets((socket) => new wasock.InputPort(socket)),
    OutputPort: sockets((socket) => new wasock.OutputPort(socket)),
  };
}

/** What takes no argument that could be wrong. */
const exempt = new Set(["isAddressInfo", "isSockaddr", "lastError", "NetError", "Sockaddr", "Socket"]);

scenario("every function throws at once, with the argument's name and value", async () => {
  const [open, peer] = await connection();
  const closed = stream();
  await wasock.close(closed);
  const all = cases(open, closed);
  const functions = Object.entries(wasock).filter(
    ([name, value]) => typeof value === "function" && !exempt.has(name),
  );
  assert.equal(Object.keys(all).sort(), functions.map(([name]) => name).sort(), "every function is here");
  for (const [name, list] of Object.entries(all)) {
    for (const [call, ...words] of list) {
      let thrown: unknown;
      try {
        call();
      } catch (error) {
        thrown = error;
      }
      assert.ok(thrown instanceof Error, `${name}: nothing was thrown by ${call}`);
      for (const word of words)
        assert.ok(thrown.message.includes(word), `${name}: "${thrown.message}" lacks "${word}"`);
      const isKind =
        thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof wasock.NetError;
      assert.ok(isKind, `${name}: ${thrown.constructor.name}`);
    }
  }
  // none of them has done anything
  assert.is(await wasock.receiveNonBlocking(peer, 8, 0), false);
  await closeAll(open, peer);
});

scenario("a closed socket is refused by every call, and closing it again is fine", async () => {
  const socket = datagram();
  const closing = wasock.close(socket);
  assert.is(socket.closed, true);
  assert.is(wasock.close(socket), closing);
  await closing;
  await wasock.close(socket);
  await socket.close();
  await socket[Symbol.asyncDispose]();
  try {
    wasock.send(socket, bytes);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, wasock.NetError);
    const { code, errno, syscall, message } = error as wasock.NetError;
    assert.equal([code, errno, syscall], ["EBADF", -9, "send"]);
    assert.is(message, "send: socket is closed (EBADF)");
  }
});

test.run();
