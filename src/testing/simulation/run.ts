/** One run of a scenario: one seed, one history. */
import { join } from "node:path";
import type { ChannelName } from "../../../host/events/channels.ts";
import { type AnyEvent, watchEvents } from "../../../host/events/trace.ts";
import { runCommand } from "../../../host/index.ts";
import type { Network } from "../../../host/network/network.ts";
import { pcap } from "../../../host/network/pcap/index.ts";
import { standBefore } from "../../../host/network/stand-before.ts";
import { Chance } from "../../../host/network/virtual/chance.ts";
import {
  createNetwork,
  type HistoryEvent,
  type MachineHandle,
  type VirtualNetwork,
} from "../../../host/network/virtual/index.ts";
import { onNetwork } from "../../index.ts";
import { type Dice, type Fault, type HostPlan, requireFaults, type Scenario, type View } from "./scenario.ts";

/** How one seed is run. */
export interface RunOnce {
  readonly seed: number | string;
  /** Of what would go wrong only these, by their places; default all. */
  readonly only?: readonly number[] | undefined;
  /** In place of the scenario's own. */
  readonly faults?: readonly Fault[] | undefined;
  /** Told of each thing that sockets do. */
  readonly trace?: ((traced: Traced) => void) | undefined;
  /** Told of each thing that happens. */
  readonly onEvent?: ((event: HistoryEvent) => void) | undefined;
  /** A folder that gets a capture of each host. */
  readonly pcap?: string | undefined;
}

/** Something that a socket did, or that was done with it. */
export interface Traced {
  /** Milliseconds of the network's time. */
  readonly at: number;
  /** The machine. */
  readonly host: string;
  /** As on `node:diagnostics_channel`; see docs/observability.md. */
  readonly channel: ChannelName;
  readonly event: AnyEvent;
}

/** How one seed went. */
export interface Once {
  readonly seed: number | string;
  /** Why it failed; `undefined` where all held. */
  readonly failure: string | undefined;
  /** Of all that happened. */
  readonly hash: string;
  /** How long it took, in milliseconds of the network's time, and how many events. */
  readonly now: number;
  readonly events: number;
  /** What went wrong in it. */
  readonly faults: readonly Fault[];
}

const DEFAULT_LIMIT = 60_000;

function diceOf(chance: Chance): Dice {
  return {
    number: () => chance.fraction(),
    below: (limit) => chance.below(limit),
    pick: (from) => from[chance.below(from.length)] as (typeof from)[number],
    happens: (probability) => chance.happens(probability),
  };
}

/** The network of a machine, for one life of it: nobody hears anything behind its end. */
class Life {
  isOver = false;
  /** Closes what it leaves open, which nobody hears of. */
  close: () => void = () => {};
  /** Called when its time is held by what runs there. */
  held: () => void = () => {};
  readonly network: Network;
  readonly #stop: AbortController = new AbortController();

  constructor(machine: Network) {
    const network = standBefore(machine);
    const alive = <T extends unknown[], R>(call: (...args: T) => R): ((...args: T) => R) => {
      return (...args) => {
        if (this.isOver) throw "ENETDOWN";
        return call(...args);
      };
    };
    this.network = {
      ...network,
      bindTcp: alive(network.bindTcp),
      openTcp: alive(network.openTcp),
      bindUdp: alive(network.bindUdp),
      lookUp: (name, guest) => {
        const { addresses, cancel } = network.lookUp(name, guest);
        const told = new Promise<readonly string[]>((resolve, reject) => {
          addresses.then(
            (found) => this.isOver || resolve(found),
            (error: Error) => this.isOver || reject(error),
          );
        });
        return { addresses: told, cancel };
      },
      startTimer: (fire, nanoseconds, argument) =>
        network.startTimer((told) => this.isOver || fire(told), nanoseconds, argument),
      hold: () => {
        const release = (network.hold as NonNullable<Network["hold"]>)();
        this.held();
        return release;
      },
      defer: (callback) => network.defer(() => this.isOver || callback()),
      isOver: () => this.isOver,
    };
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  end(): void {
    this.isOver = true;
    // an error of its own, with its stack, would cost more than all else here
    this.#stop.abort("over");
    this.close();
  }
}

/** A host of a run. */
class Runner<State> {
  readonly name: string;
  readonly files: Map<string, string> = new Map();
  readonly #plan: HostPlan<State>;
  readonly #machine: MachineHandle;
  readonly #top: Network;
  readonly #simulation: Simulation<State>;
  #life: Life | undefined = undefined;
  hasEnded = false;
  output = "";

  constructor(
    simulation: Simulation<State>,
    name: string,
    plan: HostPlan<State>,
    pcapFolder: string | undefined,
  ) {
    this.#simulation = simulation;
    this.name = name;
    this.#plan = plan;
    this.#machine = simulation.network.host(name, plan.addresses);
    const { network } = this.#machine;
    if (pcapFolder === undefined) this.#top = network;
    else {
      const capture = pcap(network, join(pcapFolder, `${name}.pcapng`));
      simulation.closers.push(() => capture.close());
      this.#top = capture;
    }
  }

