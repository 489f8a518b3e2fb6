// Made by tools/generate.mjs; do not edit. From tools/options/table.mjs.

/** The socket options that WASI 0.2 has, as methods of its sockets. */
import type { TcpOptions, UdpOptions } from "../sockets/options.ts";
import { asNamed } from "./network-errors.ts";

/** The socket options of `tcp-socket`. */
export abstract class TcpOptionsFace {
  /** The options, where the state of the socket lets them be reached; else it throws `invalid-state`. */
  protected abstract reachOptions(): TcpOptions;
  /** The kernel's send buffer, in bytes. */
  sendBufferSize(): bigint {
    return BigInt(this.reachOptions().sendBufferSize);
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setSendBufferSize(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.setSendBufferSize(value));
  }
  /** The kernel's receive buffer, in bytes. */
  receiveBufferSize(): bigint {
    return BigInt(this.reachOptions().receiveBufferSize);
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setReceiveBufferSize(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.setReceiveBufferSize(value));
  }
  /** Whether keep-alive probes are sent. */
  keepAliveEnabled(): boolean {
    return this.reachOptions().keepAlive;
  }
  /** Sets it. */
  setKeepAliveEnabled(value: boolean): void {
    const options = this.reachOptions();
    asNamed(() => options.setKeepAlive(value));
  }
  /** The time without traffic until the first keep-alive probe, in nanoseconds. */
  keepAliveIdleTime(): bigint {
    return this.reachOptions().keepAliveIdleNanoseconds;
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setKeepAliveIdleTime(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.setKeepAliveIdle(value));
  }
  /** The time between keep-alive probes, in nanoseconds. */
  keepAliveInterval(): bigint {
    return this.reachOptions().keepAliveIntervalNanoseconds;
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setKeepAliveInterval(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.setKeepAliveInterval(value));
  }
  /** How many keep-alive probes may go unanswered. */
  keepAliveCount(): number {
    return this.reachOptions().keepAliveCount;
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setKeepAliveCount(value: number): void {
    const options = this.reachOptions();
    asNamed(() => options.setKeepAliveCount(value));
  }
  /** How many hops a packet may take. */
  hopLimit(): number {
    return this.reachOptions().hopLimit;
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setHopLimit(value: number): void {
    const options = this.reachOptions();
    asNamed(() => options.setHopLimit(value));
  }
}

/** The socket options of `udp-socket`. */
export abstract class UdpOptionsFace {
  /** The options, where the state of the socket lets them be reached; else it throws `invalid-state`. */
  protected abstract reachOptions(): UdpOptions;
  /** The kernel's send buffer, in bytes. */
  sendBufferSize(): bigint {
    return BigInt(this.reachOptions().sendBufferSize);
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setSendBufferSize(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.setSendBufferSize(value));
  }
  /** The kernel's receive buffer, in bytes. */
  receiveBufferSize(): bigint {
    return BigInt(this.reachOptions().receiveBufferSize);
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setReceiveBufferSize(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.setReceiveBufferSize(value));
  }
  /** How many hops a packet may take. */
  unicastHopLimit(): number {
    return this.reachOptions().hopLimit;
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setUnicastHopLimit(value: number): void {
    const options = this.reachOptions();
    asNamed(() => options.setHopLimit(value));
  }
}
