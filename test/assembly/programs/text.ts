// Lines, text and arguments as they come (test/assembly/text.test.ts): the first argument says what is tried,
// those that follow with which numbers.

import {
  args,
  close,
  environment,
  errorName,
  getAddressInfo,
  lastError,
  makeSockaddr,
  openNetIo,
  openSocketPair,
  print,
  randomFill,
  receive,
  receiveNonBlocking,
  SocketOutput,
  shutdown,
  stdin,
} from "wasock/assembly";

/** A lone surrogate between two letters. */
const LONE: string = "a" + String.fromCharCode(0xd800) + "b";

function lines(limit: i32): void {
  const input = stdin();
  for (let line = input.readLine(limit); line !== null; line = input.readLine(limit)) print("[" + line + "]");
  print(errorName(input.error) + " " + input.readAll().length.toString() + " left");
}

function units(): void {
  const input = stdin();
  for (let line = input.readLine(); line !== null; line = input.readLine()) {
    const codes = new Array<string>(line.length);
    for (let i = 0; i < line.length; i++) codes[i] = line.charCodeAt(i).toString(16);
    print(codes.join(" "));
  }
}

function ports(port: i32, index: i32, all: i32[]): void {
  const address = makeSockaddr("127.0.0.1", port);
  print(address ? address.port.toString() : "none");
  print(getAddressInfo("127.0.0.1", port) ? "found" : "none " + errorName(lastError()));
}

function random(size: i32, index: i32, all: i32[]): void {
  const bytes = new Uint8Array(size);
  randomFill(bytes);
  let zeros = 0;
  for (let i = 0; i < size; i++) if (!bytes[i]) zeros++;
  // one in 256 is a zero, give or take
  print(
    zeros <= size / 128 + 8 && (size < 65536 || zeros > size / 512) ? "filled" : zeros.toString() + " zeros",
  );
}

// an output that is closed, and what its peer has of it
function closed(): void {
  const pair = openSocketPair()!;
  const output = new SocketOutput(pair[0]);
  print(output.writeString("before").toString() + " " + output.close().toString());
  print(output.writeString("after").toString() + " " + errorName(output.error));
  print(output.flush().toString() + " " + output.close().toString());
  print(
    String.UTF8.decode(receive(pair[1], 100)!.slice(0).buffer) +
      " " +
      receive(pair[1], 100)!.length.toString(),
  );
}

// what is read of a connection that its peer resets, and what is read after that
function reset(port: i32): void {
  const io = openNetIo("127.0.0.1", port)!;
  io.output.writeString("anything");
  io.output.flush();
  for (let i = 0; i < 2; i++) print(io.input.read(10).length.toString() + " " + errorName(io.input.error));
}

// what an output keeps until it is flushed, and what a write says that has to flush it and can't
function kept(): void {
  const pair = openSocketPair()!;
  const output = new SocketOutput(pair[0]);
  output.writeString("kept");
  print(receiveNonBlocking(pair[1], 100, 0) ? "sent" : "kept");
  output.flush();
  print(receiveNonBlocking(pair[1], 100, 0) ? "sent" : "kept");
  print(output.write(new Uint8Array(16000)).toString());
  close(pair[1]);
  print(output.write(new Uint8Array(1000)).toString() + " " + errorName(output.error));
}

// whether what is asked for again and again needs more memory
function asked(times: i32): void {
  let before = 0;
  for (let i = 0; i <= times; i++) {
    if (i == times / 2) before = memory.size();
    environment();
    args();
  }
  print(memory.size() == before ? "as before" : "more");
}

function half(how: i32, index: i32, all: i32[]): void {
  print(shutdown(openSocketPair()![0], how) ? "shut down" : "not " + errorName(lastError()));
}

function main(): void {
  const given = args();
  const how = given[1];
  const numbers = given.slice(2).map<i32>((text) => I32.parseInt(text));
  if (how == "lines") lines(numbers[0]);
  else if (how == "units") units();
  else if (how == "ports") numbers.forEach(ports);
  else if (how == "random") numbers.forEach(random);
  else if (how == "print") print(LONE);
  else if (how == "lookup") print(getAddressInfo(LONE, 80) ? "found" : "none " + errorName(lastError()));
  else if (how == "open") print(openNetIo(LONE, 80) ? "open" : "none");
  else if (how == "closed") closed();
  else if (how == "kept") kept();
  else if (how == "asked") asked(numbers[0]);
  else if (how == "reset") reset(numbers[0]);
  else if (how == "shutdown") numbers.forEach(half);
  else if (how == "receive") {
    const pair = openSocketPair();
    print(pair && receive(pair[0], numbers[0]) ? "bytes" : "none " + errorName(lastError()));
  } else if (how == "process") {
    print(process.argv.join(" "));
    print(process.env.get("TEXT_TEST"));
    console.time("t");
    console.timeLog("t");
    console.timeEnd("t");
    console.timeEnd("t");
  }
}

main();
