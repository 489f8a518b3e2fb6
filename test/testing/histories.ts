/**
 * What happens on a network in memory, and the hashes that it has on every runtime: where the network, or what is sent, is
 * changed on purpose, they are others.
 */
import { fileURLToPath } from "node:url";
import { type RunOptions, runCommand } from "../../host/index.ts";
import { AddressInfo, type Socket } from "../../src/index.ts";
import { createNetwork, type LinkRules } from "../../src/testing/index.ts";

/** Of {@link libraryHistory} with {@link LIBRARY_LINK} and the seed 1: the hash, and the time at the end in milliseconds. */
export const LIBRARY_HISTORY: readonly [hash: string, now: number] = ["e548bd5988cb44d3", 341.634471];
export const LIBRARY_LINK: Partial<LinkRules> = { latency: 5, jitter: 2, loss: 0.02 };

/** A server that answers by the library, and clients that ask it. */
export async function libraryHistory(
  seed: number,
  link: Partial<LinkRules>,
): Promise<[hash: string, now: number]> {
  const network = createNetwork({ seed, link });
  const client = network.host("client");
  const server = network.host("server");
  const at = await server.net.getAddressInfo(null, 7);
  if (!(at instanceof AddressInfo)) throw new Error("a server has an address");
  const listening = await server.net.Socket.makeListenerSocket(at);
  const serve = async (connection: Socket): Promise<void> => {
    for (;;) {
      const bytes = await connection.receive();
      if (bytes.length === 0) break;
      await connection.send(bytes);
    }
    await connection.close();
  };
  const serving = (async () => {
    const all: Promise<void>[] = [];
    for await (const connection of listening.connections()) {
      all.push(serve(connection));
      if (all.length === 3) break;
    }
    await Promise.all(all);
  })();
  const ask = async (who: number): Promise<void> => {
    const [socket] = await client.net.Socket.openNetIo("server", 7);
    for (let i = 0; i < 10; i++) {
      const text = `question ${i} of ${who}`;
      await socket.send(Buffer.from(text));
      const answer = (await socket.receive()).toString();
      if (answer !== text) throw new Error(`${answer} instead of ${text}`);
    }
    await socket.close();
  };
  await Promise.all([serving, ask(1), ask(2), ask(3)]);
  await listening.close();
  return [network.hash, network.now];
}

/** The hash of {@link guestHistory} with the seed 1. */
export const GUEST_HISTORY = "70cca982a0a28b4c";

function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/assembly/${name}.wasm`, import.meta.url));
}

/** A page over HTTP from a server that runs on one machine, by a client that runs on another: both components. */
export async function guestHistory(seed: number, way: RunOptions): Promise<string> {
  const network = createNetwork({ seed, link: { latency: 5, jitter: 3, loss: 0.05 } });
  const stop = new AbortController();
  let listening = (): void => {};
  const isUp = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const serving = runCommand(example("http-server"), {
    policy: { allowListen: true, allowDns: true },
    network: network.host("server").network,
    args: ["80", "0.0.0.0"],
    isolation: "none",
    ...way,
    signal: stop.signal,
    stdout: "ignore",
    traceChannels: ["wasock:tcp:listen"],
    trace: () => listening(),
  });
  await Promise.race([
    isUp,
    serving.then(({ trapped }) => {
      throw new Error(`the server ended: ${trapped?.message}`);
    }),
  ]);
  const { exitCode, stdout } = await runCommand(example("http-get"), {
    policy: { allowNet: true },
    network: network.host("client").network,
    args: ["server", "80", "/about"],
    stdout: "pipe",
    ...way,
  });
  const page = Buffer.from(stdout ?? []).toString();
  if (exitCode !== 0 || page !== "wasock: BSD sockets for WebAssembly.\n")
    throw new Error(`${exitCode}: ${page}`);
  await network.idle();
  const { hash } = network;
  stop.abort();
  const { exitCode: ended } = await serving;
  if (ended !== 143) throw new Error(`the server ended with ${ended}`);
  return hash;
}
