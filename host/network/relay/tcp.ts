/** A connection of TCP through a relay. */
import { systemTime } from "../../io/time.ts";
import { type IpSocketAddress, wildcard } from "../address.ts";
import { type SocketErrorCode, systemError } from "../errors.ts";
import type { Rest, Transport, TransportListener } from "../network.ts";
import type { Link, Stream } from "./link.ts";
import { connect, Extension, HEAD, Kind, Packet, PIECE, packet, proceed, Reason, WINDOW } from "./packets.ts";

/** What a program that reads late may leave here where the relay can't be held back, in bytes and in pieces, which cost more than a byte. */
const MOST_UNREAD = 16 * 1024 * 1024;
const MOST_PIECES = 64 * 1024;

const CODES: ReadonlyMap<number, SocketErrorCode> = new Map([
  [Reason.invalid, "EINVAL"],
  [Reason.unreachable, "EHOSTUNREACH"],
  [Reason.silent, "ETIMEDOUT"],
  [Reason.refused, "ECONNREFUSED"],
  [Reason.blocked, "EACCES"],
  [Reason.throttled, "ENOBUFS"],
]);

/** Why a stream is over, by the names of errno. */
export function codeOf(reason: number): SocketErrorCode {
  return CODES.get(reason) ?? "ECONNRESET";
}

/** One end of a connection, and a stream of Wisp. */
export class RelayTransport implements Transport, Stream {
  bytesRead = 0;
  bytesWritten = 0;
  readonly #link: Link;
  readonly #listener: TransportListener;
  /** The name or the address that an address stands for. */
  readonly #nameOf: (address: IpSocketAddress) => string;
  #state: "new" | "connecting" | "open" | "gone" = "new";
  #stream = 0;
  #remote: IpSocketAddress | undefined = undefined;
  /** How many packets the relay takes. */
  #room = 0;
  readonly #unsent: Uint8Array[] = [];
  #queued = 0;
  #wantsEnd = false;
  #hasEnded = false;
  #closesSoon = false;
  #wantsDrain = false;
  readonly #inbox: Uint8Array[] = [];
  #unread = 0;
  /** Packets that were read and of which the relay does not know. */
  #taken = 0;
  #isReading = false;
  #hasPeerEnded = false;
  #isEndTold = false;
  /** Whether nothing can be sent any more. */
  #isCut = false;
  #untold: SocketErrorCode | undefined = undefined;

  constructor(link: Link, listener: TransportListener, nameOf: (address: IpSocketAddress) => string) {
    this.#link = link;
    this.#listener = listener;
    this.#nameOf = nameOf;
  }

  get queued(): number {
    return this.#queued;
  }

  get destroyed(): boolean {
    return this.#state === "gone";
  }

  /** The relay's end has the address. */
  local(): IpSocketAddress | undefined {
    return this.#remote && wildcard(this.#remote.tag);
  }

  fd(): undefined {}
  getOption(): undefined {}
  setOption(): void {}
  unref(): void {}

  connectTo(remote: IpSocketAddress): void {
    this.#state = "connecting";
    this.#remote = remote;
    this.#stream = this.#link.add(this);
  }

  begin(): void {
    const remote = this.#remote as IpSocketAddress;
    this.#room = this.#link.window;
    this.#link.send(connect(this.#stream, Kind.tcp, this.#nameOf(remote), remote.val.port));
    // what does not say when it stands is believed, as all clients do
    if (!this.#link.has(Extension.openConfirmation)) systemTime.defer(() => this.#opened());
  }

  proceed(packets: number): void {
    this.#room = packets;
    this.#opened();
    this.#transmit();
  }

  #opened(): void {
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.#listener.connected();
    this.#transmit();
  }

