/** What networks have in common that stand before another: all goes through as it is, but for what they change. */

import type { HostOption } from "../sockets/option-table.ts";
import type { IpSocketAddress, NodeAddress } from "./address.ts";
import type { SocketErrorCode } from "./errors.ts";
import type {
  Arrival,
  DatagramListener,
  Destination,
  Network,
  OptionValues,
  Rest,
  TcpPort,
  Transport,
  TransportListener,
  UdpPort,
} from "./network.ts";

/** All that another network does. */
export function standBefore(network: Network): Network {
  const { hold } = network;
  return {
    bindTcp: (local) => network.bindTcp(local),
    openTcp: (from, listener, queueLimit) => network.openTcp(from, listener, queueLimit),
    bindUdp: (local, listener) => network.bindUdp(local, listener),
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

/**
 * One end of a connection: the transport of a host, and the listener of the network behind it. It has no `sendAtOnce`, and a
 * port below no `allowsNative`, which go past `send` and `arrived`: who stands before a network sees all that goes through
 * it in one place, and what write(2) and recvmmsg(2) spare is nothing beside what is done there.
 */
export class StandingTransport implements Transport, TransportListener {
  protected readonly listener: TransportListener;
  protected readonly inner: Transport;

  constructor(
    network: Network,
    from: TcpPort | Arrival | undefined,
    listener: TransportListener,
    queueLimit: number,
  ) {
    this.listener = listener;
    this.inner = network.openTcp(from, this, queueLimit);
  }

  get queued(): number {
    return this.inner.queued;
  }
  get bytesWritten(): number {
    return this.inner.bytesWritten;
  }
  get bytesRead(): number {
    return this.inner.bytesRead;
  }
  get destroyed(): boolean {
    return this.inner.destroyed;
  }
  local(): IpSocketAddress | undefined {
    return this.inner.local();
  }
  fd(): number | undefined {
    return this.inner.fd();
  }
  connectTo(remote: IpSocketAddress): void {
    this.inner.connectTo(remote);
  }
  startReading(): void {
    this.inner.startReading();
  }
  stopReading(): void {
    this.inner.stopReading();
  }
  afterReactions(callback: (listener: TransportListener) => void): boolean {
    return this.inner.afterReactions(() => callback(this.listener));
  }
  readRest(): Rest {
    return this.inner.readRest();
  }
  send(bytes: Buffer): boolean {
    return this.inner.send(bytes);
  }
  awaitDrain(): void {
    this.inner.awaitDrain();
  }
  end(): void {
    this.inner.end();
  }
  destroySoon(): void {
    this.inner.destroySoon();
  }
  destroy(): void {
    this.inner.destroy();
  }
  reset(): void {
    this.inner.reset();
  }
  setOption(option: HostOption, values: OptionValues): void {
    this.inner.setOption(option, values);
  }
  unref(): unknown {
    return this.inner.unref();
  }

  get socket(): number | undefined {
    return this.listener.socket;
  }
  connected(): void {
    this.listener.connected();
  }
  nextBuffer(length: number): Uint8Array {
    return this.listener.nextBuffer(length);
  }
  receive(length: number, buffer: Uint8Array): boolean {
    return this.listener.receive(length, buffer);
  }
  ended(): void {
    this.listener.ended();
  }
  failed(error: Error): void {
    this.listener.failed(error);
  }
  isGoing(error: Error | null): void {
    this.listener.isGoing(error);
  }
  drained(): void {
    this.listener.drained();
  }
  closed(): void {
    this.listener.closed();
  }
}

/** A UDP port likewise. */
export class StandingUdpPort implements UdpPort, DatagramListener {
  protected readonly listener: DatagramListener;
  protected readonly inner: UdpPort;

  constructor(network: Network, local: IpSocketAddress, listener: DatagramListener) {
    this.listener = listener;
    this.inner = network.bindUdp(local, this);
  }

  get queued(): number | undefined {
    return this.inner.queued;
  }
  local(): IpSocketAddress {
    return this.inner.local();
  }
  connect(remote: IpSocketAddress): NodeAddress {
    return this.inner.connect(remote);
  }
  disconnect(): void {
    this.inner.disconnect();
  }
  send(bytes: Buffer, to: Destination | undefined): boolean {
    return this.inner.send(bytes, to);
  }
  getOption(option: HostOption): number | undefined {
    return this.inner.getOption(option);
  }
  setOption(option: HostOption, values: OptionValues): void {
    this.inner.setOption(option, values);
  }
  unref(): unknown {
    return this.inner.unref();
  }
  close(): void {
    this.inner.close();
  }

  get socket(): number | undefined {
    return this.listener.socket;
  }
  arrived(bytes: Buffer, from: NodeAddress): void {
    this.listener.arrived(bytes, from);
  }
  failed(error: SocketErrorCode): void {
    this.listener.failed(error);
  }
  sent(error: SocketErrorCode | undefined): void {
    this.listener.sent(error);
  }
  portClosed(): void {
    this.listener.portClosed();
  }
}
