/**
 * The numbers by which a guest is told what came of an asynchronous call.
 *
 * Source: the component model's `CanonicalABI.md`, "Waitable State", "Subtask State", "Stream State", "canon lift".
 */

/** That nothing came of it yet: the event follows. */
export const BLOCKED = -1;

/** `CopyResult`: the low bits of a copy's answer; above them stands how many elements were moved. */
export const Copy = { completed: 0, dropped: 1, cancelled: 2 } as const;

/** Kinds of events. */
export const Event = {
  none: 0,
  subtask: 1,
  streamRead: 2,
  streamWrite: 3,
  futureRead: 4,
  futureWrite: 5,
  taskCancelled: 6,
} as const;

/** The states of a call. */
export const Call = {
  starting: 0,
  started: 1,
  returned: 2,
  cancelledBeforeStarted: 3,
  cancelledBeforeReturned: 4,
} as const;

/** `CallbackCode`: how a callback wants to be called again. */
export const CallbackCode = { exit: 0, yield: 1, wait: 2 } as const;

/** How many elements one copy moves at the most. */
export const MOST_ELEMENTS: number = 2 ** 28 - 1;
/** More parameters than this go through memory in a call that may go on behind its caller's back. */
export const maxAsyncParams = 4;
