/**
 * What the library can do in the runtime that runs this: one line of JSON a check, with what came of it.
 *
 * Plain calls and no test runner, since it has to run on Deno and Bun too. The kernel is asked by the process that
 * has started this one (main.ts): a line with `ask` is answered on the standard input. The arguments are files: commands of
 * WASI 0.2, whose argument is a port, and of 0.3, which end well when an echo server answers them.
 */
import { once } from "node:events";
import * as net from "node:net";
import { createInterface } from "node:readline";
import { runCommand } from "../../host/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import * as wasock from "../../src/index.ts";
import {
  GUEST_HISTORY,
  guestHistory,
  LIBRARY_HISTORY,
  LIBRARY_LINK,
  libraryHistory,
} from "../testing/histories.ts";

/** A line of the output. */
export type Line =
  | { readonly check: string; readonly error: string | null }
  /** What the kernel has for these options of this process's sockets. */
  | { readonly ask: readonly (readonly [port: number, level: number, name: number])[] };

const { AddressFamily, IpOpt, IpProto, Level, SocketOpt, SocketType, TcpOpt } = wasock;
const LIMIT_SECONDS = 10;

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function say(line: Line): void {
  console.log(JSON.stringify(line));
}

async function kernel(...ask: [port: number, level: number, name: number][]): Promise<(number | null)[]> {
  say({ ask });
  return JSON.parse(String((await answers.next()).value)) as (number | null)[];
}

