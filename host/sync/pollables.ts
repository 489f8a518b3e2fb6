/**
 * A guest's pollables on its own thread. What it can tell by itself – a stream whose bytes are here already, a time
 * that has come – needs no trip to the host; the rest the host is asked for, all at once.
 */
import { now } from "../io/clock.ts";
import { Remote } from "./remote.ts";

/** How many polls in a row may be answered by what is known here, while the host could know of more. */
const PARTIAL_ANSWERS = 16;
/** How many pollables may be known here alone: the host counts the others, and has a limit. */
const MOST_LOCAL = 1024;
/** The instant that never comes. */
export const NEVER = 0xffff_ffff_ffff_ffffn;

/** The number of a pollable that the host doesn't know. */
const LOCAL = -1;

/** How long may be slept here, in nanoseconds; for longer the host is asked, since it may be closed meanwhile. */
const SHORT = 10_000_000n;

/** `wasi:io/poll.pollable` of a guest's thread. */
export class RemotePollable extends Remote {
  /** The input stream that it tells of, where it is one's. */
  stream: Remote | undefined = undefined;
  /** When it is ready, in nanoseconds of the monotonic clock, where it is a timer's. */
  instant: bigint | undefined = undefined;
}

/** How the host is asked. */
export interface PollHost {
  /** Whether bytes of a stream are here, by its number. */
  isAhead(stream: number): boolean;
  /** Has the host make the pollable of a stream; its number. */
  subscribe(stream: Remote): number;
  /** Has the host make a timer; its number. */
  subscribeInstant(instant: bigint): number;
  /** Has the host say whether a pollable is ready. */
  ready(pollable: RemotePollable): boolean;
  /**
   * Has the host say which pollables are ready.
   *
   * @param waits whether it waits until one is, or until the instant has come
   * @returns their places among those that were given
   */
  poll(pollables: readonly RemotePollable[], waits: boolean, until: bigint): ArrayLike<number>;
  sleep(until: bigint): void;
}

/** The pollables of one guest. */
export class Pollables {
  readonly #make: new (
    number: number,
  ) => RemotePollable;
  readonly #host: PollHost;
  readonly #locals: Set<RemotePollable> = new Set();
  #partialAnswers = 0;

  /**
   * @param make the class of the guest's pollables
   * @param host how it is asked
   */
  constructor(make: new (number: number) => RemotePollable, host: PollHost) {
    this.#make = make;
    this.#host = host;
  }

  /** `input-stream.subscribe`. */
  subscribe(stream: Remote): RemotePollable {
    const isLocal = this.#host.isAhead(stream.number) && this.#locals.size < MOST_LOCAL;
    const made = new this.#make(isLocal ? LOCAL : this.#host.subscribe(stream));
    made.stream = stream;
    if (isLocal) this.#locals.add(made);
    return made;
  }

  /** `monotonic-clock.subscribe-instant`. */
  subscribeInstant(when: bigint): RemotePollable {
    const instant = when < NEVER ? when : NEVER - 1n; // the same to all that live
    const isLocal = this.#locals.size < MOST_LOCAL;
    const made = new this.#make(isLocal ? LOCAL : this.#host.subscribeInstant(instant));
    made.instant = instant;
    if (isLocal) this.#locals.add(made);
    return made;
  }

  /** `monotonic-clock.subscribe-duration`. */
  subscribeDuration(duration: bigint): RemotePollable {
    return this.subscribeInstant(now() + duration);
  }

  ready(pollable: RemotePollable): boolean {
    const known = this.#known(pollable);
    if (known !== undefined) return known;
    this.#tell(pollable);
    return this.#host.ready(pollable);
  }

  poll(list: readonly RemotePollable[]): Uint32Array {
    for (;;) {
      const asked: number[] = [];
      const ready: number[] = [];
      let until = NEVER;
      list.forEach((pollable, i) => {
        const known = this.#known(pollable);
        if (known === undefined) asked.push(i);
        else if (known) ready.push(i);
        else if ((pollable.instant as bigint) < until) until = pollable.instant as bigint;
      });
      if (ready.length > 0 && (asked.length === 0 || ++this.#partialAnswers < PARTIAL_ANSWERS)) {
        return Uint32Array.from(ready);
      }
      if (asked.length === 0 && until - now() <= SHORT) {
        this.#host.sleep(until);
        continue;
      }
      this.#partialAnswers = 0;
      const others = asked.map((i) => list[i] as RemotePollable);
      for (const pollable of others) this.#tell(pollable);
      const found = this.#host.poll(others, ready.length === 0, until);
      for (let i = 0; i < found.length; i++) ready.push(asked[found[i] as number] as number);
      // a timer's time has come while the host waited, or is found to have in the next round
      if (ready.length > 0) return Uint32Array.from(ready).sort();
    }
  }

  /**
   * Drops a pollable.
   *
   * @param drop has the host drop it
   */
  drop(pollable: RemotePollable, drop: (pollable: Remote) => void): void {
    if (!this.#locals.delete(pollable)) drop(pollable);
    pollable.number = 0;
  }

  /** Tells the host of the pollables of a stream, before that is dropped: it may not be while they live. */
  tellOf(stream: Remote): void {
    for (const pollable of this.#locals) if (pollable.stream === stream) this.#tell(pollable);
  }

  /** Whether it is ready, where that can be told here. */
  #known({ stream, instant }: RemotePollable): boolean | undefined {
    if (instant !== undefined) return now() >= instant;
    return stream !== undefined && this.#host.isAhead(stream.number) ? true : undefined;
  }

  /** Makes the host know a pollable of a stream; no timer needs it. */
  #tell(pollable: RemotePollable): void {
    if (pollable.number !== LOCAL) return;
    this.#locals.delete(pollable);
    pollable.number = this.#host.subscribe(pollable.stream as Remote);
  }
}
