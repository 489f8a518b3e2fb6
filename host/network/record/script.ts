/** A recording as it is replayed: conversations, what the program does in them, and what follows from that. */
import { printable } from "../../messages/printable.ts";
import { bytesOf, type Line } from "./format.ts";

/** A thing that happened in a conversation. */
export interface Step {
  /** Its place among all things. */
  readonly index: number;
  readonly at: number;
  readonly what: string;
  readonly bytes: Buffer;
  readonly remote: string | undefined;
  readonly error: string | undefined;
  /** Whether it has happened again. */
  isDone: boolean;
}

/** What the program did. */
const DONE_BY_PROGRAM: ReadonlySet<string> = new Set(["send", "end"]);
/** What others did, which is told to the program. */
const DONE_BY_OTHERS: ReadonlySet<string> = new Set([
  ...["accept", "connected", "failed", "receive", "ended", "broke"],
]);

/** Things that follow one another: none of others is told before all is done and told that came before it. */
class Order {
  readonly #own: Step[] = [];
  #first = 0;
  /** Called when something may be told. */
  readonly waiting: Set<() => void> = new Set();

  /** Adds what happened in a conversation. */
  add(steps: readonly Step[]): void {
    this.#own.push(...steps.filter(({ what }) => DONE_BY_PROGRAM.has(what) || DONE_BY_OTHERS.has(what)));
    this.#own.sort((a, b) => a.index - b.index);
  }

  /** Whether it is time for something of others. */
  isTimeFor(step: Step): boolean {
    while (this.#own[this.#first]?.isDone === true) this.#first++;
    const first = this.#own[this.#first];
    return first === undefined || first.index >= step.index;
  }

  /** Something is done, or told. */
  done(...steps: readonly Step[]): void {
    for (const step of steps) step.isDone = true;
    for (const look of [...this.waiting]) look();
  }
}

/** A connection, or what went through a UDP socket. */
export class Conversation {
  readonly protocol: "tcp" | "udp";
  readonly number: number;
  readonly steps: Step[] = [];
  order: Order = new Order();
  isTaken = false;
  /** Up to where the program has come in what it sends: steps, and bytes of one. */
  #at = 0;
  #within = 0;

  constructor(protocol: "tcp" | "udp", number: number) {
    this.protocol = protocol;
    this.number = number;
  }

  /** The first thing of a kind. */
  first(what: string): Step | undefined {
    return this.steps.find((step) => step.what === what);
  }

  get isAccepted(): boolean {
    return this.first("accept") !== undefined;
  }

  /** Whether it was made, and nothing came of it. */
  get isQuiet(): boolean {
    return this.protocol === "udp" && this.steps.every(({ what }) => what === "bind");
  }

  /** What messages call it. */
  get label(): string {
    const remote =
      this.first("connect")?.remote ?? this.first("accept")?.remote ?? this.first("send")?.remote;
    const preposition = this.isAccepted ? "from" : "to";
    const what = this.protocol === "tcp" ? "connection" : "UDP socket";
    return `${what} ${this.number}${remote === undefined ? "" : ` ${preposition} ${remote}`}`;
  }

  #next(): Step | undefined {
    for (; this.#at < this.steps.length; this.#at++) {
      const step = this.steps[this.#at];
      if (step !== undefined && DONE_BY_PROGRAM.has(step.what)) return step;
    }
    return undefined;
  }

  #finish(step: Step): void {
    this.#at++;
    this.#within = 0;
    this.order.done(step);
  }

