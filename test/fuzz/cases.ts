/** What is fuzzed. A case throws when something comes out that was never promised. */
import { createServer, type Socket as NodeSocket, type Server } from "node:net";
import {
  AddressInfo,
  accept,
  bind,
  close,
  connect,
  getAddressInfo,
  getSocketName,
  getSocketOption,
  listen,
  makeAddressInfo,
  makeSockaddr,
  openSocketPair,
  receive,
  receiveInto,
  receiveIntoNonBlocking,
  receiveMany,
  receiveNonBlocking,
  type Socket,
  SocketType,
  send,
  sendNonBlocking,
  setSocketOption,
  shutdown,
  socket,
} from "../../src/index.ts";
import type { Random } from "./random.ts";
import { rules } from "./rules.ts";

/** A case: one round, made of random choices. */
export type Case = (random: Random) => void | Promise<void>;

export function check(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Error(what());
}

const PIECES = [
  ..."0123456789abcdefABCDEFgxX:.%[]/- \t",
  "::",
  "ffff",
  "0x",
  "1.2.3.4",
  "::ffff:",
  "fe80::1",
  "%lo",
  "%1",
  "255",
  "256",
  "99999999999",
  "é",
  "\u{1f600}",
  "http",
  "domain",
];

function text(random: Random): string {
  return Array.from({ length: random.below(10) }, () => random.pick(PIECES)).join("");
}

function isArgumentError(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

/** The address parser: what it takes it prints in one form, which it takes again. */
const addresses: Case = (random) => {
  const given = text(random);
  try {
    const address = makeSockaddr(given, random.pick([0, 1, 80, 65535]));
    const name = address.name;
    check(
      makeSockaddr(name, 1).name === name,
      () => `${JSON.stringify(given)} became ${name}, which changes`,
    );
  } catch (error) {
    if (!isArgumentError(error)) throw error;
  }
};

/** Look-ups that need no resolver: hosts, services and hints of any kind. */
const infos: Case = async (random) => {
  const host = random.once(8) ? null : text(random);
  const service = random.pick([null, random.below(65536), text(random), "http", "tftp"]);
  const hints = makeAddressInfo(
    random.pick([0, 2, 10, 1, random.below(65536)]),
    random.pick([0, 1, 2, 3, random.below(65536)]),
    random.pick([0, 6, 17, 1, random.below(65536)]),
    // numeric hosts only: nothing is asked outside
    random.below(2 ** 31) | 4,
  );
  const info = await getAddressInfo(host, service, hints);
  for (const { address, family, addressLength } of info ?? []) {
    check(
      address !== null && family === address.family,
      () => `${host} ${service}: a candidate of no family`,
    );
    check(
      addressLength === (family === 2 ? 16 : 28),
      () => `${host} ${service}: ${addressLength} bytes long`,
    );
  }
};

const INTEGERS = [0, 1, 2, -1, 65535, 65536, 2 ** 31 - 1, -(2 ** 31)];

/** Options: any level, name and value, on sockets of every kind. */
const options: Case = async (random) => {
  const pair = random.once(3) ? openSocketPair(1, random.pick([1, 2])) : false;
  const made = pair === false ? socket(random.pick([2, 10]), random.pick([1, 2])) : pair[0];
  check(made !== false, () => "no socket");
  for (let i = 0; i < 20; i++) {
    const level = random.pick([1, 6, 0, 41, random.below(300)]);
    const name = random.pick([random.below(50), random.below(2 ** 31)]);
    const value = random.pick([...INTEGERS, random.below(2 ** 31)]);
    const was = setSocketOption(made, level, name, value);
    check(typeof was === "boolean", () => `set ${level}/${name} to ${value}: ${was}`);
    const is = getSocketOption(made, level, name);
    check(is === null || (Number.isInteger(is) && is >= 0), () => `${level}/${name} is ${is}`);
  }
  await close(made);
  if (pair !== false) await close(pair[1]);
};

async function bound(type: number): Promise<Socket> {
  const made = socket(2, type);
  check(made !== false && (await bind(made, makeSockaddr("127.0.0.1"))), () => "not bound");
  return made;
}

async function tcp(): Promise<[Socket, Socket]> {
  const listener = await bound(SocketType.stream);
  check(await listen(listener, 8), () => "does not listen");
  const client = await bound(SocketType.stream);
  check((await connect(client, getSocketName(listener)!)) === 0, () => "not connected");
  const server = await accept(listener);
  check(server !== false, () => "not accepted");
  await close(listener);
  return [client, server];
}

async function udp(): Promise<[Socket, Socket]> {
  const [one, other] = [await bound(SocketType.datagram), await bound(SocketType.datagram)];
  await connect(one, getSocketName(other)!);
  await connect(other, getSocketName(one)!);
  return [one, other];
}

function pair(type: number): Promise<[Socket, Socket]> {
  const made = openSocketPair(1, type);
  check(made !== false, () => "no pair");
  return Promise.resolve(made);
}

const FLAGS = [0, 0, 0, 2, 0x20, 0x40, 0x100, 0x22, 0x102];

/** One call, started; its result is checked when it comes. */
async function call(random: Random, socket: Socket, other: Socket): Promise<void> {
  const size = random.size(200_000);
  const flags = random.once(10) ? random.below(2 ** 31) : random.pick(FLAGS);
  const timeout = random.pick([0, 0.001, 0.005, random.below(20) / 1000]);
  const ai = random.once(4) ? new AddressInfo(2, 2, 17, 0, getSocketNameOrNull(other)) : undefined;
  const bytes = new Uint8Array(size);
  let result: number | boolean | Uint8Array;
  switch (random.below(9)) {
    case 0:
      result = await send(socket, bytes.subarray(0, 1000), flags, ai);
      break;
    case 1:
    case 2:
      result = await sendNonBlocking(socket, bytes, timeout, flags, ai);
      break;
    case 3:
      result = await receiveNonBlocking(socket, size, timeout, flags, ai);
      break;
    case 4:
      result = await receiveIntoNonBlocking(socket, bytes, timeout, flags, ai);
      break;
    case 5:
      result = await receiveInto(socket, bytes, flags, ai);
      break;
    case 6:
      result = await receive(socket, size, flags, ai);
      break;
    case 7: {
      const messages = await receiveMany(socket, 1 + (size % 100));
      result = messages !== false && messages.length <= Math.min(64, 1 + (size % 100));
      check(messages === false || result, () => `${size}: too many datagrams`);
      break;
    }
    default:
      result = random.once(6) ? shutdown(socket, random.pick(["read", "write", "both"])) : false;
  }
  const count = typeof result === "number" ? result : result instanceof Uint8Array ? result.length : 0;
  // with trunc the length of the whole datagram is told
  const most = (flags & 0x20) === 0 ? size : 2 ** 31;
  check(count <= Math.max(most, 1000) && count > -4096, () => `${size} bytes, flags ${flags}: ${count}`);
}

function getSocketNameOrNull(of: Socket): ReturnType<typeof getSocketName> {
  return of.closed ? null : getSocketName(of);
}

/** Calls of any kind at once on both ends, which are closed with calls pending. */
const chaos: Case = async (random) => {
  const ends = await random.pick([tcp, udp, () => pair(1), () => pair(2)])();
  const calls: Promise<void>[] = [];
  for (let i = random.below(60); i > 0; i--) {
    const [one, other] = random.once(2) ? ends : [ends[1], ends[0]];
    calls.push(call(random, one, other));
    if (random.once(4)) await new Promise((resolve) => setImmediate(resolve));
  }
  const settled = Promise.allSettled(calls);
  await Promise.all(ends.map((end) => close(end)));
  for (const result of await settled) if (result.status === "rejected") throw result.reason;
};

const PATTERN = Buffer.from(Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7 + (i >> 8) * 13) & 255));

