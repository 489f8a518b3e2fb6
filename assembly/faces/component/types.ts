// wasock:net/types: the methods and destructors of the resources that hold nothing open, in both versions.

import { Sockaddr } from "../../address/sockaddr";
import { InfoHandle, letGo } from "./resources";
import { list } from "./results";

export function dropSockaddr(address: Sockaddr): void {
  letGo(changetype<usize>(address));
}

export function dropAddressInfo(info: InfoHandle): void {
  letGo(changetype<usize>(info));
}

export function sockaddrBytes(address: Sockaddr): usize {
  return list(address.pointer, address.length);
}