  /** Whether its end is waited for. */
  get isAwaited(): boolean {
    return this.#plan.serves !== true && !this.hasEnded;
  }

  begin(): void {
    const life = new Life(this.#top);
    this.#life = life;
    const { run } = this.#plan;
    const simulation = this.#simulation;
    const program = run === undefined ? this.#command(life) : run(this.#place(life));
    program.then(
      () => {
        if (life.isOver) return;
        this.hasEnded = true;
        simulation.log(this.name, "has ended");
        simulation.look();
      },
      (error: unknown) => {
        if (life.isOver) return;
        const why = error instanceof Error ? error.message : String(error);
        simulation.fail(`${this.name} failed: ${why}`);
      },
    );
  }

  async #command(life: Life): Promise<void> {
    const {
      program,
      args = [],
      env = {},
      policy = { allowNet: true, allowListen: true, allowDns: true },
    } = this.#plan;
    // what it takes to start it is no time of its own; from its compilation on it holds the clock itself
    const release = this.#simulation.network.hold();
    life.held = release;
    const { exitCode, trapped, stdout } = await runCommand(program as string, {
      ...{
        network: life.network,
        policy,
        args,
        env,
        name: this.name,
        trace: this.#simulation.tracer(this.name),
      },
      ...{ stdout: "pipe", stderr: "ignore", isolation: "none", signal: life.signal },
    }).finally(release);
    if (life.isOver) return;
    this.output += Buffer.from(stdout ?? []).toString();
    if (exitCode !== 0)
      throw new Error(trapped === undefined ? `it ended with ${exitCode}` : trapped.message);
  }

  #place(life: Life): Parameters<NonNullable<HostPlan<State>["run"]>>[0] {
    const { network } = life;
    const simulation = this.#simulation;
    const net = onNetwork(network);
    life.close = () => net.closeAll();
    const trace = simulation.tracer(this.name);
    if (trace !== undefined) {
      simulation.closers.push(
        watchEvents((channel, event) => {
          if (event.host === net.id) trace(channel, event);
        }),
      );
    }
    return {
      name: this.name,
      net,
      files: this.files,
      state: simulation.state,
      dice: diceOf(new Chance(`${simulation.seed}\n${this.name}\ndice`)),
      now: () => simulation.network.now,
      clock: () => Number(network.wall() / 1_000_000n),
      sleep: (milliseconds) =>
        new Promise((resolve) => {
          network.startTimer(resolve, BigInt(Math.round(milliseconds * 1_000_000)), undefined);
        }),
      log: (text) => {
        if (!life.isOver) simulation.log(this.name, text);
      },
    };
  }

  #downs = 0;

  crash(files: "kept" | "lost"): void {
    // one that is down may be struck again
    this.#downs++;
    // before all else: what ends with it is not to say so to others
    this.#machine.crash();
    this.#life?.end();
    if (files === "lost") this.files.clear();
  }

  restart(): void {
    if (--this.#downs > 0) return;
    this.#machine.start();
    if (!this.hasEnded) this.begin();
  }

  skew(milliseconds: number): void {
    this.#machine.skew(milliseconds);
  }

  /** Ends what still runs. */
  end(): void {
    this.#life?.end();
  }
}

/** A run that goes on. */
class Simulation<State> {
  readonly seed: string;
  readonly network: VirtualNetwork;
  readonly state: State;
  readonly closers: (() => void)[] = [];
  failure: string | undefined = undefined;
  readonly #scenario: Scenario<State>;
  readonly #runners: Map<string, Runner<State>> = new Map();
  readonly #onEvent: ((event: HistoryEvent) => void) | undefined;
  #over: () => void = () => {};
  #isLooking = false;

  readonly #trace: RunOnce["trace"];

