/**
 * The demo's servers, in a process of their own: HTTP, TCP echo, UDP echo, a UDP port that never answers,
 * and clients that connect when they are asked to.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";

const page = `<!doctype html>\n<title>wasock</title>\n<p>Hello from the demo's server.\n${"<!-- filler -->\n".repeat(64)}`;
const loopback = "127.0.0.1";

const http = createHttpServer((_request, response) => {
  response.setHeader("content-type", "text/html");
  response.end(page);
});

// Answers until the client half-closes, then closes too.
const tcp = createServer({ allowHalfOpen: true }, (connection) => {
  connection.on("error", () => connection.destroy());
  connection.pipe(connection);
});

const udp = createSocket("udp4");
udp.on("message", (message, from) => udp.send(message, from.port, from.address));
const mute = createSocket("udp4");

http.listen(0, loopback);
tcp.listen(0, loopback);
udp.bind(0, loopback);
mute.bind(0, loopback);
await Promise.all([http, tcp, udp, mute].map((server) => once(server, "listening")));

// The first answer costs the compiling of the server's code, which is nobody's time but ours.
const warmUp = (): Promise<unknown> =>
  fetch(`http://${loopback}:${port(http)}/`).then((answer) => answer.text());

const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
await warmUp();
process.send?.({ http: port(http), tcp: port(tcp), udp: port(udp), mute: port(mute) });

// A client says its number and takes the answer; its connection ends when the answer does.
async function client(number: number, to: number): Promise<string> {
  const connection = connect(to, loopback);
  connection.end(`client ${number}`);
  let answer = "";
  for await (const chunk of connection) answer += chunk;
  return answer;
}

process.on("message", async ({ clients, port: to }: { clients: number; port: number }) => {
  const numbers = Array.from({ length: clients }, (_, number) => number);
  const answers = await Promise.allSettled(numbers.map((number) => client(number, to)));
  const served = answers.filter(
    (answer, number) => answer.status === "fulfilled" && answer.value === `hello, client ${number}`,
  );
  process.send?.({ served: served.length });
});
process.on("disconnect", () => process.exit());
