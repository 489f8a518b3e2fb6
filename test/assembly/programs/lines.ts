// A blocking server that takes clients one after the other and reads them in every way that there is
// (test/assembly/fuzz.test.ts): the first byte of each says how.

import {
  accept,
  getAddressInfo,
  getSocketName,
  makeListenerSocket,
  Msg,
  print,
  receive,
  receiveIntoNonBlocking,
  SocketInput,
  SocketOutput,
  sockaddrPort,
} from "wasock/assembly";

const listener = makeListenerSocket(getAddressInfo("127.0.0.1", "0")!, 128);
print("port " + sockaddrPort(getSocketName(listener)!).toString());

function serve(): void {
  const client = accept(listener);
  if (!client) return;
  const input = new SocketInput(client);
  const output = new SocketOutput(client);
  const first = receive(client, 1, Msg.peek);
  const how = first && first.length ? first[0] & 7 : 0;
  let count = 0;
  if (how < 3) {
    const limit = how == 0 ? 65536 : how == 1 ? 1 : 1000;
    for (let line = input.readLine(limit); line !== null; line = input.readLine(limit)) {
      assert(line.length <= limit);
      count += line.length;
      if (how == 0) output.writeString(line);
    }
  } else if (how == 3) {
    count = input.readAll().length;
  } else if (how == 4) {
    for (let bytes = input.read(7); bytes.length; bytes = input.read(7)) count += bytes.length;
  } else {
    const bytes = new Uint8Array(how == 5 ? 1 : 70_000);
    const flags = how == 7 ? Msg.waitall : 0;
    while (receiveIntoNonBlocking(client, bytes, 0.05, flags) > 0) count += bytes.length;
  }
  output.writeString(" " + count.toString() + "\n");
  output.close();
  client.close();
}

while (true) serve();
