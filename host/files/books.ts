import type { Abortable, Ledger } from "../io/owner.ts";

/** The count of one guest's open files. */
export class FileBooks {
  readonly #ledger: Ledger;
  readonly #most: number;

  /**
   * @param ledger the books of the host: when it is closed all files are
   * @param most how many files, folders and listings may be open at a time
   */
  constructor(ledger: Ledger, most: number) {
    this.#ledger = ledger;
    this.#most = most;
  }

  /**
   * Says that one more may be opened now.
   *
   * @throws EMFILE when there are as many as there may be; a trap when the host is closed
   */
  assertRoom(): void {
    this.#ledger.assertOpen();
    if (!this.hasRoom()) throw "EMFILE";
  }

  hasRoom(): boolean {
    return this.#ledger.files < this.#most;
  }

  add(file: Abortable): void {
    this.#ledger.files++;
    this.#ledger.live.add(file);
  }

  remove(file: Abortable): void {
    if (this.#ledger.live.delete(file)) this.#ledger.files--;
  }
}
