/**
 * One guest that blocks and one host that doesn't, on two threads: a shared buffer that is the guest's while
 * it writes a request, and the host's until it has written the reply.
 *
 * Layout: eight 32-bit words (whose turn it is, how many bytes the message has), an area for bytes that the host
 * gives ahead, which messages leave as it is, then the message.
 */

import { availableParallelism } from "node:os";
import { milliseconds } from "../io/milliseconds.ts";
import { trapError } from "../io/trap.ts";

/** Whose turn it is. */
const TURN = 0;
/** The bytes of the message. */
const LENGTH = 1;
/** Whether bytes may come ahead with the answer. */
const MAY_BRING = 2;
const WORDS = 8;
const HEADER = 4 * WORDS;

/** How many bytes may come ahead, and so are worth reading at a time: a trip costs as much as copying them. */
export const AHEAD: number = 512 * 1024;
const START = HEADER + AHEAD;

const GUEST = 0;
const HOST = 1;
/** The host has gone for good. */
const OVER = 2;

/** What the buffer starts with, and may grow to: the largest request or reply. */
const INITIAL = START + 256 * 1024;
const MAXIMUM = 256 * 1024 * 1024;

/**
 * How often each side looks for its turn before it sleeps. To be woken costs some 20–60 µs, to look some 5 ns:
 * most calls are answered within what this takes. With one processor the other side couldn't get on meanwhile.
 */
export const SPINS: number = availableParallelism() > 1 ? 2000 : 0;

/** How long the host may answer one call after the other before its event loop turns, in milliseconds. */
const MILLISECONDS_PER_TURN = 1;

// The ES2023 library lacks these two, which every supported Node has.
interface GrowableSharedArrayBuffer extends SharedArrayBuffer {
  grow(length: number): void;
}
type Growable = new (length: number, options: { maxByteLength: number }) => GrowableSharedArrayBuffer;
interface AsyncAtomics {
  waitAsync(words: Int32Array, index: number, value: number): { async: boolean; value: unknown };
}

/** What one thread hands to the other, once. */
export type ChannelBuffer = SharedArrayBuffer;

/** Makes the buffer of a channel. */
export function makeChannelBuffer(): ChannelBuffer {
  return new (SharedArrayBuffer as unknown as Growable)(INITIAL, { maxByteLength: MAXIMUM });
}

/** Either end: where the message lies, as views that grow with the buffer. */
abstract class End {
  /** The whole buffer. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  protected readonly words: Int32Array;
  readonly #buffer: GrowableSharedArrayBuffer;

  constructor(buffer: ChannelBuffer) {
    this.#buffer = buffer as GrowableSharedArrayBuffer;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.words = new Int32Array(buffer, 0, WORDS);
    this.ahead = new Uint8Array(buffer, HEADER, AHEAD);
  }

  /** Where the message begins. */
  get start(): number {
    return START;
  }

  /** The area for bytes that come ahead. */
  readonly ahead: Uint8Array;

  /** Where the message that came ends. */
  get end(): number {
    return START + (this.words[LENGTH] as number);
  }

  /**
   * Makes room.
   *
   * @param end where the message will end
   * @throws RangeError when that is beyond what a message may have
   */
  reserve(end: number): void {
    const have = this.#buffer.byteLength;
    if (end <= have) return;
    if (end > MAXIMUM) throw new RangeError(`a call with ${end - START} bytes is too large: ${MAXIMUM} are`);
    this.#buffer.grow(Math.min(MAXIMUM, Math.max(end, 2 * have)));
  }

  protected pass(end: number, to: number): void {
    this.words[LENGTH] = end - START;
    if (Atomics.compareExchange(this.words, TURN, 1 - to, to) === 1 - to) Atomics.notify(this.words, TURN);
  }
}

/** The guest's end: it blocks. */
export class GuestEnd extends End {
  /** How many calls were made. */
  trips = 0;
  #isOver = false;

  /** Says whether bytes may come ahead with the answer of the next call. */
  set mayBring(value: boolean) {
    this.words[MAY_BRING] = value ? 1 : 0;
  }

  /**
   * Begins a request, once nobody reads the buffer any more.
   *
   * @returns where it is written
   * @throws Error when the guest was told that the host has gone: it may still be reading what it was asked last
   */
  begin(): number {
    this.#check();
    return START;
  }

  /**
   * Has the host answer what was written, and blocks until it has.
   *
   * @param end where the request ends
   * @throws Error when the host has gone
   */
  call(end: number): void {
    const { words } = this;
    this.trips++;
    this.pass(end, HOST);
    let turn = Atomics.load(words, TURN);
    for (let i = 0; turn === HOST && i < SPINS; i++) turn = Atomics.load(words, TURN);
    while (turn === HOST) {
      Atomics.wait(words, TURN, HOST);
      turn = Atomics.load(words, TURN);
    }
    this.#isOver = turn === OVER;
    this.#check();
  }

  /**
   * Blocks for a time, or until the host has gone; seldom for less.
   *
   * @param milliseconds may have a fraction, and be infinite
   * @throws Error when the host has gone
   */
  sleep(milliseconds: number): void {
    Atomics.wait(this.words, TURN, GUEST, milliseconds);
    this.#isOver = Atomics.load(this.words, TURN) === OVER;
    this.#check();
  }

  #check(): void {
    if (this.#isOver) throw trapError("the host was closed");
  }
}

/** The host's end: it listens on its event loop. */
export class HostEnd extends End {
  readonly #answer: () => undefined | Promise<undefined>;
  #since = 0;

  /**
   * @param answer reads the request and writes the reply, now or later; it ends with {@link reply}
   */
  constructor(buffer: ChannelBuffer, answer: () => undefined | Promise<undefined>) {
    super(buffer);
    this.#answer = answer;
    this.#listen();
  }

  /** Whether bytes may come ahead with the answer. */
  get mayBring(): boolean {
    return this.words[MAY_BRING] === 1;
  }

  /** Gives the guest its turn. */
  reply(end: number): void {
    this.pass(end, GUEST);
  }

  /** Ends the channel: a guest that waits is told, as is one that calls later. */
  close(): void {
    Atomics.store(this.words, TURN, OVER);
    Atomics.notify(this.words, TURN);
  }

  #listen(): void {
    const wait = (Atomics as unknown as AsyncAtomics).waitAsync(this.words, TURN, GUEST);
    if (!wait.async) setImmediate(() => this.#serve());
    else void (wait.value as Promise<unknown>).then(() => this.#serve());
  }

  // Answers calls while they come at short intervals, and then listens again.
  #serve(): void {
    const { words } = this;
    this.#since = milliseconds();
    while (Atomics.load(words, TURN) === HOST) {
      let later: undefined | Promise<undefined>;
      try {
        later = this.#answer();
      } catch (error) {
        this.#fail(error);
      }
      if (later !== undefined) {
        void later.then(
          () => this.#serve(),
          (error: unknown) => this.#fail(error),
        );
        return;
      }
      if (milliseconds() - this.#since > MILLISECONDS_PER_TURN) break;
      for (let i = 0; i < SPINS && Atomics.load(words, TURN) === GUEST; i++);
    }
    if (Atomics.load(words, TURN) !== OVER) this.#listen();
  }

  // There is no answer: the guest would sleep for ever.
  #fail(error: unknown): never {
    this.close();
    throw error;
  }
}
