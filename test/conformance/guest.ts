/**
 * What a guest sees of WASI 0.2: the small interface that the suite is written against.
 *
 * Every call returns a promise, so that the guest may be in another thread; nothing is waited for but what the
 * call itself waits for. A call that fails rejects with the WIT error value, a trap rejects with an `Error`.
 */

import { camelCase, type FunctionType, type Resource, type WitType } from "../../host/abi/types.ts";
import type { HostStats } from "../../host/host.ts";
import type { IpAddress, IpAddressFamily, IpSocketAddress } from "../../host/network/address.ts";
import type { ShutdownHow } from "../../host/sockets/tcp.ts";
import type { OutgoingDatagram } from "../../host/sockets/udp.ts";
import type { IncomingDatagram } from "../../host/sockets/udp-input.ts";
import { interfaces } from "../../host/wasi02/descriptions.ts";
import type { ErrorCode } from "../../host/wasi02/network-errors.ts";

/** A resource of the host that the guest holds. */
export interface Held {
  /** What the way calls it by. */
  readonly token: unknown;
  /** Drops it. */
  drop(): Promise<void>;
}

export interface Pollable extends Held {
  ready(): Promise<boolean>;
  block(): Promise<void>;
}

/** What can be waited for. */
export interface Subject extends Held {
  subscribe(): Promise<Pollable>;
}

export interface IoError extends Held {
  toDebugString(): Promise<string>;
}

export interface InputStream extends Subject {
  read(len: bigint): Promise<Uint8Array>;
  blockingRead(len: bigint): Promise<Uint8Array>;
  skip(len: bigint): Promise<bigint>;
  blockingSkip(len: bigint): Promise<bigint>;
}

export interface OutputStream extends Subject {
  checkWrite(): Promise<bigint>;
  write(contents: Uint8Array): Promise<void>;
  blockingWriteAndFlush(contents: Uint8Array): Promise<void>;
  flush(): Promise<void>;
  blockingFlush(): Promise<void>;
  writeZeroes(len: bigint): Promise<void>;
  blockingWriteZeroesAndFlush(len: bigint): Promise<void>;
  splice(src: InputStream, len: bigint): Promise<bigint>;
  blockingSplice(src: InputStream, len: bigint): Promise<bigint>;
}

export type Network = Held;

export interface ResolveAddressStream extends Subject {
  resolveNextAddress(): Promise<IpAddress | undefined>;
}

export interface TcpSocket extends Subject {
  startBind(network: Network, localAddress: IpSocketAddress): Promise<void>;
  finishBind(): Promise<void>;
  startConnect(network: Network, remoteAddress: IpSocketAddress): Promise<void>;
  finishConnect(): Promise<[InputStream, OutputStream]>;
  startListen(): Promise<void>;
  finishListen(): Promise<void>;
  accept(): Promise<[TcpSocket, InputStream, OutputStream]>;
  localAddress(): Promise<IpSocketAddress>;
  remoteAddress(): Promise<IpSocketAddress>;
  isListening(): Promise<boolean>;
  addressFamily(): Promise<IpAddressFamily>;
  setListenBacklogSize(value: bigint): Promise<void>;
  keepAliveEnabled(): Promise<boolean>;
  setKeepAliveEnabled(value: boolean): Promise<void>;
  keepAliveIdleTime(): Promise<bigint>;
  setKeepAliveIdleTime(value: bigint): Promise<void>;
  keepAliveInterval(): Promise<bigint>;
  setKeepAliveInterval(value: bigint): Promise<void>;
  keepAliveCount(): Promise<number>;
  setKeepAliveCount(value: number): Promise<void>;
  hopLimit(): Promise<number>;
  setHopLimit(value: number): Promise<void>;
  receiveBufferSize(): Promise<bigint>;
  setReceiveBufferSize(value: bigint): Promise<void>;
  sendBufferSize(): Promise<bigint>;
  setSendBufferSize(value: bigint): Promise<void>;
  shutdown(how: ShutdownHow): Promise<void>;
}

export interface IncomingDatagramStream extends Subject {
  receive(maxResults: bigint): Promise<IncomingDatagram[]>;
}

export interface OutgoingDatagramStream extends Subject {
  checkSend(): Promise<bigint>;
  send(datagrams: OutgoingDatagram[]): Promise<bigint>;
}

export interface UdpSocket extends Subject {
  startBind(network: Network, localAddress: IpSocketAddress): Promise<void>;
  finishBind(): Promise<void>;
  stream(remote: IpSocketAddress | undefined): Promise<[IncomingDatagramStream, OutgoingDatagramStream]>;
  localAddress(): Promise<IpSocketAddress>;
  remoteAddress(): Promise<IpSocketAddress>;
  addressFamily(): Promise<IpAddressFamily>;
  unicastHopLimit(): Promise<number>;
  setUnicastHopLimit(value: number): Promise<void>;
  receiveBufferSize(): Promise<bigint>;
  setReceiveBufferSize(value: bigint): Promise<void>;
  sendBufferSize(): Promise<bigint>;
  setSendBufferSize(value: bigint): Promise<void>;
}

