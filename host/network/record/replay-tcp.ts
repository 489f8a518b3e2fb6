/** Ports and connections that are replayed. */
import { systemTime } from "../../io/time.ts";
import { type IpSocketAddress, socketAddressText, wildcard } from "../address.ts";
import { systemError } from "../errors.ts";
import type { Arrival, PortListener, Rest, TcpPort, Transport, TransportListener } from "../network.ts";
import { parseAddress } from "./format.ts";
import { Part, type Replay } from "./going.ts";
import type { Conversation, Step } from "./script.ts";

/** A port that is taken. */
export class ReplayTcpPort implements TcpPort {
  readonly isPausable = true;
  readonly local: IpSocketAddress;
  readonly #replay: Replay;
  #listener: PortListener | undefined = undefined;
  #isPaused = false;
  #parts: Part[] = [];
  readonly #ready: ReplayArrival[] = [];

  constructor(replay: Replay, local: IpSocketAddress) {
    this.#replay = replay;
    this.local = local;
  }

  fd(): undefined {}
  setOption(): void {}
  unref(): void {}
  listen(_backlog: number, listener: PortListener): void {
    const isFirst = this.#listener === undefined;
    this.#listener = listener;
    if (isFirst) this.#begin();
    this.resume();
  }

  /** Those that came in at this port then do so again. */
  #begin(): void {
    const { script } = this.#replay;
    const { port } = this.local.val;
    for (;;) {
      const conversation = script.take((each) => {
        const local = script.locals.get(each);
        return local !== undefined && parseAddress(local)?.val.port === port;
      });
      if (conversation === undefined) return;
      const part = new Part(this.#replay, conversation, ["accept"], (step) => {
        const remote = parseAddress(step.remote ?? "") ?? wildcard("ipv4");
        this.#ready.push(new ReplayArrival(this.#replay, conversation, remote, this.local));
        this.#give();
      });
      this.#parts.push(part);
      part.look();
    }
  }

  pause(): void {
    this.#isPaused = true;
  }
  resume(): void {
    this.#isPaused = false;
    systemTime.defer(() => this.#give());
  }
  #give(): void {
    while (!this.#isPaused && this.#listener !== undefined) {
      const arrival = this.#ready.shift();
      if (arrival === undefined) return;
      this.#listener.arrived(arrival);
    }
  }
  close(closed: () => void): void {
    this.#listener = undefined;
    for (const part of this.#parts.splice(0)) part.stop();
    systemTime.defer(closed);
  }
}

class ReplayArrival implements Arrival {
  readonly remote: IpSocketAddress;
  readonly local: IpSocketAddress;
  readonly conversation: Conversation;
  readonly #replay: Replay;
  constructor(replay: Replay, conversation: Conversation, remote: IpSocketAddress, local: IpSocketAddress) {
    this.#replay = replay;
    this.conversation = conversation;
    this.remote = remote;
    this.local = local;
  }
  reset(): void {
    this.#replay.differs(this.conversation, this.conversation.close() ?? "it is reset");
  }
}

/** One end of a connection that is replayed. */
export class ReplayTransport implements Transport {
  readonly queued = 0;
  readonly #replay: Replay;
  readonly #listener: TransportListener;
  #local: IpSocketAddress | undefined;
  #remote = "";
  #conversation: Conversation | undefined = undefined;
  #part: Part | undefined = undefined;
  #isConnecting = false;
  #isReading = false;
  #hasEnded = false;
  #hasPeerEnded = false;
  #isEndTold = false;
  #isGone = false;
  #written = 0;
  #read = 0;
  readonly #inbox: Buffer[] = [];

  constructor(replay: Replay, from: TcpPort | Arrival | undefined, listener: TransportListener) {
    this.#replay = replay;
    this.#listener = listener;
    this.#local = from !== undefined && "local" in from ? (from as ReplayTcpPort).local : undefined;
    if (!(from instanceof ReplayArrival)) return;
    this.#remote = socketAddressText(from.remote);
    this.#begin(from.conversation);
  }

