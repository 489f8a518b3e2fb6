/** A relay: pages, and other programs with nothing but a WebSocket, reach TCP and UDP through it, as far as a policy lets them. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { type AuditSink, nodeNetwork, type PolicyRules, policyFromRules } from "../../host/index.ts";
import { SUBPROTOCOL } from "../../host/network/relay/packets.ts";
import { type LibraryOptions, onNetwork } from "../index.ts";
import { Session } from "./session.ts";

/** How a relay is served. */
export interface RelayServerOptions {
  /** Where it listens. */
  readonly address: string;
  readonly port: number;
  /** What clients may reach. */
  readonly policy: PolicyRules;
  readonly audit?: AuditSink;
  readonly caps?: LibraryOptions["caps"];
  readonly trace?: LibraryOptions["trace"];
  /** Pages that may use it beside those of this machine: origins, or `*` for all. */
  readonly origins: readonly string[];
}

/** A relay that is served. */
export interface RelayServer {
  readonly url: string;
  /** Ends it, and all connections. */
  close(): void;
}

const MOST_CLIENTS = 64;
/** What a packet that waits for a client is reckoned at beside its bytes. */
const PACKET_COST = 512;
/** The largest packet, in bytes. */
const MOST_BYTES = 1024 * 1024;
/** How often a client is asked whether it is there, in milliseconds; who has not answered by the next time has gone. */
const PING = 30_000;

/** What a browser says of a page: without it, no browser asks. */
function mayAsk({ headers: { origin } }: IncomingMessage, origins: readonly string[]): boolean {
  if (origin === undefined || origins.includes("*") || origins.includes(origin)) return true;
  const host = URL.canParse(origin) ? new URL(origin).hostname : "";
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/**
 * Serves a relay.
 *
 * @returns it, when it listens
 */
export async function serveRelay(options: RelayServerOptions): Promise<RelayServer> {
  const { address, port, origins, policy, audit, caps, trace } = options;
  const net = onNetwork(nodeNetwork, {
    policy: policyFromRules(policy),
    ...(audit !== undefined && { audit }),
    ...(caps !== undefined && { caps }),
    ...(trace !== undefined && { trace }),
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      offered.has(SUBPROTOCOL) ? SUBPROTOCOL : (([first = ""]) => first)([...offered]),
  });
  const server = createServer((_, response) => {
    response.writeHead(426, { "content-type": "text/plain", upgrade: "websocket" });
    response.end(
      "This is a relay: createRelayNetwork of wasock/host speaks to it, or another client of Wisp.\n",
    );
  });
  /** Of them, also those who have gone and left something that still goes out. */
  let clients = 0;
  server.maxConnections = 2 * MOST_CLIENTS;
  const refuse = (socket: Duplex, status: string): void => {
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  };
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => {});
    if (!mayAsk(request, origins)) refuse(socket, "403 Forbidden");
    else if (clients >= MOST_CLIENTS) refuse(socket, "503 Service Unavailable");
    else
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client, request));
  });
  sockets.on("connection", (client, request) => {
    clients++;
    let waiting = 0;
    const session = new Session(
      net,
      {
        get behind() {
          return client.bufferedAmount + waiting * PACKET_COST;
        },
        send(bytes, done) {
          waiting++;
          client.send(bytes, { binary: true }, () => {
            waiting--;
            done();
          });
        },
        pause: () => client.pause(),
        resume: () => client.resume(),
        end: (code) => {
          client.close(code);
          setTimeout(() => client.terminate(), 1000).unref();
        },
      },
      request.headers["sec-websocket-protocol"] !== undefined,
    );
    let isThere = true;
    const pinging = setInterval(() => {
      // a pong can't be heard behind what isn't taken
      if (!isThere && !session.isHeldBack) client.terminate();
      isThere = false;
      client.ping();
    }, PING);
    client.on("pong", () => {
      isThere = true;
    });
    client.on("message", (data, isBinary) => {
      isThere = true;
      if (isBinary) session.take(data as Buffer);
      else client.close(1003);
    });
    client.on("error", () => client.terminate());
    client.on("close", () => {
      clearInterval(pinging);
      void session.close().then(() => clients--);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  const own = server.address() as AddressInfo;
  const name = own.family === "IPv6" ? `[${own.address}]` : own.address;
  return {
    url: `ws://${name}:${own.port}/`,
    close: () => {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
      net.closeAll();
    },
  };
}
