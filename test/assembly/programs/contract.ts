// The program that speaks for AssemblyScript in the contract suite: it calls wasock/assembly, and nothing
// else, as the other process tells it on the standard input (test/sides/assemblyscript.ts).
//
// A line is a function's name and its arguments, separated by blanks; a line on the standard output is its
// result. null, true and false stand for themselves, n-1.5 is a number, b00ff bytes, s0061 a string's UTF-16
// units, o7 an object of this program's.

import {
  AddressInfo,
  accept,
  addressInfoAddress,
  addressInfoAddressLength,
  addressInfoCanonname,
  addressInfoFamily,
  addressInfoFlags,
  addressInfoNext,
  addressInfoProtocol,
  addressInfoSocketType,
  bind,
  close,
  connect,
  errorMessage,
  errorName,
  getAddressInfo,
  getPeerName,
  getSocketName,
  getSocketOption,
  InputPort,
  lastError,
  listen,
  makeAddressInfo,
  makeListenerSocket,
  makeSockaddr,
  NetIo,
  OutputPort,
  openNetIo,
  openSocketPair,
  print,
  receive,
  receiveInto,
  receiveIntoNonBlocking,
  receiveMany,
  receiveNonBlocking,
  Sockaddr,
  Socket,
  send,
  sendNonBlocking,
  setSocketOption,
  shutdown,
  sockaddrName,
  sockaddrPort,
  socket,
  stdin,
  TIMED_OUT,
  withNetIo,
} from "wasock/assembly";

/** An object of the library's, by whichever of the kinds it has. */
class Held {
  socket: Socket | null = null;
  address: Sockaddr | null = null;
  info: AddressInfo | null = null;
  io: NetIo | null = null;
}

const held: Held[] = [];

function hold(item: Held): string {
  held.push(item);
  return "o" + (held.length - 1).toString();
}
function ofSocket(socket: Socket | null): string {
  if (!socket) return "false";
  const item = new Held();
  item.socket = socket;
  return hold(item);
}
function ofAddress(address: Sockaddr | null): string {
  if (!address) return "null";
  const item = new Held();
  item.address = address;
  return hold(item);
}
function ofInfo(info: AddressInfo | null): string {
  if (!info) return "null";
  const item = new Held();
  item.info = info;
  return hold(item);
}
function ofIo(io: NetIo | null): string {
  if (!io) return "null";
  const item = new Held();
  item.io = io;
  item.socket = io.socket;
  return hold(item);
}

function ofNumber(value: i32): string {
  return value == TIMED_OUT ? "false" : "n" + value.toString();
}
function ofBool(value: bool): string {
  return value ? "true" : "false";
}
function ofString(text: string | null): string {
  if (text === null) return "null";
  let out = "s";
  for (let i = 0; i < text.length; i++) out += text.charCodeAt(i).toString(16).padStart(4, "0");
  return out;
}
function ofBytes(bytes: Uint8Array | null): string {
  if (!bytes) return "false";
  const out = new Array<string>(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i].toString(16).padStart(2, "0");
  return "b" + out.join("");
}

/** The arguments of a call, taken from left to right; missing ones are null. */
class Args {
  private at: i32 = 1;
  constructor(private words: string[]) {}

  private next(): string {
    return this.at < this.words.length ? this.words[this.at++] : "null";
  }
  number(or: i32): i32 {
    const word = this.next();
    return word == "null" ? or : i32.parse(word.substring(1));
  }
  /** A time limit: null is for ever, which is a negative number here. */
  seconds(): f64 {
    const word = this.next();
    return word.startsWith("n") && word != "null" ? f64.parse(word.substring(1)) : -1;
  }
  string(): string | null {
    const word = this.next();
    if (word == "null") return null;
    let text = "";
    for (let i = 1; i < word.length; i += 4) {
      text += String.fromCharCode(<i32>u32.parse(word.substring(i, i + 4), 16));
    }
    return text;
  }
  bytes(): Uint8Array {
    const word = this.next();
    const bytes = new Uint8Array((word.length - 1) >> 1);
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] = <u8>u32.parse(word.substring(1 + 2 * i, 3 + 2 * i), 16);
    }
    return bytes;
  }
  private item(): Held | null {
    const word = this.next();
    return word == "null" ? null : held[i32.parse(word.substring(1))];
  }
  socket(): Socket {
    return this.item()!.socket!;
  }
  io(): NetIo {
    return this.item()!.io!;
  }
  address(): Sockaddr | null {
    const item = this.item();
    return item ? item.address : null;
  }
  info(): AddressInfo | null {
    const item = this.item();
    return item ? item.info : null;
  }
}

