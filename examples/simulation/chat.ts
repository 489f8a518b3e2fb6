/**
 * A chat under load: what anybody says comes to all others, once, and in the order in which it was said.
 *
 *     wasock simulate build/examples/simulation/chat.js --seeds 50
 */
import type { Place, Scenario } from "wasock/testing";

/** What each member has heard. */
type Heard = Map<string, string[]>;

const PORT = 7008;
const MEMBERS = ["ann", "bob", "cid", "dot", "eve", "fay"];
const LINES = 20;

type Connection = Awaited<ReturnType<Place<Heard>["net"]["Socket"]["openNetIo"]>>[0];

async function* linesOf(socket: Connection): AsyncGenerator<string> {
  let rest = "";
  for (;;) {
    const bytes = await socket.receive();
    if (bytes.length === 0) return;
    const lines = (rest + bytes.toString()).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function server({ net }: Place<Heard>): Promise<void> {
  const own = await net.getAddressInfo(null, PORT);
  if (own === null) throw net.lastError();
  const listener = await net.Socket.makeListenerSocket(own);
  const members = new Set<Connection>();
  const serve = async (member: Connection): Promise<void> => {
    members.add(member);
    if (members.size === MEMBERS.length)
      for (const each of members) void each.send(Buffer.from("all are here\n"));
    for await (const line of linesOf(member)) {
      for (const other of members)
        if (other !== member) void other.send(Buffer.from(`${line}\n`)).catch(() => {});
    }
    members.delete(member);
    await member.close();
  };
  for await (const member of listener.connections()) void serve(member).catch(() => {});
}

async function member({ net, name, state, sleep, dice }: Place<Heard>): Promise<void> {
  const [socket] = await net.Socket.openNetIo("server", PORT);
  const heard: string[] = [];
  state.set(name, heard);
  const lines = linesOf(socket);
  await lines.next();
  const saying = (async () => {
    for (let i = 0; i < LINES; i++) {
      await socket.send(Buffer.from(`${name} ${i}\n`));
      await sleep(dice.below(50));
    }
  })();
  for await (const line of lines) {
    heard.push(line);
    if (heard.length === LINES * (MEMBERS.length - 1)) break;
  }
  await saying;
  await socket.close();
}

/** The scenario. */
export const scenario: Scenario<Heard> = {
  link: { latency: 10, jitter: 30, loss: 0.01, bandwidth: 200_000 },
  state: () => new Map(),
  hosts: {
    server: { run: server, serves: true },
    ...Object.fromEntries(MEMBERS.map((name) => [name, { run: member, at: 1 }])),
  },
  faults: (dice) => [{ at: 100 + dice.below(400), partition: [dice.pick(MEMBERS)], for: dice.below(2000) }],
  limit: 120_000,
  atEnd: ({ state }) => {
    for (const [name, heard] of state) {
      for (const other of MEMBERS.filter((each) => each !== name)) {
        const said = heard.filter((line) => line.startsWith(`${other} `)).join();
        const wanted = Array.from({ length: LINES }, (_, i) => `${other} ${i}`).join();
        if (said !== wanted) throw new Error(`${name} heard ${said} of ${other}`);
      }
    }
  },
};
