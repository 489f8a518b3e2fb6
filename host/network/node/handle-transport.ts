/**
 * A connection on libuv's handle itself. A `net.Socket` is an emitter and two streams with all that belongs to them: a third of
 * what it takes to accept a connection, and nothing of it is needed here.
 */
import { getSystemErrorName } from "node:util";
import { throwLater } from "../../io/uncaught.ts";
import { type HandleParts, keepAliveTakesInterval } from "../../runtime/features.ts";
import type { HostOption } from "../../sockets/option-table.ts";
import { addressText, fromNode, type IpSocketAddress, type NodeAddress } from "../address.ts";
import { systemError } from "../errors.ts";
import type { OptionValues, Rest, Transport, TransportListener } from "../network.ts";
import { afterReactions, readNow, readRest, writeNow } from "./descriptor.ts";
import { descriptorOf, type TcpHandle } from "./tcp-handle.ts";

/** The end of what a peer sends, among the negative numbers of errors (`UV_EOF`). */
const UV_EOF = -4095;

/** A handle of ours; functions that it calls have it for `this`. */
interface ConnectionHandle extends TcpHandle {
  transport: HandleTransport;
  owner: unknown;
  onread: (this: ConnectionHandle) => Uint8Array | undefined;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  useUserBuffer(buffer: Uint8Array): void;
  connect(request: object, address: string, port: number): number;
  connect6(request: object, address: string, port: number): number;
  /** 1 where it is over at once. */
  shutdown(request: object): number;
  writeBuffer(request: object, bytes: Uint8Array): number;
  setNoDelay(value: boolean): number;
  setKeepAlive(value: boolean, ...numbers: readonly (number | undefined)[]): number;
  readStart(): number;
  readStop(): number;
  unref(): void;
}

/** What is asked of a handle, which calls `oncomplete` of it. */
interface Request {
  transport: HandleTransport;
  oncomplete: (this: Request, status: number) => void;
  /** What is written, which nobody else might hold. */
  bytes?: Uint8Array;
}

/** One end of a connection. */
export class HandleTransport implements Transport {
  queued = 0;
  destroyed = false;
  readonly #parts: HandleParts;
  readonly #handle: ConnectionHandle;
  readonly #listener: TransportListener;
  #buffer: Uint8Array;
  #isReading = false;
  #hasEnded = false;
  #isEnding = false;
  #isShut = false;
  #isGoingSoon = false;
  #isDrainAwaited = false;
  #sentAtOnce = 0;
  /** Asking the handle crosses into C++, which a send does without. */
  #fd: number | undefined = undefined;
  #readAtOnce = 0;
  /** What a handle counts, once it is closed. */
  #counted: Pick<ConnectionHandle, "bytesRead" | "bytesWritten"> | undefined = undefined;
  /** Kept for a handle that has no descriptor yet: libuv does not. */
  #keepAlive: Parameters<ConnectionHandle["setKeepAlive"]> | undefined = undefined;

  /**
   * @param parts what Node makes its own sockets of
   * @param handle a bound or connected one, where there is one
   * @param listener is told what happens
   */
  constructor(parts: HandleParts, handle: TcpHandle | undefined, listener: TransportListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#handle = (handle ?? new parts.TCP(0)) as ConnectionHandle;
    this.#handle.transport = this;
    // who lists what is open sees it
    this.#handle.owner = this;
    this.#handle.onread = readBy;
    this.#buffer = listener.nextBuffer(0);
    this.#handle.useUserBuffer(this.#buffer);
  }

  get bytesRead(): number {
    return this.#readAtOnce + (this.#counted ?? this.#handle).bytesRead;
  }

  get bytesWritten(): number {
    return this.#sentAtOnce + (this.#counted ?? this.#handle).bytesWritten;
  }