  /**
   * The program sends bytes of a stream.
   *
   * @returns what is different; `undefined` where nothing is
   */
  send(bytes: Buffer): string | undefined {
    for (let at = 0; at < bytes.length; ) {
      const step = this.#next();
      if (step === undefined || step.what !== "send") {
        const rest = excerpt(bytes, at);
        return `it sends ${rest} where the recording has ${step === undefined ? "nothing more" : "the end"}`;
      }
      const length = Math.min(bytes.length - at, step.bytes.length - this.#within);
      const wanted = step.bytes.subarray(this.#within, this.#within + length);
      const given = bytes.subarray(at, at + length);
      if (!wanted.equals(given)) {
        const differs = given.findIndex((byte, i) => byte !== wanted[i]);
        return (
          `it sends ${excerpt(bytes, at + differs)} where the recording has ` +
          `${excerpt(step.bytes, this.#within + differs)}, at byte ${this.#sentBefore(step) + this.#within + differs}`
        );
      }
      at += length;
      this.#within += length;
      if (this.#within === step.bytes.length) this.#finish(step);
    }
    return undefined;
  }

  #sentBefore(step: Step): number {
    let sum = 0;
    for (const each of this.steps) {
      if (each === step) break;
      if (each.what === "send") sum += each.bytes.length;
    }
    return sum;
  }

  /** The program sends a datagram; what is different. */
  sendDatagram(bytes: Buffer, remote: string): string | undefined {
    const step = this.#next();
    if (step === undefined)
      return `it sends ${excerpt(bytes, 0)} to ${remote} where the recording has nothing more`;
    if (!step.bytes.equals(bytes) || step.remote !== remote) {
      return `it sends ${excerpt(bytes, 0)} to ${remote} where the recording has ${excerpt(step.bytes, 0)} to ${step.remote}`;
    }
    this.#finish(step);
    return undefined;
  }

  /** The program ends its direction; what is different. */
  end(): string | undefined {
    const step = this.#next();
    if (step === undefined) return undefined;
    if (step.what === "send") return `it ends where the recording has ${excerpt(step.bytes, this.#within)}`;
    this.#finish(step);
    return undefined;
  }

  /** The program has let go of it: nothing waits for what it would have done. */
  close(): string | undefined {
    let different: string | undefined;
    const step = this.#next();
    if (step?.what === "send") {
      different = `it closes where the recording has ${excerpt(step.bytes, this.#within)}`;
    }
    this.#at = this.steps.length;
    this.order.done(...this.steps);
    return different;
  }

  /** What it has not done yet. */
  get missing(): string | undefined {
    const step = this.#next();
    if (step?.what !== "send") return undefined;
    return `it has not sent ${excerpt(step.bytes, this.#within)}`;
  }
}

/** How many bytes of what is different are shown. */
const SHOWN = 40;

function excerpt(bytes: Buffer, from: number): string {
  const text = JSON.stringify(bytes.subarray(from, from + SHOWN).toString("latin1"));
  return printable(bytes.length - from > SHOWN ? `${text}…` : text);
}

/** A recording, sorted. */
export class Script {
  readonly conversations: readonly Conversation[];
  readonly #lookups: Map<string, Line[]> = new Map();

  /**
   * @param lines of a file
   * @param strict whether everything follows from all that went before, and not what happens to each connection by itself
   */
  constructor(lines: readonly Line[], strict: boolean) {
    const all = new Map<string, Conversation>();
    for (const [index, line] of lines.entries()) {
      if (line.what === "look-up" && line.name !== undefined) {
        const key = line.name.toLowerCase();
        this.#lookups.set(key, [...(this.#lookups.get(key) ?? []), line]);
      }
      const protocol = line.tcp === undefined ? "udp" : "tcp";
      const number = line.tcp ?? line.udp;
      if (number === undefined) continue;
      const key = `${protocol} ${number}`;
      const conversation = all.get(key) ?? new Conversation(protocol, number);
      all.set(key, conversation);
      const { at, what, local, error } = line;
      const remote = line.remote ?? (what === "bind" || what === "connected" ? local : undefined);
      conversation.steps.push({ index, at, what, bytes: bytesOf(line), remote, error, isDone: false });
      if (what === "accept") this.locals.set(conversation, local ?? "");
    }
    this.conversations = [...all.values()];
    const everything = new Order();
    const listeners = new Map<string, Order>();
    for (const conversation of this.conversations) {
      const local = this.locals.get(conversation);
      // who serves several at a time lets what one says depend on what others have said
      if (local !== undefined) {
        conversation.order = listeners.get(local) ?? conversation.order;
        listeners.set(local, conversation.order);
      }
      if (strict) conversation.order = everything;
      conversation.order.add(conversation.steps);
    }
  }

  /** Where connections came in, of those that did. */
  readonly locals: Map<Conversation, string> = new Map();

  /** What a look-up gave; the last answer is given again. */
  lookUp(name: string): Line | undefined {
    const answers = this.#lookups.get(name.toLowerCase());
    return answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0];
  }

  /** Takes the first that nobody has. */
  take(isMeant: (conversation: Conversation) => boolean): Conversation | undefined {
    const found = this.conversations.find((each) => !each.isTaken && isMeant(each));
    if (found !== undefined) found.isTaken = true;
    return found;
  }
}