function same(seen: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} instead of ${b}`);
}

/** Runs a check, and tells what came of it. */
async function check(name: string, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it hangs")), LIMIT_SECONDS * 1000);
  });
  try {
    await Promise.race([work(), late]);
    say({ check: name, error: null });
  } catch (error) {
    say({ check: name, error: error instanceof Error ? error.message : String(error) });
  } finally {
    clearTimeout(timer);
  }
}

/** The class's methods throw with the reason, where the functions only say that it failed. */
function stream(): wasock.Socket {
  return new wasock.Socket(AddressFamily.inet, SocketType.stream);
}

function datagram(): wasock.Socket {
  return new wasock.Socket(AddressFamily.inet, SocketType.datagram);
}

const loopback = () => wasock.makeSockaddr("127.0.0.1", 0);

/** A server of the runtime's own, for what needs no listener of ours. */
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("data", (bytes) => socket.write(bytes));
  socket.on("end", () => socket.end("."));
  socket.on("error", () => {});
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as net.AddressInfo;

await check("connect, send, receive, half-close", async () => {
  const socket = stream();
  await socket.connect(wasock.makeSockaddr("127.0.0.1", port));
  await socket.send(Buffer.from("hello"));
  socket.shutdown("write");
  let text = "";
  for (;;) {
    const bytes = await socket.receive(100);
    if (bytes.length === 0) break;
    text += String(Buffer.from(bytes));
  }
  same(text, "hello.");
  await socket.close();
});

await check("a refused connection is told as such", async () => {
  const gone = net.createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port: free } = gone.address() as net.AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const socket = wasock.socket(AddressFamily.inet, SocketType.stream) as wasock.Socket;
  same(await wasock.connect(socket, wasock.makeSockaddr("127.0.0.1", free)), -111);
});

await check("look a name up", async () => {
  const info = await wasock.getAddressInfo("localhost", 80);
  if (info === null) throw new Error("localhost is not found");
});

await check("socket pairs in memory", async () => {
  const pair = wasock.Socket.openSocketPair();
  await pair[0].send(Buffer.from("hi"));
  same(String(Buffer.from(await pair[1].receive(10))), "hi");
});

await check("bind a TCP socket without listening", async () => {
  const socket = stream();
  await socket.bind(loopback());
  const client = wasock.socket(AddressFamily.inet, SocketType.stream) as wasock.Socket;
  same(await wasock.connect(client, wasock.getSocketName(socket) as wasock.Sockaddr), -111);
  await socket.close();
});

await check("listen and accept", async () => {
  const listener = stream();
  await listener.bind(loopback());
  await listener.listen(16);
  const client = stream();
  const connecting = client.connect(wasock.getSocketName(listener) as wasock.Sockaddr);
  const accepted = await listener.accept();
  await connecting;
  await accepted.send(Buffer.from("from the server"));
  await accepted.close();
  same(String(Buffer.from(await client.receive(100))), "from the server");
  same((await client.receive(100)).length, 0);
  await client.close();
  await listener.close();
});

await check("connect from a port that was chosen", async () => {
  const socket = stream();
  await socket.bind(loopback());
  const from = wasock.getSocketName(socket)?.port;
  await socket.connect(wasock.makeSockaddr("127.0.0.1", port));
  await socket.send(Buffer.from("x"));
  same([String(await socket.receive(1)), wasock.getSocketName(socket)?.port], ["x", from]);
  await socket.close();
});

await check("datagrams", async () => {
  const [a, b] = [datagram(), datagram()];
  await a.bind(loopback());
  await b.connect(wasock.getSocketName(a) as wasock.Sockaddr);
  for (const text of ["one", "two"]) {
    await b.send(Buffer.from(text));
    same(String(Buffer.from(await a.receive(10))), text);
  }
  await a.close();
  await b.close();
});

await check("datagrams on loopback keep their order", async () => {
  const [a, b] = [datagram(), datagram()];
  await a.bind(loopback());
  await b.connect(wasock.getSocketName(a) as wasock.Sockaddr);
  const sent = Array.from({ length: 50 }, (_, i) => String(i));
  for (const text of sent) await b.send(Buffer.from(text));
  const seen: string[] = [];
  while (seen.length < sent.length) seen.push(String(Buffer.from(await a.receive(10))));
  await a.close();
  await b.close();
  if (seen.join() !== sent.join()) throw new Error("they come in another order");
});

await check("a datagram that nobody takes is told as an error", async () => {
  const [a, b] = [datagram(), datagram()];
  await a.bind(loopback());
  await b.connect(wasock.getSocketName(a) as wasock.Sockaddr);
  await a.close();
  await b.send(Buffer.from("lost"));
  same(await wasock.receiveIntoNonBlocking(b, Buffer.alloc(10), 3), -111);
  await b.close();
});

await check("TCP no-delay and keep-alive reach the kernel", async () => {
  const socket = stream();
  await socket.connect(wasock.makeSockaddr("127.0.0.1", port));
  const own = wasock.getSocketName(socket)?.port ?? 0;
  const wanted: [level: number, name: number, value: number][] = [
    [IpProto.tcp, TcpOpt.nodelay, 1],
    [Level.socket, SocketOpt.keepalive, 1],
    [IpProto.tcp, TcpOpt.keepidle, 33],
  ];
  for (const [level, name, value] of wanted) same(wasock.setSocketOption(socket, level, name, value), true);
  same(
    await kernel(...wanted.map(([level, name]) => [own, level, name] as [number, number, number])),
    wanted.map(([, , value]) => value),
  );
  await socket.close();
});

await check("the UDP hop limit reaches the kernel", async () => {
  const socket = datagram();
  await socket.bind(loopback());
  const own = wasock.getSocketName(socket)?.port ?? 0;
  same(wasock.setSocketOption(socket, IpProto.ip, IpOpt.ttl, 9), true);
  same(await kernel([own, IpProto.ip, IpOpt.ttl]), [9]);
  await socket.close();
});

await check("UDP buffer sizes reach the kernel", async () => {
  const socket = datagram();
  await socket.bind(loopback());
  const own = wasock.getSocketName(socket)?.port ?? 0;
  if (!wasock.setSocketOption(socket, Level.socket, SocketOpt.rcvbuf, 40_000)) throw new Error("ENOPROTOOPT");
  same(await kernel([own, Level.socket, SocketOpt.rcvbuf]), [80_000]);
  await socket.close();
});

await check("TCP hop limit and buffer sizes reach the kernel, with koffi", async () => {
  const socket = stream();
  await socket.connect(wasock.makeSockaddr("127.0.0.1", port));
  const own = wasock.getSocketName(socket)?.port ?? 0;
  if (!wasock.setSocketOption(socket, IpProto.ip, IpOpt.ttl, 9)) throw new Error("ENOPROTOOPT");
  same(await kernel([own, IpProto.ip, IpOpt.ttl]), [9]);
  await socket.close();
});

for (const [wasi, file] of [
  ["0.2", process.argv[2]],
  ["0.3", process.argv[3]],
] as const) {
  for (const [way, blocking] of [
    ["suspended", false],
    ["on a thread that blocks", true],
  ] as const) {
    await check(`\`runCommand\` of WASI ${wasi}, ${way}`, async () => {
      const { exitCode, trapped } = await runCommand(file ?? "", {
        blocking,
        args: [String(port)],
        policy: { allowNet: ["127.0.0.1"] },
        stdout: "ignore",
      });
      if (trapped) throw new Error(trapped.message);
      same(exitCode, 0);
    });
  }
}

await check("`wasock/testing`: the library's history of a seed has the hash that all have", async () => {
  same(await libraryHistory(1, LIBRARY_LINK), LIBRARY_HISTORY);
});

await check("`wasock/testing`: two components' history of a seed has the hash that all have", async () => {
  same(await guestHistory(1, hasJspi ? {} : { blocking: true }), GUEST_HISTORY);
});

process.exit(0);
