/**
 * Socket options: their state, their limits, and how they reach the operating system.
 *
 * A value is kept here in the kernel's unit, so that it can be set before there is a kernel socket, and be
 * inherited by accepted sockets. What the network can set is set; what it cannot goes to an
 * {@link OptionBackend}, and without one it is only kept; fidelity.ts tells which is which.
 */

import type { SocketErrorCode } from "../network/errors.ts";
import type { OptionValues, TcpPort, Transport, UdpPort } from "../network/network.ts";
import {
  bufferSizesAreDoubled,
  datagramBuffersReachKernel,
  inheritsNoDelay,
  keepAliveTakesInterval,
} from "../runtime/features.ts";
import { HOST_OPTIONS, type HostOption, OF_KIND, RAW_OPTIONS, type RawOption } from "./option-table.ts";

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
export interface TcpOptionTarget extends Partial<Pick<TcpPort, "setOption">> {
  /** The connection, where there is one; a port of a listener is applied to itself. */
  readonly transport?: Transport | undefined;
  /** The descriptor now, where the platform has such: once it is closed, the number can be another socket's. */
  fd(): number | undefined;
}

function invalid(): never {
  throw "EINVAL" satisfies SocketErrorCode;
}

/** Whether an option is a number that the kernel has limits for, and not just on or off. */
function isRaw(option: HostOption): option is RawOption {
  return option in RAW_OPTIONS;
}

/** A value as the kernel takes it. */
function cut(option: HostOption, value: number | bigint): number {
  if (!isRaw(option)) return Number(value);
  if (Number(value) === 0) invalid();
  return Math.min(Number(value), RAW_OPTIONS[option].most);
}

/** A duration in nanoseconds as whole seconds. */
export function toSeconds(nanoseconds: bigint): number {
  return nanoseconds === 0n ? 0 : Math.max(1, Number(nanoseconds / NANOSECONDS_PER_SECOND));
}

