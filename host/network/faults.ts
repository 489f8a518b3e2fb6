/** A network that stands before another, and lets go wrong what rules say: seeded, on the system's network too. */

import { describeAnswer } from "../messages/answers.ts";
import { requireKnownKeys } from "../messages/known-keys.ts";
import { fromNode, type IpSocketAddress, ipOf, ipText, type NodeAddress, parseIp } from "./address.ts";
import type {
  Arrival,
  DatagramListener,
  Destination,
  Network,
  Rest,
  TcpPort,
  Transport,
  TransportListener,
  UdpPort,
} from "./network.ts";
import { Chance } from "./virtual/chance.ts";

/** What goes wrong with what goes to a peer, and comes from it. The first rule that is about a peer counts. */
export interface FaultRule {
  /** Whom it is about: `address:port`, each of which may be `*`; an IPv6 address in brackets; default everybody. */
  readonly to?: string;
  /** What it is about; default both. */
  readonly protocol?: "tcp" | "udp";
  /** By how much later what comes is told, in milliseconds; connecting takes as much longer; default 0. */
  readonly latency?: number;
  /** By how much more at most, in milliseconds, each time anew; default 0. */
  readonly jitter?: number;
  /** The part of connections that are refused, from 0 to 1; default 0. */
  readonly refuse?: number;
  /** Breaks a connection when so many bytes have gone through it, both ways together; default never. */
  readonly resetAfter?: number;
  /** The part of datagrams that are lost, on their way out and in, from 0 to 1; default 0. */
  readonly loss?: number;
  /** The part of datagrams that come twice; default 0. */
  readonly duplicate?: number;
}

const KEYS: Readonly<Record<keyof FaultRule, readonly [least: number, most: number] | undefined>> = {
  to: undefined,
  protocol: undefined,
  latency: [0, 3_600_000],
  jitter: [0, 3_600_000],
  refuse: [0, 1],
  resetAfter: [0, Number.MAX_SAFE_INTEGER],
  loss: [0, 1],
  duplicate: [0, 1],
};

/** How many bytes are held for later before no more are read. */
const MOST_HELD = 64 * 1024;

/** A rule, ready to be compared. */
interface Rule {
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly rule: FaultRule;
}

function ruleOf(rule: FaultRule): Rule {
  requireKnownKeys("rules", "rule of a fault", rule, Object.keys(KEYS));
  for (const [name, value] of Object.entries(rule) as [keyof FaultRule, unknown][]) {
    const range = KEYS[name];
    if (range === undefined || value === undefined) continue;
    if (typeof value !== "number" || !(value >= range[0] && value <= range[1])) {
      const what = `a number from ${range[0]} to ${range[1]}`;
      throw new TypeError(`${name} must be ${what}, and is ${describeAnswer(value)}`);
    }
  }
  const { to = "*:*", protocol } = rule;
  if (protocol !== undefined && protocol !== "tcp" && protocol !== "udp") {
    throw new TypeError(`protocol must be "tcp" or "udp", and is ${describeAnswer(protocol)}`);
  }
  const [, host = "", portText = ""] = /^(\*|[\d.]+|\[[^\]]+\]):(\*|\d{1,5})$/.exec(to) ?? [];
  const address = host === "*" ? undefined : parseIp(host);
  if (host === "" || (host !== "*" && address === undefined)) {
    throw new TypeError(`to must be "address:port", and is ${describeAnswer(to)}`);
  }
  return {
    address: address && ipText(address),
    port: portText === "*" ? undefined : Number(portText),
    rule,
  };
}

/** The rules, and the chance that they take. */
class Faults {
  readonly network: Network;
  readonly chance: Chance;
  readonly #rules: readonly Rule[];

  constructor(network: Network, rules: readonly FaultRule[], seed: number | string) {
    this.network = network;
    this.#rules = rules.map(ruleOf);
    this.chance = new Chance(String(seed));
  }

