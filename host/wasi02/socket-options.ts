// Made by tools/generate.mjs; do not edit. From tools/options/table.mjs.

/** The socket options that WASI 0.2 has, as methods of its sockets. */
import { type TcpOptions, toNanoseconds, toSeconds, type UdpOptions } from "../sockets/options.ts";
import { asNamed } from "./network-errors.ts";

/** The socket options of `tcp-socket`. */
export abstract class TcpOptionsFace {
  /** The options, where the state of the socket lets them be reached; else it throws `invalid-state`. */
  protected abstract reachOptions(): TcpOptions;
  /** The kernel's send buffer, in bytes. */
  sendBufferSize(): bigint {
    return BigInt(this.reachOptions().get("send-buffer-size"));
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setSendBufferSize(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.set("send-buffer-size", value));
  }
  /** The kernel's receive buffer, in bytes. */
  receiveBufferSize(): bigint {
    return BigInt(this.reachOptions().get("receive-buffer-size"));
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setReceiveBufferSize(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.set("receive-buffer-size", value));
  }
  /** Whether keep-alive probes are sent. */
  keepAliveEnabled(): boolean {
    return this.reachOptions().get("keep-alive") !== 0;
  }
  /** Sets it. */
  setKeepAliveEnabled(value: boolean): void {
    const options = this.reachOptions();
    asNamed(() => options.set("keep-alive", Number(value)));
  }
  /** The time without traffic until the first keep-alive probe, in nanoseconds. */
  keepAliveIdleTime(): bigint {
    return toNanoseconds(this.reachOptions().get("keep-alive-idle"));
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setKeepAliveIdleTime(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.set("keep-alive-idle", toSeconds(value)));
  }
  /** The time between keep-alive probes, in nanoseconds. */
  keepAliveInterval(): bigint {
    return toNanoseconds(this.reachOptions().get("keep-alive-interval"));
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setKeepAliveInterval(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.set("keep-alive-interval", toSeconds(value)));
  }
  /** How many keep-alive probes may go unanswered. */
  keepAliveCount(): number {
    return this.reachOptions().get("keep-alive-count");
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setKeepAliveCount(value: number): void {
    const options = this.reachOptions();
    asNamed(() => options.set("keep-alive-count", value));
  }
  /** How many hops a packet may take. */
  hopLimit(): number {
    return this.reachOptions().get("hop-limit");
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setHopLimit(value: number): void {
    const options = this.reachOptions();
    asNamed(() => options.set("hop-limit", value));
  }
}

/** The socket options of `udp-socket`. */
export abstract class UdpOptionsFace {
  /** The options, where the state of the socket lets them be reached; else it throws `invalid-state`. */
  protected abstract reachOptions(): UdpOptions;
  /** The kernel's send buffer, in bytes. */
  sendBufferSize(): bigint {
    return BigInt(this.reachOptions().get("send-buffer-size"));
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setSendBufferSize(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.set("send-buffer-size", value));
  }
  /** The kernel's receive buffer, in bytes. */
  receiveBufferSize(): bigint {
    return BigInt(this.reachOptions().get("receive-buffer-size"));
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setReceiveBufferSize(value: bigint): void {
    const options = this.reachOptions();
    asNamed(() => options.set("receive-buffer-size", value));
  }
  /** How many hops a packet may take. */
  unicastHopLimit(): number {
    return this.reachOptions().get("hop-limit");
  }
  /** Sets it, cut to what the kernel takes. Throws `invalid-argument` for 0. */
  setUnicastHopLimit(value: number): void {
    const options = this.reachOptions();
    asNamed(() => options.set("hop-limit", value));
  }
}
