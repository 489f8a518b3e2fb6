/**
 * The part of the component's `net` interface that never waits, as the part of a side.
 *
 * How a function is called is up to the subclass: jco and Wasmtime both come in here.
 */
import { ComponentFailure } from "./failure.ts";
import type { AddressInfoHandle, SockaddrHandle, SocketHandle, Timeout } from "./side.ts";

/** WIT has no null: an absent option is undefined, as jco has it. */
export function option<T>(value: T | null | false | undefined): T | undefined {
  return value === null || value === false ? undefined : value;
}

/** A timeout as option<f64>. */
export function seconds(timeout: Timeout): number | undefined {
  return option(timeout);
}

/** A service as a string, which is all that WIT has. */
export function serviceName(service: string | number | null): string | undefined {
  return service === null ? undefined : String(service);
}

/** The functions of `net` that never wait. */
export abstract class ComponentCalls {
  /**
   * Calls a function of `wasock:net/net`, or a method of `wasock:net/types`.
   *
   * @param name as in WIT, e.g. `"make-sockaddr"` or `"[method]sockaddr.bytes"`
   * @returns the result, or that of the ok case; options that are none are undefined
   * @throws the errno, a positive number, in the err case; an Error for a trap
   */
  protected abstract call(name: string, ...args: unknown[]): Promise<unknown>;

  /**
   * Calls a function whose failure is a value.
   *
   * @param failed what an errno becomes
   */
  protected async attempt<T, F>(
    failed: (errno: number) => F,
    name: string,
    ...args: unknown[]
  ): Promise<T | F> {
    try {
      return (await this.call(name, ...args)) as T;
    } catch (error) {
      if (typeof error === "number") return failed(error);
      throw error;
    }
  }

  /** Makes the error for a call that has no value for failure. */
  protected async failure(what: string, errno: number): Promise<ComponentFailure> {
    return new ComponentFailure(what, await this.errorName(errno), await this.errorMessage(errno));
  }

  async makeAddressInfo(
    family: number,
    socketType: number,
    protocol: number,
    flags?: number,
  ): Promise<AddressInfoHandle> {
    return (await this.call("make-address-info", family, socketType, protocol, flags)) as AddressInfoHandle;
  }
  async addressInfoFamily(ai: AddressInfoHandle): Promise<number> {
    return (await this.call("address-info-family", ai)) as number;
  }
  async addressInfoSocketType(ai: AddressInfoHandle): Promise<number> {
    return (await this.call("address-info-socket-type", ai)) as number;
  }
  async addressInfoProtocol(ai: AddressInfoHandle): Promise<number> {
    return (await this.call("address-info-protocol", ai)) as number;
  }
  async addressInfoFlags(ai: AddressInfoHandle): Promise<number> {
    return (await this.call("address-info-flags", ai)) as number;
  }
  async addressInfoAddress(ai: AddressInfoHandle): Promise<SockaddrHandle | null> {
    return ((await this.call("address-info-address", ai)) ?? null) as SockaddrHandle | null;
  }
  async addressInfoAddressLength(ai: AddressInfoHandle): Promise<number> {
    return (await this.call("address-info-address-length", ai)) as number;
  }
  async addressInfoCanonname(ai: AddressInfoHandle): Promise<string | null> {
    return ((await this.call("address-info-canonname", ai)) ?? null) as string | null;
  }
  async addressInfoNext(ai: AddressInfoHandle): Promise<AddressInfoHandle | null> {
    return ((await this.call("address-info-next", ai)) ?? null) as AddressInfoHandle | null;
  }

  async makeSockaddr(address?: string, port = 0): Promise<SockaddrHandle> {
    try {
      return (await this.call("make-sockaddr", address, port)) as SockaddrHandle;
    } catch (error) {
      throw typeof error === "number" ? await this.failure(`make-sockaddr ${address}`, error) : error;
    }
  }
  async sockaddrName(address: SockaddrHandle): Promise<string> {
    return (await this.call("sockaddr-name", address)) as string;
  }
  async sockaddrPort(address: SockaddrHandle): Promise<number> {
    return (await this.call("sockaddr-port", address)) as number;
  }
  async sockaddrBytes(address: SockaddrHandle): Promise<Uint8Array> {
    return (await this.call("[method]sockaddr.bytes", address)) as Uint8Array;
  }
  async getPeerName(socket: SocketHandle): Promise<SockaddrHandle | null> {
    return ((await this.call("get-peer-name", socket)) ?? null) as SockaddrHandle | null;
  }
  async getSocketName(socket: SocketHandle): Promise<SockaddrHandle | null> {
    return ((await this.call("get-socket-name", socket)) ?? null) as SockaddrHandle | null;
  }

  async socket(family: number, type: number, protocol = 0): Promise<SocketHandle | false> {
    return await this.attempt<SocketHandle, false>(() => false, "socket", family, type, protocol);
  }
  async openSocketPair(
    family?: number,
    type?: number,
    protocol?: number,
  ): Promise<[SocketHandle, SocketHandle] | false> {
    const kind = [family, type, protocol];
    return await this.attempt<[SocketHandle, SocketHandle], false>(() => false, "open-socket-pair", ...kind);
  }
  async getSocketOption(socket: SocketHandle, level: number, name: number): Promise<number | null> {
    return await this.attempt<number, null>(() => null, "get-socket-option", socket, level, name);
  }
  async setSocketOption(socket: SocketHandle, level: number, name: number, value: number): Promise<boolean> {
    const args = [socket, level, name, value];
    return (await this.attempt<undefined, false>(() => false, "set-socket-option", ...args)) !== false;
  }
  async shutdown(socket: SocketHandle, how: "read" | "write" | "both"): Promise<boolean> {
    return (await this.attempt<undefined, false>(() => false, "shutdown", socket, how)) !== false;
  }

  async errorName(errno: number): Promise<string> {
    return (await this.call("error-name", Math.abs(errno))) as string;
  }
  async errorMessage(errno: number): Promise<string> {
    return (await this.call("error-message", Math.abs(errno))) as string;
  }
}
