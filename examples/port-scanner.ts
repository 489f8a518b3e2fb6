/**
 * Tells which TCP ports of a host are open. Scan only hosts that are yours to scan.
 *
 *     node build/examples/port-scanner.js [HOST [PORTS [SECONDS [AT-A-TIME]]]]
 *
 * HOST defaults to localhost, PORTS to 1-1024 (a list such as 22,80,8000-8100), SECONDS, after which a port
 * counts as filtered, to 1, and AT-A-TIME to 64.
 */
import { close, connect, errorName, getAddressInfo, makeSockaddr, SocketType, socket } from "wasock";

const [host = "localhost", ports = "1-1024", seconds = "1", atATime = "64"] = process.argv.slice(2);

/** Connects within a time: `connect` has no limit of its own, but closing the socket ends it. */
async function probe(family: number, address: string, port: number): Promise<string> {
  const client = socket(family, SocketType.stream);
  if (client === false) throw new Error("no socket to be had");
  const limit = setTimeout(close, Number(seconds) * 1000, client);
  const result = await connect(client, makeSockaddr(address, port));
  clearTimeout(limit);
  const isLate = client.closed;
  await close(client);
  if (isLate) return "filtered";
  return result === 0 ? "open" : errorName(result) === "ECONNREFUSED" ? "closed" : errorName(result);
}

function* parsePorts(list: string): Generator<number> {
  for (const part of list.split(",")) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (first === undefined || Number(first) < 1 || Number(last) > 65535 || Number(last) < Number(first)) {
      throw new Error(`${JSON.stringify(part)} is no port from 1 to 65535, and no range of them`);
    }
    for (let port = Number(first); port <= Number(last); port++) yield port;
  }
}

async function scan(): Promise<void> {
  const limits = [seconds, atATime].map(Number);
  if (!limits.every((limit) => limit > 0 && limit <= 9999)) {
    throw new Error("SECONDS and AT-A-TIME must be above 0 and at most 9999");
  }
  const queue = [...parsePorts(ports)].values();
  const info = await getAddressInfo(host, null);
  if (info === null) throw new Error(`${host}: no such address`);
  const { family, address } = info;
  const start = performance.now();
  const counts = new Map<string, number>();
  // All lanes draw from one queue, so a filtered port holds up one lane only.
  const lane = async (): Promise<void> => {
    for (const port of queue) {
      const state = await probe(family, address!.name, port);
      counts.set(state, (counts.get(state) ?? 0) + 1);
      if (state === "open") console.log(`${port} open`);
    }
  };
  await Promise.all(Array.from({ length: Math.ceil(Number(atATime)) }, lane));
  const summary = [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
  const time = ((performance.now() - start) / 1000).toFixed(2);
  console.log(`${address!.name}: ${summary} in ${time} s`);
}

try {
  await scan();
} catch (error) {
  console.error(`port-scanner: ${(error as Error).message}`);
  process.exitCode = 1;
}
