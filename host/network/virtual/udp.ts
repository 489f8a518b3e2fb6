/** UDP on a virtual network: datagrams that come once, twice, late or not at all. */
import type { HostOption } from "../../sockets/option-table.ts";
import {
  addressText,
  type IpSocketAddress,
  isWildcard,
  type NodeAddress,
  sameAddress,
  socketAddressText,
} from "../address.ts";
import type { SocketErrorCode } from "../errors.ts";
import type { DatagramListener, Destination, OptionValues, UdpPort } from "../network.ts";
import { type Machine, overlaps, requireOwn, sourceFor, takes, withFreePort } from "./stack.ts";

/** The headers of IP and UDP. */
const HEADERS = 28;

/** A port that is taken. */
class VirtualUdpPort implements UdpPort {
  readonly queued = 0;
  readonly #bound: IpSocketAddress;
  readonly #stack: UdpStack;
  readonly #listener: DatagramListener;
  #peer: IpSocketAddress | undefined = undefined;
  /** Where it is: a wildcard has the address that leads to the peer as long as there is one. */
  #source: IpSocketAddress;
  #mayBroadcast = false;

  constructor(stack: UdpStack, bound: IpSocketAddress, listener: DatagramListener) {
    this.#stack = stack;
    this.#bound = bound;
    this.#source = bound;
    this.#listener = listener;
  }

  local(): IpSocketAddress {
    return this.#source;
  }

  connect(remote: IpSocketAddress): NodeAddress {
    this.#source = sourceFor(this.#stack.machine, this.#bound, remote);
    this.#peer = remote;
    return { address: addressText(remote), port: remote.val.port };
  }

  disconnect(): void {
    this.#peer = undefined;
    this.#source = this.#bound;
  }

  send(bytes: Buffer, to: Destination | undefined): boolean {
    const remote = to?.address ?? this.#peer;
    if (remote === undefined) throw "EDESTADDRREQ" satisfies SocketErrorCode;
    const isForAll = isBroadcast(remote);
    if (isForAll && !this.#mayBroadcast) throw "EACCES" satisfies SocketErrorCode;
    const source = sourceFor(this.#stack.machine, this.#source, remote);
    this.#stack.send(source, remote, Buffer.from(bytes), this);
    return true;
  }

  getOption(): undefined {}
  setOption(option: HostOption, values: OptionValues): void {
    if (option === "broadcast") this.#mayBroadcast = values.broadcast !== 0;
  }
  unref(): void {}

  close(): void {
    this.#stack.release(this);
    this.#stack.machine.world.clock.after(0, () => this.#listener.portClosed());
  }

  /** Whether it wants a datagram. */
  wants(from: IpSocketAddress, to: IpSocketAddress): boolean {
    const here = this.#source;
    const isHers = isBroadcast(to) ? isWildcard(here) && here.val.port === to.val.port : takes(here, to);
    return isHers && (this.#peer === undefined || sameAddress(this.#peer, from));
  }

  /** Takes a datagram that has come. */
  arrive(bytes: Buffer, from: NodeAddress): void {
    this.#listener.arrived(bytes, from);
  }

  /** ICMP says that nobody takes what was sent to an address: who has no peer is not told. */
  undelivered(to: IpSocketAddress): void {
    if (!this.#stack.has(this)) return;
    if (this.#peer !== undefined && sameAddress(this.#peer, to)) this.#listener.failed("ECONNREFUSED");
  }
}

function isBroadcast({ tag, val }: IpSocketAddress): boolean {
  return tag === "ipv4" && val.address.every((octet) => octet === 255);
}

/** The UDP of a machine. */
export class UdpStack {
  readonly machine: Machine;
  /** The machines that have an address, as it is seen from one. */
  readonly #find: (from: Machine, remote: IpSocketAddress) => readonly UdpStack[];
  readonly #ports: Set<VirtualUdpPort> = new Set();

  /**
   * @param machine whose it is
   * @param find the stacks of the machines that an address means: of the one that has it, or of all
   */
  constructor(machine: Machine, find: (from: Machine, remote: IpSocketAddress) => readonly UdpStack[]) {
    this.machine = machine;
    this.#find = find;
  }

  /** {@inheritDoc Network.bindUdp} */
  bind(local: IpSocketAddress, listener: DatagramListener): UdpPort {
    requireOwn(this.machine, local);
    const isFree = (address: IpSocketAddress): boolean => {
      for (const port of this.#ports) if (overlaps(port.local(), address)) return false;
      return true;
    };
    if (local.val.port !== 0 && !isFree(local)) throw "EADDRINUSE" satisfies SocketErrorCode;
    const port = new VirtualUdpPort(this, withFreePort(this.machine, local, isFree), listener);
    this.#ports.add(port);
    return port;
  }

  /** Its machine has gone down. */
  lose(): void {
    this.#ports.clear();
  }

  /** Gives a port back. */
  release(port: VirtualUdpPort): void {
    this.#ports.delete(port);
  }

  /** Whether a port is still taken. */
  has(port: VirtualUdpPort): boolean {
    return this.#ports.has(port);
  }

  /** Sends a datagram. */
  send(from: IpSocketAddress, to: IpSocketAddress, bytes: Buffer, sender: VirtualUdpPort): void {
    const { name, world } = this.machine;
    const targets = this.#find(this.machine, to);
    world.note("udp sent", name, targets[0]?.machine.name ?? socketAddressText(to), bytes);
    for (const target of targets) {
      const there = target.machine.name;
      world.carry(name, there, HEADERS + bytes.length, true, () => {
        if (target.#take(from, to, bytes)) return;
        world.carry(there, name, HEADERS, false, () => sender.undelivered(to));
      });
    }
  }

  #take(from: IpSocketAddress, to: IpSocketAddress, bytes: Buffer): boolean {
    const { name, world } = this.machine;
    for (const port of this.#ports) {
      if (!port.wants(from, to)) continue;
      world.note("udp arrived", socketAddressText(from), name, bytes.length);
      // a datagram that comes twice comes in memory of its own
      port.arrive(Buffer.from(bytes), { address: addressText(from), port: from.val.port });
      return true;
    }
    // who is bound and has another peer is as good as nobody: Linux says so too
    return isBroadcast(to);
  }
}
