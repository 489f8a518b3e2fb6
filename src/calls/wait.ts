/** How long a call may wait, and who may call it off. */
import { requireKnownKeys } from "../../host/messages/known-keys.ts";
import { unwatchAbort, watchAbort } from "../abort-watch.ts";
import { ETIMEDOUT, TIMED_OUT } from "../core.ts";
import type { Wait } from "../driver.ts";
import { NetError, type NetErrorContext, show } from "../errors.ts";

/** A limit in seconds; null or false waits for ever. */
export type Timeout = number | null | false;

/** What calls it off. */
export interface Abortable {
  /** Aborting it rejects the promise with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What calls it off, and when it is late. */
export interface Waiting extends Abortable {
  /** How long, in milliseconds; fractions allowed; 0 tries once; null and the default wait for ever. */
  readonly timeoutMs?: number | null | undefined;
  /**
   * How long, in seconds, as the functions have it; false and null wait for ever.
   *
   * @deprecated since 0.2.0: Node's `timeout` is milliseconds, so that this one misleads; use `timeoutMs`
   */
  readonly timeout?: Timeout | undefined;
}

/** Leaves a result as it is. */
export const asIs = <T>(result: T): T => result;

/** As long as it takes. */
export const forEver: Wait = { seconds: -1, signal: undefined };

/**
 * A limit as the core takes it: seconds, negative for none.
 *
 * @throws TypeError or RangeError when it is no limit
 */
export function secondsOf(timeout: Timeout): number {
  if (timeout === null || timeout === false) return -1;
  requireLimit("timeout", "a number of seconds, null or false", timeout);
  return timeout;
}

function requireLimit(name: string, kind: string, limit: unknown): asserts limit is number {
  if (typeof limit !== "number" || Number.isNaN(limit)) {
    throw new TypeError(`${name} must be ${kind}, got ${show(limit)}`);
  }
  if (limit < 0) throw new RangeError(`${name} must not be negative, got ${limit}`);
}

const ABORTABLE: readonly (keyof Abortable)[] = ["signal"];
/** How long a connection may take to be there, and what calls it off. */
export type Connecting = Pick<Waiting, "signal" | "timeoutMs">;
/** The keys of {@link Connecting}. */
export const CONNECTING: readonly (keyof Connecting)[] = ["signal", "timeoutMs"];
/** The keys of {@link Waiting}. */
export const WAITING: readonly (keyof Waiting)[] = ["signal", "timeoutMs", "timeout"];

/**
 * The signal of some options.
 *
 * @param known the keys that they may have
 * @throws TypeError when these are no options, or one that the call does not know; the signal's reason when it is
 *   aborted already
 */
export function signalOf(
  options: Abortable | undefined,
  known: readonly string[] = ABORTABLE,
): AbortSignal | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`options must be an object, got ${show(options)}`);
  }
  requireKnownKeys("options", "option of this call", options, known);
  const { signal } = options;
  if (signal === undefined) return undefined;
  if (!(signal instanceof AbortSignal)) {
    throw new TypeError(`signal must be an AbortSignal, got ${show(signal)}`);
  }
  signal.throwIfAborted();
  return signal;
}

/**
 * The limit and the signal of some options.
 *
 * @param known the keys that they may have
 * @throws TypeError or RangeError when they are none; the signal's reason when it is aborted already
 */
export function waitOf(options: Waiting | undefined, known: readonly string[] = WAITING): Wait {
  if (options === undefined) return forEver;
  const signal = signalOf(options, known);
  const { timeoutMs, timeout } = options;
  if (timeout !== undefined) {
    if (timeoutMs !== undefined) {
      throw new TypeError("options have timeoutMs (milliseconds) and timeout (seconds): one limit is enough");
    }
    return { seconds: secondsOf(timeout), signal };
  }
  if (timeoutMs === undefined || timeoutMs === null) return { seconds: -1, signal };
  requireLimit("timeoutMs", "a number of milliseconds or null", timeoutMs);
  return { seconds: timeoutMs / 1000, signal };
}

/** The error for what a call has come to: a negative errno, or that its time ran out. */
export function failure(result: number, context: NetErrorContext): NetError {
  return new NetError(result === TIMED_OUT ? -ETIMEDOUT : result, context);
}

/**
 * A result of the core as the class knows it.
 *
 * @returns the result, when it is not negative
 * @throws NetError with the negative errno, or ETIMEDOUT when the time ran out
 */
export function orThrow(result: number, context: NetErrorContext): number {
  if (result < 0) throw failure(result, context);
  return result;
}

/** What `run` returns; but rejects with the signal's reason as soon as that is aborted. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
  if (signal === undefined) return await run();
  signal.throwIfAborted();
  const waiter = { aborted: (): void => {} };
  const aborted = new Promise<never>((_, reject) => {
    waiter.aborted = () => reject(signal.reason);
  });
  watchAbort(signal, waiter);
  try {
    return await Promise.race([run(), aborted]);
  } finally {
    unwatchAbort(signal, waiter);
  }
}
