/** The process's clock, which stands still until a test sets it forward: no test has to wait for time to pass. */

/** A clock that stands. */
export interface SetClock {
  /** Sets it forward. */
  advance(milliseconds: number): void;
  /** Gives the process its own clock back. */
  restore(): void;
}

const SECOND = 1_000_000_000n;

/** Stops `process.hrtime`, by which the host tells the time; timers of the event loop go on. */
export function setClock(): SetClock {
  const { hrtime } = process;
  let now = hrtime.bigint();
  const stopped = (): [seconds: number, nanoseconds: number] => [Number(now / SECOND), Number(now % SECOND)];
  process.hrtime = Object.assign(stopped, { bigint: () => now });
  return {
    advance: (milliseconds) => {
      now += BigInt(Math.round(milliseconds * 1_000_000));
    },
    restore: () => {
      process.hrtime = hrtime;
    },
  };
}
