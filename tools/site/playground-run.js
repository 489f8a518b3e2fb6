// Runs the playground's programs, on a thread of its own: one that computes without end can be ended.

import { createNetwork } from "wasock/testing";

/** For how long they run at most, in milliseconds of the network's time, and how much happens. */
const LIMIT = 60_000;
const MOST_EVENTS = 1500;
const PORT = 7008;

/** A program is the body of an async function. */
const Program = Object.getPrototypeOf(async () => {}).constructor;
const GIVEN = ["net", "name", "port", "sleep", "log", "bytes"];

async function run({ server, client, members, seed, link, cut }) {
  const events = [];
  const network = createNetwork({ seed, link, onEvent: (event) => note(event) });
  let isFull = () => {};
  const full = new Promise((resolve) => {
    isFull = resolve;
  });
  function note(event) {
    if (events.length < MOST_EVENTS) events.push(event);
    else isFull();
  }
  const machines = ["server", ...members].map((name) => network.host(name));
  const tell = (name, what, text) => note({ at: network.now, what, from: name, to: name, bytes: 0, text });
  const start = async (source, { name, net }) => {
    try {
      const given = [net, name, PORT, (time) => network.sleep(time)];
      given.push((text) => tell(name, "log", String(text)));
      given.push((text) => new TextEncoder().encode(text));
      await new Program(...GIVEN, source)(...given);
      tell(name, "end", "has ended");
    } catch (error) {
      tell(name, "failed", String(error?.message ?? error));
    }
  };
  const [first, ...others] = machines;
  void start(server, first);
  const talking = others.map(async (machine, i) => {
    await network.sleep(10 * (i + 1));
    await start(client, machine);
  });
  const cutting = (async () => {
    if (cut === 0) return;
    await network.sleep(500);
    network.partition("server", members[0]);
    await network.sleep(cut);
    network.heal("server", members[0]);
  })();
  await Promise.race([Promise.all([...talking, cutting]), network.sleep(LIMIT), full]);
  const { now, hash } = network;
  const result = { events: [...events], machines: machines.map(({ name }) => name), now, hash };
  for (const { net } of machines) net.closeAll();
  return result;
}

// what a program has thrown where nobody waited for it is told by itself, and ends nothing
addEventListener("unhandledrejection", (event) => event.preventDefault());
addEventListener("message", async ({ data }) => postMessage(await run(data)));
postMessage("ready");
