/**
 * TCP on a virtual network: streams that keep their order and lose nothing, with flow control. What a link loses is sent
 * again after a time; a packet is a segment, an acknowledgement, or one of SYN, FIN and RST.
 */

import type { HostOption } from "../../sockets/option-table.ts";
import { type IpSocketAddress, sameAddress, socketAddressText } from "../address.ts";
import { type SocketErrorCode, systemError } from "../errors.ts";
import type {
  Arrival,
  OptionValues,
  PortListener,
  Rest,
  TcpPort,
  Transport,
  TransportListener,
} from "../network.ts";
import { KeepAlive } from "./keep-alive.ts";
import { type Machine, overlaps, requireOwn, sourceFor, takes, unbound, withFreePort } from "./stack.ts";

const MILLISECOND = 1_000_000;
const SECOND = 1000 * MILLISECOND;
/** The headers of IP and TCP. */
const HEADERS = 40;
/** What a kernel keeps of a connection for the peer, and for the program, in bytes. */
const SEND_BUFFER = 64 * 1024;
const RECEIVE_BUFFER = 64 * 1024;
/** When what was lost is sent again first (RFC 6298's minimum on Linux), at most, and how often (`tcp_retries2`). */
const FIRST_RETRY = 200 * MILLISECOND;
const LONGEST_RETRY = 120 * SECOND;
const RETRIES = 15;
/** The same of a SYN (`tcp_syn_retries`): after 127 seconds it is given up. */
const FIRST_SYN = SECOND;
const SYN_RETRIES = 6;
/** How long it takes to find that nobody has an address (ARP). */
const NOBODY_THERE = 3 * SECOND;
/** For how long the end that closed first keeps the connection's addresses (Linux's TCP_TIMEWAIT_LEN). */
const TIME_WAIT = 60 * SECOND;

/** A port that is taken. */
class VirtualTcpPort implements TcpPort {
  readonly isPausable = true;
  readonly local: IpSocketAddress;
  readonly stack: TcpStack;
  #listener: PortListener | undefined = undefined;
  #backlog = 0;
  #isPaused = false;
  readonly #queue: End[] = [];

  constructor(stack: TcpStack, local: IpSocketAddress) {
    this.stack = stack;
    this.local = local;
  }

  get isListening(): boolean {
    return this.#listener !== undefined;
  }

  fd(): undefined {}
  setOption(): void {}
  unref(): void {}

