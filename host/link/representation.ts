/** A resource that a guest makes itself. */
/** Is called with what the guest knows a resource by. */
export type Destructor = (representation: number) => void;

/** What the guest knows its resource by: what a handle to it stands for. */
export class Representation {
  readonly representation: number;
  readonly #destructor: Destructor | undefined;

  /**
   * @param representation the guest's own number
   * @param destructor is called with it when the last who owns it drops it
   */
  constructor(representation: number, destructor: Destructor | undefined) {
    this.representation = representation;
    this.#destructor = destructor;
  }

  /** Calls the destructor. */
  [Symbol.dispose](): void {
    this.#destructor?.(this.representation);
  }
}
