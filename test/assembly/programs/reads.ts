/** For test/cli/run.test.ts: reads all that a server sends, and tells how much that was, and how much came at once. */
import { args, openNetIo, print, receive } from "wasock/assembly";

const io = openNetIo(args()[1], args()[2])!;
let total = 0;
let most = 0;
while (true) {
  const bytes = receive(io.socket, 65536);
  if (!bytes || !bytes.length) break;
  total += bytes.length;
  most = max(most, bytes.length);
}
print(total.toString() + " " + most.toString());
