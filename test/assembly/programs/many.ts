/** For test/cli/run.test.ts: opens as many sockets as it may. */
import { AddressFamily, errorName, lastError, print, SocketType, socket } from "wasock/assembly";

let open = 0;
while (open < 10 && socket(AddressFamily.inet, SocketType.stream) !== null) open++;
print(open.toString() + " " + errorName(lastError()));
