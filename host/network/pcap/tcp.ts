/** Connections that are captured. */
import type { IpSocketAddress } from "../address.ts";
import type { Arrival, Network, Rest, TcpPort, Transport, TransportListener } from "../network.ts";
import { StandingTransport } from "../stand-before.ts";
import type { Capture } from "./capture.ts";
import { Flag, MOST_IN_SEGMENT, type Place, placeOf, TCP, Way } from "./packets.ts";

/** Where sequence numbers begin: the same each time, so that captures can be compared. */
const FIRST_OURS = 1_000_000;
const FIRST_THEIRS = 2_000_000;

/** How many bytes go without an acknowledgement: a window is larger. */
const MOST_UNACKNOWLEDGED = 1024 * 1024;

const NOTHING = new Uint8Array(0);

/** The packets of a connection, as our end of it sees them. */
class Conversation {
  readonly #capture: Capture;
  readonly #wayOut: Way;
  readonly #wayIn: Way;
  #remark: string | undefined;
  #sent = FIRST_OURS;
  #received = FIRST_THEIRS;
  /** Up to where the other end has acknowledged. */
  #acknowledged = FIRST_OURS;
  #told = FIRST_THEIRS;
  #hasEnded = false;
  #hasTheirEnded = false;
  #isReset = false;

  constructor(capture: Capture, ours: Place, theirs: Place, remark: string) {
    this.#capture = capture;
    this.#wayOut = new Way(ours, theirs, TCP);
    this.#wayIn = new Way(theirs, ours, TCP);
    this.#remark = remark;
  }