/** The functions of the interfaces that belong to no resource. */
export interface Functions {
  poll(list: Pollable[]): Promise<ArrayLike<number>>;
  now(): Promise<bigint>;
  resolution(): Promise<bigint>;
  subscribeInstant(when: bigint): Promise<Pollable>;
  subscribeDuration(nanoseconds: bigint): Promise<Pollable>;
  instanceNetwork(): Promise<Network>;
  networkErrorCode(error: IoError): Promise<ErrorCode | undefined>;
  createTcpSocket(family: IpAddressFamily): Promise<TcpSocket>;
  createUdpSocket(family: IpAddressFamily): Promise<UdpSocket>;
  resolveAddresses(network: Network, name: string): Promise<ResolveAddressStream>;
}

/** A guest in a host of its own. */
export interface Guest extends Functions {
  /** What the host counts. */
  stats(): Promise<HostStats>;
  /** How many handles the guest holds, where the host keeps a table of them. */
  handles(): Promise<number | undefined>;
  /** Closes the host. */
  close(): Promise<void>;
}

/** One thing that a guest imports. */
export interface Import {
  readonly interface: string;
  /** As a core module names it: `[method]tcp-socket.start-bind`. */
  readonly name: string;
  /** `undefined` for what drops a resource. */
  readonly type: FunctionType | undefined;
  /** The resource of a method, or of what is dropped. */
  readonly resource: Resource | undefined;
}

/** How calls reach a host. A handle is whatever the transport likes; it is given back as it was got. */
export interface Transport {
  /** Calls an import; rejects with the WIT error value, or with an `Error` where the call traps. */
  call(imported: Import, args: readonly unknown[]): Promise<unknown>;
  stats(): Promise<HostStats>;
  handles(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** The interfaces of a guest without files: what `createHost` serves. */
const served = interfaces.filter(({ name }) => name !== "wasi:clocks/wall-clock");

/** Makes a guest of a transport, from the description of the interfaces. */
export function makeGuest(transport: Transport): Guest {
  const guest: Record<string, unknown> = {
    stats: () => transport.stats(),
    handles: () => transport.handles(),
    close: () => transport.close(),
  };
  for (const { name: interfaceName, functions } of served) {
    for (const [name, type] of Object.entries(functions)) {
      const imported: Import = { interface: interfaceName, name, type, resource: undefined };
      guest[camelCase(name)] = (...args: unknown[]) => call(transport, imported, type, args);
    }
  }
  return guest as unknown as Guest;
}

async function call(
  transport: Transport,
  imported: Import,
  type: FunctionType,
  args: readonly unknown[],
): Promise<unknown> {
  const given = type.params.map(([, param], i) => through(param, args[i], (held) => (held as Held).token));
  const hold = (token: unknown, resource: Resource): unknown => held(transport, token, resource);
  const { result } = type;
  if (result?.kind !== "result") {
    const value = await transport.call(imported, given);
    return result === undefined ? value : through(result, value, hold);
  }
  let value: unknown;
  try {
    value = await transport.call(imported, given);
  } catch (error) {
    if (error instanceof Error || result.err === undefined) throw error;
    throw through(result.err, error, hold);
  }
  return result.ok === undefined ? undefined : through(result.ok, value, hold);
}

/** The object that a guest holds for a token. */
function held(transport: Transport, token: unknown, resource: Resource): Held {
  const name = `[resource-drop]${resource.name}`;
  const dropped: Import = { interface: resource.interface, name, type: undefined, resource };
  const object: Record<string, unknown> = {
    token,
    drop: async () => void (await transport.call(dropped, [token])),
  };
  const described = served.flatMap(({ resources }) => resources).find(({ type }) => type === resource);
  for (const [method, type] of Object.entries(described?.methods ?? {})) {
    const imported: Import = {
      interface: resource.interface,
      name: `[method]${resource.name}.${method}`,
      type,
      resource,
    };
    object[camelCase(method)] = (...args: unknown[]) => call(transport, imported, type, [object, ...args]);
  }
  return object as unknown as Held;
}

/** A value with each handle in it replaced. */
export function through(
  type: WitType,
  value: unknown,
  replace: (handle: unknown, resource: Resource) => unknown,
): unknown {
  switch (type.kind) {
    case "own":
    case "borrow":
      return replace(value, type.resource);
    case "list":
      if (type.element.kind !== "borrow") return value;
      return (value as unknown[]).map((item) => through(type.element, item, replace));
    case "tuple":
      return type.items.map((item, i) => through(item, (value as unknown[])[i], replace));
    case "variant": {
      const { tag, val } = value as { tag: string; val?: unknown };
      const [, payload] = type.cases.find(([name]) => name === tag) ?? [];
      return payload === undefined ? value : { tag, val: through(payload, val, replace) };
    }
    default:
      return value;
  }
}