/** Whole seconds in nanoseconds. */
export function toNanoseconds(seconds: number): bigint {
  return BigInt(seconds) * NANOSECONDS_PER_SECOND;
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

const INITIAL: OptionValues = Object.fromEntries(
  HOST_OPTIONS.map((option) => [
    option,
    isRaw(option) ? (RAW_OPTIONS[option].initial ?? DEFAULT_BUFFER_SIZE) : 0,
  ]),
) as Record<HostOption, number>;

/** What was set, or holds by default. Never changed in place: an accepted socket has its listener's. */
interface TcpState {
  readonly values: OptionValues;
  /** The TCP_NODELAY that a connection has from its listener in the kernel; unknown where the platform or a change leaves it so. */
  readonly inheritedNoDelay: number | undefined;
  /** Which options were set, but for TCP_NODELAY and keep-alive, whose values tell enough. */
  readonly changed: ReadonlySet<HostOption>;
}

function defaults(noDelay: number): TcpState {
  return { values: { ...INITIAL, "no-delay": noDelay }, inheritedNoDelay: 0, changed: new Set() };
}

/** What a socket starts with that nobody has changed. */
const DELAYING = defaults(0);
const NOT_DELAYING = defaults(1);

export class TcpOptions {
  #state: TcpState;
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
    this.#state = parent !== undefined ? parent.#state : noDelay ? NOT_DELAYING : DELAYING;
    this.#family = family;
    this.#findBackend = findBackend;
  }

  has(option: HostOption): boolean {
    return OF_KIND.tcp.has(option);
  }

  /** Whether an option that is set comes into force in the kernel, or is only kept. */
  reaches(option: ReachableOption): boolean {
    return reachesKernel(option, this.#findBackend);
  }

  /** Whether something was set that counts from a connection's first packet, and that only a descriptor takes. */
  get wantsDescriptor(): boolean {
    return (
      [...this.#state.changed].some((option) => isRaw(option) && RAW_OPTIONS[option].fromFirstPacket) &&
      this.#findBackend() !== undefined
    );
  }

  /** The value of an option in the kernel's unit: 1 or 0 of what is on or off, seconds, bytes. */
  get(option: HostOption): number {
    const kept = this.#state.values[option];
    const fd = this.#target?.fd();
    if (fd === undefined || !isRaw(option) || isOfKeepAlive(option)) return kept;
    return this.#findBackend()?.get(fd, this.#family, option) ?? kept;
  }

  /**
   * Sets an option.
   *
   * @param value in the kernel's unit; cut to what it takes
   * @throws `EINVAL` for 0 of what isn't on or off; `ENOTSUP` where the kernel takes it not
   */
  set(option: HostOption, value: number | bigint): void {
    const kept = cut(option, value);
    if (isRaw(option) && !this.#write(option, kept)) throw "ENOTSUP" satisfies SocketErrorCode;
    this.#state = { ...this.#state, values: { ...this.#state.values, [option]: kept } };
    if (option === "no-delay") {
      // connections that wait at a listener have what it was before
      if (this.#target !== undefined) this.#applyNoDelay(this.#target, undefined);
      return;
    }
    if (option !== "keep-alive") {
      this.#state = { ...this.#state, changed: new Set([...this.#state.changed, option]) };
    }
    if (isOfKeepAlive(option)) this.#applyKeepAlive();
    else if (!isRaw(option)) this.#target?.transport?.setOption(option, this.#state.values);
  }

  /** From now on there is a kernel socket: everything that was set reaches it. */
  attach(target: TcpOptionTarget): void {
    this.#target = target;
    const { values, inheritedNoDelay, changed } = this.#state;
    if (target.transport === undefined || values["no-delay"] !== inheritedNoDelay) {
      this.#applyNoDelay(target, values["no-delay"]);
    }
    if (values["keep-alive"] !== 0) this.#applyKeepAlive();
    for (const option of changed) {
      if (isRaw(option)) this.#write(option, values[option]);
      else target.transport?.setOption(option, values);
    }
  }

  /** There is no kernel socket any more: values are read from what was kept. */
  detach(): void {
    this.#target = undefined;
  }

  #applyNoDelay(target: TcpOptionTarget, inherited: number | undefined): void {
    const { values, inheritedNoDelay } = this.#state;
    const { transport } = target;
    if (transport !== undefined) {
      // node:net does nothing where it believes that the value is the same, and doesn't know of a listener's
      if (inheritedNoDelay !== 0)
        transport.setOption("no-delay", { ...values, "no-delay": 1 - values["no-delay"] });
      transport.setOption("no-delay", values);
    } else if (inheritsNoDelay && target.setOption !== undefined) {
      target.setOption("no-delay", values);
      this.#state = { ...this.#state, inheritedNoDelay: inherited };
    }
  }

  #applyKeepAlive(): void {
    const transport = this.#target?.transport;
    if (transport === undefined) return;
    const { values } = this.#state;
    transport.setOption("keep-alive", values);
    if (keepAliveTakesInterval) return;
    // libuv 1.x sets an interval and a count of its own whenever keep-alive is set.
    this.#write("keep-alive-interval", values["keep-alive-interval"]);
    this.#write("keep-alive-count", values["keep-alive-count"]);
  }

  // Says whether the kernel took it, as far as it could be asked.
  #write(option: RawOption, value: number): boolean {
    const fd = this.#target?.fd();
    if (fd === undefined) return true;
    return this.#findBackend()?.set(fd, this.#family, option, value) ?? true;
  }
}

function nothing(): undefined {}

/** Whether an option is one of those that Node sets together. */
function isOfKeepAlive(option: HostOption): boolean {
  return option.startsWith("keep-alive");
}

/** Whether an option of a TCP socket comes into force in the kernel when it is set. */
export function reachesKernel(option: ReachableOption, findBackend: FindOptionBackend): boolean {
  if (option === "keep-alive" || option === "keep-alive-idle") return true;
  const isInterval = option === "keep-alive-interval" || option === "keep-alive-count";
  return (isInterval && keepAliveTakesInterval) || findBackend() !== undefined;
}

/** The options of a UDP socket; once it is bound they are the kernel's. */
export class UdpOptions {
  #values: OptionValues = INITIAL;
  #changed: HostOption[] = [];
  #port: UdpPort | undefined = undefined;

  has(option: HostOption): boolean {
    return OF_KIND.udp.has(option);
  }

  /** Whether an option that is set comes into force in the kernel, or is only kept. */
  reaches(option: ReachableOption): boolean {
    return !option.endsWith("buffer-size") || datagramBuffersReachKernel;
  }

  /** The value of an option in the kernel's unit: 1 or 0 of what is on or off, bytes. */
  get(option: HostOption): number {
    return this.#port?.getOption(option) ?? this.#values[option];
  }

  /**
   * Sets an option.
   *
   * @param value in the kernel's unit; cut to what it takes
   * @throws `EINVAL` for 0 of what isn't on or off
   */
  set(option: HostOption, value: number | bigint): void {
    this.#values = { ...this.#values, [option]: cut(option, value) };
    if (!this.#changed.includes(option)) this.#changed.push(option);
    this.#port?.setOption(option, this.#values);
  }

  /** From now on there is a bound kernel socket: everything that was set reaches it. */
  attach(port: UdpPort): void {
    this.#port = port;
    for (const option of this.#changed) port.setOption(option, this.#values);
  }

  /** The kernel socket is closed: values are read from what was kept. */
  detach(): void {
    this.#port = undefined;
  }
}
