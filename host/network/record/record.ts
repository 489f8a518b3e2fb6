/** A network that stands before another, and writes down whole conversations, to be replayed. */
import { closeSync, openSync, writeSync } from "node:fs";
import { describeAnswer, describeThrown, Warnings } from "../../messages/answers.ts";
import { requireKnownKeys } from "../../messages/known-keys.ts";
import { fromNode, type IpSocketAddress, type NodeAddress, socketAddressText } from "../address.ts";
import type {
  Arrival,
  DatagramListener,
  Destination,
  Network,
  Rest,
  TcpPort,
  TransportListener,
} from "../network.ts";
import { StandingTransport, StandingUdpPort, standBefore } from "../stand-before.ts";
import { type Head, type Line, type Mask, type Masked, payload } from "./format.ts";

export type { Mask, Masked } from "./format.ts";

/** Where a recording is written to: a path, a descriptor, or what takes text. */
export type RecordTarget = string | number | { write(text: string): unknown };

/** How a recording is made. */
export interface RecordOptions {
  /**
   * Asked about all that is sent or comes, each time at once, and gives what is written in its place; default nobody. A secret
   * that comes in two pieces is in neither.
   */
  readonly mask?: Mask;
}

/** A network that is recorded. */
export interface RecordedNetwork extends Network {
  /** Writes what is still to be written, and closes the file where it was given by its path. */
  close(): void;
}

/** How much is gathered before it is written, and for how long, in milliseconds. */
const BATCH = 64 * 1024;
const PATIENCE = 100;

/** Lines on their way to a file. */
class Recorder {
  readonly #network: Network;
  readonly #target: number | { write(text: string): unknown };
  readonly #isOwn: boolean;
  readonly #mask: Mask | undefined;
  readonly #start: number;
  readonly #warnings: Warnings = new Warnings();
  #batch = "";
  #timer: NodeJS.Timeout | undefined = undefined;
  #isOver = false;
  #connections = 0;
  #ports = 0;

  constructor(network: Network, target: RecordTarget, mask: Mask | undefined) {
    this.#network = network;
    this.#isOwn = typeof target === "string";
    this.#target = typeof target === "string" ? openSync(target, "w") : target;
    this.#mask = mask;
    this.#start = network.milliseconds();
    const start = new Date(Number(network.wall() / 1_000_000n)).toISOString();
    this.#add({ wasock: "recording", version: 1, start } satisfies Head);
  }

  /** The number of a new connection, or of a UDP socket. */
  number(protocol: "tcp" | "udp"): number {
    return protocol === "tcp" ? ++this.#connections : ++this.#ports;
  }

