/** Timers and clocks as Node has them. */

/** A timer that can be told whom it keeps; in a page it keeps nobody. */
class Timer {
  readonly stop: () => void;

  constructor(stop: () => void) {
    this.stop = stop;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

export function setTimeout<T extends unknown[]>(
  call: (...args: T) => void,
  delay?: number,
  ...args: T
): Timer {
  const timer = globalThis.setTimeout(call, delay, ...args);
  return new Timer(() => globalThis.clearTimeout(timer));
}

export function clearTimeout(timer: Timer | undefined): void {
  timer?.stop();
}

const queue: (() => void)[] = [];
const { port1, port2 } = new MessageChannel();
port1.onmessage = () => queue.shift()?.();

/** Calls back in a turn of its own, by a message to oneself: timers of pages wait for milliseconds. */
export function setImmediate<T extends unknown[]>(call: (...args: T) => void, ...args: T): Timer {
  let isOff = false;
  queue.push(() => {
    if (!isOff) call(...args);
  });
  port2.postMessage(undefined);
  return new Timer(() => {
    isOff = true;
  });
}

const NANOSECONDS = 1_000_000;

interface Clock {
  (): [seconds: number, nanoseconds: number];
  bigint(): bigint;
}

/** `process.hrtime`. */
export const hrtime: Clock = Object.assign(
  (): [number, number] => {
    const now = performance.now();
    return [Math.floor(now / 1000), Math.floor((now % 1000) * NANOSECONDS)];
  },
  {
    bigint(): bigint {
      const now = performance.now();
      const whole = Math.floor(now);
      return BigInt(whole) * BigInt(NANOSECONDS) + BigInt(Math.floor((now - whole) * NANOSECONDS));
    },
  },
);