  constructor(scenario: Scenario<State>, { seed, onEvent, pcap: folder, trace }: RunOnce) {
    this.#trace = trace;
    this.#scenario = scenario;
    this.seed = String(seed);
    this.#onEvent = onEvent;
    const { always, link = {} } = scenario;
    const isTold = onEvent !== undefined || always !== undefined;
    this.network = createNetwork({ seed, link, ...(isTold && { onEvent: (event) => this.#take(event) }) });
    this.state = scenario.state?.() as State;
    for (const [name, plan] of Object.entries(scenario.hosts)) {
      this.#runners.set(name, new Runner(this, name, plan, folder));
    }
  }

  #take(event: HistoryEvent): void {
    if (this.#isOver) return;
    this.#onEvent?.(event);
    this.#check(this.#scenario.always);
  }

  /** Tells what the sockets of a machine do, where somebody wants to know. */
  tracer(host: string): ((channel: ChannelName, event: AnyEvent) => void) | undefined {
    const trace = this.#trace;
    return trace && ((channel, event) => trace({ at: this.network.now, host, channel, event }));
  }

  log(host: string, text: string): void {
    this.#onEvent?.({ at: this.network.now, what: `log ${text}`, from: host, to: "", bytes: 0 });
    this.#check(this.#scenario.always);
  }

  #check(check: ((view: View<State>) => void) | undefined): void {
    // what a check does may be told as well
    if (check === undefined || this.#isLooking || this.failure !== undefined) return;
    this.#isLooking = true;
    try {
      check(this.#view());
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
    } finally {
      this.#isLooking = false;
    }
  }

  #view(): View<State> {
    const runners = [...this.#runners.values()];
    return {
      state: this.state,
      now: this.network.now,
      files: new Map(runners.map(({ name, files }) => [name, files])),
      output: new Map(runners.map(({ name, output }) => [name, output])),
    };
  }

  fail(why: string): void {
    if (this.failure !== undefined) return;
    this.failure = why;
    this.#onEvent?.({ at: this.network.now, what: `failed ${why}`, from: "", to: "", bytes: 0 });
    this.#over();
  }

  /** Looks whether all have ended. */
  look(): void {
    if (![...this.#runners.values()].some(({ isAwaited }) => isAwaited)) this.#over();
  }

  #later(milliseconds: number, act: () => void): void {
    void this.network.sleep(milliseconds).then(() => {
      if (this.failure === undefined) act();
    });
  }

  #plan(fault: Fault): void {
    const { network } = this;
    const runner = (name: string): Runner<State> => this.#runners.get(name) as Runner<State>;
    this.#later(fault.at, () => {
      if (this.#isSettling) return;
      if ("partition" in fault) {
        const [one, other] = fault.partition;
        network.partition(one, other);
        this.#undo(fault.for, () => network.heal(one, other));
      } else if ("crash" in fault) {
        runner(fault.crash).crash(fault.files ?? "kept");
        this.#undo(fault.for, () => runner(fault.crash).restart());
      } else if ("skew" in fault) {
        runner(fault.skew).skew(fault.by);
        this.log(fault.skew, `its clock is set by ${fault.by} ms`);
      } else {
        const [one, other] = fault.link;
        network.link(one, other, fault.rules);
        this.#undo(fault.for, () => network.link(one, other, { ...PLAIN, ...this.#scenario.link }));
      }
    });
  }

  #isSettling = false;
  readonly #undoing: Set<() => void> = new Set();

  #undo(milliseconds: number, act: () => void): void {
    const once = (): void => {
      if (this.#undoing.delete(once)) act();
    };
    this.#undoing.add(once);
    this.#later(milliseconds, once);
  }

  async run(faults: readonly Fault[]): Promise<void> {
    const { limit = DEFAULT_LIMIT, settle = 0, hosts, atEnd } = this.#scenario;
    const over = new Promise<void>((resolve) => {
      this.#over = resolve;
    });
    const release = this.network.hold();
    for (const fault of faults) this.#plan(fault);
    for (const [name, runner] of this.#runners) {
      const at = hosts[name]?.at ?? 0;
      if (at === 0) runner.begin();
      else this.#later(at, () => runner.begin());
    }
    let isLate = false;
    this.#later(limit, () => {
      isLate = true;
      this.#over();
    });
    // programs that are compiled hold it as long as they are
    release();
    await over;
    if (isLate && this.failure === undefined) {
      const late = [...this.#runners.values()].filter(({ isAwaited }) => isAwaited).map(({ name }) => name);
      this.fail(`${late.join(", ")} had not ended after ${limit} ms`);
    }
    if (this.failure === undefined && settle > 0) {
      this.#isSettling = true;
      for (const undo of [...this.#undoing]) undo();
      await Promise.race([
        this.network.sleep(settle),
        new Promise<void>((resolve) => {
          this.#over = resolve;
        }),
      ]);
    }
    this.#check(atEnd);
  }

  #isOver = false;

  end(): void {
    this.#isOver = true;
    // nothing more is to happen
    this.network.hold();
    for (const close of this.closers) close();
    for (const runner of this.#runners.values()) runner.end();
  }
}

/** What links do of which nothing is said. */
const PLAIN = {
  ...{ latency: 1, jitter: 0, bandwidth: Number.POSITIVE_INFINITY, queue: 262_144 },
  ...{ loss: 0, duplicate: 0, reorder: 0, mtu: 1500 },
};

/**
 * Runs a scenario with one seed.
 *
 * @throws TypeError for faults that are none
 */
export async function runOnce<State>(scenario: Scenario<State>, how: RunOnce): Promise<Once> {
  const faults = how.faults ?? scenario.faults ?? [];
  const made = typeof faults === "function" ? faults(diceOf(new Chance(`${how.seed}\nfaults`))) : faults;
  requireFaults(made, Object.keys(scenario.hosts));
  const chosen = how.only === undefined ? made : made.filter((_, i) => how.only?.includes(i));
  const simulation = new Simulation(scenario, how);
  try {
    await simulation.run(chosen);
    const { failure, network } = simulation;
    return {
      seed: how.seed,
      failure,
      hash: network.hash,
      now: network.now,
      events: network.events,
      faults: made,
    };
  } finally {
    simulation.end();
  }
}