/** Bytes of a stream come in order and unchanged, however they are cut, peeked at, and limited in time. */
const order: Case = async (random) => {
  const [one, other] = await random.pick([tcp, () => pair(1)])();
  const total = random.size(PATTERN.length);
  const write = async (end: Socket): Promise<void> => {
    for (let at = 0; at < total; ) {
      const part = PATTERN.subarray(at, Math.min(total, at + 1 + random.size(150_000)));
      const count = random.once(3)
        ? await sendNonBlocking(end, part, random.below(3) / 1000)
        : await send(end, part);
      check(count === false || count >= 0, () => `send: ${count}`);
      at += count === false ? 0 : count;
    }
    shutdown(end, "write");
  };
  const read = async (end: Socket): Promise<void> => {
    for (let at = 0; ; ) {
      const size = 1 + random.size(100_000);
      const flags = random.pick([0, 0, 0, 2, 0x100]);
      const came = random.once(3)
        ? await receiveNonBlocking(end, size, random.below(3) / 1000, flags)
        : await receive(end, size, flags);
      if (came === false) continue;
      check(came.equals(PATTERN.subarray(at, at + came.length)), () => `other bytes at ${at}`);
      if (flags === 2) continue;
      at += came.length;
      if (came.length === 0) {
        check(at === total, () => `${at} of ${total} bytes`);
        return;
      }
    }
  };
  await Promise.all([write(one), read(other), write(other), read(one)]);
  await Promise.all([close(one), close(other)]);
};

function listenNode(onConnection: (socket: NodeSocket) => void): Promise<Server> {
  const server = createServer(onConnection);
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** A peer that sends anything, and ends, resets or says nothing whenever it likes. */
const peers: Case = async (random) => {
  const server = await listenNode((peer) => {
    peer.on("error", () => {}).resume();
    for (let i = random.below(5); i > 0; i--) peer.write(PATTERN.subarray(0, 1 + random.size(100_000)));
    const end = random.below(4);
    if (end === 0) peer.end();
    else if (end === 1) setImmediate(() => peer.resetAndDestroy());
    else if (end === 2) peer.destroy();
    else setTimeout(() => peer.destroy(), 20);
  });
  const client = socket(2, SocketType.stream);
  check(client !== false, () => "no socket");
  const { port } = server.address() as { port: number };
  const result = await connect(client, makeSockaddr("127.0.0.1", port));
  check(result <= 0 && result > -4096, () => `connect: ${result}`);
  for (let i = random.below(15); i > 0; i--) await call(random, client, client);
  await close(client);
  await new Promise((resolve) => server.close(resolve));
};

/** All of them, by name, and how many rounds of each make one turn. */
export const cases: readonly (readonly [name: string, run: Case, rounds: number])[] = [
  ["addresses", addresses, 200],
  ["infos", infos, 100],
  ["options", options, 10],
  ["chaos", chaos, 5],
  ["order", order, 2],
  ["peers", peers, 3],
  ["rules", rules, 100],
];
