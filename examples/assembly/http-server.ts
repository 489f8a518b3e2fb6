// A small HTTP server: a few pages of text, one request a connection, as many clients as come.
//
//     wasock build http-server.ts && wasock run --allow-listen http-server.wasm [PORT [HOST]]
//
// PORT defaults to 8080 (0 takes any free one), HOST to localhost. Try `curl http://localhost:8080/`.

import {
  args,
  Connection,
  getAddressInfo,
  getSocketName,
  Loop,
  makeListenerSocket,
  print,
  sockaddrName,
  sockaddrPort,
} from "wasock/assembly";

const SECONDS = 10; // for a whole exchange
const LONGEST_HEAD = 16384;

const pages = new Map<string, string>();
pages.set("/", "Hello from AssemblyScript.\nThere is more at /about and at /memory.\n");
pages.set("/about", "wasock: BSD sockets for WebAssembly.\n");

function textOf(path: string): string | null {
  if (path == "/memory") return `${memory.size() * 64} KiB\n`;
  return pages.has(path) ? pages.get(path) : null;
}

class Exchange extends Connection {
  private head: string = "";

  onOpen(): void {
    this.deadline(SECONDS);
  }

  onData(bytes: Uint8Array): void {
    this.head += String.UTF8.decode(bytes.buffer);
    if (this.head.includes("\r\n\r\n")) this.answer();
    else if (this.head.length > LONGEST_HEAD) this.close();
  }

  private answer(): void {
    const words = this.head.substring(0, this.head.indexOf("\r\n")).split(" ");
    this.head = "";
    const page = words.length == 3 ? textOf(words[1]) : null;
    let status = "200 OK";
    if (words.length != 3 || !words[2].startsWith("HTTP/1.")) status = "400 Bad Request";
    else if (words[0] != "GET") status = "405 Method Not Allowed";
    else if (page === null) status = "404 Not Found";
    const text = page !== null && status == "200 OK" ? page : status + "\n";
    const length = String.UTF8.byteLength(text);
    const fields = "Content-Type: text/plain; charset=utf-8\r\nAllow: GET\r\nConnection: close\r\n";
    this.writeString(`HTTP/1.1 ${status}\r\n${fields}Content-Length: ${length}\r\n\r\n${text}`);
    this.end(); // the connection closes when the client has closed its side too, or when its time is over
  }
}

// In a function, so that the compiler remembers what was looked at: of globals it does not.
function main(): void {
  const given = args();
  const host = given.length > 2 ? given[2] : "localhost";
  const port = given.length > 1 ? given[1] : "8080";
  const address = getAddressInfo(host, port);
  if (!address) throw new Error(`${host} port ${port}: no such address`);
  const listener = makeListenerSocket(address, 1024);
  const own = getSocketName(listener)!;
  print(`listening on http://${sockaddrName(own)}:${sockaddrPort(own)}/`);

  const loop = new Loop();
  loop.serve(listener, () => new Exchange());
  loop.run();
}

main();
