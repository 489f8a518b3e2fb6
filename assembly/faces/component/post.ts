// The cabi_post_… functions: free what a result lay in, and what it pointed to, when the caller has read it.

import { freeMessages, RECEIVED, RECEIVED_MANY } from "./results";

// @ts-ignore: decorator
@witExport(
  "cabi_post_wasock:net/types@0.1.0#[method]net-io.input",
  "cabi_post_wasock:net/types@0.1.0#[method]net-io.output",
  "cabi_post_wasock:net/types@0.1.0#[method]net-io.write",
  "cabi_post_wasock:net/types@0.1.0#[method]net-io.finish",
  "cabi_post_wasock:net/net@0.1.0#get-address-info",
  "cabi_post_wasock:net/net@0.1.0#address-info-address",
  "cabi_post_wasock:net/net@0.1.0#address-info-next",
  "cabi_post_wasock:net/net@0.1.0#make-sockaddr",
  "cabi_post_wasock:net/net@0.1.0#get-peer-name",
  "cabi_post_wasock:net/net@0.1.0#get-socket-name",
  "cabi_post_wasock:net/net@0.1.0#socket",
  "cabi_post_wasock:net/net@0.1.0#bind",
  "cabi_post_wasock:net/net@0.1.0#listen",
  "cabi_post_wasock:net/net@0.1.0#accept",
  "cabi_post_wasock:net/net@0.1.0#connect",
  "cabi_post_wasock:net/net@0.1.0#open-net-io",
  "cabi_post_wasock:net/net@0.1.0#with-net-io",
  "cabi_post_wasock:net/net@0.1.0#make-listener-socket",
  "cabi_post_wasock:net/net@0.1.0#shutdown",
  "cabi_post_wasock:net/net@0.1.0#open-socket-pair",
  "cabi_post_wasock:net/net@0.1.0#get-socket-option",
  "cabi_post_wasock:net/net@0.1.0#set-socket-option",
  "cabi_post_wasock:net/net@0.1.0#send",
  "cabi_post_wasock:net/net@0.1.0#send-non-blocking",
  "cabi_post_wasock:net/operations@0.1.0#[method]operation.deadline",
)
export function postArea(at: usize): void {
  heap.free(at);
}

// @ts-ignore: decorator
@witExport(
  "cabi_post_wasock:net/types@0.1.0#[method]sockaddr.bytes",
  "cabi_post_wasock:net/net@0.1.0#sockaddr-name",
  "cabi_post_wasock:net/net@0.1.0#error-name",
  "cabi_post_wasock:net/net@0.1.0#error-message",
)
export function postList(at: usize): void {
  heap.free(load<usize>(at));
  heap.free(at);
}

// @ts-ignore: decorator
@witExport(
  "cabi_post_wasock:net/types@0.1.0#[method]net-io.read",
  "cabi_post_wasock:net/net@0.1.0#receive",
  "cabi_post_wasock:net/net@0.1.0#receive-into",
)
export function postBytes(at: usize): void {
  if (load<u8>(at) == 0) heap.free(load<usize>(at, 4));
  heap.free(at);
}

// @ts-ignore: decorator
@witExport("cabi_post_wasock:net/net@0.1.0#address-info-canonname")
export function postOptionalText(at: usize): void {
  if (load<u8>(at) == 1) heap.free(load<usize>(at, 4));
  heap.free(at);
}

// @ts-ignore: decorator
@witExport(
  "cabi_post_wasock:net/net@0.1.0#receive-non-blocking",
  "cabi_post_wasock:net/net@0.1.0#receive-into-non-blocking",
)
export function postSomeBytes(at: usize): void {
  if (load<u8>(at) == 0 && load<u8>(at, 4) == 1) heap.free(load<usize>(at, 8));
  heap.free(at);
}

// @ts-ignore: decorator
@witExport("cabi_post_wasock:net/operations@0.1.0#[method]operation.step")
export function postOutcome(at: usize): void {
  if (load<u8>(at) == RECEIVED) heap.free(load<usize>(at, 4));
  else if (load<u8>(at) == RECEIVED_MANY) freeMessages(at);
  heap.free(at);
}

// @ts-ignore: decorator
@witExport("cabi_post_wasock:net/net@0.1.0#receive-many")
export function postMessages(at: usize): void {
  if (load<u8>(at) == 0) freeMessages(at);
  heap.free(at);
}
