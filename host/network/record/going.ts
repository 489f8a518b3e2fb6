/** A recording while it is replayed: whose turn it is, and what was done otherwise. */
import { systemTime } from "../../io/time.ts";
import type { IpSocketAddress } from "../address.ts";
import { type Mask, parseRecording } from "./format.ts";
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

/** Ports that nothing is said of. */
const FIRST_PORT = 49_152;

/** A recording that goes on. */
export class Replay {
  readonly script: Script;
  readonly differences: string[] = [];
  readonly keepTime: boolean;
  readonly mask: ReplayOptions["mask"];
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
export class Part {
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
