// Made by tools/generate.mjs; do not edit. From tools/options/table.mjs.

import * as wasi from "./imports/sockets";
import { AREA, storeLarge, storeMedium, storeOutcome, storeSmall } from "./results";
import { tcpHandle } from "./tcp";
import { udpHandle } from "./udp";

export function tcpSendBufferSize(handle: i32, result: usize): void {
  wasi.tcpGetSendBufferSize(tcpHandle(handle), AREA);
  storeLarge(result);
}
export function tcpSetSendBufferSize(handle: i32, value: u64, result: usize): void {
  wasi.tcpSetSendBufferSize(tcpHandle(handle), value, AREA);
  storeOutcome(result);
}
export function tcpReceiveBufferSize(handle: i32, result: usize): void {
  wasi.tcpGetReceiveBufferSize(tcpHandle(handle), AREA);
  storeLarge(result);
}
export function tcpSetReceiveBufferSize(handle: i32, value: u64, result: usize): void {
  wasi.tcpSetReceiveBufferSize(tcpHandle(handle), value, AREA);
  storeOutcome(result);
}
export function tcpKeepAliveEnabled(handle: i32, result: usize): void {
  wasi.tcpGetKeepAliveEnabled(tcpHandle(handle), AREA);
  storeSmall(result);
}
export function tcpSetKeepAliveEnabled(handle: i32, value: i32, result: usize): void {
  wasi.tcpSetKeepAliveEnabled(tcpHandle(handle), value, AREA);
  storeOutcome(result);
}
export function tcpKeepAliveIdleTime(handle: i32, result: usize): void {
  wasi.tcpGetKeepAliveIdleTime(tcpHandle(handle), AREA);
  storeLarge(result);
}
export function tcpSetKeepAliveIdleTime(handle: i32, value: u64, result: usize): void {
  wasi.tcpSetKeepAliveIdleTime(tcpHandle(handle), value, AREA);
  storeOutcome(result);
}
export function tcpKeepAliveInterval(handle: i32, result: usize): void {
  wasi.tcpGetKeepAliveInterval(tcpHandle(handle), AREA);
  storeLarge(result);
}
export function tcpSetKeepAliveInterval(handle: i32, value: u64, result: usize): void {
  wasi.tcpSetKeepAliveInterval(tcpHandle(handle), value, AREA);
  storeOutcome(result);
}
export function tcpKeepAliveCount(handle: i32, result: usize): void {
  wasi.tcpGetKeepAliveCount(tcpHandle(handle), AREA);
  storeMedium(result);
}
export function tcpSetKeepAliveCount(handle: i32, value: u32, result: usize): void {
  wasi.tcpSetKeepAliveCount(tcpHandle(handle), value, AREA);
  storeOutcome(result);
}
export function tcpHopLimit(handle: i32, result: usize): void {
  wasi.tcpGetHopLimit(tcpHandle(handle), AREA);
  storeSmall(result);
}
export function tcpSetHopLimit(handle: i32, value: i32, result: usize): void {
  wasi.tcpSetHopLimit(tcpHandle(handle), value, AREA);
  storeOutcome(result);
}
export function udpSendBufferSize(handle: i32, result: usize): void {
  wasi.udpGetSendBufferSize(udpHandle(handle), AREA);
  storeLarge(result);
}
export function udpSetSendBufferSize(handle: i32, value: u64, result: usize): void {
  wasi.udpSetSendBufferSize(udpHandle(handle), value, AREA);
  storeOutcome(result);
}
export function udpReceiveBufferSize(handle: i32, result: usize): void {
  wasi.udpGetReceiveBufferSize(udpHandle(handle), AREA);
  storeLarge(result);
}
export function udpSetReceiveBufferSize(handle: i32, value: u64, result: usize): void {
  wasi.udpSetReceiveBufferSize(udpHandle(handle), value, AREA);
  storeOutcome(result);
}
export function udpUnicastHopLimit(handle: i32, result: usize): void {
  wasi.udpGetUnicastHopLimit(udpHandle(handle), AREA);
  storeSmall(result);
}
export function udpSetUnicastHopLimit(handle: i32, value: i32, result: usize): void {
  wasi.udpSetUnicastHopLimit(udpHandle(handle), value, AREA);
  storeOutcome(result);
}
