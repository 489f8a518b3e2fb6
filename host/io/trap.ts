/**
 * Traps: errors that end a guest's call, and that the guest can't catch.
 *
 * To a guest with exception handling an error of JavaScript is an exception like any other: `catch_all` catches it, and
 * with it the host's `exit`. What engines never let a guest catch are the traps of WebAssembly itself, and they
 * know those by a mark on the error object. So a trap of ours is an error that a trap has made.
 */

import { wasm } from "../runtime/webassembly.ts";

/** `(module (func (export "t") unreachable))` */
// prettier-ignore
const UNREACHABLE = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x74, 0, 0, 10, 5, 1, 3, 0, 0,
  11,
]);

let unreachable: (() => void) | undefined;

/** The errors that were made here. */
const made = new WeakSet<object>();

/**
 * Makes a trap: a `WebAssembly.RuntimeError` that no guest can catch.
 *
 * @param message what went wrong, and on what
 * @param options its `cause`
 */
export function trapError(message: string, options?: ErrorOptions): Error {
  const error = marked() ?? new wasm.RuntimeError(message);
  // its own message and stack are those of the instruction that made it
  define(error, "message", message);
  define(
    error,
    "stack",
    (error.stack ?? "").replace(/^(\w+): unreachable/, (_, name) => `${name}: ${message}`),
  );
  if (options !== undefined && "cause" in options) define(error, "cause", options.cause);
  made.add(error);
  return error;
}

/**
 * The trap for whatever was thrown: a trap itself, or one whose `cause` it is.
 *
 * @param error as it was thrown
 * @param where the function that the guest called, for what doesn't tell it
 */
export function asTrap(error: unknown, where?: string): Error {
  if (error instanceof Error) {
    // the engine doesn't let a guest catch that its stack is used up, and there is none left here to make another
    if (made.has(error) || isStackOverflow(error)) return error;
    return trapError(error.message, { cause: error });
  }
  // what a guest throws in code of its own that the host calls, as its cabi_realloc, would leave through the host
  const what = isException(error) ? "an exception that nobody caught" : `the host threw ${typeof error}`;
  return trapError(`${where === undefined ? "" : `${where}: `}${what}`, { cause: error });
}

/** Whether it is an exception of WebAssembly. */
export function isException(error: unknown): boolean {
  return wasm.Exception !== undefined && error instanceof wasm.Exception;
}

/** Whether an error says that the stack is used up. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes("call stack");
}

function marked(): Error | undefined {
  try {
    unreachable ??= new wasm.Instance(new wasm.Module(UNREACHABLE), {}).exports["t"] as () => void;
  } catch {
    // where no code may be made, no guest runs
    return undefined;
  }
  try {
    unreachable();
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}
