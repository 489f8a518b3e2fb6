/**
 * Socket options: their state, their limits, and how they reach the operating system.
 *
 * A value is kept here in the kernel's unit, so that it can be set before there is a kernel socket, and be
 * inherited by accepted sockets. What Node can set is set; what it cannot goes to an
 * {@link OptionBackend}, and without one it is only kept; fidelity.ts tells which is which.
 */

import type { SocketErrorCode } from "../network/errors.ts";
import type { Transport, UdpPort } from "../network/network.ts";
import {
  bufferSizesAreDoubled,
  datagramBuffersReachKernel,
  inheritsNoDelay,
  keepAliveTakesInterval,
} from "../runtime/features.ts";
import { type HostOption, RAW_OPTIONS, type RawOption } from "./option-table.ts";

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const MAX_INT = 0x7fffffff;
/** What Linux starts with, before anybody asks it. */
const DEFAULT_BUFFER_SIZE = bufferSizesAreDoubled ? 106_496 : 65_536;

/** Options of a TCP socket whose way to the kernel depends on the runtime. */
export type ReachableOption = Exclude<HostOption, "no-delay" | "broadcast">;

/** Reaches the options of a descriptor that Node has no call for. */
export interface OptionBackend {
  /** Sets an option; says whether the kernel took it. */
  set(fd: number, family: "ipv4" | "ipv6", option: RawOption, value: number): boolean;
  /** Reads an option; `undefined` when it cannot be read. */
  get(fd: number, family: "ipv4" | "ipv6", option: RawOption): number | undefined;
}

/** Gives what reaches the options, where there is such; it may load it when it is first asked. */
export type FindOptionBackend = () => OptionBackend | undefined;

/** What the options of a connection or a listener are applied to. */
export interface TcpOptionTarget {
  /** The connection, where there is one. */
  readonly transport: Transport | undefined;
  /** Sets TCP_NODELAY of a listener, where its connections inherit it. */
  setNoDelay?(value: boolean): void;
  /** The descriptor now, where the platform has such: once it is closed, the number can be another socket's. */
  fd(): number | undefined;
}

function invalid(): never {
  throw "EINVAL" satisfies SocketErrorCode;
}

/** A value as the kernel takes it. */
function cut(option: RawOption, value: number | bigint): number {
  if (Number(value) === 0) invalid();
  return Math.min(Number(value), RAW_OPTIONS[option].most);
}

/** A duration in nanoseconds as whole seconds. */
function toSeconds(nanoseconds: bigint): number {
  return nanoseconds === 0n ? 0 : Math.max(1, Number(nanoseconds / NANOSECONDS_PER_SECOND));
}

/**
 * A backlog as the kernel takes it.
 *
 * @throws `EINVAL` for 0
 */
export function toBacklog(value: bigint): number {
  if (value === 0n) invalid();
  return Math.min(Number(value), MAX_INT);
}

/** What was set, or holds by default. Never changed in place: an accepted socket has its listener's. */
interface TcpValues {
  readonly keepAlive: boolean;
  readonly noDelay: boolean;
  /** What a connection has from its listener in the kernel; unknown where the platform or a change leaves it so. */
  readonly inheritedNoDelay: boolean | undefined;
  /** In the kernel's unit. */
  readonly raw: Readonly<Record<RawOption, number>>;
  /** Which of them were set. */
  readonly changed: ReadonlySet<RawOption>;
}

const INITIAL: TcpValues["raw"] = Object.fromEntries(
  Object.entries(RAW_OPTIONS).map(([option, { initial = DEFAULT_BUFFER_SIZE }]) => [option, initial]),
) as Record<RawOption, number>;

function defaults(noDelay: boolean): TcpValues {
  return { keepAlive: false, noDelay, inheritedNoDelay: false, raw: INITIAL, changed: new Set() };
}

/** What a socket starts with that nobody has changed. */
const DELAYING = defaults(false);
const NOT_DELAYING = defaults(true);

