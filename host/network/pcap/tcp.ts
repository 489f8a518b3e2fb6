/** Connections that are captured. */
import type { IpSocketAddress } from "../address.ts";
import type { Arrival, Network, Rest, TcpPort, TransportListener } from "../network.ts";
import { StandingTransport } from "../stand-before.ts";
import type { Capture } from "./capture.ts";
import { Flag, MOST_IN_SEGMENT, type Place, placeOf } from "./packets.ts";

/** Where sequence numbers begin: the same each time, so that captures can be compared. */
const FIRST_OURS = 1_000_000;
const FIRST_THEIRS = 2_000_000;

/** How many bytes go without an acknowledgement: a window is larger. */
const MOST_UNACKNOWLEDGED = 1024 * 1024;

const NOTHING = new Uint8Array(0);

/** The packets of a connection, as our end of it sees them. */
class Conversation {
  readonly #capture: Capture;
  readonly #ours: Place;
  readonly #theirs: Place;
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
    this.#ours = ours;
    this.#theirs = theirs;
    this.#remark = remark;
  }

  #out(flags: number, bytes: Uint8Array = NOTHING): void {
    const acknowledged = (flags & Flag.ack) === 0 ? 0 : this.#received;
    const segment = { flags, sequence: this.#sent, acknowledged };
    this.#capture.tcp(this.#ours, this.#theirs, segment, bytes, this.#remark);
    this.#remark = undefined;
    this.#sent += bytes.length + ((flags & (Flag.syn | Flag.fin)) === 0 ? 0 : 1);
    this.#told = this.#received;
  }

  #in(flags: number, bytes: Uint8Array = NOTHING): void {
    const segment = { flags, sequence: this.#received, acknowledged: this.#sent };
    this.#capture.tcp(this.#theirs, this.#ours, segment, bytes, this.#remark);
    this.#remark = undefined;
    this.#received += bytes.length + ((flags & (Flag.syn | Flag.fin)) === 0 ? 0 : 1);
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
    const segment = { flags: Flag.syn, sequence: this.#received, acknowledged: 0 };
    this.#capture.tcp(this.#theirs, this.#ours, segment, NOTHING, this.#remark);
    this.#remark = undefined;
    this.#received++;
    this.#out(Flag.syn | Flag.ack);
    this.#in(Flag.ack);
  }
  sent(bytes: Uint8Array): void {
    if (this.#isReset || this.#hasEnded) return;
    for (let at = 0; at < bytes.length; at += MOST_IN_SEGMENT) {
      this.#out(Flag.psh | Flag.ack, bytes.subarray(at, at + MOST_IN_SEGMENT));
    }
    if (this.#sent - this.#acknowledged > MOST_UNACKNOWLEDGED) this.#in(Flag.ack);
  }
  received(bytes: Uint8Array): void {
    if (this.#isReset || this.#hasTheirEnded) return;
    for (let at = 0; at < bytes.length; at += MOST_IN_SEGMENT) {
      this.#in(Flag.psh | Flag.ack, bytes.subarray(at, at + MOST_IN_SEGMENT));
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
    this.#conversation?.received(buffer.subarray(0, length));
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
