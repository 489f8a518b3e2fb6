// wasock for AssemblyScript programs: `import { openNetIo } from "wasock/assembly"`.

export { AddressInfo } from "./address/address-info";
export { Sockaddr } from "./address/sockaddr";
export { Socket } from "./socket/socket";
export * from "./faces/library/addresses";
export * from "./faces/library/constants";
export { errorMessage, errorName, lastError } from "./faces/library/failure";
export * from "./faces/library/messages";
export * from "./faces/library/net";
export * from "./faces/library/ports";
export * from "./faces/library/sockets";
export * from "./faces/cli/clock";
export * from "./faces/cli/environment";
export * from "./faces/cli/random";
export * from "./faces/cli/stdio";
export { Acceptor } from "./drivers/loop/acceptor";
export { Connection } from "./drivers/loop/connection";
export { Datagrams } from "./drivers/loop/datagrams";
export { Loop } from "./drivers/loop/loop";
export { Timer } from "./drivers/loop/timers";