// what came into a buffer of the caller's, or the number that tells why nothing did
function filled(bytes: Uint8Array, result: i32): string {
  if (result < 0) return ofNumber(result);
  const count = min(result, bytes.length);
  return ofNumber(result) + " " + ofBytes(bytes.subarray(0, count));
}

let input: InputPort | null = null;
let output: OutputPort | null = null;

// the procedure of withNetIo: goes on answering, with the ports at hand
function inside(from: InputPort, to: OutputPort): void {
  input = from;
  output = to;
  print("null");
  answerUntil("leave");
}

function addressCalls(name: string, args: Args): string | null {
  if (name == "getAddressInfo") {
    const host = args.string();
    const service = args.string();
    return ofInfo(getAddressInfo<string | null>(host, service, args.info()));
  }
  if (name == "makeAddressInfo") {
    const family = args.number(0);
    const type = args.number(0);
    return ofInfo(makeAddressInfo(family, type, args.number(0), args.number(1)));
  }
  if (name == "addressInfoFamily") return ofNumber(addressInfoFamily(args.info()!));
  if (name == "addressInfoSocketType") return ofNumber(addressInfoSocketType(args.info()!));
  if (name == "addressInfoProtocol") return ofNumber(addressInfoProtocol(args.info()!));
  if (name == "addressInfoFlags") return ofNumber(addressInfoFlags(args.info()!));
  if (name == "addressInfoAddress") return ofAddress(addressInfoAddress(args.info()!));
  if (name == "addressInfoAddressLength") return ofNumber(addressInfoAddressLength(args.info()!));
  if (name == "addressInfoCanonname") return ofString(addressInfoCanonname(args.info()!));
  if (name == "addressInfoNext") return ofInfo(addressInfoNext(args.info()!));
  if (name == "makeSockaddr") {
    const address = args.string();
    return ofAddress(makeSockaddr(address, args.number(0)));
  }
  if (name == "sockaddrName") return ofString(sockaddrName(args.address()!));
  if (name == "sockaddrPort") return ofNumber(sockaddrPort(args.address()!));
  if (name == "sockaddrBytes") {
    const address = args.address()!;
    const bytes = new Uint8Array(address.length);
    memory.copy(bytes.dataStart, address.pointer, address.length);
    return ofBytes(bytes);
  }
  if (name == "getPeerName") return ofAddress(getPeerName(args.socket()));
  if (name == "getSocketName") return ofAddress(getSocketName(args.socket()));
  if (name == "errorName") return ofString(errorName(args.number(0)));
  if (name == "errorMessage") return ofString(errorMessage(args.number(0)));
  if (name == "lastError") return ofNumber(lastError());
  return null;
}

