/** A recording as a network: others do what they did then, as soon as the program has done what it did. */
import { systemTime } from "../../io/time.ts";
import { describeAnswer } from "../../messages/answers.ts";
import { requireKnownKeys } from "../../messages/known-keys.ts";
import {
  addressText,
  type IpSocketAddress,
  isWildcard,
  type NodeAddress,
  socketAddressText,
  wildcard,
} from "../address.ts";
import type { SocketErrorCode } from "../errors.ts";
import type {
  Arrival,
  DatagramListener,
  Destination,
  Network,
  PortListener,
  Rest,
  TcpPort,
  Transport,
  TransportListener,
  UdpPort,
} from "../network.ts";
import { type Mask, parseAddress, parseRecording } from "./format.ts";
import { type Conversation, Script, type Step } from "./script.ts";

/** How a recording is replayed. */
export interface ReplayOptions {
  /**
   * Whether all happens in the order of the recording, whatever connection it is of; default false: each connection goes its own
   * way, those that a listener takes together.
   */
  readonly strict?: boolean;
  /** Whether others take the time that they took; default false: they do what they do at once. */
  readonly keepTime?: boolean;
  /** As of `record`: what the program sends is compared with the recording behind it. */
  readonly mask?: Mask;
}

/** A recording as a network. */
export interface ReplayNetwork extends Network {
  /** What the program has done otherwise than the recording says, so far: sentences. */
  readonly differences: readonly string[];
  /**
   * Throws where the program has done something else than the recording says, or not all of it.
   *
   * @throws Error that tells all of it
   */
  check(): void;
}

/** Ports that nothing is said of. */
const FIRST_PORT = 49_152;

/** A recording that goes on. */
class Replay {
  readonly script: Script;
  readonly differences: string[] = [];
  readonly keepTime: boolean;
  readonly mask: ReplayOptions["mask"];
  readonly listeners: Set<ReplayTcpPort> = new Set();
  #port = FIRST_PORT;

  constructor(text: string, { strict = false, keepTime = false, mask }: ReplayOptions) {
    this.script = new Script(parseRecording(text), strict);
    this.keepTime = keepTime;
    this.mask = mask;
  }

  differs(conversation: Conversation, what: string | undefined): boolean {
    if (what === undefined) return false;
    this.differences.push(`${conversation.label}: ${what}`);
    return true;
  }

  masked(bytes: Buffer, protocol: "tcp" | "udp", remote: string): Buffer {
    if (this.mask === undefined) return bytes;
    const given = this.mask(Buffer.from(bytes), { protocol, direction: "send", remote });
    return typeof given === "string" ? Buffer.from(given) : Buffer.from(given);
  }

