/** For test/cli/run.test.ts: traps while it has a socket. */
import { getAddressInfo, makeListenerSocket } from "wasock/assembly";

const listener = makeListenerSocket(getAddressInfo("127.0.0.1", "0")!);
if (listener !== null) unreachable();