  #out(flags: number, bytes: Uint8Array = NOTHING, start = 0, end = 0): void {
    const acknowledged = (flags & Flag.ack) === 0 ? 0 : this.#received;
    this.#capture.tcp(
      this.#wayOut,
      { flags, sequence: this.#sent, acknowledged, bytes, start, end },
      this.#remark,
    );
    this.#remark = undefined;
    this.#sent += end - start + ((flags & (Flag.syn | Flag.fin)) === 0 ? 0 : 1);
    this.#told = this.#received;
  }

  #in(flags: number, bytes: Uint8Array = NOTHING, start = 0, end = 0): void {
    const acknowledged = (flags & Flag.ack) === 0 ? 0 : this.#sent;
    this.#capture.tcp(
      this.#wayIn,
      { flags, sequence: this.#received, acknowledged, bytes, start, end },
      this.#remark,
    );
    this.#remark = undefined;
    this.#received += end - start + ((flags & (Flag.syn | Flag.fin)) === 0 ? 0 : 1);
    this.#acknowledged = this.#sent;
  }

  /** We knock. */
  knock(): void {
    this.#out(Flag.syn);
  }
  /** They open. */
  opened(): void {
    this.#in(Flag.syn | Flag.ack);
    this.#out(Flag.ack);
  }
  /** They have knocked, and we open. */
  accepted(): void {
    this.#in(Flag.syn);
    this.#out(Flag.syn | Flag.ack);
    this.#in(Flag.ack);
  }
  sent(bytes: Uint8Array, length: number = bytes.length): void {
    if (this.#isReset || this.#hasEnded) return;
    if (this.#capture.skim(this.#wayOut, this.#sent, this.#received, length)) {
      this.#sent += length;
      this.#told = this.#received;
    } else
      for (let at = 0; at < length; at += MOST_IN_SEGMENT) {
        this.#out(Flag.psh | Flag.ack, bytes, at, Math.min(at + MOST_IN_SEGMENT, length));
      }
    if (this.#sent - this.#acknowledged > MOST_UNACKNOWLEDGED) this.#in(Flag.ack);
  }
  received(bytes: Uint8Array, length: number = bytes.length): void {
    if (this.#isReset || this.#hasTheirEnded) return;
    if (this.#capture.skim(this.#wayIn, this.#received, this.#sent, length)) {
      this.#received += length;
      this.#acknowledged = this.#sent;
    } else
      for (let at = 0; at < length; at += MOST_IN_SEGMENT) {
        this.#in(Flag.psh | Flag.ack, bytes, at, Math.min(at + MOST_IN_SEGMENT, length));
      }
    if (this.#received - this.#told > MOST_UNACKNOWLEDGED) this.#out(Flag.ack);
  }
  ended(): void {
    if (this.#isReset || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#out(Flag.fin | Flag.ack);
    this.#in(Flag.ack);
  }
  theyEnded(): void {
    if (this.#isReset || this.#hasTheirEnded) return;
    this.#hasTheirEnded = true;
    this.#in(Flag.fin | Flag.ack);
    this.#out(Flag.ack);
  }
  reset(): void {
    if (this.#isReset) return;
    this.#isReset = true;
    this.#out(Flag.rst | Flag.ack);
  }
  theyReset(): void {
    if (this.#isReset) return;
    this.#isReset = true;
    this.#in(Flag.rst | Flag.ack);
  }
}

/** One end of a connection that is captured. */
export class CapturedTransport extends StandingTransport {
  readonly #network: Network;
  readonly #capture: Capture;
  #remote: IpSocketAddress | undefined;
  #conversation: Conversation | undefined = undefined;
  #isConnecting = false;
  #isOver = false;

  constructor(
    network: Network,
    capture: Capture,
    from: TcpPort | Arrival | undefined,
    listener: TransportListener,
    queueLimit: number,
  ) {
    const remote = from !== undefined && "remote" in from ? from.remote : undefined;
    super(network, from, listener, queueLimit);
    this.#network = network;
    this.#capture = capture;
    this.#remote = remote;
    if (remote !== undefined) this.#begin()?.accepted();
  }

  #begin(): Conversation | undefined {
    const local = this.inner.local();
    if (local === undefined || this.#remote === undefined) return undefined;
    const remark = this.socket === undefined ? "a connection" : `socket ${this.socket}`;
    const [ours, theirs] = [placeOf(local), placeOf(this.#remote)];
    this.#conversation = new Conversation(this.#capture, ours, theirs, remark);
    return this.#conversation;
  }

  override connectTo(remote: IpSocketAddress): void {
    this.#remote = remote;
    this.#isConnecting = true;
    this.inner.connectTo(remote);
    // its own address is known soon
    this.#network.defer(() => this.#knock());
  }

  #knock(): void {
    if (this.#conversation === undefined) this.#begin()?.knock();
  }

  override connected(): void {
    this.#knock();
    this.#isConnecting = false;
    this.#conversation?.opened();
    super.connected();
  }
  override failed(error: Error): void {
    if (this.#isConnecting && (error as NodeJS.ErrnoException).code === "ECONNREFUSED") {
      this.#conversation?.theyReset();
    }
    this.#isConnecting = false;
    super.failed(error);
  }
  override receive(length: number, buffer: Uint8Array): boolean {
    this.#conversation?.received(buffer, length);
    return super.receive(length, buffer);
  }
  override readRest(): Rest {
    const rest = super.readRest();
    for (const piece of rest.pieces) this.#conversation?.received(piece);
    return rest;
  }
  override ended(): void {
    super.ended();
    this.#conversation?.theyEnded();
  }
  override isGoing(error: Error | null): void {
    const code = (error as NodeJS.ErrnoException | null)?.code;
    // where it failed at once
    if (this.#isConnecting) this.#knock();
    // what had come before is asked for now
    super.isGoing(error);
    this.#isOver = true;
    if (code === "ECONNRESET" || code === "EPIPE") this.#conversation?.theyReset();
    else if (!this.#isConnecting) this.#conversation?.ended();
  }
  get sendAtOnce(): Transport["sendAtOnce"] {
    return this.inner.sendAtOnce === undefined ? undefined : sendAtOnce;
  }
  /** What was taken at once. */
  took(bytes: Uint8Array): number {
    const taken = this.inner.sendAtOnce?.(bytes) ?? 0;
    if (taken > 0) this.#conversation?.sent(bytes, taken);
    return taken;
  }
  override send(bytes: Buffer): boolean {
    if (!this.#isOver) this.#conversation?.sent(bytes);
    return super.send(bytes);
  }
  override end(): void {
    this.#conversation?.ended();
    super.end();
  }
  override reset(): void {
    if (!this.#isOver) this.#conversation?.reset();
    super.reset();
  }
}

function sendAtOnce(this: CapturedTransport, bytes: Uint8Array): number {
  return this.took(bytes);
}
