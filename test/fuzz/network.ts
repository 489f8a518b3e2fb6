/**
 * The network in memory under fuzz: one random program runs on the kernel's loopback and in memory, step by step, and each
 * answer must be the same. What may differ, and is left out here, is in docs/testing.md.
 */
import { nodeNetwork } from "../../host/index.ts";
import {
  AddressFamily,
  type Library,
  Msg,
  makeSockaddr,
  NetError,
  onNetwork,
  type Sockaddr,
  type Socket,
  SocketType,
} from "../../src/index.ts";
import { createNetwork } from "../../src/testing/index.ts";
import { type Case, check } from "./cases.ts";
import { Random } from "./random.ts";

/** Steps of one program. */
const STEPS = 50;

const { inet, inet6 } = AddressFamily;
const { stream, datagram } = SocketType;

/** How many sockets a program has at a time: fewer than any backlog, as a SYN that finds no room takes seconds. */
const SLOTS = 8;
const LEAST_BACKLOG = 8;
/** Small enough that all of a program's bytes fit any buffer: how much a kernel takes is its own affair. */
const LARGEST = 700;
/** Of two that are connected, one sends so much at once, and the other takes it. */
const BULK = 300_000;
const PATTERN = Buffer.alloc(
  BULK + LARGEST,
  "the same bytes on both, of which none is lost or comes twice; ",
);

/** Ports that can be named: below those that the system gives, and those of other tests (test/peers/ports.ts). */
const FIRST_PORT = 10_000;
const PORTS = 10_000;
const PORTS_EACH = 4;
/** How an outcome begins that is bytes. */
const GOT = "got ";
/** How long the kernel may take for what has happened in memory. */
const PATIENCE_SECONDS = 2;

/** What is open there, by slots; and what goes on. */
class World {
  readonly slots: (Socket | undefined)[] = [];
  /** What has come of what was begun, by its number; `undefined` while it goes on. */
  readonly outcomes: Map<number, string | undefined> = new Map();
  readonly net: Library;
  /** Sockets of slots that others have been put into. */
  readonly #displaced: Socket[] = [];
  readonly #stops: Map<number, AbortController> = new Map();
  /** Ports that the system has given, in their order: they are others each time. */
  readonly #given: string[] = [];
  #told: () => void = () => {};

  constructor(net: Library) {
    this.net = net;
  }

  /** Begins something. */
  begin(id: number, act: (world: World, signal: AbortSignal) => Promise<unknown>): void {
    const stop = new AbortController();
    this.#stops.set(id, stop);
    this.outcomes.set(id, undefined);
    const settle = (outcome: string): void => {
      this.outcomes.set(id, outcome);
      this.#stops.delete(id);
      this.#told();
    };
    const acting = async (): Promise<unknown> => await act(this, stop.signal);
    acting().then(
      (value) => settle(String(value)),
      (error: unknown) => {
        const { code, name, message } = error as NetError;
        settle(error instanceof NetError ? code : `${name}: ${message}`);
      },
    );
  }

  give(id: number): void {
    this.#stops.get(id)?.abort();
  }

