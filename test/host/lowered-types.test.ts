import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  alignOf,
  camelCase,
  className,
  coreSignature,
  discriminantSize,
  enumeration,
  flatten,
  func,
  list,
  offsetsOf,
  option,
  own,
  payloadOffset,
  record,
  resource,
  result,
  sizeOf,
  string,
  type TypeOf,
  tuple,
  u8,
  u16,
  u32,
  u64,
  variant,
  type WitType,
} from "../../host/abi/types.ts";
import { incomingDatagram, ipSocketAddress, outgoingDatagram } from "../../host/wasi02/descriptions.ts";

// The expected numbers are those that wit-bindgen writes into C and Rust bindings of the same types.

const handle = own(resource("a:b/c", "d"));
const errorCode = enumeration("one", "two", "three");

function at(type: WitType): number {
  return payloadOffset(type as TypeOf<"result">);
}

test("socket addresses and datagrams lie as wit-bindgen lays them out", () => {
  assert.equal([sizeOf(ipSocketAddress), alignOf(ipSocketAddress), at(ipSocketAddress)], [32, 4, 4]);
  assert.equal([sizeOf(incomingDatagram), alignOf(incomingDatagram)], [40, 4]);
  assert.equal([sizeOf(outgoingDatagram), alignOf(outgoingDatagram)], [44, 4]);
  assert.equal(sizeOf(option(ipSocketAddress)), 36);
  const v6 = record({ port: u16, flow: u32, address: tuple(...new Array<WitType>(8).fill(u16)), scope: u32 });
  assert.equal(offsetsOf([u16, u32, tuple(...new Array<WitType>(8).fill(u16)), u32]), [0, 4, 8, 24]);
  assert.equal([sizeOf(v6), alignOf(v6)], [28, 4]);
});

test("the payload of a result lies behind its discriminant, aligned for the stricter side", () => {
  const three = result(tuple(handle, handle, handle), errorCode);
  assert.equal([at(three), sizeOf(three), alignOf(three)], [4, 16, 4]);
  const address = variant({ ipv4: tuple(u8, u8, u8, u8), ipv6: tuple(...new Array<WitType>(8).fill(u16)) });
  const next = result(option(address), errorCode);
  assert.equal([at(next), sizeOf(next), alignOf(next)], [2, 22, 2]);
  const long = result(u64, errorCode);
  assert.equal([at(long), sizeOf(long), alignOf(long)], [8, 16, 8]);
  const nothing = result(undefined, errorCode);
  assert.equal([at(nothing), sizeOf(nothing), alignOf(nothing)], [1, 2, 1]);
  const bytes = result(list(u8), variant({ failed: handle, closed: undefined }));
  assert.equal([at(bytes), sizeOf(bytes)], [4, 12]);
});

test("an empty record, tuple or result takes no more than it must", () => {
  assert.equal([sizeOf(record({})), alignOf(record({}))], [0, 1]);
  assert.equal([sizeOf(tuple()), alignOf(tuple())], [0, 1]);
  assert.equal([sizeOf(result(undefined, undefined)), alignOf(result(undefined, undefined))], [1, 1]);
});

test("a record ends with padding, so that a list of it stays aligned", () => {
  const datetime = record({ seconds: u64, nanoseconds: u32 });
  assert.equal([sizeOf(datetime), alignOf(datetime)], [16, 8]);
});

test("discriminants grow with the number of cases", () => {
  assert.equal([discriminantSize(1), discriminantSize(256)], [1, 1]);
  assert.equal([discriminantSize(257), discriminantSize(65536), discriminantSize(65537)], [2, 2, 4]);
  const wide = enumeration(...Array.from({ length: 300 }, (_, i) => `case-${i}`));
  assert.equal([sizeOf(wide), alignOf(wide)], [2, 2]);
});

test("values flatten to core values, the cases of a variant sharing their slots", () => {
  assert.equal(flatten(ipSocketAddress).length, 12);
  assert.equal(flatten(option(ipSocketAddress)).length, 13);
  assert.equal(flatten(string), ["i32", "i32"]);
  assert.equal(flatten(variant({ a: tuple(u32, u64), b: u64 })), ["i32", "i64", "i64"]);
});

test("a result of one core value is returned, a larger one goes through a pointer", () => {
  assert.equal(coreSignature(func({ a: u64 }, handle)), { params: ["i64"], results: ["i32"] });
  assert.equal(coreSignature(func({ a: u64 }, list(u8))), { params: ["i64", "i32"], results: [] });
  assert.equal(coreSignature(func({ a: list(u8) })), { params: ["i32", "i32"], results: [] });
});

test("more than 16 flat parameters go through memory", () => {
  const sixteen = tuple(...new Array<WitType>(16).fill(u32));
  assert.is(coreSignature(func({ a: sixteen }, u32)).params.length, 16);
  assert.is(coreSignature(func({ a: sixteen }, list(u8))).params.length, 17);
  assert.equal(coreSignature(func({ a: sixteen, b: u8 })), { params: ["i32"], results: [] });
  assert.equal(coreSignature(func({ a: sixteen, b: u8 }, list(u8))), { params: ["i32", "i32"], results: [] });
});

test("WIT names become JavaScript names", () => {
  assert.equal([camelCase("start-bind"), camelCase("ready")], ["startBind", "ready"]);
  assert.equal([camelCase("blocking-write-zeroes-and-flush")], ["blockingWriteZeroesAndFlush"]);
  assert.equal([className("tcp-socket"), className("error")], ["TcpSocket", "Error"]);
});

test.run();
