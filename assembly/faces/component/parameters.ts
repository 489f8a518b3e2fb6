// Parameters of the component's exports, as they arrive flattened.

import { AddressInfo } from "../../address/address-info";
import { OpenOperation } from "../../operation/compound";
import { LookupOperation } from "../../address/addrconfig";
import { ResolveOperation } from "../../address/resolve";
import { Sockaddr } from "../../address/sockaddr";
import { InfoHandle } from "./resources";

// option<string> → a pointer that is 0 for none; an empty string has one too
// @ts-ignore: decorator
@inline
function given(some: i32, pointer: usize): usize {
  return some ? max<usize>(pointer, 1) : 0;
}

// frees the parameters that came as lists
function freeTexts(hostSome: i32, host: usize, hostLength: u32, service: usize, serviceLength: u32): void {
  if (hostSome && hostLength) heap.free(host);
  if (serviceLength) heap.free(service);
}

export function infoOf(some: i32, handle: usize): AddressInfo | null {
  return some ? changetype<InfoHandle>(handle).info : null;
}

export function seconds(some: i32, value: f64): f64 {
  return some ? value : -1;
}

export function addressOf(ai: AddressInfo | null): Sockaddr | null {
  return ai ? ai.address : null;
}

export function startResolve(
  hostSome: i32,
  host: usize,
  hostLength: u32,
  serviceSome: i32,
  service: usize,
  serviceLength: u32,
  hints: AddressInfo | null,
): ResolveOperation {
  const operation = new LookupOperation(
    given(hostSome, host),
    hostLength,
    given(serviceSome, service),
    serviceLength,
    hints ? hints : new AddressInfo(),
  );
  freeTexts(hostSome, host, hostLength, service, serviceSome ? serviceLength : 0);
  return operation;
}

export function startOpen(
  hostSome: i32,
  host: usize,
  hostLength: u32,
  service: usize,
  serviceLength: u32,
): OpenOperation {
  const operation = new OpenOperation(given(hostSome, host), hostLength, given(1, service), serviceLength);
  freeTexts(hostSome, host, hostLength, service, serviceLength);
  return operation;
}