  listen(backlog: number, listener: PortListener): void {
    if (this.#listener === undefined && this.stack.isListening(this.local)) throw "EADDRINUSE";
    this.#listener = listener;
    this.#backlog = backlog;
    this.resume();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.stack.machine.world.clock.after(0, () => this.#give());
  }

  /** Takes a connection that comes in; whether there was room for it. */
  take(end: End): boolean {
    // Linux takes one more than the backlog
    if (this.#queue.length > this.#backlog) return false;
    this.#queue.push(end);
    this.#give();
    return true;
  }

  #give(): void {
    while (!this.#isPaused && this.#listener !== undefined) {
      const end = this.#queue.shift();
      if (end === undefined) return;
      this.#listener.arrived(end);
    }
  }

  /** Its machine has gone down. */
  lose(): void {
    this.#listener = undefined;
    this.#queue.length = 0;
  }

  close(closed: () => void): void {
    this.#listener = undefined;
    this.stack.release(this);
    for (const end of this.#queue.splice(0)) end.reset();
    this.stack.machine.world.clock.after(0, closed);
  }
}

/** One end of a connection; until it is opened, the arrival of one. */
class End implements Transport, Arrival {
  readonly stack: TcpStack;
  /** Which life of its machine it belongs to. */
  readonly #life: number;
  /** Where it is, and the other end, once that is known. */
  #local: IpSocketAddress;
  remote: IpSocketAddress;
  #peer: End | undefined = undefined;
  #listener: TransportListener | undefined = undefined;
  #state: "new" | "connecting" | "open" | "gone" = "new";
  /** Why it broke, as long as nobody has noticed: who neither reads nor writes does not, as a program of Node's. */
  #untold: SocketErrorCode | undefined = undefined;

  // what goes out, in bytes since the beginning: handed over, sent, arrived at the peer, and up to where it has room
  #handed = 0;
  #sent = 0;
  #acknowledged = 0;
  #room = RECEIVE_BUFFER;
  readonly #unsent: Buffer[] = [];
  #segment = 0;
  #wantsEnd = false;
  #hasEnded = false;
  #isBroken = false;
  /** Whether it broke as the peer couldn't be reached. */
  #isGivenUp = false;
  #closesSoon = false;
  /** Up to where what is handed over must have been taken for `drained` to be told. */
  #drainAt: number | undefined = undefined;

  // what comes in
  #expected = 0;
  readonly #early: Map<number, Buffer | undefined> = new Map();
  readonly #inbox: Buffer[] = [];
  #arrived = 0;
  #taken = 0;
  #isReading = false;
  #hasPeerEnded = false;
  #isEndTold = false;
  #endedFirst = false;

  readonly #keepAlive: KeepAlive;

  constructor(stack: TcpStack, local: IpSocketAddress, remote: IpSocketAddress) {
    this.stack = stack;
    this.#life = stack.life;
    this.#local = local;
    this.remote = remote;
    this.#keepAlive = new KeepAlive(stack.machine.world.clock, {
      isOpen: () => !this.#isLost && !this.#isBroken && this.#state === "open",
      // what is on its way is sent again as long as it takes, and tells as much
      isIdle: () => this.#sent <= this.#acknowledged && this.#unsent.length === 0,
      isPeerThere: () => this.#isPeerThere(),
      ask: (answered) => this.#ask(answered),
      giveUp: () => {
        this.#sendReset();
        this.#break("ETIMEDOUT");
      },
    });
  }

  /** Whether its machine has gone down since: it does nothing more, and nobody is told of it. */
  get #isLost(): boolean {
    return this.#life !== this.stack.life;
  }

  get queued(): number {
    return Math.max(0, this.#handed - this.#acknowledged - SEND_BUFFER);
  }
  get bytesWritten(): number {
    return this.#handed;
  }
  get bytesRead(): number {
    return this.#taken;
  }
  get destroyed(): boolean {
    return this.#state === "gone";
  }
  get #clock(): Machine["world"]["clock"] {
    return this.stack.machine.world.clock;
  }

  /** Gives it to who opens it. */
  open(listener: TransportListener): this {
    this.#listener = listener;
    return this;
  }

  local(): IpSocketAddress | undefined {
    return this.#local.val.port === 0 ? undefined : this.#local;
  }
  fd(): undefined {}
  setOption(option: HostOption, values: OptionValues): void {
    if (option === "keep-alive") this.#keepAlive.set(values);
  }
  unref(): void {}
  afterReactions(): boolean {
    return false;
  }

  connectTo(remote: IpSocketAddress): void {
    this.remote = remote;
    this.#state = "connecting";
    const fail = (code: SocketErrorCode): void => {
      this.#clock.after(0, () => this.#refused(code));
    };
    try {
      this.#local = this.stack.claim(this.#local, remote);
    } catch (error) {
      fail(error as SocketErrorCode);
      return;
    }
    const target = this.stack.locate(remote);
    if (target === undefined) this.#clock.after(NOBODY_THERE, () => this.#refused("EHOSTUNREACH"));
    else this.#knock(target, 0);
  }

