/** UDP ports with faults. */

import { fromNode, type IpSocketAddress, type NodeAddress } from "../address.ts";
import { errorCode, type SocketErrorCode } from "../errors.ts";
import type { DatagramListener, Destination } from "../network.ts";
import { StandingUdpPort } from "../stand-before.ts";
import { type Faults, nanoseconds } from "./faults.ts";
import type { Direction, Settings } from "./rules.ts";

/** What is overtaken takes so much longer, in milliseconds, beside twice the latency. */
const OVERTAKEN = 10;
/** How many bytes wait for their turn where there is a bandwidth; what is beyond is lost. */
const QUEUE = 256 * 1024;
const SECOND = 1_000_000_000;
/** Peers whose rules are remembered: the oldest are looked for again. */
const MOST_PEERS = 1024;

export class FaultyPort extends StandingUdpPort {
  readonly #faults: Faults;
  readonly #peers: Map<string, Readonly<Record<Direction, Settings>> | undefined> = new Map();
  #peer: IpSocketAddress | undefined = undefined;
  #peerKey = "";
  #isClosed = false;
  #isEndTold = false;
  #late = 0;
  readonly #freeAt: Record<Direction, bigint> = { up: 0n, down: 0n };
  /** Of what the network hasn't taken yet: whether the host is to hear what has become of it. */
  readonly #awaited: boolean[] = [];

  constructor(faults: Faults, local: IpSocketAddress, listener: DatagramListener) {
    super(faults.network, local, listener);
    this.#faults = faults;
  }

  override connect(remote: IpSocketAddress): NodeAddress {
    const peer = this.inner.connect(remote);
    this.#peer = remote;
    this.#peerKey = `${peer.port} ${peer.address}`;
    return peer;
  }
  override disconnect(): void {
    this.#peer = undefined;
    this.inner.disconnect();
  }

  override send(bytes: Buffer, to: Destination | undefined): boolean {
    const remote = to?.address ?? this.#peer;
    const key = to === undefined ? this.#peerKey : `${to.port} ${to.text}`;
    const settings = remote && this.#find(key, remote)?.up;
    if (settings === undefined) return this.#sendNow(bytes, to, true);
    const delays = this.#delays("up", settings, bytes.length);
    // who sends can't know what is lost
    let isTaken = true;
    for (const [i, delay] of delays.entries()) {
      if (delay <= 0n) isTaken = this.#sendNow(i === 0 ? bytes : Buffer.from(bytes), to, i === 0) && isTaken;
      else this.#sendLater(Buffer.from(bytes), to, delay);
    }
    return isTaken;
  }

  #sendNow(bytes: Buffer, to: Destination | undefined, isAwaited: boolean): boolean {
    if (this.inner.send(bytes, to)) return true;
    this.#awaited.push(isAwaited);
    return !isAwaited;
  }

  #sendLater(bytes: Buffer, to: Destination | undefined, delay: bigint): void {
    if (this.#late++ === 0) this.#faults.leaving(this);
    const send = (): void => {
      try {
        this.#sendNow(bytes, to, false);
      } catch (error) {
        this.failed(typeof error === "string" ? (error as SocketErrorCode) : errorCode(error));
      }
      if (--this.#late > 0) return;
      this.#faults.left(this);
      if (this.#isClosed) this.inner.close();
    };
    this.#faults.network.startTimer(send, delay, undefined);
  }

  override close(): void {
    this.#isClosed = true;
    // what was taken is still sent, from the port that it was sent from
    if (this.#late === 0) this.inner.close();
    else this.#faults.network.defer(() => this.portClosed());
  }

  override arrived(bytes: Buffer, from: NodeAddress): void {
    if (this.#isClosed) return;
    const settings = this.#find(`${from.port} ${from.address}`, fromNode(from))?.down;
    if (settings === undefined) {
      this.listener.arrived(bytes, from);
      return;
    }
    for (const [i, delay] of this.#delays("down", settings, bytes.length).entries()) {
      const copy = i === 0 ? bytes : Buffer.from(bytes);
      if (delay <= 0n) this.listener.arrived(copy, from);
      else {
        const tell = (): unknown => this.#isClosed || this.listener.arrived(copy, from);
        this.#faults.network.startTimer(tell, delay, undefined);
      }
    }
  }
  override failed(error: SocketErrorCode): void {
    if (!this.#isClosed) this.listener.failed(error);
  }
  override sent(error: SocketErrorCode | undefined): void {
    if (this.#awaited.shift() === true) this.listener.sent(error);
    else if (error !== undefined) this.failed(error);
  }
  override portClosed(): void {
    if (!this.#isEndTold) this.listener.portClosed();
    this.#isEndTold = true;
  }

  #find(key: string, remote: IpSocketAddress): Readonly<Record<Direction, Settings>> | undefined {
    const found = this.#peers.get(key);
    if (found !== undefined || this.#peers.has(key)) return found;
    const settings = this.#faults.find("udp", remote);
    if (this.#peers.size === MOST_PEERS) this.#peers.delete(this.#peers.keys().next().value as string);
    this.#peers.set(key, settings);
    return settings;
  }

  /** How much later a datagram comes through, in nanoseconds, once for each time that it does. */
  #delays(direction: Direction, settings: Settings, length: number): bigint[] {
    const { chance, network } = this.#faults;
    const { loss = 0, duplicate = 0, reorder = 0, timeout, bandwidth, latency = 0, jitter = 0 } = settings;
    if (timeout !== undefined || this.#faults.partitionEnd(settings) !== undefined) return [];
    if (chance.happens(loss)) return [];
    let turn = 0n;
    if (bandwidth !== undefined) {
      const now = network.monotonic();
      let start = this.#freeAt[direction];
      if (start < now) start = now;
      if ((Number(start - now) / SECOND) * bandwidth > QUEUE) return [];
      this.#freeAt[direction] = start + BigInt(Math.ceil((length / bandwidth) * SECOND));
      turn = this.#freeAt[direction] - now;
    }
    const times = chance.happens(duplicate) ? 2 : 1;
    return Array.from({ length: times }, () => {
      const detour = chance.happens(reorder) ? nanoseconds(latency + jitter + OVERTAKEN) : 0n;
      return turn + this.#faults.delay(settings) + detour;
    });
  }
}