function socketCalls(name: string, args: Args): string | null {
  if (name == "socket") {
    const family = args.number(0);
    const type = args.number(0);
    return ofSocket(socket(family, type, args.number(0)));
  }
  if (name == "bind") {
    const socket = args.socket();
    return ofBool(bind(socket, args.address()!));
  }
  if (name == "listen") {
    const socket = args.socket();
    return ofBool(listen(socket, args.number(0)));
  }
  if (name == "accept") {
    const socket = args.socket();
    return ofSocket(accept(socket, args.address()));
  }
  if (name == "connect") {
    const socket = args.socket();
    return ofNumber(connect(socket, args.address()!));
  }
  if (name == "openNetIo") {
    const host = args.string();
    return ofIo(openNetIo<string | null>(host, args.string()));
  }
  if (name == "withNetIo") {
    const host = args.string();
    withNetIo<void, string | null>(host, args.string(), inside);
    return "null";
  }
  if (name == "makeListenerSocket") {
    const info = args.info()!;
    return ofSocket(makeListenerSocket(info, args.number(128)));
  }
  if (name == "openSocketPair") {
    const family = args.number(1);
    const type = args.number(1);
    const pair = openSocketPair(family, type, args.number(0));
    return pair ? ofSocket(pair[0]) + " " + ofSocket(pair[1]) : "false";
  }
  if (name == "getSocketOption") {
    const socket = args.socket();
    const level = args.number(0);
    return ofNumber(getSocketOption(socket, level, args.number(0)));
  }
  if (name == "setSocketOption") {
    const socket = args.socket();
    const level = args.number(0);
    const name = args.number(0);
    return ofBool(setSocketOption(socket, level, name, args.number(0)));
  }
  if (name == "shutdown") {
    const socket = args.socket();
    return ofBool(shutdown(socket, args.number(0)));
  }
  if (name == "close") {
    close(args.socket());
    return "null";
  }
  return null;
}

function messageCalls(name: string, args: Args): string | null {
  if (name == "send") {
    const socket = args.socket();
    const bytes = args.bytes();
    return ofNumber(send(socket, bytes, args.number(0), args.info()));
  }
  if (name == "sendNonBlocking") {
    const socket = args.socket();
    const bytes = args.bytes();
    const seconds = args.seconds();
    return ofNumber(sendNonBlocking(socket, bytes, seconds, args.number(0), args.info()));
  }
  if (name == "receive") {
    const socket = args.socket();
    const n = args.number(0);
    return ofBytes(receive(socket, n, args.number(0), args.info()));
  }
  if (name == "receiveNonBlocking") {
    const socket = args.socket();
    const n = args.number(0);
    const seconds = args.seconds();
    return ofBytes(receiveNonBlocking(socket, n, seconds, args.number(0), args.info()));
  }
  if (name == "receiveMany") {
    const socket = args.socket();
    const messages = receiveMany(socket, args.number(0));
    if (!messages) return "false";
    let out = ofNumber(messages.length);
    for (let i = 0; i < messages.length; i++) {
      out += " " + ofBytes(messages[i].bytes) + " " + ofAddress(messages[i].sender);
    }
    return out;
  }
  if (name == "receiveInto") {
    const socket = args.socket();
    const bytes = new Uint8Array(args.number(0));
    return filled(bytes, receiveInto(socket, bytes, args.number(0), args.info()));
  }
  if (name == "receiveIntoNonBlocking") {
    const socket = args.socket();
    const bytes = new Uint8Array(args.number(0));
    const seconds = args.seconds();
    return filled(bytes, receiveIntoNonBlocking(socket, bytes, seconds, args.number(0), args.info()));
  }
  return null;
}

// ports of an object that openNetIo gave, or those of withNetIo
function portCalls(name: string, args: Args): string | null {
  if (name == "inputRead" || name == "inputReadAll") {
    const io = args.number(0) ? args.io() : null;
    const port = io ? io.input : input!;
    return ofBytes(name == "inputRead" ? port.read(args.number(0)) : port.readAll());
  }
  if (name == "outputWrite") {
    const io = args.number(0) ? args.io() : null;
    const port = io ? io.output : output!;
    port.write(args.bytes());
    port.flush();
    return ofNumber(port.error);
  }
  if (name == "outputClose") {
    const io = args.number(0) ? args.io() : null;
    const port = io ? io.output : output!;
    port.close();
    return ofNumber(port.error);
  }
  return null;
}

function answer(words: string[]): string {
  const name = words[0];
  const args = new Args(words);
  let result = addressCalls(name, args);
  if (!result) result = socketCalls(name, args);
  if (!result) result = messageCalls(name, args);
  if (!result) result = portCalls(name, args);
  if (!result) throw new Error("there is no function " + name);
  return result;
}

function answerUntil(end: string): void {
  const lines = stdin();
  while (true) {
    const line = lines.readLine(i32.MAX_VALUE);
    if (line === null) return;
    const words = line.split(" ");
    if (words[0] == end) return;
    print(answer(words));
  }
}

answerUntil("end");
