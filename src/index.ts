/** wasock: BSD sockets for WebAssembly, and for Node. */
export { AddressInfo } from "./address-info.ts";
export type { Message } from "./calls/receive-many.ts";
export type { Directions } from "./calls/sockets.ts";
export type { Abortable, Connecting, Timeout, Waiting } from "./calls/wait.ts";
export {
  AddressFamily,
  Ai,
  IpOpt,
  IpProto,
  Ipv6Opt,
  Level,
  Msg,
  type OptionName,
  type OtherNumber,
  SocketOpt,
  SocketType,
  TcpOpt,
} from "./constants.ts";
export type { SocketState } from "./endpoint.ts";
export { errorMessage, errorName, NetError, type NetErrorContext } from "./errors.ts";
export {
  addressInfoAddress,
  addressInfoAddressLength,
  addressInfoCanonname,
  addressInfoFamily,
  addressInfoFlags,
  addressInfoNext,
  addressInfoProtocol,
  addressInfoSocketType,
  getAddressInfo,
  isAddressInfo,
  makeAddressInfo,
} from "./functions/addresses.ts";
export { lastError } from "./functions/last-error.ts";
export {
  receive,
  receiveInto,
  receiveIntoNonBlocking,
  receiveMany,
  receiveNonBlocking,
  send,
  sendNonBlocking,
} from "./functions/messages.ts";
export { makeListenerSocket, openNetIo, openSocketPair, withNetIo } from "./functions/net.ts";
export {
  accept,
  bind,
  close,
  connect,
  getPeerName,
  getSocketName,
  getSocketOption,
  listen,
  setSocketOption,
  shutdown,
  socket,
} from "./functions/sockets.ts";
export { type Library, type LibraryOptions, onNetwork } from "./on-network.ts";
export { InputPort, OutputPort } from "./ports.ts";
export { isSockaddr, makeSockaddr, Sockaddr, sockaddrName, sockaddrPort } from "./sockaddr.ts";
export { type Receiving, type Sending, Socket, type SocketDescription } from "./socket.ts";
