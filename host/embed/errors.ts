/** What goes wrong with a component's functions, as JavaScript gets it. */

import { describe } from "../abi/webassembly.ts";
import { printable } from "../messages/printable.ts";

/**
 * The error of a function that gives a `result`: thrown where a component's function fails, and to be thrown by what a
 * component imports. What is thrown may also be the payload itself, where that is no `Error`, or any object that has a
 * `payload`, as jco has it.
 */
export class ComponentError<T = unknown> extends Error {
  override readonly name = "ComponentError";
  /** The value of the error. */
  readonly payload: T;

  constructor(payload: T, options?: ErrorOptions) {
    super(typeof payload === "string" ? payload : `${describe(payload)} (see payload)`, options);
    this.payload = payload;
  }
}

/** Why an instance doesn't answer. */
export type InstanceErrorCode =
  /** Its own code has done what it may not, or a function that it imports has thrown: it can't be called any more. */
  | "ERR_TRAPPED"
  /** It has called `exit`; it can't be called any more. */
  | "ERR_EXITED"
  /** It was closed. */
  | "ERR_CLOSED"
  /** It is being called, and can't be entered from within: by what it imports, for instance. */
  | "ERR_BUSY";

/** That an instance doesn't answer, and why: one sentence. */
export class InstanceError extends Error {
  override readonly name = "InstanceError";
  /** What kind of reason it is. */
  readonly code: InstanceErrorCode;

  constructor(code: InstanceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** That a value is not of its type. */
export class Mismatch extends Error {
  readonly #expected: string;
  readonly #value: unknown;
  #path = "";

  constructor(expected: string, value: unknown) {
    super();
    this.#expected = expected;
    this.#value = value;
  }

  /** It is a part of something. */
  in(step: string): this {
    this.#path = `${step}${this.#path}`;
    return this;
  }

  /** What is told of it. */
  told(where: string, what: string): WrongValue {
    const is = printable(describe(this.#value), 100);
    return new WrongValue(`${where}: ${what}${this.#path} must be ${this.#expected}, and is ${is}`);
  }
}

/** A `TypeError` that names the function, the parameter and what is wrong with it. */
export class WrongValue extends TypeError {}
