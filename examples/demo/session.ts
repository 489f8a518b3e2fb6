/** The demo's session: the same calls on every side. */
import { AddressFamily, SocketType } from "../../src/index.ts";
import type { Side, SocketHandle } from "../../test/sides/side.ts";

/** The ports of the demo's servers on the loopback. */
export interface Ports {
  readonly http: number;
  readonly tcp: number;
  readonly udp: number;
  readonly mute: number;
}

/** What the session talks to. */
export interface Targets {
  readonly ports: Ports;
  /** The HTTP server: the demo's own, or the one that the user named. */
  readonly httpHost: string;
  readonly httpPort: number;
  /** Makes that many clients in another process connect to a port; how many were served. */
  connectClients(count: number, port: number): Promise<number>;
}

/** One step of the session. */
export interface Step {
  readonly title: string;
  /** Does it; what happened, in a few words. */
  run(side: Side, targets: Targets): Promise<string>;
}

const loopback = "127.0.0.1";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);
const count = (n: number): string => n.toLocaleString("en-US");

function must<T>(value: T | null | false, what: string): T {
  if (value === null || value === false) throw new Error(`${what} failed`);
  return value;
}

async function resolve(side: Side, { httpHost, httpPort }: Targets): Promise<string> {
  const host = side.can.lookup || httpHost !== loopback ? httpHost.replace(loopback, "localhost") : httpHost;
  let candidate = await side.getAddressInfo(host, httpPort);
  const found: string[] = [];
  while (candidate !== null) {
    found.push(
      await side.sockaddrName(must(await side.addressInfoAddress(candidate), "the candidate's address")),
    );
    candidate = await side.addressInfoNext(candidate);
  }
  if (found.length === 0) throw new Error(`${host} was not found`);
  return `${host} → ${found.slice(0, 3).join(", ")}`;
}

async function httpGet(side: Side, { httpHost, httpPort }: Targets): Promise<string> {
  const answer = await side.withNetIo(httpHost, httpPort, async (input, output) => {
    await output.write(bytes(`GET / HTTP/1.0\r\nHost: ${httpHost}\r\nConnection: close\r\n\r\n`));
    return input.readAll();
  });
  const status = text(answer.subarray(0, 200)).split("\r\n")[0] ?? "";
  if (!status.startsWith("HTTP/")) throw new Error(`the server answered ${JSON.stringify(status)}`);
  return `${status}, ${count(answer.length)} bytes`;
}

async function echo(side: Side, { ports }: Targets): Promise<string> {
  const sent = new Uint8Array(64 * 1024).map((_, i) => i * 31);
  const answer = await side.withNetIo(loopback, ports.tcp, async (input, output) => {
    const [read] = await Promise.all([
      side.can.concurrent ? input.readAll() : undefined,
      output.write(sent).then(() => output.end()),
    ]);
    return read ?? (await input.readAll());
  });
  if (Buffer.compare(answer, sent) !== 0)
    throw new Error(`${answer.length} bytes came back, and not those that were sent`);
  return `${count(sent.length)} bytes out, half-closed, the same ${count(answer.length)} back`;
}

async function datagrams(side: Side, { ports }: Targets): Promise<string> {
  return withSocket(side, SocketType.datagram, async (socket) => {
    await side.connect(socket, await side.makeSockaddr(loopback, ports.udp));
    await side.send(socket, bytes("is anybody there?"));
    const answer = await side.receiveNonBlocking(socket, 512, 2);
    return `within 2 s: ${JSON.stringify(text(must(answer, "the echo")))}`;
  });
}

async function silence(side: Side, { ports }: Targets): Promise<string> {
  return withSocket(side, SocketType.datagram, async (socket) => {
    await side.connect(socket, await side.makeSockaddr(loopback, ports.mute));
    await side.send(socket, bytes("is anybody there?"));
    const answer = await side.receiveNonBlocking(socket, 512, 0.05);
    if (answer !== false) throw new Error("something came from a port that never answers");
    return "nothing within 0.05 s: false";
  });
}

const CLIENTS = 100;

async function listener(side: Side, { connectClients }: Targets): Promise<string> {
  const socket = await side.makeListenerSocket(
    must(await side.getAddressInfo(loopback, 0), "the look-up"),
    CLIENTS,
  );
  try {
    const port = await side.sockaddrPort(must(await side.getSocketName(socket), "the listener's name"));
    const served = connectClients(CLIENTS, port);
    for (let i = 0; i < CLIENTS; i++) {
      const connection = must(await side.accept(socket), "accept");
      const name = must(await side.receive(connection, 100), "the client's message");
      await side.send(connection, bytes(`hello, ${text(name)}`));
      await side.close(connection);
    }
    const answered = await served;
    if (answered !== CLIENTS) throw new Error(`only ${answered} of ${CLIENTS} clients were answered`);
    return `${answered} clients accepted, heard and answered`;
  } finally {
    await side.close(socket);
  }
}

async function withSocket<T>(
  side: Side,
  type: number,
  use: (socket: SocketHandle) => Promise<T>,
): Promise<T> {
  const socket = must(await side.socket(AddressFamily.inet, type), "socket");
  try {
    return await use(socket);
  } finally {
    await side.close(socket);
  }
}

export const steps: readonly Step[] = [
  { title: "Resolve a name", run: resolve },
  { title: "HTTP GET through withNetIo", run: httpGet },
  { title: "TCP echo with half-close", run: echo },
  { title: "A datagram that is answered", run: datagrams },
  { title: "A datagram that is not", run: silence },
  { title: `A listener and ${CLIENTS} clients`, run: listener },
];