  /** Waits until something has come of it, for as long as the kernel is given. */
  async wait(id: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_SECONDS * 1000);
    });
    const told = (async () => {
      while (this.outcomes.get(id) === undefined) {
        await new Promise<void>((resolve) => {
          this.#told = resolve;
        });
      }
    })();
    await Promise.race([told, late]);
    clearTimeout(timer);
  }

  socket(slot: number): Socket {
    const socket = this.slots[slot];
    if (socket === undefined) throw new Error(`there is no socket ${slot}`);
    return socket;
  }

  put(slot: number, socket: Socket): void {
    const before = this.slots[slot];
    if (before !== undefined) this.#displaced.push(before);
    this.slots[slot] = socket;
  }

  /** An address as both have it. */
  show(type: SocketType, { name, port }: Sockaddr): string {
    if (port === 0 || (port >= FIRST_PORT && port < FIRST_PORT + PORTS)) return `${name} ${port}`;
    const given = `${type} ${port}`;
    if (!this.#given.includes(given)) this.#given.push(given);
    return `${name} given ${this.#given.indexOf(given)}`;
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.values()) stop.abort();
    await Promise.all([...this.slots, ...this.#displaced].map((socket) => socket?.close()));
  }
}

type Act = (world: World, signal: AbortSignal) => Promise<unknown>;
/** A step: what it is, what it does on each, and which socket it may keep waiting. */
type Step = readonly [says: string, act: Act, waits?: number];
/** An address that a step names. */
type Place = (world: World) => Sockaddr;

/** What is known of the sockets of both. */
interface Slot {
  readonly family: AddressFamily;
  readonly type: SocketType;
  /** With whom it is connected, where nothing else has been done with either. */
  mate: number | undefined;
  /** Whether it was made to listen; `undefined` where it was only made. */
  readonly listens?: boolean;
  /** Whether nothing has been done with it. */
  isNew?: boolean;
}

/** A random program, and what is known of it. */
class Program {
  readonly slots: (Slot | undefined)[] = [];
  /** What goes on, and at which socket. */
  readonly going: Map<number, number | undefined> = new Map();
  /** Steps that receive of a stream: at which socket, and whether they leave what they get. */
  readonly reads: Map<number, { readonly slot: number; readonly keeps: boolean }> = new Map();
  /** Where steps that accept put what they get. */
  readonly places: Map<number, number> = new Map();
  readonly #random: Random;
  readonly #loopback: readonly [string, string];
  readonly #port: number;

  constructor(random: Random, number: number) {
    this.#random = random;
    // addresses of its own, so that nothing of an earlier program, or of another process, is in its way
    this.#loopback = [`127.77.${(number >> 8) & 255}.${number & 255}`, "::1"];
    this.#port = FIRST_PORT + ((number * PORTS_EACH) % PORTS);
  }

  #slot(wanted: (slot: Slot, index: number) => boolean = () => true): number | undefined {
    const found = this.slots.flatMap((slot, i) => (slot !== undefined && wanted(slot, i) ? [i] : []));
    return found.length === 0 ? undefined : this.#random.pick(found);
  }

  #free(): number | undefined {
    for (let i = 0; i < SLOTS; i++) if (this.slots[i] === undefined) return i;
    return undefined;
  }

  #harm(slot: number): void {
    const { mate } = this.slots[slot] as Slot;
    if (mate === undefined) return;
    (this.slots[slot] as Slot).mate = undefined;
    const other = this.slots[mate];
    if (other !== undefined) other.mate = undefined;
  }

  /** Somewhere to bind to. */
  #own(family: AddressFamily): [string, Place] {
    const random = this.#random;
    const isOld = family === inet;
    const usual = isOld ? this.#loopback[0] : this.#loopback[1];
    const name = random.pick([
      ...[usual, usual, usual, usual, isOld ? "0.0.0.0" : "::", isOld ? "127.0.0.1" : "::1"],
      ...(random.once(4) ? [isOld ? "192.0.2.1" : "2001:db8::1", isOld ? "::1" : usual] : []),
    ]);
    const port = random.once(3) ? 0 : this.#port + random.below(PORTS_EACH);
    return [`${name} ${port}`, () => makeSockaddr(name, port)];
  }

  /** Somewhere to send to: where another is, mostly. */
  #other(family: AddressFamily, type?: SocketType): [string, Place] {
    const random = this.#random;
    const isApt = (slot: Slot): boolean =>
      slot.listens !== undefined && slot.family === family && slot.type === (type ?? slot.type);
    const other = random.once(3) ? this.#slot() : this.#slot(isApt);
    if (other !== undefined && !random.once(4)) {
      const isSame = this.slots[other]?.family === family;
      if (isSame || random.once(10)) {
        const at: Place = (world) => {
          const { name, port } = world.socket(other).getSocketName();
          const isAny = name === "0.0.0.0" || name === "::";
          return makeSockaddr(isAny ? this.#loopback[name === "::" ? 1 : 0] : name, port);
        };
        return [`the address of ${other}`, at];
      }
    }
    const name = this.#loopback[family === inet ? 0 : 1];
    const port = this.#port + random.below(PORTS_EACH);
    return [`${name} ${port}`, () => makeSockaddr(name, port)];
  }

  /** Bytes that are other ones each time. */
  #bytes(): Buffer {
    const from = this.#random.below(LARGEST);
    return PATTERN.subarray(from, from + this.#random.pick([0, 1, 1, this.#random.below(LARGEST)]));
  }

  /** Does nothing more with a socket and the one it is connected to. */
  leave(slot: number): void {
    const mate = this.slots[slot]?.mate;
    this.slots[slot] = undefined;
    if (mate !== undefined) this.slots[mate] = undefined;
  }

  /** The next step. */
  next(id: number): Step {
    for (;;) {
      const step = this.#try(this.#random.below(100), id);
      if (step !== undefined) return step;
    }
  }

  #open(slot: number, family: AddressFamily, type: SocketType): Step {
    this.slots[slot] = { family, type, mate: undefined, isNew: true };
    const says = `${slot} is a socket of ${family === inet ? "IPv4" : "IPv6"}, ${type === stream ? "TCP" : "UDP"}`;
    return [
      says,
      async (world) => {
        world.put(slot, new world.net.Socket(family, type));
      },
    ];
  }

  /** A socket that listens, or is bound. */
  #bound(slot: number, family: AddressFamily): Step {
    const type = this.#random.pick([stream, stream, datagram]);
    const listens = type === stream;
    this.slots[slot] = { family, type, mate: undefined, listens };
    const [where, place] = this.#own(family);
    return [
      `${slot} ${listens ? "listens" : "receives datagrams"} at ${where}`,
      async (world, signal) => {
        const socket = new world.net.Socket(family, type);
        world.put(slot, socket);
        await socket.bind(place(world), { signal });
        if (listens) await socket.listen(LEAST_BACKLOG, { signal });
      },
    ];
  }

  /** Two that are connected, by a listener that is closed or stays. */
  #connected(family: AddressFamily): Step | undefined {
    const one = this.#free();
    if (one === undefined) return undefined;
    this.slots[one] = { family, type: stream, mate: undefined };
    const other = this.#free();
    if (other === undefined) {
      this.slots[one] = undefined;
      return undefined;
    }
    this.slots[other] = { family, type: stream, mate: one };
    (this.slots[one] as Slot).mate = other;
    const act: Act = async (world, signal) => {
      const listener = new world.net.Socket(family, stream);
      await listener.bind(makeSockaddr(this.#loopback[family === inet ? 0 : 1], 0));
      await listener.listen(LEAST_BACKLOG);
      const socket = new world.net.Socket(family, stream);
      world.put(one, socket);
      const [accepted] = await Promise.all([
        listener.accept({ signal }),
        socket.connect(listener.getSocketName(), { signal }),
      ]);
      world.put(other, accepted);
      await listener.close();
    };
    return [`${one} and ${other} are connected by TCP`, act];
  }

  #try(chance: number, id: number): Step | undefined {
    const random = this.#random;
    const family = random.pick([inet, inet, inet6]);
    if (chance < 8) {
      const slot = this.#free();
      if (slot === undefined) return undefined;
      return random.once(2)
        ? this.#bound(slot, family)
        : this.#open(slot, family, random.pick([stream, datagram]));
    }
    if (chance < 14) return this.#connected(family);
    const slot = this.#slot();
    if (slot === undefined) return undefined;
    const known = this.slots[slot] as Slot;
    if (chance < 20) {
      // somebody who was connected and has nothing else to do: much is sent at once
      const busy = [...this.going.values()];
      const from = this.#slot(
        ({ mate }, i) => mate !== undefined && !busy.includes(i) && !busy.includes(mate),
      );
      if (from === undefined) return undefined;
      return this.#pump(from, (this.slots[from] as Slot).mate as number);
    }
    if (chance < 25) {
      const [says, place] = this.#own(known.family);
      return [
        `bind ${slot} to ${says}`,
        (world, signal) => world.socket(slot).bind(place(world), { signal }),
      ];
    }
    if (chance < 28) {
      const backlog = LEAST_BACKLOG + random.below(3);
      return [
        `listen at ${slot}, ${backlog}`,
        (world, signal) => world.socket(slot).listen(backlog, { signal }),
      ];
    }
    if (chance < 44) {
      const fresh = random.once(3) ? undefined : this.#slot(({ isNew }) => isNew === true);
      if (fresh !== undefined) {
        const it = this.slots[fresh] as Slot;
        it.isNew = false;
        const [says, place] = this.#other(it.family, it.type);
        return [
          `connect ${fresh}, which is new, to ${says}`,
          (world, signal) => world.socket(fresh).connect(place(world), { signal }),
        ];
      }
      const isTakenAway = known.type === datagram && random.once(5);
      const [says, place] = isTakenAway
        ? ["nowhere", () => makeSockaddr()]
        : this.#other(known.family, known.type);
      return [
        `connect ${slot} to ${says}`,
        (world, signal) => world.socket(slot).connect(place(world), { signal }),
      ];
    }
    if (chance < 53) {
      const place = this.#free();
      if (place === undefined) return undefined;
      this.slots[place] = { family: known.family, type: stream, mate: undefined };
      this.places.set(id, place);
      const listener = (random.once(9) ? undefined : this.#slot(({ listens }) => listens === true)) ?? slot;
      return [
        `accept at ${listener} as ${place}`,
        async (world, signal) => {
          const accepted = await world.socket(listener).accept({ signal });
          world.put(place, accepted);
          return world.show(stream, accepted.getPeerName());
        },
      ];
    }
    if (chance < 66) return this.#send(slot, known);
    if (chance < 79) return this.#receive(slot, known, id);
    if (chance < 84) {
      const how = random.pick(["read", "write", "both"] as const);
      this.#harm(slot);
      return [`shut ${slot}, ${how}`, async (world) => world.socket(slot).shutdown(how)];
    }
    if (chance < 90) {
      this.#harm(slot);
      this.slots[slot] = undefined;
      return [
        `close ${slot}`,
        async (world) => {
          const socket = world.socket(slot);
          world.slots[slot] = undefined;
          await socket.close();
        },
      ];
    }
    if (chance < 95) {
      return [
        `addresses of ${slot}`,
        async (world) => {
          const socket = world.socket(slot);
          const ask = (call: () => Sockaddr): string => {
            try {
              return world.show(known.type, call());
            } catch (error) {
              return (error as NetError).code;
            }
          };
          return `${ask(() => socket.getSocketName())}, ${ask(() => socket.getPeerName())}`;
        },
      ];
    }
    return this.#option(slot);
  }

  #pump(from: number, to: number): Step {
    const act: Act = async (world, signal) => {
      const drain = async (): Promise<number> => {
        // what was sent before comes first
        let count = 0;
        for (let last = 1; last > 0 && count < BULK; count += last) {
          last = (await world.socket(to).receive(65_536, { signal })).length;
        }
        return count;
      };
      const [sent, came] = await Promise.all([
        world.socket(from).send(PATTERN.subarray(0, BULK), { signal }),
        drain(),
      ]);
      return `${sent}, ${came >= BULK}`;
    };
    // how much of it is read in one piece is not the same: they have nothing more to compare
    this.#harm(from);
    return [`much from ${from} to ${to}`, act];
  }

  #send(slot: number, { type, family }: Slot): Step {
    const random = this.#random;
    const bytes = this.#bytes();
    const size = `${bytes.length} bytes`;
    if (type === stream || random.once(3)) {
      return [`send ${size} by ${slot}`, (world, signal) => world.socket(slot).send(bytes, { signal }), slot];
    }
    const [says, place] = this.#other(family, type);
    return [
      `send ${size} by ${slot} to ${says}`,
      (world, signal) => world.socket(slot).send(bytes, { signal, to: place(world) }),
    ];
  }

  #receive(slot: number, { type }: Slot, id: number): Step | undefined {
    const random = this.#random;
    const flags = random.pick([0, 0, 0, Msg.peek, Msg.dontwait, Msg.waitall]);
    const most = random.pick([1, 10, random.below(LARGEST) + 1, 65_536]);
    // one at a time, so that what one leaves is the next one's
    if (type === stream && [...this.going.values()].includes(slot)) return undefined;
    if (type === stream) this.reads.set(id, { slot, keeps: flags === Msg.peek });
    return [
      `receive ${most} at ${slot}, flags ${flags}`,
      async (world, signal) => {
        const from = type === datagram ? makeSockaddr() : undefined;
        const bytes = await world.socket(slot).receive(most, { signal, flags, ...(from && { from }) });
        return `${GOT}${bytes.toString("latin1")}${from === undefined ? "" : ` of ${world.show(type, from)}`}`;
      },
      slot,
    ];
  }

  #option(slot: number): Step {
    const random = this.#random;
    // without buffers' sizes, which the system decides, and limits of waiting, which are time
    const [level, name, values] = random.pick([
      [1, 4, []],
      [1, 2, [0, 1]],
      [1, 6, [0, 1]],
      [1, 9, [0, 1]],
      [1, 30, []],
      [6, 1, [0, 1]],
      [6, 4, [0, 1, 60, 40_000]],
      [6, 5, [0, 1, 60, 40_000]],
      [6, 6, [0, 1, 9, 200]],
      [0, 2, [0, 1, 64, 255, 256]],
      [41, 16, [0, 1, 64, 255, 256]],
    ] as const);
    const value =
      values.length === 0 || random.once(2) ? undefined : random.pick(values as readonly number[]);
    return [
      `option ${level}/${name} of ${slot}${value === undefined ? "" : ` to ${value}`}`,
      async (world) => {
        const socket = world.socket(slot);
        if (value !== undefined) socket.setSocketOption(level, name, value);
        return socket.getSocketOption(level, name);
      },
    ];
  }
}

