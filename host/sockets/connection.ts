/**
 * A TCP connection: its two directions and its end.
 */
import { events } from "../events/channels.ts";
import { IoError } from "../io/streams.ts";
import type { TimerHandle } from "../io/time.ts";
import type { IpSocketAddress } from "../network/address.ts";
import { errnoName, errorCode, type SocketErrorCode, systemError } from "../network/errors.ts";
import type { Arrival, TcpPort, Transport, TransportListener } from "../network/network.ts";
import { keepsAddresses } from "../runtime/features.ts";
import type { SocketContext } from "./context.ts";
import type { ConnectionEvents } from "./tcp-direction.ts";
import { Failure } from "./tcp-failure.ts";
import { TcpInput } from "./tcp-input.ts";
import { TcpOutput } from "./tcp-output.ts";

export type { ConnectionEvents } from "./tcp-direction.ts";

/** A connection, standing or being made. */
export class TcpConnection implements TransportListener {
  readonly input: TcpInput;
  readonly output: TcpOutput;
  readonly transport: Transport;
  readonly #context: SocketContext;
  readonly #events: ConnectionEvents;
  #local: IpSocketAddress | undefined = undefined;
  #isConnecting = false;
  #isDropped = false;
  #failure: Failure | undefined = undefined;
  #linger: TimerHandle | undefined = undefined;

  /**
   * @param context what all sockets of the host share
   * @param from the port that it comes from, or the connection that came in, where there is one
   * @param events what the endpoint wants to know
   */
  constructor(context: SocketContext, from: TcpPort | Arrival | undefined, events: ConnectionEvents) {
    this.#context = context;
    this.#events = events;
    const transport = context.network.openTcp(from, this, context.caps.outputBytes);
    if (!context.ledger.holdsProcess) transport.unref();
    this.transport = transport;
    this.input = new TcpInput(events, transport);
    this.output = new TcpOutput(transport, context, events);
  }

  get socket(): number {
    return this.#events.id;
  }

  /** The descriptor, where there is one. */
  fd(): number | undefined {
    return this.transport.fd();
  }

  /** The address of our end, once the connection stands. */
  get local(): IpSocketAddress | undefined {
    if (this.#local === undefined && !this.#isConnecting) this.#local = this.transport.local();
    return this.#local;
  }

  connect(remote: IpSocketAddress): void {
    this.#isConnecting = true;
    this.transport.connectTo(remote);
  }

  receive(length: number, buffer: Uint8Array): boolean {
    return this.input.receive(length, buffer);
  }

  nextBuffer(length: number): Uint8Array {
    // while the transport is being made there is no input yet
    return length === 0 ? this.#context.buffers.read : this.input.nextBuffer(length);
  }

  drained(): void {
    this.output.drained();
  }

  connected(): void {
    this.#isConnecting = false;
    this.begin();
    this.#events.onConnectOutcome(undefined);
  }

  /** The connection stands: reading starts, so that the end and a reset are noticed. */
  begin(): void {
    // Bun has forgotten it when the connection ends
    if (!keepsAddresses) void this.local;
    this.input.begin();
  }

  /** Lets go: what was written is delivered first, within the time that the host allows for it. */
  close(): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    // What the kernel has is delivered by it, behind a closed descriptor too.
    if (this.#isConnecting || this.transport.queued === 0) {
      this.abort();
      return;
    }
    this.input.close();
    this.output.close();
    this.transport.destroySoon();
    if (this.transport.destroyed) return;
    const { caps, network } = this.#context;
    const linger = BigInt(caps.lingerMilliseconds) * 1_000_000n;
    this.#linger = network.startTimer(cut, linger, this);
    this.#linger.unref();
  }

  /** Ends everything now. */
  abort(): void {
    this.transport.destroy();
    this.input.close();
    this.output.fail(undefined);
  }

  /** The descriptor is about to go; the guest may still ask for its address, and for what has come in. */
  isGoing(error: Error | null): void {
    if (!this.#isDropped) void this.local;
    if (error !== null && !this.#isConnecting) this.#broke(error);
  }

  /** The error that no call has told yet, which is thereby told (`SO_ERROR`). */
  takeError(): SocketErrorCode | undefined {
    return this.#failure?.take()?.code as SocketErrorCode | undefined;
  }

  /** Ends it although something is queued: time is up. */
  cut(): void {
    if (events.tcpLinger.hasSubscribers) {
      const { id, context } = this.#events;
      events.tcpLinger.publish({ host: context.id, socket: id, bytes: this.transport.queued });
    }
    this.transport.destroy();
  }

  /** The socket broke, or could not connect. */
  failed(error: Error): void {
    const name = errnoName(error) ?? "";
    if (this.#isConnecting) {
      this.#isConnecting = false;
      // On Linux an implicit bind without a free port says EADDRNOTAVAIL.
      const code = name === "EADDRNOTAVAIL" ? "EADDRINUSE" : errorCode(error);
      this.#events.onConnectOutcome(code);
      return;
    }
    this.#broke(error);
  }

  ended(): void {
    // Where bytes and a reset come together, libuv tells only an end of some (1.46, of Node 20).
    const rest = this.transport.readRest();
    if (this.input.isOpen) this.input.append(rest);
    if (rest.end !== undefined && rest.end !== "end") {
      this.#broke(systemError("read", rest.end));
    }
    this.input.finish();
  }

  // Reading or writing has failed; the descriptor is still open, as far as it can be.
  #broke(error: Error): void {
    if (this.#failure !== undefined) return;
    const isWanted = this.input.isOpen;
    const rest = isWanted ? this.transport.readRest() : undefined;
    if (rest !== undefined) this.input.append(rest);
    const end = rest?.end;
    const isPipe = errnoName(error) === "EPIPE";
    // EPIPE is what a write says after the peer's end, or where the reset was told before; a read says which it is
    const isEnd = isPipe && end === "end";
    const cause = end !== undefined && end !== "end" ? end : isPipe ? "ECONNRESET" : undefined;
    const code = cause === undefined ? errorCode(error) : errorCode({ code: cause });
    const message = cause === undefined ? error.message : `read ${cause}`;
    this.#failure = new Failure(isEnd ? undefined : new IoError(message, code));
    if (events.tcpError.hasSubscribers) {
      const { id, context, peer } = this.#events;
      events.tcpError.publish({ host: context.id, socket: id, remote: peer, error: code });
    }
    if (isEnd) this.input.finish();
    else this.input.fail(this.#failure);
    this.output.fail(isPipe ? undefined : this.#failure);
  }

  closed(): void {
    if (this.#linger !== undefined) this.#context.network.stopTimer(this.#linger);
    this.input.finish();
    this.output.gone();
    this.output.fail(undefined);
    this.#events.onClosed();
  }
}

function cut(connection: TcpConnection): void {
  connection.cut();
}