/** The options of a TCP socket. */
export class TcpOptions {
  #values: TcpValues;
  readonly #family: "ipv4" | "ipv6";
  readonly #findBackend: FindOptionBackend;
  #target: TcpOptionTarget | undefined = undefined;

  /**
   * @param family the family of the socket
   * @param findBackend gives what reaches what Node cannot; default nothing does
   * @param parent the listener whose options an accepted socket starts with
   * @param noDelay whether small pieces are sent at once; default true
   */
  constructor(
    family: "ipv4" | "ipv6",
    findBackend: FindOptionBackend = nothing,
    parent?: TcpOptions,
    noDelay = true,
  ) {
    this.#values = parent !== undefined ? parent.#values : noDelay ? NOT_DELAYING : DELAYING;
    this.#family = family;
    this.#findBackend = findBackend;
  }

  /** Whether keep-alive probes are sent. */
  get keepAlive(): boolean {
    return this.#values.keepAlive;
  }
  /** Time without traffic until the first probe. */
  get keepAliveIdleNanoseconds(): bigint {
    return BigInt(this.#values.raw["keep-alive-idle"]) * NANOSECONDS_PER_SECOND;
  }
  /** Time between probes. */
  get keepAliveIntervalNanoseconds(): bigint {
    return BigInt(this.#values.raw["keep-alive-interval"]) * NANOSECONDS_PER_SECOND;
  }
  /** How many probes may go unanswered. */
  get keepAliveCount(): number {
    return this.#values.raw["keep-alive-count"];
  }
  /** How many hops a packet may take. */
  get hopLimit(): number {
    return this.#read("hop-limit");
  }
  /** The kernel's receive buffer in bytes. */
  get receiveBufferSize(): number {
    return this.#read("receive-buffer-size");
  }
  /** The kernel's send buffer in bytes. */
  get sendBufferSize(): number {
    return this.#read("send-buffer-size");
  }

  /** Whether small pieces are sent at once (TCP_NODELAY), which WASI has no option for. */
  get noDelay(): boolean {
    return this.#values.noDelay;
  }
  /** Sends small pieces at once, or lets the kernel collect them. */
  setNoDelay(value: boolean): void {
    this.#set({ noDelay: value });
    // connections that wait at a listener have what it was before
    if (this.#target !== undefined) this.#applyNoDelay(this.#target, undefined);
  }

  /** Whether an option that is set comes into force in the kernel, or is only kept. */
  reaches(option: ReachableOption): boolean {
    return reachesKernel(option, this.#findBackend);
  }

  /** An option that WASI doesn't have; `undefined` where TCP has none of that name. */
  getFlag(option: HostOption): boolean | undefined {
    return option === "no-delay" ? this.noDelay : undefined;
  }
  /** Sets one; says whether TCP has it. */
  setFlag(option: HostOption, value: boolean): boolean {
    if (option !== "no-delay") return false;
    this.setNoDelay(value);
    return true;
  }

  /** Whether something was set that counts from a connection's first packet, and that only a descriptor takes. */
  get wantsDescriptor(): boolean {
    return (
      [...this.#values.changed].some((option) => RAW_OPTIONS[option].fromFirstPacket) &&
      this.#findBackend() !== undefined
    );
  }

  /** Switches keep-alive probes on or off. */
  setKeepAlive(value: boolean): void {
    this.#set({ keepAlive: value });
    this.#applyKeepAlive();
  }
  /** Nanoseconds, cut to 1 s … 32767 s. Throws `EINVAL` for 0. */
  setKeepAliveIdle(nanoseconds: bigint): void {
    this.#change("keep-alive-idle", toSeconds(nanoseconds));
    this.#applyKeepAlive();
  }
  /** Nanoseconds, cut to 1 s … 32767 s. Throws `EINVAL` for 0. */
  setKeepAliveInterval(nanoseconds: bigint): void {
    this.#change("keep-alive-interval", toSeconds(nanoseconds));
    this.#applyKeepAlive();
  }
  /** Cut to 1 … 127. Throws `EINVAL` for 0. */
  setKeepAliveCount(count: number): void {
    this.#change("keep-alive-count", count);
    this.#applyKeepAlive();
  }
  /** 1 … 255. Throws `EINVAL` for 0. */
  setHopLimit(hops: number): void {
    this.#change("hop-limit", hops);
  }
  /** Bytes. Throws `EINVAL` for 0. */
  setReceiveBufferSize(bytes: bigint): void {
    this.#change("receive-buffer-size", bytes);
  }
  /** Bytes. Throws `EINVAL` for 0. */
  setSendBufferSize(bytes: bigint): void {
    this.#change("send-buffer-size", bytes);
  }

  /** From now on there is a kernel socket: everything that was set reaches it. */
  attach(target: TcpOptionTarget): void {
    this.#target = target;
    if (target.transport === undefined || this.#values.noDelay !== this.#values.inheritedNoDelay) {
      this.#applyNoDelay(target, this.#values.noDelay);
    }
    if (this.#values.keepAlive) this.#applyKeepAlive();
    for (const option of this.#values.changed) this.#write(option, this.#values.raw[option]);
  }

  /** There is no kernel socket any more: values are read from what was kept. */
  detach(): void {
    this.#target = undefined;
  }

  #set(values: Partial<TcpValues>): void {
    this.#values = { ...this.#values, ...values };
  }

  #applyNoDelay({ transport: socket, setNoDelay }: TcpOptionTarget, inherited: boolean | undefined): void {
    const { noDelay, inheritedNoDelay } = this.#values;
    if (socket !== undefined) {
      // node:net does nothing where it believes that the value is the same, and doesn't know of a listener's
      if (inheritedNoDelay !== false) socket.setNoDelay(!noDelay);
      socket.setNoDelay(noDelay);
    } else if (inheritsNoDelay && setNoDelay !== undefined) {
      setNoDelay(noDelay);
      this.#set({ inheritedNoDelay: inherited });
    }
  }

  #applyKeepAlive(): void {
    const socket = this.#target?.transport;
    if (socket === undefined) return;
    const { keepAlive, raw } = this.#values;
    const idle = raw["keep-alive-idle"] * 1000;
    if (keepAliveTakesInterval) {
      const setKeepAlive = socket.setKeepAlive as (...args: (number | boolean)[]) => void;
      setKeepAlive.call(socket, keepAlive, idle, raw["keep-alive-interval"] * 1000, raw["keep-alive-count"]);
    } else {
      socket.setKeepAlive(keepAlive, idle);
      // libuv 1.x sets an interval and a count of its own whenever keep-alive is set.
      this.#write("keep-alive-interval", raw["keep-alive-interval"]);
      this.#write("keep-alive-count", raw["keep-alive-count"]);
    }
  }

  // Keeps a value, once the kernel has taken it where it could be asked.
  #change(option: RawOption, value: number | bigint): void {
    const kept = cut(option, value);
    if (!this.#write(option, kept)) throw "ENOTSUP" satisfies SocketErrorCode;
    const { raw, changed } = this.#values;
    this.#set({ raw: { ...raw, [option]: kept }, changed: new Set([...changed, option]) });
  }

  // Says whether the kernel took it, as far as it could be asked.
  #write(option: RawOption, value: number): boolean {
    const fd = this.#target?.fd();
    if (fd === undefined) return true;
    return this.#findBackend()?.set(fd, this.#family, option, value) ?? true;
  }

  #read(option: RawOption): number {
    const fd = this.#target?.fd();
    const value = fd === undefined ? undefined : this.#findBackend()?.get(fd, this.#family, option);
    return value ?? this.#values.raw[option];
  }
}

function nothing(): undefined {}

/** Whether an option of a TCP socket comes into force in the kernel when it is set. */
export function reachesKernel(option: ReachableOption, findBackend: FindOptionBackend): boolean {
  if (option === "keep-alive" || option === "keep-alive-idle") return true;
  const isInterval = option === "keep-alive-interval" || option === "keep-alive-count";
  return (isInterval && keepAliveTakesInterval) || findBackend() !== undefined;
}

/** The options of a UDP socket; once it is bound they are the kernel's. */
export class UdpOptions {
  #broadcast = false;
  #hopLimit = 64;
  #receiveBufferSize = DEFAULT_BUFFER_SIZE;
  #sendBufferSize = DEFAULT_BUFFER_SIZE;
  #hopLimitSet = false;
  #receiveBufferSet = false;
  #sendBufferSet = false;
  #socket: UdpPort | undefined = undefined;

  /** How many hops a unicast datagram may take. */
  get hopLimit(): number {
    return this.#hopLimit;
  }
  /** The kernel's receive buffer in bytes. */
  get receiveBufferSize(): number {
    return this.#socket ? this.#socket.getRecvBufferSize() : this.#receiveBufferSize;
  }
  /** The kernel's send buffer in bytes. */
  get sendBufferSize(): number {
    return this.#socket ? this.#socket.getSendBufferSize() : this.#sendBufferSize;
  }

  /** Whether datagrams may go to a broadcast address, which WASI has no option for. */
  get broadcast(): boolean {
    return this.#broadcast;
  }
  /** Whether an option that is set comes into force in the kernel, or is only kept. */
  reaches(option: ReachableOption): boolean {
    return !option.endsWith("buffer-size") || datagramBuffersReachKernel;
  }

  /** An option that WASI doesn't have; `undefined` where UDP has none of that name. */
  getFlag(option: HostOption): boolean | undefined {
    return option === "broadcast" ? this.broadcast : undefined;
  }
  /** Sets one; says whether UDP has it. */
  setFlag(option: HostOption, value: boolean): boolean {
    if (option !== "broadcast") return false;
    this.setBroadcast(value);
    return true;
  }

  /** Allows datagrams to a broadcast address, or forbids them. */
  setBroadcast(value: boolean): void {
    this.#broadcast = value;
    this.#socket?.setBroadcast(value);
  }
  /** 1 … 255. Throws `EINVAL` for 0. */
  setHopLimit(hops: number): void {
    if (hops === 0) invalid();
    this.#hopLimit = hops;
    this.#hopLimitSet = true;
    this.#socket?.setTTL(hops);
  }
  /** Bytes; the kernel has limits of its own. Throws `EINVAL` for 0. */
  setReceiveBufferSize(bytes: bigint): void {
    this.#receiveBufferSize = cut("receive-buffer-size", bytes);
    this.#receiveBufferSet = true;
    this.#socket?.setRecvBufferSize(this.#receiveBufferSize);
  }
  /** Bytes; the kernel has limits of its own. Throws `EINVAL` for 0. */
  setSendBufferSize(bytes: bigint): void {
    this.#sendBufferSize = cut("send-buffer-size", bytes);
    this.#sendBufferSet = true;
    this.#socket?.setSendBufferSize(this.#sendBufferSize);
  }

  /** From now on there is a bound kernel socket: everything that was set reaches it. */
  attach(socket: UdpPort): void {
    this.#socket = socket;
    if (this.#broadcast) socket.setBroadcast(true);
    if (this.#hopLimitSet) socket.setTTL(this.#hopLimit);
    if (this.#receiveBufferSet) socket.setRecvBufferSize(this.#receiveBufferSize);
    if (this.#sendBufferSet) socket.setSendBufferSize(this.#sendBufferSize);
  }

  /** The kernel socket is closed: values are read from what was kept. */
  detach(): void {
    this.#socket = undefined;
  }
}
