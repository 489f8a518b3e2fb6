/**
 * A small HTTP server: a few pages of text, one request a connection.
 *
 *     node build/examples/http-server.js [PORT [HOST]]
 *
 * PORT defaults to 8080 (0 takes any free one), HOST to localhost. Try `curl http://localhost:8080/`.
 */
import {
  accept,
  close,
  getAddressInfo,
  getSocketName,
  makeListenerSocket,
  receive,
  type Socket,
  send,
  shutdown,
} from "wasock";

const [port = "8080", host = "localhost"] = process.argv.slice(2);
const SECONDS = 10; // for a whole exchange
const LONGEST_HEAD = 16384;
const open = new Set<Socket>();
const pages = new Map([
  ["/", "Hello from a socket that WebAssembly opened.\nThere is more at /about.\n"],
  ["/about", "wasock: BSD sockets for WebAssembly.\n"],
]);

function answerTo(head: string): string {
  const [, method = "", path = ""] = /^([A-Z]+) ([^ ?]+)\S* HTTP\/1\.\d\r\n(.*\r\n)?\r\n/s.exec(head) ?? [];
  let status = "200 OK";
  if (path === "") status = "400 Bad Request";
  else if (method !== "GET" && method !== "HEAD") status = "405 Method Not Allowed";
  else if (!pages.has(path)) status = "404 Not Found";
  const text = status === "200 OK" ? pages.get(path)! : `${status}\n`;
  const fields = ["Content-Type: text/plain; charset=utf-8", `Content-Length: ${Buffer.byteLength(text)}`];
  const lines = [`HTTP/1.1 ${status}`, ...fields, "Allow: GET, HEAD", "Connection: close", "", ""];
  return lines.join("\r\n") + (method === "HEAD" ? "" : text);
}

async function exchange(client: Socket): Promise<void> {
  let head = "";
  while (!head.includes("\r\n\r\n") && head.length < LONGEST_HEAD) {
    const bytes = await receive(client, 4096);
    if (bytes === false || bytes.length === 0) return;
    head += bytes.toString("latin1");
  }
  const answer = answerTo(head);
  await send(client, Buffer.from(answer));
  console.log(`${JSON.stringify(head.split("\r\n")[0])} ${answer.slice(9, 12)}`);
  // Closing with input unread would reset the connection, and could take the answer with it.
  if (client.closed || !shutdown(client, "write")) return;
  for (let rest = await receive(client, 65536); rest && rest.length > 0; )
    rest = await receive(client, 65536);
}

async function serve(client: Socket): Promise<void> {
  open.add(client);
  const limit = setTimeout(close, SECONDS * 1000, client);
  await exchange(client).catch((error: Error) => console.error(`http-server: ${error.message}`));
  clearTimeout(limit);
  await close(client);
  open.delete(client);
}

try {
  const address = await getAddressInfo(host, port);
  if (address === null) throw new Error(`${host} port ${port}: no such address`);
  const listener = await makeListenerSocket(address);
  console.log(`listening on http://${getSocketName(listener)}/`);
  const stop = (): void => [listener, ...open].forEach((each) => void close(each));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  for (;;) {
    const client = await accept(listener);
    if (client === false) break;
    void serve(client);
  }
} catch (error) {
  console.error(`http-server: ${(error as Error).message}`);
  process.exitCode = 1;
}
