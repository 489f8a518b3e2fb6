/**
 * An echo server (RFC 862): sends back whatever comes, over TCP and UDP, IPv4 and IPv6.
 *
 *     node build/examples/echo-server.js [PORT [HOST…]]
 *
 * PORT defaults to 7007 (0 takes any free one), HOST to localhost; `127.0.0.1 ::1` names both families.
 * Try `socat - TCP:localhost:7007` and `socat - UDP:localhost:7007`.
 */
import { pipeline } from "node:stream/promises";
import {
  AddressFamily,
  type AddressInfo,
  accept,
  bind,
  getAddressInfo,
  getSocketName,
  InputPort,
  makeAddressInfo,
  makeListenerSocket,
  OutputPort,
  receive,
  type Socket,
  SocketType,
  send,
  socket,
} from "wasock";

const [port = "7007", ...hosts] = process.argv.slice(2);
const open = new Set<Socket>();

async function openServer(candidate: AddressInfo): Promise<Socket> {
  if (candidate.socketType === SocketType.stream) return makeListenerSocket(candidate);
  const server = socket(candidate.family, candidate.socketType);
  if (server !== false && (await bind(server, candidate.address!))) return server;
  if (server !== false) await server.close();
  throw new Error(`cannot bind ${candidate.address} for datagrams`);
}

async function serveStreams(listener: Socket): Promise<void> {
  for (;;) {
    const connection = await accept(listener);
    if (connection === false) return;
    open.add(connection);
    // The ports are Node streams: a client that reads slowly is read from slowly.
    pipeline(new InputPort(connection), new OutputPort(connection))
      .catch(() => {}) // a client that breaks off has had its echo
      .finally(() => open.delete(connection) && connection.close());
  }
}

async function serveDatagrams(server: Socket): Promise<void> {
  const sender = makeAddressInfo(server.family, server.type, 0);
  while (!server.closed) {
    const message = await receive(server, 65535, 0, sender);
    if (message !== false) await send(server, message, 0, sender);
  }
}

function serve(server: Socket): Promise<void> {
  return server.type === SocketType.stream ? serveStreams(server) : serveDatagrams(server);
}

const stop = (): void => open.forEach((each) => void each.close());

try {
  const anyType = makeAddressInfo(AddressFamily.unspecified, SocketType.any, 0);
  for (const host of hosts.length > 0 ? hosts : ["localhost"]) {
    const candidates = await getAddressInfo(host, port, anyType);
    if (candidates === null) throw new Error(`${host} port ${port}: no such address`);
    for (const candidate of candidates) {
      if (candidate.socketType === SocketType.raw) continue;
      const server = await openServer(candidate);
      open.add(server);
      const protocol = server.type === SocketType.stream ? "tcp" : "udp";
      console.log(`listening on ${protocol} ${getSocketName(server)}`);
    }
  }
  process.once("SIGINT", stop).once("SIGTERM", stop);
  await Promise.all(Array.from(open, serve));
} catch (error) {
  console.error(`echo-server: ${(error as Error).message}`);
  process.exitCode = 1;
  stop();
}
