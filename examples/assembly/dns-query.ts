// Asks a DNS server for the addresses of a name, over UDP, and asks again when no answer comes (RFC 1035).
//
//     wasock build dns-query.ts && wasock run --allow-net dns-query.wasm NAME [A|AAAA [SERVER [PORT]]]
//
// The type defaults to A, SERVER to 127.0.0.1, PORT to 53. Prints an address a line.

import {
  args,
  connect,
  exit,
  getAddressInfo,
  makeAddressInfo,
  makeSockaddr,
  print,
  printError,
  randomU64,
  receiveNonBlocking,
  Socket,
  SocketType,
  send,
  sockaddrName,
  socket,
} from "wasock/assembly";

const given = args();
const name = given.length > 1 ? given[1] : "";
const isV6 = given.length > 2 && given[2] == "AAAA";
const server = given.length > 3 ? given[3] : "127.0.0.1";
const port = given.length > 4 ? given[4] : "domain";
const type: u8 = isV6 ? 28 : 1;

function fail(why: string): void {
  printError("dns-query: " + why);
  exit(1);
}

// header: id, "recurse", 1 question; then the name's labels, each behind its length; type; class IN
function question(): Uint8Array {
  const id = randomU64();
  const bytes: u8[] = [<u8>id, <u8>(id >> 8), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  const labels = (name.endsWith(".") ? name.slice(0, -1) : name).split(".");
  for (let i = 0; i < labels.length; i++) {
    const label = Uint8Array.wrap(String.UTF8.encode(labels[i]));
    if (label.length == 0 || label.length > 63)
      fail(`no domain name: "${name}"; usage: NAME [A|AAAA [SERVER [PORT]]]`);
    bytes.push(<u8>label.length);
    for (let j = 0; j < label.length; j++) bytes.push(label[j]);
  }
  const end: u8[] = [0, 0, type, 0, 1];
  const all = new Uint8Array(bytes.length + end.length);
  all.set(bytes);
  all.set(end, bytes.length);
  return all;
}

// the answer to this question, not to somebody else's and no forgery
function ask(client: Socket, query: Uint8Array): Uint8Array | null {
  for (let seconds = 0.5; seconds <= 2; seconds *= 2) {
    send(client, query);
    const answer = receiveNonBlocking(client, 512, seconds);
    if (answer && answer.length >= query.length && answer[0] == query[0] && answer[1] == query[1])
      return answer;
  }
  return null;
}

function addressOf(data: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < data.length; i += isV6 ? 2 : 1) {
    parts.push(isV6 ? (((<i32>data[i]) << 8) | data[i + 1]).toString(16) : data[i].toString());
  }
  return sockaddrName(makeSockaddr(parts.join(isV6 ? ":" : "."))!);
}

function printAddresses(answer: Uint8Array, start: i32): i32 {
  let found = 0;
  let at = start;
  for (let left = ((<i32>answer[6]) << 8) | answer[7]; left > 0; left--) {
    while (answer[at] > 0 && answer[at] < 0xc0) at += 1 + answer[at];
    at += answer[at] == 0 ? 1 : 2; // the name's end, or a pointer to the rest of it
    const end = at + 10 + (((<i32>answer[at + 8]) << 8) | answer[at + 9]);
    if (answer[at + 1] == type) {
      print(addressOf(answer.slice(at + 10, end)));
      found++;
    }
    at = end;
  }
  return found;
}

// In a function, so that the compiler remembers what was looked at: of globals it does not.
function main(): void {
  const query = question();
  const info = getAddressInfo(server, port, makeAddressInfo(0, SocketType.datagram, 0));
  const client = info ? socket(info.family, info.socketType) : null;
  if (info && client && connect(client, info.address!) == 0) {
    const answer = ask(client, query);
    if (!answer) fail(`no answer from ${server} port ${port}`);
    else if (answer[3] & 15)
      fail(`${name}: ${(answer[3] & 15) == 3 ? "no such name" : "the server could not tell"}`);
    else if (!printAddresses(answer, query.length)) fail(`${name} has no ${isV6 ? "AAAA" : "A"} address`);
  } else {
    fail(`${server} port ${port}: no such address`);
  }
}

main();
