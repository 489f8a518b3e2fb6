/**
 * A value that two machines keep, and a bug that only a partition shows: a copy that was held up comes when there are newer
 * values, and takes their place.
 *
 *     wasock simulate build/examples/simulation/register.js --seeds 200
 *
 * With `REGISTER=fixed` in the environment no value takes the place of a newer one.
 */
import type { Place, Scenario } from "wasock/testing";

/** What the client was told, for the check. */
interface Told {
  written: number;
  readonly read: Map<string, string>;
}

const PORT = 7000;
const isFixed = process.env["REGISTER"] === "fixed";

/** Asks a machine something, and gives the answer; `undefined` where there is none in time. */
async function ask({ net }: Place<Told>, host: string, question: string): Promise<string | undefined> {
  try {
    const [socket] = await net.Socket.openNetIo(host, PORT);
    await using open = socket;
    await open.send(Buffer.from(`${question}\n`));
    return (await open.receive(100, { timeoutMs: 500 })).toString().trim();
  } catch {
    return undefined;
  }
}

/** Keeps a value: `write N` sets it, here and at the other machine, `copy N` here alone, `read` asks for it. */
function replica(other: string) {
  return async (place: Place<Told>): Promise<void> => {
    const { net, files, log } = place;
    const own = await net.getAddressInfo(null, PORT);
    if (own === null) throw net.lastError();
    const listener = await net.Socket.makeListenerSocket(own);
    const answer = async (question: string): Promise<string> => {
      const [what, value = ""] = question.split(" ");
      if (what === "read") return files.get("value") ?? "0";
      if (!isFixed || Number(value) > Number(files.get("value") ?? "0")) files.set("value", value);
      if (what === "copy") return "ok";
      log(`has ${value}`);
      return (await ask(place, other, `copy ${value}`)) ?? "failed";
    };
    for await (const socket of listener.connections()) {
      void (async () => {
        const question = (await socket.receive()).toString().trim();
        await socket.send(Buffer.from(`${await answer(question)}\n`));
        await socket.close();
      })().catch(() => {});
    }
  };
}

/** Writes 1, 2, 3, … to one or the other, until each is taken, and reads at last what is there. */
async function client(place: Place<Told>): Promise<void> {
  const { state, sleep, dice, log } = place;
  for (let value = 1; value <= 8; value++) {
    const host = dice.pick(["one", "two"]);
    const answer = await ask(place, host, `write ${value}`);
    if (answer === "ok") {
      state.written = value;
      log(`has written ${value} to ${host}`);
    }
    await sleep(300);
  }
  // until what was cut is together again
  await sleep(10_000);
  for (const host of ["one", "two"]) {
    const value = await ask(place, host, "read");
    if (value !== undefined) state.read.set(host, value);
  }
}

/** The scenario. */
export const scenario: Scenario<Told> = {
  link: { latency: 5, jitter: 5 },
  state: () => ({ written: 0, read: new Map() }),
  hosts: {
    one: { run: replica("two"), serves: true },
    two: { run: replica("one"), serves: true },
    client: { run: client, at: 10 },
  },
  faults: (dice) => [
    { at: dice.below(3000), skew: "one", by: 1000 },
    { at: dice.below(6000), partition: ["one", "two"], for: 200 + dice.below(2000) },
    { at: dice.below(3000), link: ["client", "two"], rules: { latency: 50 }, for: 1000 },
  ],
  atEnd: ({ state: { written, read } }) => {
    for (const [host, value] of read) {
      if (Number(value) < written) throw new Error(`${host} has ${value}, and ${written} was written`);
    }
  },
};
