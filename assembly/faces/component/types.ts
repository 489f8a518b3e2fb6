// wasock:net/types: the methods and destructors of the resources that hold nothing open, in both versions.

import { Sockaddr } from "../../address/sockaddr";
import { InfoHandle, letGo } from "./resources";
import { list } from "./results";

// @ts-ignore: decorator
@witExport("wasock:net/types@0.1.0#[dtor]sockaddr")
export function dropSockaddr(address: Sockaddr): void {
  letGo(changetype<usize>(address));
}

// @ts-ignore: decorator
@witExport("wasock:net/types@0.1.0#[dtor]address-info")
export function dropAddressInfo(info: InfoHandle): void {
  letGo(changetype<usize>(info));
}

// @ts-ignore: decorator
@witExport("wasock:net/types@0.1.0#[method]sockaddr.bytes")
export function sockaddrBytes(address: Sockaddr): usize {
  return list(address.pointer, address.length);
}
