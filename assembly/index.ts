// wasock for AssemblyScript programs: `import { openNetIo } from "wasock/assembly"`.

export { AddressInfo } from "./address-info";
export { Sockaddr } from "./sockaddr";
export { Socket } from "./socket";
export * from "./library/addresses";
export * from "./library/constants";
export { errorMessage, errorName, lastError } from "./library/failure";
export * from "./library/messages";
export * from "./library/net";
export * from "./library/ports";
export * from "./library/sockets";
export * from "./cli/clock";
export * from "./cli/environment";
export * from "./cli/random";
export * from "./cli/stdio";
export { Acceptor } from "./loop/acceptor";
export { Connection } from "./loop/connection";
export { Datagrams } from "./loop/datagrams";
export { Loop } from "./loop/loop";
export { Timer } from "./loop/timers";
