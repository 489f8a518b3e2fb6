// What a guest does with its host, as often as it is told; prints how long it took, in nanoseconds.
//
//     host.wasm WHAT COUNT [PORT [SIZE [ADDRESS]]]
//
// Where the measurement needs much that is made before, the time begins behind that.

import {
  args,
  AddressFamily,
  bind,
  connect,
  makeSockaddr,
  monotonicNow,
  print,
  receiveInto,
  send,
  shutdown,
  Socket,
  socket,
  SocketType,
} from "wasock/assembly";
import { RET } from "wasock/assembly/abi";
import { dropPollable, poll } from "wasock/assembly/wasi/io";
import { monotonicClockNow as now, subscribeDuration } from "wasock/assembly/wasi/clocks";

const given = args();
const what = given[1];
const count = i32.parse(given[2]);
const port = given.length > 3 ? i32.parse(given[3]) : 0;
const size = given.length > 4 ? i32.parse(given[4]) : 0;
const address = given.length > 5 ? given[5] : "127.0.0.1";
const LIST: usize = memory.data(4, 4);

function connected(type: i32): Socket {
  const client = socket(AddressFamily.inet, type)!;
  if (connect(client, makeSockaddr(address, port)!) != 0) throw new Error("connect failed");
  return client;
}

/** The cheapest call that there is. */
function calls(): void {
  let last: u64 = 0;
  for (let i = 0; i < count; i++) {
    const time = now();
    if (time < last) throw new Error("the clock has gone back");
    last = time;
  }
}

function polls(nanoseconds: u64): void {
  for (let i = 0; i < count; i++) {
    const pollable = subscribeDuration(nanoseconds);
    store<i32>(LIST, pollable);
    poll(LIST, 1, RET);
    if (load<i32>(RET, 4) != 1) throw new Error("nothing was ready");
    heap.free(load<usize>(RET));
    dropPollable(pollable);
  }
}

function exchanges(type: i32): void {
  const client = connected(type);
  const message = new Uint8Array(size);
  const answer = new Uint8Array(size);
  for (let i = 0; i < count; i++) {
    if (send(client, message) != size) throw new Error("send failed");
    for (let got = 0; got < size; ) {
      const received = receiveInto(client, got ? answer.subarray(got) : answer);
      if (received <= 0) throw new Error("receive failed");
      got += received;
    }
  }
}

/** Takes `count` MiB. */
function receives(): void {
  const client = connected(SocketType.stream);
  const wish = new Uint8Array(8);
  const total: u64 = (<u64>count) << 20;
  store<u64>(wish.dataStart, bswap<u64>(total));
  send(client, wish);
  const buffer = new Uint8Array(65536);
  let sum: u64 = 0;
  for (let got = receiveInto(client, buffer); got > 0; got = receiveInto(client, buffer)) sum += got;
  if (sum != total) throw new Error("bytes are missing");
}

/** Sends `count` MiB, and waits until the other end has taken them. */
function sends(): void {
  const client = connected(SocketType.stream);
  const chunk = new Uint8Array(65536);
  for (let i = 0; i < count << 4; i++) if (send(client, chunk) != 65536) throw new Error("send failed");
  shutdown(client, 1);
  if (receiveInto(client, chunk) != 0) throw new Error("the other end said something");
}

/** A list of `size` pollables: those of sockets that nobody sends to, and then this one. */
function listWith(last: i32): usize {
  const list = heap.alloc((<usize>size) << 2);
  for (let i = 0; i < size - 1; i++) {
    const idle = socket(AddressFamily.inet, SocketType.datagram)!;
    if (!bind(idle, makeSockaddr("127.0.0.1", 0)!)) throw new Error("bind failed");
    store<i32>(list + ((<usize>i) << 2), idle.subscribeInput());
  }
  store<i32>(list + ((<usize>(size - 1)) << 2), last);
  return list;
}

/** Waits until the last of a list is ready, and nothing else. */
function pollLast(list: usize): void {
  poll(list, size, RET);
  const ready = load<usize>(RET);
  if (load<i32>(RET, 4) != 1 || load<i32>(ready) != size - 1) throw new Error("others were ready");
  heap.free(ready);
}

/** Polls a list with one that is ready. */
function listPolls(): void {
  const list = listWith(subscribeDuration(0));
  start = monotonicNow();
  for (let i = 0; i < count; i++) pollLast(list);
}

/** Polls a list with one that becomes ready meanwhile: the answer to a byte. */
function listWaits(): void {
  const client = connected(SocketType.stream);
  const list = listWith(client.subscribeInput());
  const byte = new Uint8Array(1);
  start = monotonicNow();
  for (let i = 0; i < count; i++) {
    if (send(client, byte) != 1) throw new Error("send failed");
    pollLast(list);
    if (receiveInto(client, byte) != 1) throw new Error("receive failed");
  }
}

let start = monotonicNow();
if (what == "call") calls();
else if (what == "ready-poll") polls(0);
else if (what == "sleep") polls(1_000_000);
else if (what == "exchange") exchanges(SocketType.stream);
else if (what == "exchange-udp") exchanges(SocketType.datagram);
else if (what == "receive") receives();
else if (what == "send") sends();
else if (what == "list-poll") listPolls();
else if (what == "list-wait") listWaits();
else if (what != "start") throw new Error("no such measurement: " + what);
print((monotonicNow() - start).toString());
