/**
 * Asks a time server for the time (RFC 868), over TCP or UDP, and prints it as an ISO date.
 *
 *     node build/examples/time-client.js [HOST [PORT [tcp|udp]]]
 *
 * HOST defaults to localhost, PORT to 37, and the protocol to tcp.
 */
import {
  AddressFamily,
  type AddressInfo,
  connect,
  errorMessage,
  getAddressInfo,
  Msg,
  makeAddressInfo,
  receiveInto,
  SocketType,
  send,
  socket,
} from "wasock";

const SECONDS = 5;
const FROM_1900_TO_1970 = 2_208_988_800;

const [host = "localhost", port = "time", protocol = "tcp"] = process.argv.slice(2);

/** Asks one candidate: the seconds since 1970, or why there is no answer. */
async function ask(candidate: AddressInfo): Promise<number | string> {
  const client = socket(candidate.family, candidate.socketType);
  if (client === false) return `${candidate.address}: no socket`;
  // connect and receive wait for as long as the system does; closing the socket ends them.
  const limit = setTimeout(() => client.close(), SECONDS * 1000);
  try {
    const answer = Buffer.alloc(4);
    let result = await connect(client, candidate.address!);
    // An empty datagram is the question. A connection is one by itself.
    if (result === 0 && candidate.socketType === SocketType.datagram)
      result = await send(client, answer.subarray(4));
    if (result === 0) result = await receiveInto(client, answer, Msg.waitall);
    if (client.closed) return `${candidate.address}: no answer in ${SECONDS} seconds`;
    if (result < 0) return `${candidate.address}: ${errorMessage(result)}`;
    if (result < 4) return `${candidate.address}: an answer of ${result} bytes instead of 4`;
    const since1900 = answer.readUInt32BE();
    // The counter begins anew in 2036; a server from before 1968 is less likely than one from after that.
    return since1900 + (since1900 < 2 ** 31 ? 2 ** 32 : 0) - FROM_1900_TO_1970;
  } finally {
    clearTimeout(limit);
    await client.close();
  }
}

async function getTime(): Promise<Date> {
  const type = { tcp: SocketType.stream, udp: SocketType.datagram }[protocol];
  if (type === undefined) throw new Error(`the protocol must be tcp or udp, not ${protocol}`);
  const candidates = await getAddressInfo(host, port, makeAddressInfo(AddressFamily.unspecified, type, 0));
  const reasons: string[] = [];
  for (const candidate of candidates ?? []) {
    const answer = await ask(candidate);
    if (typeof answer === "number") return new Date(answer * 1000);
    reasons.push(answer);
  }
  throw new Error(reasons.join("; ") || `${host} port ${port}: no such address`);
}

try {
  console.log((await getTime()).toISOString());
} catch (error) {
  console.error(`time-client: ${(error as Error).message}`);
  process.exitCode = 1;
}
