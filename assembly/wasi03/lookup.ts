// Look-ups as wasi:sockets/ip-name-lookup of 0.2 has them, for the core.

import { held, hold, letGo } from "../abi";
import { lookupCode, OUTCOME_SIZE } from "./errors";
import { resolveAddresses as resolve } from "./imports/sockets";
import { retire, Source } from "./waitables";

/** error-code of 0.2. */
const WOULD_BLOCK: u8 = 8;

/** The size of an ip-address. */
const ADDRESS_SIZE: usize = 18;

@final
class Lookup extends Source {
  private isOver: bool = false;
  private next: u32 = 0;
  // result<list<ip-address>, error-code>: pointer @4 and length @8, or the error @4; the name is behind it
  private area: usize;

  constructor(name: usize, length: usize) {
    super();
    const area = heap.alloc(OUTCOME_SIZE + length);
    this.area = area;
    memory.copy(area + OUTCOME_SIZE, name, length);
    this.isOver = this.call(resolve(area + OUTCOME_SIZE, length, area));
  }

  isReady(): bool {
    return this.isOver;
  }

  protected settle(_result: i32): void {
    this.isOver = true;
  }

  /** result<option<ip-address>, error-code> of 0.2: the option @2 and the address @4, or the code @2. */
  give(result: usize): void {
    const area = this.area;
    const failed = !this.isOver || load<u8>(area);
    store<u8>(result, u8(failed));
    if (!this.isOver) {
      store<u8>(result, WOULD_BLOCK, 2);
    } else if (failed) {
      store<u8>(result, lookupCode(area + 4), 2);
      store<u8>(area, 0, 8); // its words are gone
    } else {
      const isThere = this.next < load<u32>(area, 8);
      store<u8>(result, u8(isThere), 2);
      const from = load<usize>(area, 4) + ADDRESS_SIZE * this.next++;
      if (isThere) memory.copy(result + 4, from, ADDRESS_SIZE);
    }
  }

  drop(): void {
    if (this.waitable) this.isOver = this.callOff();
    if (this.isOver && load<u8>(this.area)) lookupCode(this.area + 4);
    else if (this.isOver && load<u32>(this.area, 8)) heap.free(load<usize>(this.area, 4));
    heap.free(this.area);
  }
}

export function resolveAddresses(_network: i32, name: usize, length: usize, result: usize): void {
  store<u8>(result, 0);
  store<i32>(result, <i32>hold(new Lookup(name, length)), 4);
}

export function resolveAddressResolveNextAddress(handle: i32, result: usize): void {
  held<Lookup>(<usize>handle).give(result);
}

export function resolveAddressSubscribe(handle: i32): i32 {
  return handle;
}

export function dropResolveAddress(handle: i32): void {
  retire(held<Lookup>(<usize>handle));
  letGo(<usize>handle);
}