  #knock(target: TcpStack, tries: number): void {
    const { name, world } = this.stack.machine;
    const again = (): void => {
      if (tries === SYN_RETRIES) this.#clock.after(FIRST_SYN * 2 ** tries, () => this.#refused("ETIMEDOUT"));
      else this.#clock.after(FIRST_SYN * 2 ** tries, () => this.#knock(target, tries + 1));
    };
    if (this.#isLost || this.#state !== "connecting" || this.#peer !== undefined) return;
    const arrive = (): void => {
      // who knocks at the port that it comes from finds itself: both SYNs cross (RFC 9293, 3.5)
      const taken = sameAddress(this.#local, this.remote) ? this : target.answer(this);
      if (taken === "dropped") again();
      else if (taken === "refused") {
        world.carry(target.machine.name, name, HEADERS, false, () => this.#refused("ECONNREFUSED"), again);
      } else {
        this.#peer = taken;
        // a machine that goes down forgets who has knocked
        const forgotten = (): void => {
          this.#peer = undefined;
          this.#knock(target, tries + 1);
        };
        taken.#reach(HEADERS, () => this.#connected(), 0, forgotten);
      }
    };
    world.carry(name, target.machine.name, HEADERS, false, arrive, again);
  }

  /** Makes the other end of one that connects. */
  static accepted(stack: TcpStack, client: End): End {
    const end = new End(stack, client.remote, client.#local);
    end.#peer = client;
    end.#state = "open";
    return end;
  }

  #connected(): void {
    if (this.#isLost) this.#sendReset();
    else if (this.#state === "connecting") {
      this.#state = "open";
      this.#note("connected", 0);
      this.#keepAlive.heard();
      this.#keepAlive.watch();
      this.#listener?.connected();
      this.#transmit();
    } else if (this.#state === "gone") this.#sendReset();
  }

  #refused(code: SocketErrorCode): void {
    if (this.#isLost || this.#state !== "connecting") return;
    this.#note("refused", 0);
    this.#leave(systemError("connect", code));
  }

  startReading(): void {
    if (this.destroyed || this.#isReading) return;
    this.#isReading = true;
    if (this.#inbox.length > 0 || (this.#hasPeerEnded && !this.#isEndTold) || this.#untold !== undefined) {
      this.#clock.after(0, () => this.#tell());
    }
  }

  stopReading(): void {
    this.#isReading = false;
  }

  readRest(): Rest {
    const pieces = this.#inbox.splice(0);
    const length = pieces.reduce((sum, { length }) => sum + length, 0);
    this.#taken += length;
    return { pieces, length, end: this.#hasPeerEnded ? "end" : undefined };
  }

  send(bytes: Buffer): boolean {
    if (this.#untold !== undefined) {
      this.#broke("write", this.#untold);
      return false;
    }
    // the caller's memory is its own again as soon as nothing is queued
    this.#unsent.push(Buffer.from(bytes));
    this.#handed += bytes.length;
    this.#transmit();
    return true;
  }

  awaitDrain(): void {
    this.#drainAt = this.#handed;
    if (this.queued === 0) this.#clock.after(0, () => this.#drain());
  }

  end(): void {
    if (this.#wantsEnd) return;
    this.#wantsEnd = true;
    // as libuv: who closes right after it, with something unread, resets
    this.#clock.after(0, () => {
      this.#transmit();
      this.#closeWhenOver();
    });
  }

  destroySoon(): void {
    this.end();
    this.#closesSoon = true;
    if (this.queued === 0) this.destroy();
  }

  destroy(): void {
    if (this.destroyed) return;
    const wasOpen = this.#state === "open";
    const hasUnread = this.#inbox.length > 0;
    // what the kernel has is still sent
    let surplus = this.queued;
    while (surplus > 0) {
      const last = this.#unsent.pop();
      if (last === undefined) break;
      surplus -= last.length;
      if (surplus < 0) this.#unsent.push(last.subarray(0, -surplus));
    }
    this.#leave(null);
    if (!wasOpen) return;
    if (hasUnread) this.reset();
    else {
      this.#wantsEnd = true;
      this.#transmit();
    }
  }

  reset(): void {
    this.#isBroken = true;
    if (this.#state !== "gone") this.#leave(null);
    this.#unsent.length = 0;
    this.#sendReset();
  }

  #sendReset(): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    const { name, world } = this.stack.machine;
    world.carry(name, peer.stack.machine.name, HEADERS, false, () => peer.#takeReset());
  }

  /** As Linux says it: who has had the peer's end, and not sent its own, writes into a broken pipe. */
  #takeReset(): void {
    this.#break(this.#hasPeerEnded && !this.#hasEnded ? "EPIPE" : "ECONNRESET");
  }

  /** Sends a packet until it arrives, or the connection is given up. */
  #reach(size: number, arrive: (peer: End) => void, tries = 0, forgotten?: () => void): void {
    const peer = this.#peer;
    if (this.#isLost) forgotten?.();
    if (peer === undefined || this.#isBroken || this.#isLost) return;
    const { name, world } = this.stack.machine;
    const again = (): void => {
      const delay = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** tries);
      this.#clock.after(delay, () => {
        if (tries === RETRIES) this.#break("ETIMEDOUT");
        else this.#reach(size, arrive, tries + 1, forgotten);
      });
    };
    world.carry(name, peer.stack.machine.name, size, false, () => arrive(peer), again);
  }

  /** Sends what the peer has room for. */
  #transmit(): void {
    const peer = this.#peer;
    if (peer === undefined || this.#isBroken || this.#isLost || this.#state === "connecting") return;
    const most = this.stack.segmentTo(peer.stack);
    for (;;) {
      const first = this.#unsent[0];
      const length = Math.min(most, this.#room - this.#sent, first?.length ?? 0);
      if (first === undefined || length <= 0) break;
      const segment = length === first.length ? first : first.subarray(0, length);
      if (length === first.length) this.#unsent.shift();
      else this.#unsent[0] = first.subarray(length);
      this.#sent += length;
      this.#note("sent", segment);
      this.#sendSegment(segment);
    }
    if (!this.#wantsEnd || this.#hasEnded || this.#unsent.length > 0) return;
    this.#hasEnded = true;
    this.#endedFirst = !this.#hasPeerEnded;
    if (this.#endedFirst) this.stack.keepTimeWait(this.#local, this.remote);
    this.#sendSegment(undefined);
  }

  #sendSegment(segment: Buffer | undefined): void {
    const number = this.#segment++;
    this.#reach(HEADERS + (segment?.length ?? 0), (peer) => peer.#take(number, segment));
  }

  /** A segment has come; `undefined` for the peer's end. */
  #take(number: number, segment: Buffer | undefined): void {
    if (this.#isBroken) {
      // the peer may not know of it
      if (this.#isGivenUp) this.#sendReset();
      return;
    }
    if (this.#isLost) {
      // who has come up again knows nothing of it
      this.#sendReset();
      return;
    }
    this.#keepAlive.heard();
    if (this.#state === "gone" && segment !== undefined) {
      // nobody will ever read it
      this.reset();
      return;
    }
    this.#early.set(number, segment);
    while (this.#early.has(this.#expected)) {
      const next = this.#early.get(this.#expected);
      this.#early.delete(this.#expected++);
      if (next === undefined) this.#hasPeerEnded = true;
      else {
        this.#arrived += next.length;
        this.#inbox.push(next);
        this.#note("arrived", next);
      }
    }
    this.#tell();
    if (segment !== undefined) this.#acknowledge();
    this.#clock.hasTold = this.#listener !== undefined;
  }

  /** Tells what is there, as long as it is wanted. */
  #tell(): void {
    const listener = this.#listener;
    if (listener === undefined || this.#isLost) return;
    const taken = this.#taken;
    while (this.#isReading && !this.destroyed) {
      const piece = this.#inbox.shift();
      if (piece === undefined) break;
      this.#taken += piece.length;
      if (!listener.receive(piece.length, piece)) this.#isReading = false;
    }
    if (this.#taken > taken) this.#acknowledge();
    if (!this.#isReading || this.destroyed || this.#isEndTold || this.#inbox.length > 0) return;
    if (!this.#hasPeerEnded) {
      if (this.#untold !== undefined) this.#broke("read", this.#untold);
      return;
    }
    this.#isEndTold = true;
    listener.ended();
    this.#closeWhenOver();
  }

  #acknowledge(): void {
    const arrived = this.#arrived;
    const room = this.#taken + RECEIVE_BUFFER;
    this.#reach(HEADERS, (peer) => peer.#acknowledgedUpTo(arrived, room));
  }

  #acknowledgedUpTo(position: number, room: number): void {
    if (this.#isLost) return;
    this.#keepAlive.heard();
    this.#acknowledged = Math.max(this.#acknowledged, position);
    this.#room = Math.max(this.#room, room);
    this.#clock.hasTold = this.#drainAt !== undefined || this.#closesSoon;
    this.#transmit();
    this.#drain();
    if (this.#closesSoon && this.queued === 0) this.destroy();
    this.#closeWhenOver();
  }

  #drain(): void {
    if (this.#drainAt === undefined || this.#drainAt - this.#acknowledged > SEND_BUFFER) return;
    this.#drainAt = undefined;
    if (!this.destroyed) this.#listener?.drained();
  }

  /** Asks the peer whether it is there. */
  #ask(answered: () => void): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    this.#note("probe", 0);
    const { name, world } = this.stack.machine;
    const other = peer.stack.machine.name;
    world.carry(name, other, HEADERS, false, () => {
      this.#clock.hasTold = false;
      if (peer.#isLost || peer.#isBroken) peer.#sendReset();
      else world.carry(other, name, HEADERS, false, answered);
    });
  }

  /** Whether a question would be answered. */
  #isPeerThere(): boolean {
    const peer = this.#peer;
    if (peer === undefined || this.#isLost || this.#isBroken) return true;
    return (
      !peer.#isLost &&
      !peer.#isBroken &&
      this.stack.machine.world.isWhole(this.stack.machine.name, peer.stack.machine.name)
    );
  }

  /** As `node:net` does it: a connection that has ended in both directions is closed. */
  #closeWhenOver(): void {
    if (this.#wantsEnd && this.#isEndTold && this.queued === 0) this.#leave(null);
  }

  /** The peer has reset it, or can't be reached. */
  #break(code: SocketErrorCode): void {
    this.#isBroken = true;
    this.#isGivenUp = code === "ETIMEDOUT";
    if (this.#isLost) return;
    const isNoticed = (this.#isReading && !this.#isEndTold) || this.queued > 0;
    if (this.#state === "connecting") this.#refused(code);
    else if (this.#state !== "open") return;
    else if (isNoticed) this.#broke("read", code);
    else this.#untold ??= code;
  }

  #broke(syscall: string, code: SocketErrorCode): void {
    this.#note("broken", 0);
    this.#leave(systemError(syscall, code));
  }

  #leave(error: Error | null): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#keepAlive.watch();
    this.stack.forget(this.#local, this.remote);
    const listener = this.#listener;
    if (listener === undefined) return;
    listener.isGoing(error);
    this.#clock.after(0, () => {
      if (this.#isLost) return;
      if (error !== null) listener.failed(error);
      this.#note("closed", 0);
      listener.closed();
    });
  }

  #note(what: string, bytes: number | Uint8Array): void {
    const { machine } = this.stack;
    const to = this.#peer?.stack.machine.name ?? socketAddressText(this.remote);
    machine.world.note(`tcp ${what}`, machine.name, to, bytes);
  }
}

/** The TCP of a machine. */
export class TcpStack {
  readonly machine: Machine;
  /** The machine that has an address, as it is seen from this one. */
  readonly #find: (from: Machine, remote: IpSocketAddress) => TcpStack | undefined;
  readonly #ports: Set<VirtualTcpPort> = new Set();
  readonly #connections: Set<string> = new Set();
  readonly #timeWait: Map<string, number> = new Map();
  /** How often its machine has gone down. */
  life = 0;

  /**
   * @param machine whose it is
   * @param find the stack of the machine that has an address
   */
  constructor(machine: Machine, find: (from: Machine, remote: IpSocketAddress) => TcpStack | undefined) {
    this.machine = machine;
    this.#find = find;
  }

  /** Its machine has gone down: of what there was nobody hears any more. */
  lose(): void {
    this.life++;
    for (const port of this.#ports) port.lose();
    this.#ports.clear();
    this.#connections.clear();
    this.#timeWait.clear();
  }

  /** {@inheritDoc Network.bindTcp} */
  bind(local: IpSocketAddress): TcpPort {
    requireOwn(this.machine, local);
    // as with SO_REUSEADDR on Linux only who listens keeps others away
    if (local.val.port !== 0 && this.isListening(local)) throw "EADDRINUSE" satisfies SocketErrorCode;
    const address = withFreePort(this.machine, local, (free) => this.#isFree(free));
    const port = new VirtualTcpPort(this, address);
    this.#ports.add(port);
    return port;
  }

  /** {@inheritDoc Network.openTcp} */
  open(from: TcpPort | Arrival | undefined, listener: TransportListener): Transport {
    if (from instanceof End) return from.open(listener);
    if (from instanceof VirtualTcpPort) {
      this.#ports.delete(from);
      return new End(this, from.local, unbound(from.local.tag)).open(listener);
    }
    return new End(this, unbound("ipv4"), unbound("ipv4")).open(listener);
  }

  /** Whether somebody listens where another wants to. */
  isListening(local: IpSocketAddress): boolean {
    for (const port of this.#ports) if (port.isListening && overlaps(port.local, local)) return true;
    return false;
  }

  /** Gives a port back. */
  release(port: VirtualTcpPort): void {
    this.#ports.delete(port);
  }

  /** The stack of the machine that has an address. */
  locate(remote: IpSocketAddress): TcpStack | undefined {
    return this.#find(this.machine, remote);
  }

  /** How many bytes a segment to a machine has at most. */
  segmentTo({ machine: { name } }: TcpStack): number {
    const { machine } = this;
    return Math.max(1, machine.world.path(machine.name, name).rules.mtu - HEADERS);
  }

  /** What becomes of who knocks here. */
  answer(client: End): End | "dropped" | "refused" {
    for (const port of this.#ports) {
      if (!port.isListening || !takes(port.local, client.remote)) continue;
      const end = End.accepted(this, client);
      return port.take(end) ? end : "dropped";
    }
    return "refused";
  }

  /** Takes the addresses of a connection. Throws `EADDRNOTAVAIL` where they are taken, and what `sourceFor` throws. */
  claim(local: IpSocketAddress, remote: IpSocketAddress): IpSocketAddress {
    const bound = local.tag === remote.tag ? local : unbound(remote.tag);
    const source = sourceFor(this.machine, bound, remote);
    const isUsable = (address: IpSocketAddress): boolean => this.#isUsable(keyOf(address, remote));
    const address = withFreePort(this.machine, source, (free) => this.#isFree(free) && isUsable(free));
    if (!isUsable(address)) throw "EADDRNOTAVAIL" satisfies SocketErrorCode;
    this.#connections.add(keyOf(address, remote));
    return address;
  }

  /** A connection is closed. */
  forget(local: IpSocketAddress, remote: IpSocketAddress): void {
    this.#connections.delete(keyOf(local, remote));
  }

  /** The addresses of a connection that this end closed first can't be used again for a while. */
  keepTimeWait(local: IpSocketAddress, remote: IpSocketAddress): void {
    this.#timeWait.set(keyOf(local, remote), this.machine.world.clock.now + TIME_WAIT);
  }

  #isUsable(key: string): boolean {
    if (this.#connections.has(key)) return false;
    const until = this.#timeWait.get(key);
    if (until === undefined) return true;
    if (until > this.machine.world.clock.now) return false;
    this.#timeWait.delete(key);
    return true;
  }

  #isFree(address: IpSocketAddress): boolean {
    for (const port of this.#ports) if (overlaps(port.local, address)) return false;
    return true;
  }
}

function keyOf(local: IpSocketAddress, remote: IpSocketAddress): string {
  return `${socketAddressText(local)} ${socketAddressText(remote)}`;
}
