// Files and a socket in one program, by raw calls: what `in.txt` of the first folder holds goes to the server whose
// port is the argument, and what the server answers to `out.txt`.

import { args, print } from "wasock/assembly";
import { liftString, lowerString, RET } from "wasock/assembly/abi";
import {
  dropInput,
  dropOutput,
  dropPollable,
  inputSubscribe,
  outputSubscribe,
} from "wasock/assembly/wasi/io";
import {
  createTcpSocket,
  dropTcp,
  tcpFinishConnect,
  tcpStartConnect,
  tcpSubscribe,
} from "wasock/assembly/wasi/sockets";

@external("wasi:filesystem/preopens@0.2.12", "get-directories")
declare function getDirectories(result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.open-at")
declare function openAt(
  self: i32,
  pathFlags: i32,
  path: usize,
  length: usize,
  openFlags: i32,
  flags: i32,
  result: usize,
): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.read-via-stream")
declare function readViaStream(self: i32, offset: u64, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.append-via-stream")
declare function appendViaStream(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.stat-at")
declare function statAt(self: i32, pathFlags: i32, path: usize, length: usize, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[method]descriptor.get-flags")
declare function getFlags(self: i32, result: usize): void;
@external("wasi:filesystem/types@0.2.12", "[resource-drop]descriptor")
declare function dropDescriptor(self: i32): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.blocking-splice")
declare function splice(self: i32, from: i32, length: u64, result: usize): void;
@external("wasi:io/poll@0.2.12", "poll")
declare function poll(list: usize, length: usize, result: usize): void;
@external("wasi:io/poll@0.2.12", "[method]pollable.block")
declare function block(pollable: i32): void;

@external("wasi:sockets/instance-network@0.2.12", "instance-network")
declare function instanceNetwork(): i32;

const CREATE = 1;
const READ = 1;
const WRITE = 2;
const FOLLOW = 1;
/** Where a path and the list of a poll lie. */
const PATH: usize = memory.data(8, 8);
const LIST: usize = memory.data(16, 8);
const STAT: usize = memory.data(128, 8);

function must(what: string): void {
  if (load<u8>(RET)) throw new Error(what + " failed with code " + load<u8>(RET, 4).toString());
}

function open(folder: i32, path: string, openFlags: i32, flags: i32): i32 {
  lowerString(PATH, path);
  openAt(folder, FOLLOW, load<usize>(PATH), load<usize>(PATH, 4), openFlags, flags, RET);
  return load<u8>(RET) ? -1 - load<u8>(RET, 4) : load<i32>(RET, 4);
}

/** Moves all that comes, until the source is closed; how many bytes. */
function moveAll(from: i32, to: i32): u64 {
  let moved: u64 = 0;
  while (true) {
    splice(to, from, 1 << 20, RET); // result<u64, stream-error>: payload @8, its discriminant there
    if (!load<u8>(RET)) moved += load<u64>(RET, 8);
    else if (load<u8>(RET, 8) == 1) return moved;
    else throw new Error("the splice failed");
  }
}

// @ts-ignore: decorator
@witExport("wasi:cli/run@0.2.12#run")
export function run(): i32 {
  getDirectories(RET); // list<tuple<descriptor, string>>
  const folders = load<usize>(RET);
  const count = load<i32>(RET, 4);
  if (count == 0) {
    print("no folder");
    return 1;
  }
  const folder = load<i32>(folders);
  print("folder " + liftString(load<usize>(folders, 4), load<usize>(folders, 8)));
  getFlags(folder, RET);
  must("get-flags");

  print("missing: " + (-1 - open(folder, "missing", 0, READ)).toString());
  print("outside: " + (-1 - open(folder, "../outside", 0, READ)).toString());
  const from = open(folder, "in.txt", 0, READ);
  readViaStream(from, 0, RET);
  must("read-via-stream");
  const fileIn = load<i32>(RET, 4);
  dropDescriptor(from); // its stream reads on

  createTcpSocket(0, RET);
  must("create-tcp-socket");
  const socket = load<i32>(RET, 4);
  tcpStartConnect(
    socket,
    instanceNetwork(),
    0,
    <i32>parseInt(args()[1]),
    127,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    RET,
  );
  must("start-connect");
  const connecting = tcpSubscribe(socket);
  block(connecting);
  dropPollable(connecting);
  tcpFinishConnect(socket, RET);
  must("finish-connect");
  const socketIn = load<i32>(RET, 4);
  const socketOut = load<i32>(RET, 8);

  // nothing has come from the server, and a file is always ready
  const silent = inputSubscribe(socketIn);
  const file = inputSubscribe(fileIn);
  store<i32>(LIST, silent);
  store<i32>(LIST, file, 4);
  poll(LIST, 2, RET);
  const ready = load<i32>(RET, 4);
  print("ready " + ready.toString() + ": " + load<i32>(load<usize>(RET)).toString());
  dropPollable(silent);
  dropPollable(file);

  print("sent " + moveAll(fileIn, socketOut).toString());
  dropInput(fileIn);
  dropOutput(socketOut);

  const to = open(folder, "out.txt", CREATE, WRITE);
  appendViaStream(to, RET);
  must("append-via-stream");
  const fileOut = load<i32>(RET, 4);
  dropPollable(outputSubscribe(fileOut));
  print("received " + moveAll(socketIn, fileOut).toString());
  dropOutput(fileOut);
  dropDescriptor(to);
  dropInput(socketIn);
  dropTcp(socket);

  lowerString(PATH, "out.txt");
  statAt(folder, FOLLOW, load<usize>(PATH), load<usize>(PATH, 4), STAT); // payload @8: type, links @16, size @24
  print("type " + load<u8>(STAT, 8).toString() + ", size " + load<u64>(STAT, 24).toString());
  dropDescriptor(folder);
  return 0;
}