  find(protocol: "tcp" | "udp", remote: IpSocketAddress): FaultRule | undefined {
    const text = ipText(ipOf(remote));
    for (const { address, port, rule } of this.#rules) {
      const isMeant = rule.protocol === undefined || rule.protocol === protocol;
      if (!isMeant || (address !== undefined && address !== text)) continue;
      if (port === undefined || port === remote.val.port) return rule;
    }
    return undefined;
  }

  /** How much later, in nanoseconds. */
  delay({ latency = 0, jitter = 0 }: FaultRule): bigint {
    const milliseconds = latency + (jitter > 0 ? this.chance.fraction() * jitter : 0);
    return BigInt(Math.round(milliseconds * 1_000_000));
  }
}

/** What is told later. */
interface Held {
  readonly at: bigint;
  readonly bytes: Uint8Array | undefined;
  readonly tell: "bytes" | "ended" | "closed";
}

/** One end of a connection with faults: the transport of the host, and the listener of the other network. */
class FaultyTransport implements Transport, TransportListener {
  readonly #faults: Faults;
  readonly #listener: TransportListener;
  readonly #inner: Transport;
  #rule: FaultRule | undefined;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #lastAt = 0n;
  #isReading = false;
  #isArmed = false;
  #moved = 0;
  #error: Error | null = null;

  constructor(
    faults: Faults,
    from: TcpPort | Arrival | undefined,
    listener: TransportListener,
    queueLimit: number,
  ) {
    this.#faults = faults;
    this.#listener = listener;
    this.#rule = from !== undefined && "remote" in from ? faults.find("tcp", from.remote) : undefined;
    this.#inner = faults.network.openTcp(from, this, queueLimit);
  }

