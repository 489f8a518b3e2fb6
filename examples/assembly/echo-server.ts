// An echo server (RFC 862): sends back whatever comes, over TCP and UDP.
//
//     wasock build echo-server.ts && wasock run --allow-listen --allow-net=udp://* echo-server.wasm [PORT [HOST]]
//
// PORT defaults to 7007 (0 takes any free ones), HOST to 127.0.0.1. Try `socat - TCP:localhost:7007`.

import {
  args,
  bind,
  Connection,
  Datagrams,
  getAddressInfo,
  getSocketName,
  Loop,
  makeAddressInfo,
  makeListenerSocket,
  print,
  Sockaddr,
  Socket,
  SocketType,
  sockaddrName,
  sockaddrPort,
  socket,
} from "wasock/assembly";

class Echo extends Connection {
  // A client that does not read is not read from either, so that little has to be kept for it.
  onData(bytes: Uint8Array): void {
    this.write(bytes);
  }
}

class EchoDatagrams extends Datagrams {
  onMessage(bytes: Uint8Array, from: Sockaddr): void {
    this.send(bytes, from);
  }
}

function tell(protocol: string, socket: Socket): void {
  const own = getSocketName(socket)!;
  print(`listening on ${protocol} ${sockaddrName(own)}:${sockaddrPort(own)}`);
}

// In a function, so that the compiler remembers what was looked at: of globals it does not.
function main(): void {
  const given = args();
  const port = given.length > 1 ? given[1] : "7007";
  const host = given.length > 2 ? given[2] : "127.0.0.1";
  const loop = new Loop();

  const stream = getAddressInfo(host, port);
  const datagram = getAddressInfo(host, port, makeAddressInfo(0, SocketType.datagram, 0));
  if (!stream || !datagram) throw new Error(`${host} port ${port}: no such address`);

  const listener = makeListenerSocket(stream);
  tell("tcp", listener);
  loop.serve(listener, () => new Echo());

  const receiver = socket(datagram.family, datagram.socketType);
  if (!receiver || !bind(receiver, datagram.address!))
    throw new Error(`cannot bind port ${port} for datagrams`);
  tell("udp", receiver);
  loop.receive(receiver, new EchoDatagrams());

  loop.run();
}

main();
