/** Why a function has returned null or false. */
import { failure } from "../calls/wait.ts";
import { NetError, type NetErrorContext } from "../errors.ts";

/** What a call has come to, until somebody asks: most programs never do, and an error's stack takes time. */
interface Failed {
  readonly result: number;
  readonly context: NetErrorContext;
}

let last: NetError | Failed | null = null;

/**
 * Notes why a call returns null or false.
 *
 * @param result a negative errno, or TIMED_OUT
 * @param context what was tried
 * @returns false, for those that return it
 */
export function noteFailure(result: number, context: NetErrorContext): false {
  last = { result, context };
  return false;
}

/** As {@link noteFailure}, where there is an error already. */
export function noteError(error: NetError): void {
  last = error;
}

/**
 * Why the last function that failed by returning null or false did so. It holds an error as those that the class
 * `Socket` throws, with ETIMEDOUT where time ran out; a function that succeeds, throws or returns a negative number
 * leaves it as it is, and so do the methods of the classes.
 *
 * It is set just before the promise of a call that waits is fulfilled. Where several calls wait at a time, another may
 * fail before the first is looked at: the errors that the methods of `Socket` throw are always their own.
 *
 * @returns the error, the same one until another call fails; null when none has failed yet
 */
export function lastError(): NetError | null {
  if (last !== null && !(last instanceof NetError)) last = failure(last.result, last.context);
  return last;
}
