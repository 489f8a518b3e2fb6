/**
 * The receiving side of a UDP socket: datagrams that nobody has taken yet, up to the host's caps, and an error in its
 * place among them.
 */
import { Source } from "../io/poll.ts";
import { Queue } from "../io/queue.ts";
import { type IpSocketAddress, sameAddress } from "../network/address.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import type { SocketContext } from "./context.ts";
import { DATAGRAM_COST } from "./udp-output.ts";

/** `wasi:sockets/udp.incoming-datagram`. */
export interface IncomingDatagram {
  data: Uint8Array;
  remoteAddress: IpSocketAddress;
}

/** One `take` gives no more bytes than this, unless a single datagram has more. */
const RECEIVE_BYTES = 256 * 1024;

/** The input of a socket; ready when `take` gives something. */
export class UdpInput extends Source {
  readonly #context: SocketContext;
  readonly #queue: Queue<IncomingDatagram> = new Queue();
  #bytes = 0;
  #dropped = 0;
  /** What ICMP or the kernel said, which no call has been told yet: one, as the kernel keeps one. */
  #error: SocketErrorCode | undefined = undefined;
  /** How many datagrams were there before it. */
  #beforeError = 0;
  #isNotifyScheduled = false;
  readonly #notifyNow: () => void;

  /** @param context what all sockets of the host share */
  constructor(context: SocketContext) {
    super();
    this.#context = context;
    this.#notifyNow = () => {
      this.#isNotifyScheduled = false;
      this.notify();
    };
  }

  override isReady(): boolean {
    return this.#error !== undefined || this.#queue.length > 0;
  }

  /** Datagrams that were dropped because too many waited for the guest. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Keeps a datagram, unless the caps say no: then it is dropped, as the kernel does with a full buffer. */
  keep(data: Uint8Array, remoteAddress: IpSocketAddress): boolean {
    const { caps, ledger } = this.#context;
    const bytes = this.#bytes + data.length;
    const isTooMuch = this.#queue.length >= caps.datagrams || bytes > caps.datagramBytes;
    if (isTooMuch || ledger.queueRoom < data.length + DATAGRAM_COST) {
      this.#dropped++;
      return false;
    }
    this.#bytes = bytes;
    ledger.queue(data.length + DATAGRAM_COST);
    this.#queue.push({ data, remoteAddress });
    this.#scheduleNotify();
    return true;
  }

  /** Keeps an error, in its place among the datagrams. */
  fail(error: SocketErrorCode): void {
    if (this.#error === undefined) this.#beforeError = this.#queue.length;
    this.#error = error;
    this.#scheduleNotify();
  }

  /** The error that no call has told yet, which is thereby told; `undefined` for none. */
  takeError(): SocketErrorCode | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  /**
   * Takes what is there.
   *
   * @param max how many datagrams at most
   * @throws the error, when it is its turn
   */
  take(max: number): IncomingDatagram[] {
    const hasError = this.#error !== undefined;
    if (hasError && this.#beforeError === 0 && max > 0) throw this.takeError();
    const most = hasError ? Math.min(max, this.#beforeError) : max;
    const taken: IncomingDatagram[] = [];
    let bytes = 0;
    while (taken.length < most) {
      const next = this.#queue.peek();
      if (next === undefined) break;
      bytes += next.data.length;
      if (taken.length > 0 && bytes > RECEIVE_BYTES) break;
      this.#queue.shift();
      this.#discount(next);
      taken.push(next);
    }
    if (hasError) this.#beforeError -= taken.length;
    return taken;
  }

  /**
   * Lets go of all that is not from a new peer, errors included.
   *
   * @param peer `undefined` where nothing is to be received from it
   */
  keepOnlyFrom(peer: IpSocketAddress | undefined): void {
    for (const item of this.#queue.drain()) {
      if (peer !== undefined && sameAddress(item.remoteAddress, peer)) this.#queue.push(item);
      else this.#discount(item);
    }
    this.#error = undefined;
  }

  clear(): void {
    for (const item of this.#queue.drain()) this.#discount(item);
  }

  #discount({ data }: IncomingDatagram): void {
    this.#bytes -= data.length;
    this.#context.ledger.queue(-data.length - DATAGRAM_COST);
  }

  // libuv calls back for each datagram of a batch that it reads in a row. The guest is woken behind the
  // batch, so that one `take` gives it all that was there.
  #scheduleNotify(): void {
    if (this.#isNotifyScheduled || !this.hasWaiters) return;
    this.#isNotifyScheduled = true;
    this.#context.network.defer(this.#notifyNow);
  }
}
