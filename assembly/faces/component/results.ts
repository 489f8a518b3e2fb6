// Results of the component's exports, laid out as the canonical ABI wants them.
//
// A result that doesn't fit a register lies in an area of its own from the heap, since an export that was
// suspended may overlap with others. The `cabi_post_…` functions free it, and what it points to.

import { freeList, lowerList } from "../../abi";
import { Sockaddr } from "../../address/sockaddr";
import { MessageSink, MOST_MESSAGES } from "../../socket/socket";
import { giveAddress } from "./resources";

/** u8 discriminant @0 · payload from @4, which is enough for every result of this component. */
const AREA_SIZE: usize = 24;

function area(discriminant: u8): usize {
  const at = heap.alloc(AREA_SIZE);
  store<u8>(at, discriminant);
  return at;
}

/** result<_, errno>, from 0 or a negative errno. */
export function unit(result: i32): usize {
  if (result < 0) return failure(result);
  return area(0);
}

/** The err case of any result<…, errno>. */
export function failure(errno: i32): usize {
  const at = area(1);
  store<i32>(at, -errno, 4);
  return at;
}

/** result<u32 or own<…>, errno>, from a number that is not negative or a negative errno. */
export function number(result: i32): usize {
  if (result < 0) return failure(result);
  const at = area(0);
  store<i32>(at, result, 4);
  return at;
}

/** result<option<u32>, errno>: a number, or none. */
export function optionalNumber(result: i32, none: i32): usize {
  if (result != none && result < 0) return failure(result);
  const at = area(0);
  store<u8>(at, result == none ? 0 : 1, 4);
  store<i32>(at, result, 8);
  return at;
}

/** result<tuple<own<a>, own<b>, own<c>>, errno>. */
export function triple(a: i32, b: i32, c: i32): usize {
  const at = area(0);
  store<i32>(at, a, 4);
  store<i32>(at, b, 8);
  store<i32>(at, c, 12);
  return at;
}

/** option<own<…>>: a handle, or 0 for none. */
export function optionalHandle(handle: i32): usize {
  const at = area(handle ? 1 : 0);
  store<i32>(at, handle, 4);
  return at;
}

/** result<list<u8>, errno>; the list is the heap's and is freed after the call. */
export function bytes(list: usize, length: u32): usize {
  const at = area(0);
  store<usize>(at, list, 4);
  store<u32>(at, length, 8);
  return at;
}

/** result<option<list<u8>>, errno>, likewise. */
export function someBytes(list: usize, length: u32): usize {
  const at = area(0);
  store<u8>(at, 1, 4);
  store<usize>(at, list, 8);
  store<u32>(at, length, 12);
  return at;
}

/** The none of result<option<list<u8>>, errno>. */
export function noBytes(): usize {
  const at = area(0);
  store<u8>(at, 0, 4);
  return at;
}

/** list<u8> or string, as a plain result: pointer @0, length @4. */
export function list(from: usize, length: u32): usize {
  const at = heap.alloc(AREA_SIZE);
  const copy = heap.alloc(length);
  memory.copy(copy, from, length);
  store<usize>(at, copy);
  store<u32>(at, length, 4);
  return at;
}

/** option<string>, from UTF-8. */
export function optionalText(value: ArrayBuffer | null): usize {
  if (!value) return area(0);
  const at = area(1);
  const copy = heap.alloc(value.byteLength);
  memory.copy(copy, changetype<usize>(value), value.byteLength);
  store<usize>(at, copy, 4);
  store<u32>(at, value.byteLength, 8);
  return at;
}

// record message: bytes list<u8> @0 · sender option<own<sockaddr>> @8
const MESSAGE_SIZE: usize = 16;

/** Datagrams that are received together, laid out as the caller gets them. */
@final
export class LoweredMessages extends MessageSink {
  private list: usize = 0;
  private count: i32 = 0;

  add(from: usize, length: u32, sender: Sockaddr): void {
    if (!this.list) this.list = heap.alloc(<usize>MOST_MESSAGES * MESSAGE_SIZE);
    const at = this.list + <usize>this.count * MESSAGE_SIZE;
    this.count++;
    memory.copy(lowerList(at, length, 1), from, length);
    const address = giveAddress(sender.length ? sender : null);
    store<u8>(at, address ? 1 : 0, 8);
    store<i32>(at, address, 12);
  }

  /** result<list<message>, errno>, or the variant `outcome` with such a list; freed after the call by `freeMessages`. */
  give(discriminant: u8): usize {
    const at = area(discriminant);
    store<usize>(at, this.list, 4);
    store<i32>(at, this.count, 8);
    return at;
  }
}

/** Frees a list of messages, whose addresses are the caller's. */
export function freeMessages(at: usize): void {
  let element = load<usize>(at, 4);
  for (let i = load<i32>(at, 8); i > 0; i--) {
    freeList(element);
    element += MESSAGE_SIZE;
  }
  freeList(at + 4);
}

/** The `outcome` variant, without its payload. */
export function outcome(discriminant: u8): usize {
  return area(discriminant);
}

/** The discriminants of outcome's cases that point to memory. */
export const RECEIVED: u8 = 5;
export const RECEIVED_MANY: u8 = 9;
