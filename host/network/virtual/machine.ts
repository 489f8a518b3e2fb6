/** A machine of a virtual network: the network as the hosts on it have it. */
import type { TimerHandle } from "../../io/time.ts";
import type { IpAddress, IpSocketAddress } from "../address.ts";
import type {
  Arrival,
  DatagramListener,
  NameQuery,
  Network,
  TcpPort,
  Transport,
  TransportListener,
  UdpPort,
} from "../network.ts";
import { Chance } from "./chance.ts";
import type { Happening } from "./clock.ts";
import type { Machine } from "./stack.ts";
import { TcpStack } from "./tcp.ts";
import { UdpStack } from "./udp.ts";
import type { World } from "./world.ts";

/** How long a look-up takes, in nanoseconds. */
const LOOK_UP = 1_000_000;

/** Who knows the others. */
export interface Directory {
  /** The machines that an address means, as it is seen from one of them: itself, another, or all. */
  find(from: Machine, remote: IpSocketAddress): readonly VirtualMachine[];
  /** The addresses of a name, as text; `undefined` where there is no such name. */
  lookUp(name: string): readonly string[] | undefined;
}

/** The network as a machine has it. */
export class VirtualMachine implements Network, Machine {
  readonly name: string;
  readonly world: World;
  readonly addresses: readonly IpAddress[];
  /** Milliseconds by which its time of day is ahead of the network's. */
  skew = 0;
  readonly #directory: Directory;
  readonly #chance: Chance;
  readonly #tcp: TcpStack;
  readonly #udp: UdpStack;

  /**
   * @param name what the others call it
   * @param addresses its own
   * @param world where it is
   * @param directory who knows the others
   */
  constructor(name: string, addresses: readonly IpAddress[], world: World, directory: Directory) {
    this.name = name;
    this.addresses = addresses;
    this.world = world;
    this.#directory = directory;
    // of its own, so that what one machine asks for changes nothing on another
    this.#chance = new Chance(`${world.seed}\n${name}`);
    this.#tcp = new TcpStack(this, (from, remote) => {
      const found = directory.find(from, remote)[0];
      return found === undefined ? undefined : found.#tcp;
    });
    this.#udp = new UdpStack(this, (from, remote) => directory.find(from, remote).map((found) => found.#udp));
  }

  bindTcp(local: IpSocketAddress): TcpPort {
    return this.#tcp.bind(local);
  }
  openTcp(from: TcpPort | Arrival | undefined, listener: TransportListener): Transport {
    return this.#tcp.open(from, listener);
  }
  bindUdp(local: IpSocketAddress, listener: DatagramListener): UdpPort {
    return this.#udp.bind(local, listener);
  }

  /** It goes down: its connections and ports are gone without a word, and nothing comes through until it is up again. */
  lose(): void {
    this.world.down.add(this.name);
    this.#tcp.lose();
    this.#udp.lose();
  }

  lookUp(name: string): NameQuery {
    let timer: Happening | undefined;
    const addresses = new Promise<readonly string[]>((resolve, reject) => {
      timer = this.world.clock.after(LOOK_UP, () => {
        const found = this.#directory.lookUp(name);
        this.world.note(`look-up ${name}`, this.name, "", found?.length ?? 0);
        if (found !== undefined) resolve(found);
        else reject(Object.assign(new Error(`no such name: ${name}`), { code: "ENOTFOUND" }));
      });
      this.#reject = reject;
    });
    const reject = this.#reject;
    return {
      addresses,
      cancel: () => {
        if (timer?.run === undefined) return;
        timer.run = undefined;
        reject(Object.assign(new Error("the look-up was called off"), { code: "ECANCELLED" }));
      },
    };
  }
  #reject: (reason: Error) => void = () => {};

  hasZone(): boolean {
    return false;
  }

  monotonic(): bigint {
    return BigInt(this.world.clock.look());
  }
  milliseconds(): number {
    return this.world.clock.now / 1_000_000;
  }
  wall(): bigint {
    return this.world.epoch + BigInt(this.world.clock.look()) + BigInt(Math.round(this.skew * 1_000_000));
  }
  startTimer<T>(fire: (argument: T) => void, nanoseconds: bigint, argument: T): TimerHandle {
    return this.world.clock.after(Number(nanoseconds), () => fire(argument));
  }
  stopTimer(timer: TimerHandle): void {
    (timer as Happening).run = undefined;
  }
  defer(callback: () => void): void {
    this.world.clock.after(0, callback);
  }
  hold(): () => void {
    return this.world.clock.hold();
  }
  random(length: number): Uint8Array {
    return this.#chance.bytes(length);
  }
}