  local(): IpSocketAddress | undefined {
    const out: Partial<NodeAddress> = {};
    if (this.#counted !== undefined || this.#handle.getsockname(out) !== 0) return undefined;
    return fromNode(out as NodeAddress);
  }

  fd(): number | undefined {
    // whose it is once the handle is closed nobody knows
    if (this.#counted !== undefined) return undefined;
    this.#fd ??= descriptorOf(this.#handle);
    return this.#fd;
  }

  connectTo(remote: IpSocketAddress): void {
    const request = this.#request(new this.#parts.TCPConnectWrap(), connected);
    const { port } = remote.val;
    const how = remote.tag === "ipv6" ? "connect6" : "connect";
    const status = this.#handle[how](request, addressText(remote), port);
    if (this.#keepAlive !== undefined) this.#handle.setKeepAlive(...this.#keepAlive);
    if (status !== 0) process.nextTick(() => this.connected(status));
  }

  connected(status: number): void {
    if (this.destroyed) return;
    if (status === 0) this.#listener.connected();
    else this.#fail(status, "connect");
  }

  startReading(): void {
    if (this.#isReading || this.#hasEnded || this.destroyed) return;
    this.#isReading = true;
    const status = this.#handle.readStart();
    if (status !== 0) this.#fail(status, "read");
  }

  stopReading(): void {
    if (!this.#isReading || this.destroyed) return;
    this.#isReading = false;
    this.#handle.readStop();
  }

  /**
   * Something was read.
   *
   * @returns what the next bytes are to be read into
   */
  read(): Uint8Array | undefined {
    const { streamBaseState, kReadBytesOrError } = this.#parts;
    const count = streamBaseState[kReadBytesOrError] as number;
    if (count === 0 || this.destroyed) return undefined;
    const listener = this.#listener;
    if (count > 0) {
      let goesOn = true;
      try {
        goesOn = listener.receive(count, this.#buffer);
      } catch (error) {
        // libuv would go on with a buffer that may be given away by now
        throwLater(error);
      }
      this.#buffer = listener.nextBuffer(count);
      if (!goesOn) this.stopReading();
      return this.#buffer;
    }
    if (count === UV_EOF) {
      this.#isReading = false;
      this.#hasEnded = true;
      listener.ended();
      this.#destroyIfOver();
    } else this.#fail(count, "read");
    return undefined;
  }

  afterReactions(callback: (listener: TransportListener) => void): boolean {
    afterReactions(callback, this.#listener);
    return true;
  }

  readRest(): Rest {
    return readRest(this.fd());
  }

  readAtOnce(into: Uint8Array, at: number, length: number): number {
    const fd = this.fd();
    const count = fd === undefined ? 0 : readNow(fd, into, at, length);
    if (typeof count === "number") {
      this.#readAtOnce += count;
      return count;
    }
    this.destroy(count);
    return -1;
  }

  sendAtOnce(bytes: Uint8Array): number {
    const fd = this.fd();
    const taken = fd === undefined || this.queued > 0 ? 0 : writeNow(fd, bytes);
    if (typeof taken === "number") {
      this.#sentAtOnce += taken;
      return taken;
    }
    this.destroy(taken);
    return -1;
  }

  send(bytes: Buffer): boolean {
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = this.#parts;
    const request = this.#request(new WriteWrap(), wrote);
    request.bytes = bytes;
    const status = this.#handle.writeBuffer(request, bytes);
    if (status !== 0) this.#fail(status, "write");
    else if (streamBaseState[kLastWriteWasAsync] !== 0) this.queued += bytes.length;
    return status === 0;
  }

  wrote(count: number, status: number): void {
    this.queued -= count;
    if (status < 0) this.#fail(status, "write");
    if (this.queued > 0 || !this.#isDrainAwaited) return;
    this.#isDrainAwaited = false;
    // also where it is lost: who waits looks again
    this.#listener.drained();
  }

  awaitDrain(): void {
    this.#isDrainAwaited = true;
  }

  end(): void {
    if (this.#isEnding || this.destroyed) return;
    this.#isEnding = true;
    const status = this.#handle.shutdown(this.#request(new this.#parts.ShutdownWrap(), shut));
    if (status === 1 || (status < 0 && getSystemErrorName(status) === "ENOTCONN"))
      process.nextTick(() => this.shut());
    else if (status !== 0) this.#fail(status, "shutdown");
  }

  shut(): void {
    this.#isShut = true;
    this.#destroyIfOver();
  }

  destroySoon(): void {
    this.#isGoingSoon = true;
    this.end();
    this.#destroyIfOver();
  }

  #destroyIfOver(): void {
    if (this.#isShut && (this.#hasEnded || this.#isGoingSoon)) this.destroy();
  }

  destroy(error: Error | null = null, resets = false): void {
    if (this.destroyed) return;
    const handle = this.#handle;
    const listener = this.#listener;
    this.destroyed = true;
    listener.isGoing(error);
    this.#counted = { bytesRead: handle.bytesRead, bytesWritten: handle.bytesWritten };
    if (error !== null) process.nextTick(() => listener.failed(error));
    if (!resets || handle.reset(closed) !== 0) handle.close(closed);
  }

  closed(): void {
    this.#listener.closed();
  }

  reset(): void {
    this.destroy(null, true);
  }

  setOption(option: HostOption, values: OptionValues): void {
    if (option === "no-delay") this.#handle.setNoDelay(values[option] !== 0);
    if (option !== "keep-alive") return;
    const times = ["keep-alive-idle", "keep-alive-interval", "keep-alive-count"] as const;
    const [idle, ...others] = times.map((time) => values[time]);
    this.#keepAlive = [values[option] !== 0, idle, ...(keepAliveTakesInterval ? others : [])];
    this.#handle.setKeepAlive(...this.#keepAlive);
  }

  unref(): void {
    this.#handle.unref();
  }

  #request(made: object, oncomplete: Request["oncomplete"]): Request {
    return Object.assign(made, { transport: this, oncomplete });
  }

  #fail(status: number, call: string): void {
    this.destroy(systemError(call, getSystemErrorName(status)));
  }
}

// There may be very many connections: what they have in common is made once.

function readBy(this: ConnectionHandle): Uint8Array | undefined {
  return this.transport.read();
}

function closed(this: unknown): void {
  (this as ConnectionHandle).transport.closed();
}

function connected(this: Request, status: number): void {
  this.transport.connected(status);
}

function wrote(this: Request, status: number): void {
  this.transport.wrote(this.bytes?.length ?? 0, status);
}

function shut(this: Request): void {
  this.transport.shut();
}
