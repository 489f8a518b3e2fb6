/** Answers of a host's async functions that come later. */

type Outcome =
  | { readonly isOk: true; readonly value: unknown }
  | { readonly isOk: false; readonly error: unknown };

/** An answer that comes later, without a promise: whoever waits is told in the event that brings it. */
export class Later {
  /** Calls off what is under way: the answer isn't wanted any more, and no other call is held up. */
  readonly cancel: () => void;
  #outcome: Outcome | undefined = undefined;
  #told: ((outcome: Outcome) => void) | undefined = undefined;

  constructor(cancel: () => void = () => {}) {
    this.cancel = cancel;
  }

  get isSettled(): boolean {
    return this.#outcome !== undefined;
  }

  resolve(value: unknown): void {
    this.#settle({ isOk: true, value });
  }

  /** It is the error of a WIT result, or an Error that ends the guest. */
  reject(error: unknown): void {
    this.#settle({ isOk: false, error });
  }

  whenSettled(told: (outcome: Outcome) => void): void {
    if (this.#outcome !== undefined) told(this.#outcome);
    else this.#told = told;
  }

  #settle(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#told?.(outcome);
  }
}