  #begin(conversation: Conversation): void {
    this.#conversation = conversation;
    this.#part = new Part(this.#replay, conversation, ["receive", "ended", "broke"], (step) =>
      this.#take(step),
    );
    this.#part.look();
  }

  get bytesWritten(): number {
    return this.#written;
  }
  get bytesRead(): number {
    return this.#read;
  }
  get destroyed(): boolean {
    return this.#isGone;
  }
  local(): IpSocketAddress | undefined {
    return this.#local;
  }
  fd(): undefined {}
  setOption(): void {}
  unref(): void {}
  afterReactions(): boolean {
    return false;
  }

  connectTo(remote: IpSocketAddress): void {
    this.#isConnecting = true;
    this.#remote = socketAddressText(remote);
    const conversation = this.#replay.script.take((each) => each.first("connect")?.remote === this.#remote);
    if (conversation === undefined) {
      this.#replay.differences.push(`it connects to ${this.#remote}, and the recording has no more of it`);
      systemTime.defer(() => this.#fail("ECONNREFUSED"));
      return;
    }
    const part = new Part(this.#replay, conversation, ["connected", "failed"], (step) => {
      if (this.#isGone) return;
      part.stop();
      if (step.what === "failed") this.#fail(step.error ?? "EIO");
      else {
        this.#isConnecting = false;
        this.#local ??= parseAddress(step.remote ?? "");
        this.#begin(conversation);
        this.#listener.connected();
      }
    });
    part.look();
  }

  #fail(code: string): void {
    if (this.#isGone) return;
    this.#leave(systemError("connect", code));
  }

  #take({ what, bytes, error }: Step): void {
    if (this.#isGone) return;
    if (what === "receive") this.#inbox.push(bytes);
    else if (what === "ended") this.#hasPeerEnded = true;
    else {
      this.#leave(systemError("read", error ?? "ECONNRESET"));
      return;
    }
    this.#tell();
  }

  #tell(): void {
    while (this.#isReading && !this.#isGone) {
      const piece = this.#inbox.shift();
      if (piece === undefined) break;
      this.#read += piece.length;
      if (!this.#listener.receive(piece.length, piece)) this.#isReading = false;
    }
    const isOver = this.#hasPeerEnded && !this.#isEndTold && this.#inbox.length === 0;
    if (!this.#isReading || this.#isGone || !isOver) return;
    this.#isEndTold = true;
    this.#listener.ended();
    this.#closeWhenOver();
  }

  startReading(): void {
    if (this.#isReading || this.#isGone) return;
    this.#isReading = true;
    systemTime.defer(() => this.#tell());
  }
  stopReading(): void {
    this.#isReading = false;
  }
  readRest(): Rest {
    const pieces = this.#inbox.splice(0);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#read += length;
    return { pieces, length, end: this.#hasPeerEnded ? "end" : undefined };
  }
  send(bytes: Buffer): boolean {
    const conversation = this.#conversation;
    this.#written += bytes.length;
    if (conversation === undefined) return true;
    const shown = this.#replay.masked(bytes, "tcp", this.#remote);
    if (!this.#replay.differs(conversation, conversation.send(shown))) return true;
    // nobody knows what the other end would have done
    this.#leave(systemError("write", "ECONNRESET"));
    return false;
  }
  awaitDrain(): void {
    systemTime.defer(() => this.#isGone || this.#listener.drained());
  }
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const conversation = this.#conversation;
    if (conversation !== undefined) this.#replay.differs(conversation, conversation.end());
    systemTime.defer(() => this.#closeWhenOver());
  }
  destroySoon(): void {
    this.end();
    this.destroy();
  }
  destroy(): void {
    this.#leave(null);
  }
  reset(): void {
    this.#leave(null);
  }

  // as node:net does it
  #closeWhenOver(): void {
    if (this.#hasEnded && this.#isEndTold) this.#leave(null);
  }

  #leave(error: Error | null): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#part?.stop();
    const conversation = this.#conversation;
    if (conversation !== undefined) {
      const different = conversation.close();
      if (error === null) this.#replay.differs(conversation, different);
    }
    this.#listener.isGoing(error);
    systemTime.defer(() => {
      if (error !== null && this.#isConnecting) this.#listener.failed(error);
      this.#listener.closed();
    });
  }
}
