/** For test/cli/run.test.ts: tells its port, and waits for who never comes. */
import {
  accept,
  getAddressInfo,
  getSocketName,
  makeListenerSocket,
  print,
  Socket,
  sockaddrPort,
} from "wasock/assembly";

const listener = makeListenerSocket(getAddressInfo("127.0.0.1", "0")!) as Socket;
print(sockaddrPort(getSocketName(listener)!).toString());
accept(listener);
