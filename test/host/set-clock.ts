/** The process's clock, which stands still until a test sets it forward: no test has to wait for time to pass. */

/** A timer that was set while the clock stood. */
export interface SetTimer {
  /** In how many milliseconds it was to fire. */
  readonly delay: number;
  /** Whether it keeps the process from its end. */
  isHolding: boolean;
  /** Lets it fire, whatever the clock says. */
  fire(): void;
}

/** A clock that stands. */
export interface SetClock {
  /** The timers that are set, of those that were set while it stood. */
  readonly timers: readonly SetTimer[];
  /** Sets it forward; no timer fires for that. */
  advance(milliseconds: number): void;
  /** Gives the process its own clock and timers back. */
  restore(): void;
}

const SECOND = 1_000_000_000n;

/** Stops `process.hrtime`, by which the host tells the time, and takes the timers that are set from then on. */
export function setClock(): SetClock {
  const { hrtime } = process;
  const { setTimeout, clearTimeout } = globalThis;
  const timers: SetTimer[] = [];
  let now = hrtime.bigint();
  const stopped = (): [seconds: number, nanoseconds: number] => [Number(now / SECOND), Number(now % SECOND)];
  process.hrtime = Object.assign(stopped, { bigint: () => now });
  const clear = (timer: unknown): void => {
    const at = timers.indexOf(timer as SetTimer);
    if (at >= 0) timers.splice(at, 1);
  };
  const set = (call: (...args: unknown[]) => void, delay: number, ...args: unknown[]): unknown => {
    const timer = {
      delay,
      isHolding: true,
      fire: () => {
        clear(timer);
        call(...args);
      },
      ref: () => {
        timer.isHolding = true;
      },
      unref: () => {
        timer.isHolding = false;
      },
    };
    timers.push(timer);
    return timer;
  };
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  return {
    timers,
    advance: (milliseconds) => {
      now += BigInt(Math.round(milliseconds * 1_000_000));
    },
    restore: () => {
      process.hrtime = hrtime;
      Object.assign(globalThis, { setTimeout, clearTimeout });
    },
  };
}
