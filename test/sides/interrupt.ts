/** Waiting for an operation of the component on the event loop, so that it can be called off. */
import { Pollable, poll, Source } from "../../host/io/poll.ts";
import { dispose } from "./jco.ts";

class Flag extends Source {
  #set = false;

  override isReady(): boolean {
    return this.#set;
  }

  set(): void {
    this.#set = true;
    this.notify();
  }
}

/** One wait, for whatever of its pollables is ready first. */
class Wait {
  readonly #flag = new Flag();
  readonly ended: Promise<void>;

  /** @param pollables belong to the wait, which drops them at its end */
  constructor(pollables: readonly Pollable[]) {
    this.ended = this.#run([...pollables, new Pollable(this.#flag)]);
  }

  async #run(pollables: Pollable[]): Promise<void> {
    try {
      await poll(pollables);
    } finally {
      for (const pollable of pollables) dispose(pollable);
    }
  }

  callOff(): void {
    this.#flag.set();
  }
}

/**
 * The waits of one socket. Its pollables are children of it: nobody may wait while it is closed.
 */
export class Waits {
  readonly #pending = new Set<Wait>();
  #exclusive: Promise<unknown> = Promise.resolve();

  /** Waits for the first of some pollables, which are dropped after it. */
  async wait(pollables: readonly Pollable[]): Promise<void> {
    const wait = new Wait(pollables);
    this.#pending.add(wait);
    try {
      await wait.ended;
    } finally {
      this.#pending.delete(wait);
    }
    // whoever called the wait off comes first
    await this.#exclusive;
  }

  /** Ends all waits, and does something before any operation goes on. */
  async exclusively<T>(action: () => T): Promise<T> {
    const done = this.#afterWaits(action);
    this.#exclusive = done.catch(() => {});
    return await done;
  }

  async #afterWaits<T>(action: () => T): Promise<T> {
    // an operation that was started just before may begin to wait meanwhile
    while (this.#pending.size > 0) {
      const pending = [...this.#pending];
      for (const wait of pending) wait.callOff();
      await Promise.all(pending.map((wait) => wait.ended));
    }
    return action();
  }
}
