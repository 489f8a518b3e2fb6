/**
 * One component on our host and on others: `bench/programs/host.ts`, or the same in C, takes the time itself, so that
 * starting does not count where it is not what is measured.
 */
import {
  assemblyscript,
  blockingAndJco,
  c,
  type Guest,
  type Pairing,
  type Runner,
  rowBase,
  runGuest,
  startGuest,
  suspendingAndJco,
  suspendingAndWasmtime,
  with03And02,
  with03AndJco,
  with03AndWasmtime,
} from "../ends/guest.ts";
import type { Bench, Row, Target } from "../row.ts";

/** What the component does, and what comes of the time that it took. */
interface Task {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly higherIsBetter: boolean;
  /** How often, in a full run on a host that is quick at it, and on one that is not. */
  readonly count: number;
  readonly slowCount: number;
  /** The service of the peer process that it talks to. */
  readonly service?: "echo" | "source" | "discard" | "udpEcho";
  readonly size?: number;
  figure(nanoseconds: number, count: number): number;
}

const perCall = (nanoseconds: number, count: number): number => nanoseconds / 1000 / count;
const rate = (nanoseconds: number, count: number): number => count / 1024 / (nanoseconds / 1e9);

const kinds: readonly Omit<Task, "higherIsBetter">[] = [
  { name: "cheapest call", what: "call", unit: "µs", count: 2_000_000, slowCount: 20_000, figure: perCall },
  { name: "ready poll", what: "ready-poll", unit: "µs", count: 200_000, slowCount: 2000, figure: perCall },
  {
    name: "blocked poll, beyond the wait",
    what: "sleep",
    unit: "µs",
    count: 500,
    slowCount: 500,
    figure: (nanoseconds, count) => perCall(nanoseconds, count) - 1000,
  },
  {
    name: "request/response, 64 B",
    what: "exchange",
    unit: "µs",
    count: 20_000,
    slowCount: 2000,
    service: "echo",
    size: 64,
    figure: perCall,
  },
  {
    name: "UDP request/response, 64 B",
    what: "exchange-udp",
    unit: "µs",
    count: 20_000,
    slowCount: 2000,
    service: "udpEcho",
    size: 64,
    figure: perCall,
  },
  {
    name: "bulk receive",
    what: "receive",
    unit: "GiB/s",
    count: 1024,
    slowCount: 128,
    service: "source",
    figure: rate,
  },
  {
    name: "bulk send",
    what: "send",
    unit: "GiB/s",
    count: 1024,
    slowCount: 128,
    service: "discard",
    figure: rate,
  },
];

const tasks = kinds.map((kind): Task => ({ ...kind, higherIsBetter: kind.unit === "GiB/s" }));

async function run(runner: Runner, guest: Guest, task: Task, count: number, bench: Bench): Promise<number> {
  const port = task.service === undefined ? 0 : bench.ports[task.service];
  return task.figure(await runGuest(runner, guest, [task.what, count, port, task.size ?? 0]), count);
}

/** The targets, by task. */
type Targets = Readonly<Record<string, Target>>;

/** @param language what the guest is written in, where it is not AssemblyScript */
function rowsOf(pairing: Pairing, guest: Guest, targets: Targets = {}, language?: string): Row[] {
  const { ours, mode, peer, peerName, isSlow, part = 1 } = pairing;
  const suffix = language === undefined ? "" : `, ${language}`;
  const base = { ...rowBase(pairing, guest), group: `host, ${mode}${suffix}`, peerName };
  return [
    ...tasks.map((task): Row => {
      const { name, unit, higherIsBetter, count, slowCount } = task;
      const target = targets[name];
      return {
        ...base,
        name: `${mode} against ${peerName}${suffix}: ${name}`,
        unit,
        higherIsBetter,
        ours: (bench) => run(ours, guest, task, bench.pick(count, Math.min(count, slowCount)), bench),
        peer: (bench) =>
          run(
            peer,
            guest,
            task,
            isSlow ? Math.ceil(slowCount * part) : bench.pick(count, Math.min(count, slowCount)),
            bench,
          ),
        ...(target === undefined ? {} : { target }),
      };
    }),
    {
      ...base,
      name: `${mode} against ${peerName}${suffix}: start and end`,
      unit: "ms",
      higherIsBetter: false,
      ours: () => startGuest(ours, guest),
      peer: () => startGuest(peer, guest),
    },
  ];
}

/** A target as a ratio; where less is better it is the inverse of how many times as good. */
function times(factor: number, higherIsBetter = true): Target {
  return { of: "ratio", limit: higherIsBetter ? factor : 1 / factor };
}

export const rows: readonly Row[] = [
  ...rowsOf(suspendingAndJco, assemblyscript, {
    "cheapest call": { of: "ours", limit: 0.5 },
    "ready poll": { of: "ours", limit: 2 },
    "request/response, 64 B": times(7, false),
    "bulk receive": times(8),
    "bulk send": times(7),
  }),
  ...rowsOf(blockingAndJco, assemblyscript, {
    "request/response, 64 B": times(3, false),
    "bulk receive": times(4),
    "bulk send": times(4),
  }),
  ...rowsOf(suspendingAndWasmtime, assemblyscript, {
    "request/response, 64 B": times(0.85, false),
    "UDP request/response, 64 B": times(0.6, false),
    "bulk receive": times(1.3),
    "bulk send": times(0.8),
  }),
  ...rowsOf(with03AndJco, assemblyscript, {
    "request/response, 64 B": times(100, false),
    "bulk receive": times(70),
    "bulk send": times(70),
  }),
  ...rowsOf(with03AndWasmtime, assemblyscript, {
    "request/response, 64 B": times(1, false),
    "UDP request/response, 64 B": { of: "ratio", limit: 1.1 },
    "bulk receive": times(1),
    "bulk send": times(1),
  }),
  ...rowsOf(with03And02, assemblyscript, { "request/response, 64 B": times(1, false) }),
  ...[suspendingAndJco, blockingAndJco, suspendingAndWasmtime].flatMap((pairing) =>
    rowsOf(pairing, c, {}, "C"),
  ),
];
