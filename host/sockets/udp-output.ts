/**
 * The sending side of a UDP socket: datagrams that wait for room in the kernel, and the fate of each.
 */
import { Queue } from "../io/queue.ts";
import { isAboutEarlier, type SocketErrorCode } from "../network/errors.ts";
import type { Destination, UdpPort } from "../network/network.ts";
import type { SocketContext } from "./context.ts";

/** How many datagrams may be handed over at a time, as in Wasmtime. */
const SEND_PERMIT = 16;
/** How many may be handed over in one turn of the event loop: all else waits meanwhile. */
const TURN_LIMIT = 1024;

/** What a datagram costs beside its bytes, about. */
export const DATAGRAM_COST = 256;

/** Who is told about what was sent. */
export interface OutputListener {
  /** ICMP has said why an earlier datagram did not arrive. */
  undelivered(error: SocketErrorCode): void;
  /** A datagram that had to wait was refused. */
  refused(error: SocketErrorCode): void;
  /** `permit` may be above 0 again, or `isIdle` true. */
  moved(): void;
}

/** A datagram whose fate is not known yet. */
interface UnderWay {
  readonly bytes: Buffer;
  /** `undefined` for the peer of the socket. */
  readonly to: Destination | undefined;
  /** Which of the peers that the socket has had was meant. */
  readonly peerGeneration: number;
  readonly isSecondTry: boolean;
}

/** The output of a bound socket. */
export class UdpOutput {
  readonly #context: SocketContext;
  readonly #port: UdpPort;
  readonly #listener: OutputListener;
  readonly #underWay: Queue<UnderWay> = new Queue();
  readonly #rested: () => void;
  #peerGeneration = 0;
  /** Whether the peer of the socket was sent to: before, what ICMP says is about the peer before. */
  #hasSent = false;
  #inTurn = 0;
  #isResting = false;

  /**
   * @param context what all sockets of the host share
   * @param port bound, without a peer
   * @param listener is told what has become of datagrams
   */
  constructor(context: SocketContext, port: UdpPort, listener: OutputListener) {
    this.#context = context;
    this.#port = port;
    this.#listener = listener;
    this.#rested = () => {
      this.#isResting = false;
      listener.moved();
    };
  }

  /** Whether the fate of all datagrams is known. */
  get isIdle(): boolean {
    return this.#underWay.length === 0;
  }

  /** Whether the kernel has, or has refused, all of them. */
  get isTaken(): boolean {
    return this.isIdle || this.#queued() === 0;
  }

  /** How many datagrams `send` takes now. */
  permit(): number {
    if (this.#isResting || this.#underWay.length >= TURN_LIMIT) return 0;
    if (this.#underWay.length > 0 && this.#context.ledger.queueRoom <= 0) return 0;
    if (this.#underWay.length === 0) return SEND_PERMIT;
    const queued = this.#queued();
    return queued < SEND_PERMIT ? SEND_PERMIT - queued : 0;
  }

  /** Tells that the socket has another peer, or none: what was meant for the one before is not tried again. */
  peerChanged(): void {
    this.#peerGeneration++;
    this.#hasSent = false;
  }

  /**
   * Sends a datagram.
   *
   * @param bytes are copied, where the kernel doesn't take them at once
   * @param to where to; `undefined` for the peer of the socket
   * @throws what the kernel said of it
   */
  send(bytes: Uint8Array, to: Destination | undefined): void {
    const copy = this.#context.buffers.copy(bytes);
    const isTaken = this.#handOver(copy, to);
    if (to === undefined) this.#hasSent = true;
    // Nobody looks at the copy again; but what goes to a peer may have to be sent once more.
    if (isTaken || (to !== undefined && this.#queued() === 0)) this.#context.buffers.reuse(copy);
  }

  /** Whether the kernel has it now. */
  #handOver(bytes: Buffer, to: Destination | undefined, isSecondTry = false): boolean {
    // before it is handed over: what the kernel doesn't take at once, libuv has
    if (this.#underWay.length > 0 && this.#context.ledger.queueRoom <= 0) {
      throw "ENOMEM" satisfies SocketErrorCode; // others have taken what was permitted
    }
    try {
      if (this.#port.send(bytes, to)) {
        if (++this.#inTurn === TURN_LIMIT) this.#rest();
        return true;
      }
    } catch (thrown) {
      const error = thrown as SocketErrorCode;
      if (isSecondTry) return this.#refused(error, bytes, to, true);
      if (this.#hasSent || !isFromIcmp(error, to)) throw error;
      // of the peer before
      return this.#handOver(bytes, to, true);
    }
    this.#underWay.push({ bytes, to, peerGeneration: this.#peerGeneration, isSecondTry });
    this.#context.ledger.queue(bytes.length + DATAGRAM_COST);
    return false;
  }

  // A connected socket reports what ICMP said about an earlier datagram instead of sending this one. Where `send` has
  // returned before that, it must not be lost for it.
  #refused(
    error: SocketErrorCode,
    bytes: Buffer,
    to: Destination | undefined,
    isSecondTry: boolean,
  ): boolean {
    if (!isFromIcmp(error, to)) throw error;
    this.#listener.undelivered(error);
    return isSecondTry || this.#handOver(bytes, undefined, true);
  }

  // Datagrams end in the order in which they were sent: Node tells what was done at once in the next tick, and what
  // was queued after that.
  sent(error: SocketErrorCode | undefined): void {
    const { bytes, to, peerGeneration, isSecondTry } = this.#underWay.shift() as UnderWay;
    this.#context.ledger.queue(-bytes.length - DATAGRAM_COST);
    if (error !== undefined) {
      try {
        // to another peer than was meant it is not sent again
        this.#refused(error, bytes, to, isSecondTry || peerGeneration !== this.#peerGeneration);
      } catch (code) {
        this.#listener.refused(code as SocketErrorCode);
      }
    }
    this.#listener.moved();
  }

  #rest(): void {
    this.#inTurn = 0;
    this.#isResting = true;
    this.#context.network.defer(this.#rested);
  }

  // How many datagrams the kernel has not taken yet; a network that does not say tells when each was.
  #queued(): number {
    return this.#port.queued ?? this.#underWay.length;
  }
}

// What ICMP said about earlier datagrams has nothing to do with the one that is being sent.
function isFromIcmp(error: SocketErrorCode, to: Destination | undefined): boolean {
  return to === undefined && isAboutEarlier(error);
}
