/** What a side of the component rejects with where the Node library has its NetError. */
import type { SideFailure } from "./side.ts";

/** A call that failed, with the error's name as its `code`. */
export class ComponentFailure extends Error implements SideFailure {
  override readonly name = "ComponentFailure";
  readonly code: string;

  /**
   * @param what the call, e.g. `"with-net-io 127.0.0.1:80"`
   * @param code the error's name, e.g. `"ECONNREFUSED"`
   * @param meaning what it means
   */
  constructor(what: string, code: string, meaning: string) {
    super(`${what}: ${meaning} (${code})`);
    this.code = code;
  }
}