  get queued(): number {
    return this.#inner.queued;
  }
  get bytesWritten(): number {
    return this.#inner.bytesWritten;
  }
  get bytesRead(): number {
    return this.#inner.bytesRead;
  }
  get destroyed(): boolean {
    return this.#inner.destroyed;
  }
  local(): IpSocketAddress | undefined {
    return this.#inner.local();
  }
  fd(): number | undefined {
    return this.#inner.fd();
  }
  connectTo(remote: IpSocketAddress): void {
    const rule = this.#faults.find("tcp", remote);
    this.#rule = rule;
    const { network, chance } = this.#faults;
    if (rule === undefined) this.#inner.connectTo(remote);
    else if (chance.happens(rule.refuse ?? 0)) {
      network.startTimer(() => this.#refuse(), this.#faults.delay(rule), undefined);
    } else {
      const connect = (): void => {
        if (!this.destroyed) this.#inner.connectTo(remote);
      };
      const delay = this.#faults.delay(rule);
      if (delay === 0n) connect();
      else network.startTimer(connect, delay, undefined);
    }
  }
  #refuse(): void {
    if (this.destroyed) return;
    this.#listener.failed(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    this.#inner.destroy();
  }
  startReading(): void {
    this.#isReading = true;
    if (this.#held.length > 0) this.#arm();
    if (this.#heldBytes < MOST_HELD) this.#inner.startReading();
  }
  stopReading(): void {
    this.#isReading = false;
    this.#inner.stopReading();
  }
  afterReactions(callback: (listener: TransportListener) => void): boolean {
    // what is told late is told in a row
    return !this.#isLate && this.#inner.afterReactions(() => callback(this.#listener));
  }
  readRest(): Rest {
    const all = this.#held.splice(0);
    const held = all.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
    // that it has ended and is closed is still to be told
    this.#held.push(...all.filter(({ bytes }) => bytes === undefined));
    const { pieces, length, end } = this.#inner.readRest();
    const rest = { pieces: [...held, ...pieces], length: length + this.#heldBytes, end };
    this.#heldBytes = 0;
    return rest;
  }
  send(bytes: Buffer): boolean {
    if (!this.#count(bytes.length)) return false;
    return this.#inner.send(bytes);
  }
  awaitDrain(): void {
    this.#inner.awaitDrain();
  }
  end(): void {
    this.#inner.end();
  }
  destroySoon(): void {
    this.#inner.destroySoon();
  }
  destroy(): void {
    this.#inner.destroy();
  }
  setNoDelay(value: boolean): unknown {
    return this.#inner.setNoDelay(value);
  }
  // some runtimes take more times than one
  setKeepAlive(value: boolean, ...times: [number]): unknown {
    return this.#inner.setKeepAlive(value, ...times);
  }
  unref(): unknown {
    return this.#inner.unref();
  }

  connected(): void {
    this.#listener.connected();
  }
  nextBuffer(length: number): Uint8Array {
    return this.#listener.nextBuffer(length);
  }
  receive(length: number, buffer: Uint8Array): boolean {
    if (!this.#count(length)) return false;
    if (!this.#isLate) return this.#listener.receive(length, buffer);
    this.#hold("bytes", new Uint8Array(buffer.subarray(0, length)));
    return this.#heldBytes < MOST_HELD;
  }
  ended(): void {
    if (this.#isLate) this.#hold("ended", undefined);
    else this.#listener.ended();
  }
  failed(error: Error): void {
    this.#listener.failed(error);
  }
  isGoing(error: Error | null): void {
    this.#listener.isGoing(error ?? this.#error);
  }
  drained(): void {
    this.#listener.drained();
  }
  closed(): void {
    if (this.#held.length > 0) this.#hold("closed", undefined);
    else this.#listener.closed();
  }

  get #isLate(): boolean {
    const { latency = 0, jitter = 0 } = this.#rule ?? {};
    return latency > 0 || jitter > 0 || this.#held.length > 0;
  }

  /** Counts bytes that go through; false where that were too many, and the connection is broken now. */
  #count(bytes: number): boolean {
    this.#moved += bytes;
    const { resetAfter } = this.#rule ?? {};
    if (resetAfter === undefined || this.#moved <= resetAfter) return true;
    if (this.destroyed) return false;
    this.#error = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    this.#inner.destroy();
    return false;
  }

  #hold(tell: Held["tell"], bytes: Uint8Array | undefined): void {
    const { network } = this.#faults;
    const due = network.monotonic() + this.#faults.delay(this.#rule ?? {});
    // what came later is told later
    if (due > this.#lastAt) this.#lastAt = due;
    this.#held.push({ at: this.#lastAt, bytes, tell });
    this.#heldBytes += bytes?.length ?? 0;
    this.#arm();
  }

  #arm(): void {
    const [next] = this.#held;
    if (this.#isArmed || next === undefined) return;
    this.#isArmed = true;
    const { network } = this.#faults;
    network.startTimer((self) => self.#tell(), next.at - network.monotonic(), this as FaultyTransport);
  }

  #tell(): void {
    this.#isArmed = false;
    const { network } = this.#faults;
    for (;;) {
      const [next] = this.#held;
      if (next === undefined) break;
      // its end needs no reader
      if (!this.#isReading && next.tell !== "closed") return;
      if (next.at > network.monotonic()) {
        this.#arm();
        return;
      }
      this.#held.shift();
      if (next.tell === "closed") this.#listener.closed();
      else if (next.tell === "ended") this.#listener.ended();
      else if (next.bytes !== undefined) {
        this.#heldBytes -= next.bytes.length;
        if (!this.#listener.receive(next.bytes.length, next.bytes)) this.#isReading = false;
      }
    }
    if (this.#isReading) this.#inner.startReading();
  }
}

/** A UDP port with faults. */
class FaultyPort implements UdpPort, DatagramListener {
  readonly #faults: Faults;
  readonly #listener: DatagramListener;
  readonly #inner: UdpPort;
  #peer: IpSocketAddress | undefined = undefined;
  #isClosed = false;

  constructor(faults: Faults, local: IpSocketAddress, listener: DatagramListener) {
    this.#faults = faults;
    this.#listener = listener;
    this.#inner = faults.network.bindUdp(local, this);
  }

  get queued(): number | undefined {
    return this.#inner.queued;
  }
  local(): IpSocketAddress {
    return this.#inner.local();
  }
  connect(remote: IpSocketAddress): NodeAddress {
    const peer = this.#inner.connect(remote);
    this.#peer = remote;
    return peer;
  }
  disconnect(): void {
    this.#peer = undefined;
    this.#inner.disconnect();
  }
  send(bytes: Buffer, to: Destination | undefined): boolean {
    const remote = to?.address ?? this.#peer;
    const rule = remote === undefined ? undefined : this.#faults.find("udp", remote);
    // who sends can't know
    if (rule !== undefined && this.#faults.chance.happens(rule.loss ?? 0)) return true;
    return this.#inner.send(bytes, to);
  }
  getRecvBufferSize(): number {
    return this.#inner.getRecvBufferSize();
  }
  setRecvBufferSize(size: number): void {
    this.#inner.setRecvBufferSize(size);
  }
  getSendBufferSize(): number {
    return this.#inner.getSendBufferSize();
  }
  setSendBufferSize(size: number): void {
    this.#inner.setSendBufferSize(size);
  }
  setBroadcast(value: boolean): void {
    this.#inner.setBroadcast(value);
  }
  setTTL(hops: number): unknown {
    return this.#inner.setTTL(hops);
  }
  unref(): unknown {
    return this.#inner.unref();
  }
  close(): void {
    this.#isClosed = true;
    this.#inner.close();
  }

  arrived(bytes: Buffer, from: NodeAddress): void {
    const { chance, network } = this.#faults;
    const rule = this.#faults.find("udp", fromNode(from));
    if (rule === undefined) {
      this.#listener.arrived(bytes, from);
      return;
    }
    if (chance.happens(rule.loss ?? 0)) return;
    const copies = chance.happens(rule.duplicate ?? 0) ? [bytes, Buffer.from(bytes)] : [bytes];
    for (const copy of copies) {
      const delay = this.#faults.delay(rule);
      if (delay === 0n) this.#listener.arrived(copy, from);
      else network.startTimer(() => this.#isClosed || this.#listener.arrived(copy, from), delay, undefined);
    }
  }
  failed(error: Parameters<DatagramListener["failed"]>[0]): void {
    this.#listener.failed(error);
  }
  sent(error: Parameters<DatagramListener["sent"]>[0]): void {
    this.#listener.sent(error);
  }
  portClosed(): void {
    this.#listener.portClosed();
  }
}

/**
 * Makes a network on which things go wrong.
 *
 * @param network what it stands before: the system's (`nodeNetwork` of `wasock/host`), or one in memory
 * @param rules what goes wrong, with whom
 * @param seed decides all chance; default 0
 * @throws TypeError for a rule that there is not, or of a wrong type
 */
export function withFaults(
  network: Network,
  rules: readonly FaultRule[],
  seed: number | string = 0,
): Network {
  const faults = new Faults(network, rules, seed);
  const { hold } = network;
  return {
    bindTcp: (local) => network.bindTcp(local),
    openTcp: (from, listener, queueLimit) => new FaultyTransport(faults, from, listener, queueLimit),
    bindUdp: (local, listener) => new FaultyPort(faults, local, listener),
    lookUp: (name, guest) => network.lookUp(name, guest),
    hasZone: (scopeId) => network.hasZone(scopeId),
    monotonic: () => network.monotonic(),
    milliseconds: () => network.milliseconds(),
    wall: () => network.wall(),
    startTimer: (fire, nanoseconds, argument) => network.startTimer(fire, nanoseconds, argument),
    stopTimer: (timer) => network.stopTimer(timer),
    defer: (callback) => network.defer(callback),
    random: (length) => network.random(length),
    ...(hold !== undefined && { hold: () => hold.call(network) }),
  };
}
