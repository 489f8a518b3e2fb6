/** The thread of a guest with several connections, which does one thing with its faces and tells what came of it. */
import { parentPort, workerData } from "node:worker_threads";
import type { IpSocketAddress } from "../../host/network/address.ts";
import type { ChannelBuffer } from "../../host/sync/channel.ts";
import { channelFaces } from "../../host/sync/guest-end.ts";
import type { Wasi02Imports } from "../../host/wasi02/index.ts";

/** What the thread is started with. */
export interface FacesOrder {
  readonly buffer: ChannelBuffer;
  readonly port: number;
  readonly what: What;
}

/** What a guest does. */
export type What = "reads in turn" | "shuts down" | "writes" | "drops" | "finishes";

const { buffer, port, what } = workerData as FacesOrder;
const channel = channelFaces(buffer);
const faces = channel.faces as unknown as Wasi02Imports;
const { poll } = faces["wasi:io/poll"];

function connect() {
  const socket = faces["wasi:sockets/tcp-create-socket"].createTcpSocket("ipv4");
  const address: IpSocketAddress = { tag: "ipv4", val: { port, address: [127, 0, 0, 1] } };
  socket.startConnect(faces["wasi:sockets/instance-network"].instanceNetwork(), address);
  const connecting = socket.subscribe();
  void connecting.block();
  connecting[Symbol.dispose]();
  const [input, output] = socket.finishConnect();
  return { socket, input, output };
}

/** What is thrown, as text. */
function thrown(run: () => unknown): string {
  try {
    run();
    return "nothing";
  } catch (error) {
    return error instanceof Error ? error.message : JSON.stringify(error);
  }
}

/** Reads a piece of each of several connections in turn, to their ends: the bytes that each brought. */
function readInTurn(): readonly string[] {
  const ends = Array.from({ length: 3 }, () => {
    const { input } = connect();
    return { input, pollable: input.subscribe(), got: [] as Uint8Array[] };
  });
  let open = ends;
  while (open.length > 0) {
    open = open.filter(({ input, pollable, got }) => {
      void poll([pollable]);
      return thrown(() => got.push((input.read(7001n) as Uint8Array).slice())) === "nothing";
    });
  }
  return ends.map(({ got }) => Buffer.concat(got).toString("base64"));
}

/** What is read after each direction was shut, and how many calls it took to shut it. */
function shutDown(): readonly string[] {
  const { socket, input } = connect();
  const pollable = input.subscribe();
  const shut = (how: "send" | "receive"): string => {
    void pollable.block();
    got.push((input.read(1n) as Uint8Array).slice());
    const before = channel.trips;
    socket.shutdown(how);
    return `${channel.trips - before}`;
  };
  const got: Uint8Array[] = [];
  const send = shut("send");
  for (let left = 200_000; left > 0; left -= got.at(-1)?.length ?? 0)
    got.push((input.blockingRead(BigInt(left)) as Uint8Array).slice());
  const receive = shut("receive");
  return [Buffer.concat(got).toString("base64"), send, receive, thrown(() => input.read(1n))];
}

/** Which permits cost a call. */
function write(): readonly string[] {
  const { input, output } = connect();
  const pollable = output.subscribe();
  const told: string[] = [];
  let first = 0n;
  const step = (what: string, run: () => void): void => {
    const before = channel.trips;
    run();
    const between = channel.trips;
    const permit = output.checkWrite();
    first ||= permit;
    told.push(`${what}: ${between - before}, and ${channel.trips - between} for the permit`);
    if (channel.trips === between) told.push(`${permit - first}`);
  };
  step("nothing", () => {});
  step("nothing more", () => {});
  step("100 bytes", () => output.write(new Uint8Array(100)));
  step("poll", () => poll([pollable]));
  step("ready", () => pollable.ready());
  input.blockingRead(1n);
  told.push(`${output.splice(input, 200_000n)}`);
  const readable = connect().input.subscribe();
  output.checkWrite();
  step("poll of an input", () => poll([readable]));
  told.pop(); // how much may be written depends on what the kernel has taken by now
  return told;
}

function drop(): readonly string[] {
  const { socket, input, output } = connect();
  const pollable = input.subscribe();
  void pollable.block();
  input.blockingRead(1n);
  pollable[Symbol.dispose]();
  const local = input.subscribe();
  const early = thrown(() => input[Symbol.dispose]());
  local[Symbol.dispose]();
  const late = thrown(() => input[Symbol.dispose]());
  const again = thrown(() => input[Symbol.dispose]());
  const used = thrown(() => input.read(1n));
  const given = thrown(() => output.splice(input, 1n));
  output[Symbol.dispose]();
  socket[Symbol.dispose]();
  return [early, late, again, used, given];
}

function finish(): readonly string[] {
  connect();
  connect().input.subscribe();
  channel.finish();
  return [];
}

const does: Readonly<Record<What, () => readonly string[]>> = {
  "reads in turn": readInTurn,
  "shuts down": shutDown,
  writes: write,
  drops: drop,
  finishes: finish,
};
parentPort?.postMessage(does[what]());
