/** A resource that a guest makes itself. */
import type { CoreFunction } from "../lowered/webassembly.ts";

/** What the guest knows its resource by: what a handle to it stands for. */
export class Representation {
  readonly representation: number;
  readonly #destructor: CoreFunction | undefined;

  /**
   * @param representation the guest's own number
   * @param destructor is called with it when the last who owns it drops it
   */
  constructor(representation: number, destructor: CoreFunction | undefined) {
    this.representation = representation;
    this.#destructor = destructor;
  }

  /** Calls the destructor. */
  [Symbol.dispose](): void {
    (this.#destructor as ((representation: number) => void) | undefined)?.(this.representation);
  }
}