  freePort(local: IpSocketAddress): IpSocketAddress {
    if (local.val.port !== 0) return local;
    return { tag: local.tag, val: { ...local.val, port: this.#port++ } } as IpSocketAddress;
  }
}

/** Tells others' part of a conversation, one thing after another, when its time has come. */
class Part {
  readonly #replay: Replay;
  readonly #conversation: Conversation;
  readonly #kinds: ReadonlySet<string>;
  readonly #tell: (step: Step) => void;
  #at = 0;
  #isWaiting = false;
  #isOver = false;

  constructor(
    replay: Replay,
    conversation: Conversation,
    kinds: readonly string[],
    tell: (step: Step) => void,
  ) {
    this.#replay = replay;
    this.#conversation = conversation;
    this.#kinds = new Set(kinds);
    this.#tell = tell;
    conversation.order.waiting.add(this.look);
  }

  readonly look = (): void => {
    if (this.#isWaiting || this.#isOver) return;
    const { steps, order } = this.#conversation;
    for (; this.#at < steps.length; this.#at++) {
      const step = steps[this.#at] as Step;
      if (!this.#kinds.has(step.what)) continue;
      if (!order.isTimeFor(step)) return;
      // an event of its own, and in the time that it took
      const pause = this.#replay.keepTime ? step.at - (steps[this.#at - 1]?.at ?? step.at) : 0;
      this.#isWaiting = true;
      systemTime.startTimer(
        () => this.#now(step),
        BigInt(Math.round(Math.max(0, pause) * 1_000_000)),
        undefined,
      );
      return;
    }
    this.stop();
  };

  #now(step: Step): void {
    this.#isWaiting = false;
    if (this.#isOver) return;
    this.#at++;
    this.#tell(step);
    this.#conversation.order.done(step);
    this.look();
  }

  stop(): void {
    this.#isOver = true;
    this.#conversation.order.waiting.delete(this.look);
  }
}

function failure(syscall: string, code: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code });
}

/** A port that is taken. */
class ReplayTcpPort implements TcpPort {
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
class ReplayTransport implements Transport {
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
    this.#leave(failure("connect", code));
  }

  #take({ what, bytes, error }: Step): void {
    if (this.#isGone) return;
    if (what === "receive") this.#inbox.push(bytes);
    else if (what === "ended") this.#hasPeerEnded = true;
    else {
      this.#leave(failure("read", error ?? "ECONNRESET"));
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
    this.#leave(failure("write", "ECONNRESET"));
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

/** A UDP port that is replayed. */
class ReplayUdpPort implements UdpPort {
  readonly queued = 0;
  readonly #replay: Replay;
  readonly #listener: DatagramListener;
  readonly #bound: IpSocketAddress;
  #conversation: Conversation | undefined = undefined;
  #part: Part | undefined = undefined;
  #peer: string | undefined = undefined;
  #isClosed = false;

  constructor(replay: Replay, local: IpSocketAddress, listener: DatagramListener) {
    this.#replay = replay;
    this.#listener = listener;
    this.#bound = replay.freePort(local);
    // who listens on a port is known by it, others by whom they send to
    if (local.val.port === 0) return;
    const { port } = local.val;
    const isMeant = (each: Conversation): boolean =>
      each.protocol === "udp" && parseAddress(each.first("bind")?.remote ?? "")?.val.port === port;
    const conversation = replay.script.take(isMeant);
    if (conversation !== undefined) systemTime.defer(() => this.#begin(conversation));
  }

  #begin(conversation: Conversation): void {
    if (this.#isClosed) return;
    this.#conversation = conversation;
    this.#part = new Part(this.#replay, conversation, ["receive"], ({ bytes, remote }) => {
      const from = parseAddress(remote ?? "") ?? wildcard(this.#bound.tag);
      this.#listener.arrived(Buffer.from(bytes), { address: addressText(from), port: from.val.port });
    });
    this.#part.look();
  }

  local(): IpSocketAddress {
    return this.#bound;
  }
  connect(remote: IpSocketAddress): NodeAddress {
    this.#peer = socketAddressText(remote);
    return { address: addressText(remote), port: remote.val.port };
  }
  disconnect(): void {
    this.#peer = undefined;
  }
  send(bytes: Buffer, to: Destination | undefined): boolean {
    const remote = to === undefined ? this.#peer : socketAddressText(to.address);
    if (remote === undefined) throw "EDESTADDRREQ" satisfies SocketErrorCode;
    if (this.#conversation === undefined) {
      const conversation = this.#replay.script.take(
        (each) => each.protocol === "udp" && each.first("send")?.remote === remote,
      );
      if (conversation === undefined) {
        this.#replay.differences.push(
          `it sends a datagram to ${remote}, and the recording has no more of it`,
        );
        return true;
      }
      this.#begin(conversation);
    }
    const conversation = this.#conversation as Conversation | undefined;
    if (conversation === undefined) return true;
    const shown = this.#replay.masked(Buffer.from(bytes), "udp", remote);
    this.#replay.differs(conversation, conversation.sendDatagram(shown, remote));
    return true;
  }
  getOption(): undefined {}
  setOption(): void {}
  unref(): void {}
  close(): void {
    this.#isClosed = true;
    this.#part?.stop();
    const conversation = this.#conversation;
    if (conversation !== undefined) this.#replay.differs(conversation, conversation.close());
    systemTime.defer(() => this.#listener.portClosed());
  }
}

/**
 * Makes a network of a recording, which needs no other.
 *
 * @param recording what `record` has written: the whole text
 * @throws TypeError for what is no recording, an option that there is not, or of a wrong type
 */
export function replay(recording: string, options: ReplayOptions = {}): ReplayNetwork {
  requireKnownKeys("options", "option of a replay", options, ["strict", "keepTime", "mask"]);
  for (const [name, type] of [
    ["strict", "boolean"],
    ["keepTime", "boolean"],
    ["mask", "function"],
  ] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== type) {
      throw new TypeError(`${name} must be a ${type}, and is ${describeAnswer(value)}`);
    }
  }
  if (typeof recording !== "string") {
    throw new TypeError(`recording must be the text of one, and is ${describeAnswer(recording)}`);
  }
  const going = new Replay(recording, options);
  return {
    ...systemTime,
    bindTcp(local) {
      const { script } = going;
      const free = script.conversations.find((each) => !each.isTaken && script.locals.has(each));
      const recorded = parseAddress((free && script.locals.get(free)) ?? "");
      const isAsked = local.val.port !== 0 || recorded === undefined || recorded.tag !== local.tag;
      if (isAsked) return new ReplayTcpPort(going, going.freePort(local));
      const { port } = recorded.val;
      const address = isWildcard(local) || !isWildcard(recorded) ? local : recorded;
      return new ReplayTcpPort(going, { tag: local.tag, val: { ...address.val, port } } as IpSocketAddress);
    },
    openTcp: (from, listener) => new ReplayTransport(going, from, listener),
    bindUdp: (local, listener) => new ReplayUdpPort(going, local, listener),
    lookUp(name) {
      const answer = going.script.lookUp(name);
      if (answer === undefined)
        going.differences.push(`it looks ${name} up, which the recording does not have`);
      const { addresses } = answer ?? {};
      const found =
        addresses === undefined
          ? Promise.reject(failure("getaddrinfo", answer?.error ?? "ENOTFOUND"))
          : Promise.resolve(addresses);
      return { addresses: found, cancel() {} };
    },
    hasZone: () => false,
    differences: going.differences,
    check() {
      const missing = going.script.conversations.flatMap((each) => {
        if (!each.isTaken && each.isQuiet) return [];
        if (!each.isTaken) return [`${each.label}: it is missing`];
        const what = each.missing;
        return what === undefined ? [] : [`${each.label}: ${what}`];
      });
      const all = [...going.differences, ...missing];
      if (all.length > 0)
        throw new Error(`the program did something else than was recorded:\n${all.join("\n")}`);
    },
  };
}
