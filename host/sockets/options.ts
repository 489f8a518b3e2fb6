/**
 * Socket options: their state, their limits, and how they reach the operating system.
 *
 * A value is kept here in the kernel's unit, so that it can be set before there is a kernel socket, and be
 * inherited by accepted sockets. What Node can set is set; what it cannot goes to an
 * {@link OptionBackend}, and without one it is only kept; fidelity.ts tells which is which.
 */
import type * as dgram from "node:dgram";
import type * as net from "node:net";
import {
  bufferSizesAreDoubled,
  datagramBuffersReachKernel,
  inheritsNoDelay,
  keepAliveTakesInterval,
} from "../runtime-features.ts";
import type { SocketErrorCode } from "./errors.ts";

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
/** Linux takes no longer keep-alive times (`MAX_TCP_KEEPIDLE`, `MAX_TCP_KEEPINTVL`). */
const MAX_KEEP_ALIVE_SECONDS = 32767;
/** Linux sends no more probes (`MAX_TCP_KEEPCNT`). */
const MAX_KEEP_ALIVE_COUNT = 127;
const MAX_INT = 0x7fffffff;
/** What Linux starts with, before anybody asks it. */
const DEFAULT_BUFFER_SIZE = bufferSizesAreDoubled ? 106_496 : 65_536;

/** The options that Node has no call for, or none that works at any time. */
export type RawOption =
  | "keep-alive-idle"
  | "keep-alive-interval"
  | "keep-alive-count"
  | "hop-limit"
  | "receive-buffer-size"
  | "send-buffer-size";

/** What matters already while the connection is made: the window is agreed on then. */
const FROM_FIRST_PACKET: readonly RawOption[] = ["hop-limit", "receive-buffer-size", "send-buffer-size"];

/** Options of a TCP socket whose way to the kernel depends on the runtime. */
export type ReachableOption = RawOption | "keep-alive";

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
  readonly socket: net.Socket | undefined;
  /** Sets TCP_NODELAY of a listener, where its connections inherit it. */
  setNoDelay?(value: boolean): void;
  /** The descriptor now, where the platform has such: once it is closed, the number can be another socket's. */
  fd(): number | undefined;
}

function invalid(): never {
  throw "EINVAL" satisfies SocketErrorCode;
}

/** A duration in nanoseconds as whole seconds within what the kernel takes. */
function toSeconds(nanoseconds: bigint): number {
  if (nanoseconds === 0n) invalid();
  const seconds = nanoseconds / NANOSECONDS_PER_SECOND;
  return seconds < 1n ? 1 : seconds > MAX_KEEP_ALIVE_SECONDS ? MAX_KEEP_ALIVE_SECONDS : Number(seconds);
}

function toBufferSize(bytes: bigint): number {
  if (bytes === 0n) invalid();
  return bytes > MAX_INT ? MAX_INT : Number(bytes);
}

/**
 * A backlog as the kernel takes it.
 *
 * @throws `EINVAL` for 0
 */
export function toBacklog(value: bigint): number {
  return toBufferSize(value);
}

/** What was set, or holds by default. Never changed in place: an accepted socket has its listener's. */
interface TcpValues {
  readonly keepAlive: boolean;
  readonly noDelay: boolean;
  /** What a connection has from its listener in the kernel; unknown where the platform or a change leaves it so. */
  readonly inheritedNoDelay: boolean | undefined;
  readonly idleSeconds: number;
  readonly intervalSeconds: number;
  readonly count: number;
  readonly hopLimit: number;
  readonly receiveBufferSize: number;
  readonly sendBufferSize: number;
  /** Which of them were set. */
  readonly changed: ReadonlySet<RawOption>;
}

