/**
 * Asks a DNS server for the addresses of a name, over UDP, and asks again when no answer comes (RFC 1035).
 *
 *     node build/examples/dns-query.js NAME [A|AAAA [SERVER [PORT]]]
 *
 * The type defaults to A, SERVER to 127.0.0.1, PORT to 53. Prints an address a line.
 */
import { randomBytes } from "node:crypto";
import {
  connect,
  errorMessage,
  getAddressInfo,
  makeAddressInfo,
  makeSockaddr,
  receiveIntoNonBlocking,
  type Socket,
  SocketType,
  send,
  socket,
} from "wasock";

const TYPES = { A: 1, AAAA: 28 };
const TRIES = [0.5, 1, 2]; // how many seconds each waits

const [name = "", typeName = "A", server = "127.0.0.1", port = "domain"] = process.argv.slice(2);

function encodeQuestion(type: number): Buffer {
  const labels = Array.from(name.replace(/\.$/, "").split("."), (label) => Buffer.from(label));
  const parts = labels.flatMap((label) => [Buffer.of(label.length), label]);
  const question = Buffer.concat([...parts, Buffer.of(0, 0, type, 0, 1)]);
  const fits = labels.every((label) => label.length > 0 && label.length < 64) && question.length < 260;
  if (!fits) throw new Error(`no domain name: ${JSON.stringify(name)}; usage: NAME [A|AAAA [SERVER [PORT]]]`);
  return question;
}

async function ask(client: Socket, question: Buffer): Promise<Buffer> {
  const header = Buffer.of(...randomBytes(2), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0); // an id, "recurse", 1 question
  for (const seconds of TRIES) {
    await send(client, Buffer.concat([header, question]));
    const end = performance.now() + seconds * 1000;
    for (let left = seconds; left > 0; left = (end - performance.now()) / 1000) {
      const buffer = Buffer.alloc(512);
      const length = await receiveIntoNonBlocking(client, buffer, left);
      if (length === false) break;
      if (length < 0) throw new Error(`${server} port ${port}: ${errorMessage(length)}`);
      // Anything else is an answer to somebody else's question, or a forgery.
      const isOurs = buffer.readUInt16BE(0) === header.readUInt16BE(0) && buffer.readUInt8(2) >= 0x80;
      if (isOurs && buffer.indexOf(question) === 12) return buffer.subarray(0, length);
    }
  }
  throw new Error(`no answer from ${server} port ${port} in ${TRIES.length} tries`);
}

function addressesIn(answer: Buffer, type: number, start: number): string[] {
  const addresses: string[] = [];
  let at = start;
  for (let count = answer.readUInt16BE(6); count > 0; count--) {
    while (answer.readUInt8(at) > 0 && answer.readUInt8(at) < 0xc0) at += 1 + answer.readUInt8(at);
    at += answer.readUInt8(at) === 0 ? 1 : 2; // the name's end, or a pointer to the rest of it
    const end = at + 10 + answer.readUInt16BE(at + 8);
    if (end > answer.length) throw new RangeError();
    const data = answer.subarray(at + 10, end);
    if (answer.readUInt16BE(at) === type) {
      const text = type === TYPES.A ? data.join(".") : data.toString("hex").replace(/.{4}(?!$)/g, "$&:");
      addresses.push(makeSockaddr(text).name);
    }
    at = end;
  }
  return addresses;
}

try {
  const type = TYPES[typeName as keyof typeof TYPES];
  if (type === undefined) throw new Error(`the type must be A or AAAA, not ${typeName}`);
  const question = encodeQuestion(type);
  const info = await getAddressInfo(server, port, makeAddressInfo(0, SocketType.datagram, 0));
  const client = info !== null && socket(info.family, info.socketType);
  if (!client) throw new Error(`${server} port ${port}: no such address`);
  await connect(client, info.address!); // from now on, only what this server sends is received
  const answer = await ask(client, question).finally(() => client.close());
  const code = answer.readUInt8(3) & 15;
  if (code !== 0)
    throw new Error(`${name}: ${code === 3 ? "no such name" : `the server says error ${code}`}`);
  if (answer.readUInt8(2) & 2) console.error("dns-query: only a part of the answer fits into a datagram");
  const addresses = addressesIn(answer, type, 12 + question.length);
  if (addresses.length === 0) throw new Error(`${name} has no ${typeName} address`);
  console.log(addresses.join("\n"));
} catch (error) {
  const why = error instanceof RangeError ? "the answer breaks off" : (error as Error).message;
  console.error(`dns-query: ${why}`);
  process.exitCode = 1;
}
