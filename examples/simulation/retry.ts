/**
 * A client that tries again, and a server that is down every now and then: whatever happens, each order is taken once.
 *
 *     wasock simulate build/examples/simulation/retry.js --seeds 200
 */
import type { Place, Scenario } from "wasock/testing";

/** How often each order was carried out. */
type Done = Map<string, number>;

const PORT = 8000;
const ORDERS = 5;

/** Carries out what has not been carried out yet: it keeps their numbers in its files. */
async function server({ net, files, state, log }: Place<Done>): Promise<void> {
  const own = await net.getAddressInfo(null, PORT);
  if (own === null) throw net.lastError();
  const listener = await net.Socket.makeListenerSocket(own);
  log("is ready");
  for await (const socket of listener.connections()) {
    void (async () => {
      await using open = socket;
      const order = (await open.receive(100, { timeoutMs: 2000 })).toString();
      if (order === "") return;
      if (!files.has(order)) {
        files.set(order, "done");
        state.set(order, (state.get(order) ?? 0) + 1);
      }
      await open.send(Buffer.from("done"));
    })().catch(() => {});
  }
}

async function client({ net, sleep, log, dice }: Place<Done>): Promise<void> {
  for (let order = 1; order <= ORDERS; order++) {
    for (let pause = 50; ; pause = Math.min(pause * 2, 2000)) {
      try {
        const [socket] = await net.Socket.openNetIo("server", PORT);
        await using open = socket;
        await open.send(Buffer.from(`order ${order}`));
        const answer = await open.receive(100, { timeoutMs: 1000 });
        if (answer.toString() === "done") break;
        log("has no answer");
      } catch (error) {
        log(`tries again: ${(error as { code?: string }).code}`);
      }
      await sleep(pause + dice.below(pause));
    }
    await sleep(200);
  }
}

/** The scenario. */
export const scenario: Scenario<Done> = {
  link: { latency: 10, jitter: 10, loss: 0.05 },
  state: () => new Map(),
  hosts: { server: { run: server, serves: true }, client: { run: client, at: 5 } },
  faults: (dice) =>
    Array.from({ length: 3 }, () => ({ at: dice.below(3000), crash: "server", for: 100 + dice.below(1000) })),
  limit: 300_000,
  always: ({ state }) => {
    for (const [order, times] of state)
      if (times > 1) throw new Error(`${order} was carried out ${times} times`);
  },
  atEnd: ({ state }) => {
    if (state.size !== ORDERS) throw new Error(`${state.size} of ${ORDERS} orders were carried out`);
  },
};
