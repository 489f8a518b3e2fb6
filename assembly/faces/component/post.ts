// The cabi_post_… functions: free what a result lay in, and what it pointed to, when the caller has read it. Their names
// tell where the lists are, whose memory is the heap's where they are empty too. What async functions give is freed when
// it was given.

import { freeMessages, RECEIVED, RECEIVED_MANY } from "./results";

export function postArea(at: usize): void {
  heap.free(at);
}

export function postList(at: usize): void {
  heap.free(load<usize>(at));
  heap.free(at);
}

export function postOptionList(at: usize): void {
  if (load<u8>(at) == 1) heap.free(load<usize>(at, 4));
  heap.free(at);
}

export function postResultList(at: usize): void {
  if (load<u8>(at) == 0) heap.free(load<usize>(at, 4));
  heap.free(at);
}

export function postResultOptionList(at: usize): void {
  if (load<u8>(at) == 0 && load<u8>(at, 4) == 1) heap.free(load<usize>(at, 8));
  heap.free(at);
}

export function postResultListMessage(at: usize): void {
  if (load<u8>(at) == 0) freeMessages(at);
  heap.free(at);
}

export function postOutcome(at: usize): void {
  if (load<u8>(at) == RECEIVED) heap.free(load<usize>(at, 4));
  else if (load<u8>(at) == RECEIVED_MANY) freeMessages(at);
  heap.free(at);
}