function defaults(noDelay: boolean): TcpValues {
  return {
    keepAlive: false,
    noDelay,
    inheritedNoDelay: false,
    idleSeconds: 7200,
    intervalSeconds: 75,
    count: 9,
    hopLimit: 64,
    receiveBufferSize: DEFAULT_BUFFER_SIZE,
    sendBufferSize: DEFAULT_BUFFER_SIZE,
    changed: new Set(),
  };
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
    return BigInt(this.#values.idleSeconds) * NANOSECONDS_PER_SECOND;
  }
  /** Time between probes. */
  get keepAliveIntervalNanoseconds(): bigint {
    return BigInt(this.#values.intervalSeconds) * NANOSECONDS_PER_SECOND;
  }
  /** How many probes may go unanswered. */
  get keepAliveCount(): number {
    return this.#values.count;
  }
  /** How many hops a packet may take. */
  get hopLimit(): number {
    return this.#read("hop-limit") ?? this.#values.hopLimit;
  }
  /** The kernel's receive buffer in bytes. */
  get receiveBufferSize(): number {
    return this.#read("receive-buffer-size") ?? this.#values.receiveBufferSize;
  }
  /** The kernel's send buffer in bytes. */
  get sendBufferSize(): number {
    return this.#read("send-buffer-size") ?? this.#values.sendBufferSize;
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

  /** Whether something was set that counts from a connection's first packet, and that only a descriptor takes. */
  get wantsDescriptor(): boolean {
    return (
      FROM_FIRST_PACKET.some((option) => this.#values.changed.has(option)) &&
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
    this.#set({ idleSeconds: this.#change("keep-alive-idle", toSeconds(nanoseconds)) });
    this.#applyKeepAlive();
  }
  /** Nanoseconds, cut to 1 s … 32767 s. Throws `EINVAL` for 0. */
  setKeepAliveInterval(nanoseconds: bigint): void {
    this.#set({ intervalSeconds: this.#change("keep-alive-interval", toSeconds(nanoseconds)) });
    this.#applyKeepAlive();
  }
  /** Cut to 1 … 127. Throws `EINVAL` for 0. */
  setKeepAliveCount(count: number): void {
    if (count === 0) invalid();
    this.#set({ count: this.#change("keep-alive-count", Math.min(count, MAX_KEEP_ALIVE_COUNT)) });
    this.#applyKeepAlive();
  }
  /** 1 … 255. Throws `EINVAL` for 0. */
  setHopLimit(hops: number): void {
    if (hops === 0) invalid();
    this.#set({ hopLimit: this.#change("hop-limit", hops) });
  }
  /** Bytes. Throws `EINVAL` for 0. */
  setReceiveBufferSize(bytes: bigint): void {
    this.#set({ receiveBufferSize: this.#change("receive-buffer-size", toBufferSize(bytes)) });
  }
  /** Bytes. Throws `EINVAL` for 0. */
  setSendBufferSize(bytes: bigint): void {
    this.#set({ sendBufferSize: this.#change("send-buffer-size", toBufferSize(bytes)) });
  }

  /** From now on there is a kernel socket: everything that was set reaches it. */
  attach(target: TcpOptionTarget): void {
    this.#target = target;
    if (target.socket === undefined || this.#values.noDelay !== this.#values.inheritedNoDelay) {
      this.#applyNoDelay(target, this.#values.noDelay);
    }
    if (this.#values.keepAlive) this.#applyKeepAlive();
    for (const option of this.#values.changed) this.#write(option, this.#valueOf(option));
  }

  /** There is no kernel socket any more: values are read from what was kept. */
  detach(): void {
    this.#target = undefined;
  }

  #set(values: Partial<TcpValues>): void {
    this.#values = { ...this.#values, ...values };
  }

  #applyNoDelay({ socket, setNoDelay }: TcpOptionTarget, inherited: boolean | undefined): void {
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
    const socket = this.#target?.socket;
    if (socket === undefined) return;
    const idle = this.#values.idleSeconds * 1000;
    if (keepAliveTakesInterval) {
      const setKeepAlive = socket.setKeepAlive as (...args: (number | boolean)[]) => void;
      setKeepAlive.call(
        socket,
        this.#values.keepAlive,
        idle,
        this.#values.intervalSeconds * 1000,
        this.#values.count,
      );
    } else {
      socket.setKeepAlive(this.#values.keepAlive, idle);
      // libuv 1.x sets an interval and a count of its own whenever keep-alive is set.
      this.#write("keep-alive-interval", this.#values.intervalSeconds);
      this.#write("keep-alive-count", this.#values.count);
    }
  }

  // Returns the value, once the kernel has taken it where it could be asked.
  #change(option: RawOption, value: number): number {
    if (!this.#write(option, value)) throw "ENOTSUP" satisfies SocketErrorCode;
    this.#set({ changed: new Set([...this.#values.changed, option]) });
    return value;
  }

  #valueOf(option: RawOption): number {
    switch (option) {
      case "keep-alive-idle":
        return this.#values.idleSeconds;
      case "keep-alive-interval":
        return this.#values.intervalSeconds;
      case "keep-alive-count":
        return this.#values.count;
      case "hop-limit":
        return this.#values.hopLimit;
      case "receive-buffer-size":
        return this.#values.receiveBufferSize;
      case "send-buffer-size":
        return this.#values.sendBufferSize;
    }
  }

  // Says whether the kernel refused it.
  #write(option: RawOption, value: number): boolean {
    const fd = this.#target?.fd();
    if (fd === undefined) return true;
    return this.#findBackend()?.set(fd, this.#family, option, value) ?? true;
  }

  #read(option: RawOption): number | undefined {
    const fd = this.#target?.fd();
    return fd === undefined ? undefined : this.#findBackend()?.get(fd, this.#family, option);
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
  #socket: dgram.Socket | undefined = undefined;

  /** How many hops a unicast datagram may take. */
  get hopLimit(): number {
    return this.#hopLimit;
  }
  /** The kernel's receive buffer in bytes. */
  get receiveBufferSize(): number {
    return this.#socket ? fromKernelSize(this.#socket.getRecvBufferSize()) : this.#receiveBufferSize;
  }
  /** The kernel's send buffer in bytes. */
  get sendBufferSize(): number {
    return this.#socket ? fromKernelSize(this.#socket.getSendBufferSize()) : this.#sendBufferSize;
  }

  /** Whether datagrams may go to a broadcast address, which WASI has no option for. */
  get broadcast(): boolean {
    return this.#broadcast;
  }
  /** Whether an option that is set comes into force in the kernel, or is only kept. */
  reaches(option: ReachableOption): boolean {
    return !option.endsWith("buffer-size") || datagramBuffersReachKernel;
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
    this.#receiveBufferSize = toBufferSize(bytes);
    this.#receiveBufferSet = true;
    this.#socket?.setRecvBufferSize(this.#receiveBufferSize);
  }
  /** Bytes; the kernel has limits of its own. Throws `EINVAL` for 0. */
  setSendBufferSize(bytes: bigint): void {
    this.#sendBufferSize = toBufferSize(bytes);
    this.#sendBufferSet = true;
    this.#socket?.setSendBufferSize(this.#sendBufferSize);
  }

  /** From now on there is a bound kernel socket: everything that was set reaches it. */
  attach(socket: dgram.Socket): void {
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

function fromKernelSize(size: number): number {
  return bufferSizesAreDoubled ? size >> 1 : size;
}
