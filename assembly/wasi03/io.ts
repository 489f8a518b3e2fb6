// Streams and pollables as wasi:io of 0.2 has them, for the core: its handles are objects of ours.

import { cabi_realloc, letGo } from "../abi";
import { writeDecimal } from "../abi/buffer";
import { Timer } from "./clocks";
import { Input, Output } from "./streams";
import { isEnding, retire, sourceOf, takeEvents, waitFor, waitForSome } from "./waitables";

export function poll(list: usize, count: i32, result: usize): void {
  const found = heap.alloc((<usize>count) << 2);
  store<usize>(result, found);
  store<i32>(result, waitForSome(list, count, found), 4);
}

export function pollableBlock(pollable: i32): void {
  waitFor(sourceOf(pollable));
}

export function pollableReady(pollable: i32): i32 {
  const source = sourceOf(pollable);
  if (source instanceof Timer) return i32((source as Timer).isPast());
  if (source.isReady()) return 1;
  source.join();
  takeEvents();
  return i32(source.isReady());
}

/** A pollable is its source, which others own; a timer is nobody else's. */
export function dropPollable(pollable: i32): void {
  const source = sourceOf(pollable);
  if (!(source instanceof Timer)) return;
  retire(source);
  letGo(<usize>pollable);
}

/** An error's handle is its number. */
export function errorToDebugString(error: i32, result: usize): void {
  const text = heap.alloc(32);
  store<u64>(text, 0x726f72726520736f); // "os error"
  store<u8>(text, 32, 8);
  store<usize>(result, text);
  store<u32>(result, <u32>(writeDecimal(text + 9, error) - text), 4);
}

export function dropError(_error: i32): void {}

// stream-error: last-operation-failed(own<error>) with its error @4, or closed
function storeError(at: usize, errno: i32): void {
  store<u8>(at, u8(errno == 0));
  store<i32>(at, errno, 4);
}

// result<list<u8>, stream-error>: pointer @4 and length @8, or the error @4
function storeRead(result: usize, at: usize, count: i32, error: i32): void {
  store<u8>(result, u8(count < 0));
  if (count < 0) return storeError(result + 4, error);
  store<usize>(result, at, 4);
  store<i32>(result, count, 8);
}

export function inputRead(stream: i32, length: u64, result: usize): void {
  const input = changetype<Input>(<usize>stream);
  const size = <usize>length;
  // where the core expects it, or memory that it frees
  const at = cabi_realloc(0, 0, 1, size);
  storeRead(result, at, input.read(at, <i32>size), input.error);
}

export function inputBlockingRead(stream: i32, length: u64, result: usize): void {
  const input = changetype<Input>(<usize>stream);
  const at = heap.alloc(<usize>length);
  let count = input.read(at, <i32>length);
  while (!count) {
    waitFor(input);
    count = input.read(at, <i32>length);
  }
  if (count < 0) heap.free(at);
  storeRead(result, at, count, input.error);
}

export function inputSubscribe(stream: i32): i32 {
  return stream;
}

export function dropInput(stream: i32): void {
  changetype<Input>(<usize>stream).letGo();
  letGo(<usize>stream);
}

/** How much may be tried to be written is no question: a write takes what there is room for. */
export function outputCheckWrite(_stream: i32, result: usize): void {
  store<u8>(result, 0);
  store<u64>(result, u32.MAX_VALUE, 8);
}

export function outputWrite(stream: i32, from: usize, length: i32, result: usize): void {
  const output = changetype<Output>(<usize>stream);
  const count = output.write(from, length);
  store<u8>(result, u8(count < 0));
  if (count < 0) storeError(result + 4, output.error);
  else store<i32>(result, count, 4);
}

export function outputBlockingWriteAndFlush(stream: i32, from: usize, length: i32, result: usize): void {
  const output = changetype<Output>(<usize>stream);
  for (let at = 0; at < length; ) {
    const count = output.write(from + at, length - at);
    if (count < 0) {
      store<u8>(result, 1);
      return storeError(result + 4, output.error);
    }
    at += count;
    if (count) continue;
    if (isEnding) break;
    waitFor(output);
  }
  store<u8>(result, 0);
}

export function outputSubscribe(stream: i32): i32 {
  return stream;
}

export function dropOutput(stream: i32): void {
  changetype<Output>(<usize>stream).letGo();
  letGo(<usize>stream);
}