  data(bytes: Uint8Array): void {
    if (this.#state === "connecting") this.#opened();
    if (this.#state === "gone") return;
    if (bytes.length > 0) {
      this.#inbox.push(bytes);
      this.#unread += bytes.length;
      if (this.#unread > MOST_UNREAD || this.#inbox.length > MOST_PIECES) {
        this.#link.remove(this.#stream, Reason.client);
        this.#leave("read", "ENOBUFS");
        return;
      }
    } else if (this.#link.has(Extension.halfClose)) this.#hasPeerEnded = true;
    this.#tell();
  }

  over(reason: number): void {
    if (this.#state === "connecting") {
      this.#leave("connect", codeOf(reason));
      return;
    }
    if (this.#state === "gone") return;
    this.#isCut = true;
    this.#unsent.length = 0;
    this.#queued = 0;
    if (reason === Reason.voluntary) {
      this.#hasPeerEnded = true;
      if (this.#closesSoon) this.#leave("close", undefined);
      else this.#tell();
    } else if (this.#isReading || this.#wantsDrain) this.#leave("read", codeOf(reason));
    else this.#untold = codeOf(reason);
  }

  startReading(): void {
    if (this.destroyed || this.#isReading) return;
    this.#isReading = true;
    systemTime.defer(() => this.#tell());
  }

  stopReading(): void {
    this.#isReading = false;
  }

  afterReactions(): boolean {
    return false;
  }

  readRest(): Rest {
    const pieces = this.#inbox.splice(0);
    const length = this.#unread;
    this.#unread = 0;
    return { pieces, length, end: this.#hasPeerEnded ? "end" : undefined };
  }

  #tell(): void {
    while (this.#isReading && !this.destroyed) {
      const piece = this.#inbox.shift();
      if (piece === undefined) break;
      this.#unread -= piece.length;
      this.bytesRead += piece.length;
      if (!this.#listener.receive(piece.length, piece)) this.#isReading = false;
      if (++this.#taken >= WINDOW / 2 && this.#link.has(Extension.halfClose) && !this.#isCut) {
        this.#taken = 0;
        this.#link.send(proceed(this.#stream, WINDOW - this.#inbox.length));
      }
    }
    if (!this.#isReading || this.destroyed || this.#isEndTold || this.#inbox.length > 0) return;
    if (this.#untold !== undefined) this.#leave("read", this.#untold);
    else if (this.#hasPeerEnded) {
      this.#isEndTold = true;
      this.#listener.ended();
      this.#closeWhenOver();
    }
  }

  send(bytes: Uint8Array): boolean {
    if (this.#isCut) {
      this.#leave("write", this.#untold ?? "EPIPE");
      return false;
    }
    for (let at = 0; at < bytes.length; at += PIECE)
      this.#unsent.push(packet(Packet.data, this.#stream, bytes.subarray(at, at + PIECE)));
    this.#queued += bytes.length;
    this.#transmit();
    return true;
  }

  #transmit(): void {
    if (this.#state !== "open" || this.#isCut) return;
    while (this.#room > 0) {
      const next = this.#unsent.shift() as Uint8Array<ArrayBuffer> | undefined;
      if (next === undefined) break;
      this.#room--;
      const length = next.length - HEAD;
      this.#queued -= length;
      this.bytesWritten += length;
      this.#link.send(next);
    }
    if (this.#queued > 0) return;
    if (this.#wantsDrain) systemTime.defer(() => this.#drain());
    if (this.#wantsEnd && !this.#hasEnded) {
      this.#hasEnded = true;
      if (this.#link.has(Extension.halfClose)) this.#link.send(packet(Packet.data, this.#stream, []));
    }
    if (this.#closesSoon) systemTime.defer(() => this.destroy());
    this.#closeWhenOver();
  }

  awaitDrain(): void {
    this.#wantsDrain = true;
    if (this.#queued === 0) systemTime.defer(() => this.#drain());
  }

  #drain(): void {
    if (!this.#wantsDrain || this.#queued > 0 || this.destroyed) return;
    this.#wantsDrain = false;
    this.#listener.drained();
  }

  end(): void {
    if (this.#wantsEnd) return;
    this.#wantsEnd = true;
    this.#transmit();
    if (this.#isCut) this.#closeWhenOver();
  }

  #closeWhenOver(): void {
    if (this.#wantsEnd && this.#isEndTold && this.#queued === 0) this.destroy();
  }

  destroySoon(): void {
    this.#closesSoon = true;
    this.end();
    if (this.#queued === 0 || this.#state !== "open") systemTime.defer(() => this.destroy());
  }

  destroy(): void {
    this.#link.remove(this.#stream, Reason.voluntary);
    this.#leave("close", undefined);
  }

  reset(): void {
    this.#link.remove(this.#stream, Reason.network);
    this.#leave("close", undefined);
  }

  #leave(syscall: string, code: SocketErrorCode | undefined): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#link.remove(this.#stream, Reason.network);
    const error = code === undefined ? null : systemError(syscall, code);
    this.#listener.isGoing(error);
    systemTime.defer(() => {
      if (error !== null) this.#listener.failed(error);
      this.#listener.closed();
    });
  }
}
