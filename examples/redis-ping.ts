/**
 * Pings a Redis server, as `redis-cli ping` does, and tells how long the answers took.
 *
 *     node build/examples/redis-ping.js [HOST [PORT [COUNT]]]
 *
 * HOST defaults to localhost, PORT to 6379, COUNT to 1.
 */
import { errorMessage, openNetIo, receiveIntoNonBlocking, type Socket, send } from "wasock";

const SECONDS = 2; // for each answer
const LONGEST_ANSWER = 1024;

const [host = "localhost", port = "6379", count = "1"] = process.argv.slice(2);

async function receiveLine(server: Socket): Promise<string> {
  const bytes = Buffer.alloc(LONGEST_ANSWER);
  let length = 0;
  while (bytes.indexOf("\r\n") < 0) {
    const more = await receiveIntoNonBlocking(server, bytes.subarray(length), SECONDS);
    if (more === false) throw new Error(`${host} port ${port}: no answer in ${SECONDS} seconds`);
    if (more < 0) throw new Error(`${host} port ${port}: ${errorMessage(more)}`);
    if (more === 0) throw new Error(`${host} port ${port}: this is no answer of Redis`);
    length += more;
  }
  return bytes.toString("latin1", 0, bytes.indexOf("\r\n"));
}

async function ping(server: Socket): Promise<void> {
  for (let left = Number(count); left > 0; left--) {
    const start = performance.now();
    await send(server, Buffer.from("*1\r\n$4\r\nPING\r\n")); // an array of one string of four bytes
    const answer = await receiveLine(server);
    if (answer !== "+PONG") throw new Error(`${host} port ${port}: ${answer.replace(/^-/, "")}`);
    console.log(`PONG in ${(performance.now() - start).toFixed(2)} ms`);
  }
}

try {
  if (!(Number(count) > 0)) throw new Error(`COUNT must be a positive number, not ${count}`);
  const connection = await openNetIo(host, port);
  if (connection === null) throw new Error(`${host} port ${port}: no connection can be made`);
  const [server] = connection;
  await ping(server).finally(() => server.close());
} catch (error) {
  console.error(`redis-ping: ${(error as Error).message}`);
  process.exitCode = 1;
}