const kernel = onNetwork(nodeNetwork);
let programs = process.pid;

/** Some turns of the event loop: on loopback all comes at once, and is then to be read. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Runs a program on both. */
async function compare(random: Random, number: number, settle: () => Promise<void>): Promise<void> {
  const network = createNetwork({ seed: number });
  const inMemory = new World(network.host("one").net);
  const onKernel = new World(kernel);
  const program = new Program(random, number);
  const history: string[] = [];
  const { going } = program;
  const fail = (what: string): never => {
    throw new Error(`${what}\n  ${history.join("\n  ")}`);
  };
  /**
   * How much of what has come a stream gives at once is nobody's promise, but for one byte at least: who got less takes the
   * rest, which must be there.
   */
  const evenOut = async (id: number, here = "", there = ""): Promise<boolean> => {
    const [less, more, world] =
      here.length < there.length ? [here, there, onKernel] : [there, here, inMemory];
    const { slot, keeps } = program.reads.get(id) ?? {};
    if (slot === undefined || less === GOT || !less.startsWith(GOT) || !more.startsWith(less)) return false;
    const rest = more.slice(less.length);
    // what one has taken from the system, and the other has not, decides whether closing is a reset: nothing more is done with them
    if (keeps === true) {
      program.leave(slot);
      return true;
    }
    const next = id + STEPS;
    world.begin(next, async (_, signal) =>
      (await world.socket(slot).receive(rest.length, { signal, flags: Msg.waitall })).toString("latin1"),
    );
    await world.wait(next);
    return world.outcomes.get(next) === rest;
  };
  const agree = async (): Promise<void> => {
    await network.idle();
    for (const id of going.keys()) {
      const expected = inMemory.outcomes.get(id);
      if (expected === undefined) continue;
      await onKernel.wait(id);
    }
    await settle();
    for (const id of [...going.keys()]) {
      const here = onKernel.outcomes.get(id);
      const there = inMemory.outcomes.get(id);
      if (here === undefined && there === undefined) continue;
      going.delete(id);
      const place = program.places.get(id);
      if (place !== undefined && inMemory.slots[place] === undefined) program.slots[place] = undefined;
      const shown = (outcome = "waits"): string => outcome.slice(0, 60);
      history.push(
        `  ${id}: ${shown(here)}${here === there ? "" : ` on the kernel, in memory ${shown(there)}`}`,
      );
      if (here === there || (await evenOut(id, here, there))) continue;
      // what the peer had read ahead when it closed decides whether that was a reset
      const read = program.reads.get(id);
      if (read !== undefined && [here, there].sort().join() === `ECONNRESET,${GOT}`) {
        program.leave(read.slot);
        continue;
      }
      fail(`step ${id} has another outcome in memory than on the kernel:`);
    }
  };
  try {
    for (let id = 0; id < STEPS; id++) {
      const given = random.once(12) && going.size > 0 ? random.pick([...going.keys()]) : undefined;
      if (given !== undefined) {
        history.push(`${id}: give up ${given}`);
        for (const world of [inMemory, onKernel]) world.give(given);
      } else {
        const [says, act, waits] = program.next(id);
        history.push(`${id}: ${says}`);
        going.set(id, waits);
        for (const world of [inMemory, onKernel]) world.begin(id, act);
      }
      await agree();
    }
  } finally {
    await Promise.all([inMemory.close(), onKernel.close()]);
    await network.idle();
  }
}

/** One program. What differs only where the machine is so busy that the kernel's packets take their time is not told. */
export const network: Case = async (random) => {
  const seed = random.below(2 ** 31);
  const failed = (settle: () => Promise<void>): Promise<Error | undefined> =>
    compare(new Random(seed), programs++, settle).then(
      () => undefined,
      (error: Error) => error,
    );
  if ((await failed(() => turns(3))) === undefined) return;
  const error = await failed(async () => {
    await new Promise((resolve) => setTimeout(resolve, 15));
    await turns(3);
  });
  check(error === undefined, () => `program ${seed}: ${error?.message}`);
};