  note(line: Omit<Line, "at">): void {
    const at = Number((this.#network.milliseconds() - this.#start).toFixed(3));
    this.#add({ at, ...line });
  }

  /** Notes what was sent, or has come. */
  bytes(line: Omit<Line, "at">, bytes: Uint8Array, about: Masked): void {
    if (this.#isOver) return;
    let shown: Uint8Array = bytes;
    if (this.#mask !== undefined) {
      try {
        const given = this.#mask(Buffer.from(bytes), about);
        shown = typeof given === "string" ? Buffer.from(given) : new Uint8Array(given);
      } catch (error) {
        this.#warnings.give("what a mask has failed with is left out of the recording", error);
        shown = new Uint8Array(0);
      }
    }
    this.note({ ...line, ...payload(shown) });
  }

  #add(line: object): void {
    if (this.#isOver) return;
    this.#batch += `${JSON.stringify(line)}\n`;
    if (this.#batch.length >= BATCH) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), PATIENCE).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#batch;
    this.#batch = "";
    if (text === "" || this.#isOver) return;
    try {
      if (typeof this.#target !== "number") this.#target.write(text);
      else
        for (let left = Buffer.from(text); left.length > 0; )
          left = left.subarray(writeSync(this.#target, left));
    } catch (error) {
      this.#isOver = true;
      this.#warnings.give(`the recording ends here, as it can't be written: ${describeThrown(error)}`);
    }
  }

  close(): void {
    this.#flush();
    if (!this.#isOver && this.#isOwn && typeof this.#target === "number") closeSync(this.#target);
    this.#isOver = true;
  }
}

/** One end of a connection that is recorded. */
class RecordedTransport extends StandingTransport {
  readonly #recorder: Recorder;
  readonly #number: number;
  #remote = "";
  #isConnecting = false;
  #hasEnded = false;

  constructor(
    network: Network,
    recorder: Recorder,
    from: TcpPort | Arrival | undefined,
    listener: TransportListener,
    queueLimit: number,
  ) {
    const remote = from !== undefined && "remote" in from ? from.remote : undefined;
    super(network, from, listener, queueLimit);
    this.#recorder = recorder;
    this.#number = recorder.number("tcp");
    if (remote === undefined) return;
    this.#remote = socketAddressText(remote);
    this.#note("accept", { remote: this.#remote, ...this.#local() });
  }

  #note(what: string, more: Partial<Line> = {}): void {
    this.#recorder.note({ tcp: this.#number, what, ...more });
  }

  #bytes(what: "send" | "receive", bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const about: Masked = { protocol: "tcp", direction: what, remote: this.#remote };
    this.#recorder.bytes({ tcp: this.#number, what }, bytes, about);
  }

  #local(): { local?: string } {
    const local = this.inner.local();
    return local === undefined ? {} : { local: socketAddressText(local) };
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#note("end");
  }

  override connectTo(remote: IpSocketAddress): void {
    this.#remote = socketAddressText(remote);
    this.#isConnecting = true;
    this.#note("connect", { remote: this.#remote });
    super.connectTo(remote);
  }
  override connected(): void {
    this.#isConnecting = false;
    this.#note("connected", this.#local());
    super.connected();
  }
  override send(bytes: Buffer): boolean {
    this.#bytes("send", bytes);
    return super.send(bytes);
  }
  override receive(length: number, buffer: Uint8Array): boolean {
    this.#bytes("receive", buffer.subarray(0, length));
    return super.receive(length, buffer);
  }
  override readRest(): Rest {
    const rest = super.readRest();
    for (const piece of rest.pieces) this.#bytes("receive", piece);
    return rest;
  }
  override end(): void {
    this.#end();
    super.end();
  }
  override destroySoon(): void {
    this.#end();
    super.destroySoon();
  }
  override ended(): void {
    super.ended();
    this.#note("ended");
  }
  override failed(error: Error): void {
    if (this.#isConnecting) this.#note("failed", { error: codeOf(error) });
    this.#isConnecting = false;
    super.failed(error);
  }
  override isGoing(error: Error | null): void {
    // what had come before is asked for now
    super.isGoing(error);
    if (error !== null && !this.#isConnecting) this.#note("broke", { error: codeOf(error) });
  }
  override closed(): void {
    this.#note("close");
    super.closed();
  }
}

function codeOf(error: Error): string {
  return String((error as NodeJS.ErrnoException).code ?? "EIO");
}

/** A UDP port that is recorded. */
class RecordedPort extends StandingUdpPort {
  readonly #recorder: Recorder;
  readonly #number: number;
  #peer = "";

  constructor(network: Network, recorder: Recorder, local: IpSocketAddress, listener: DatagramListener) {
    super(network, local, listener);
    this.#recorder = recorder;
    this.#number = recorder.number("udp");
    recorder.note({ udp: this.#number, what: "bind", local: socketAddressText(this.inner.local()) });
  }

  #bytes(what: "send" | "receive", bytes: Uint8Array, remote: string): void {
    const about: Masked = { protocol: "udp", direction: what, remote };
    this.#recorder.bytes({ udp: this.#number, what, remote }, bytes, about);
  }

  override connect(remote: IpSocketAddress): NodeAddress {
    const peer = super.connect(remote);
    this.#peer = socketAddressText(remote);
    return peer;
  }
  override send(bytes: Buffer, to: Destination | undefined): boolean {
    const isTaken = super.send(bytes, to);
    this.#bytes("send", bytes, to === undefined ? this.#peer : socketAddressText(to.address));
    return isTaken;
  }
  override arrived(bytes: Buffer, from: NodeAddress): void {
    this.#bytes("receive", bytes, socketAddressText(fromNode(from)));
    super.arrived(bytes, from);
  }
}

/**
 * Records what goes through a network.
 *
 * @param network what it stands before
 * @param target where lines go to: a path, where a file is made anew, a descriptor, or what has `write`
 * @throws the system's error where the file can't be opened, TypeError for an option that there is not, or of a wrong type
 */
export function record(network: Network, target: RecordTarget, options: RecordOptions = {}): RecordedNetwork {
  requireKnownKeys("options", "option of a recording", options, ["mask"]);
  const { mask } = options;
  if (mask !== undefined && typeof mask !== "function") {
    throw new TypeError(`mask must be a function, and is ${describeAnswer(mask)}`);
  }
  const recorder = new Recorder(network, target, mask);
  return {
    ...standBefore(network),
    openTcp: (from, listener, queueLimit) =>
      new RecordedTransport(network, recorder, from, listener, queueLimit),
    bindUdp: (local, listener) => new RecordedPort(network, recorder, local, listener),
    lookUp(name, guest) {
      const { addresses, cancel } = network.lookUp(name, guest);
      const noted = addresses.then(
        (found) => {
          recorder.note({ what: "look-up", name, addresses: found });
          return found;
        },
        (error: Error) => {
          recorder.note({ what: "look-up", name, error: codeOf(error) });
          throw error;
        },
      );
      return { addresses: noted, cancel };
    },
    close: () => recorder.close(),
  };
}
