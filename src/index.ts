/** wasock: BSD sockets for WebAssembly, and for Node. */
export {
  AddressInfo,
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
} from "./address-info.ts";
export {
  AddressFamily,
  Ai,
  IpOpt,
  IpProto,
  Ipv6Opt,
  Level,
  Msg,
  SocketOpt,
  SocketType,
  TcpOpt,
} from "./constants.ts";
export { errorMessage, errorName, NetError, type NetErrorContext } from "./errors.ts";
export type { Timeout } from "./message.ts";
export { openNetIo, withNetIo } from "./net.ts";
export { getSocketOption, setSocketOption } from "./options.ts";
export { InputPort, OutputPort } from "./ports.ts";
export { receive, receiveInto, receiveIntoNonBlocking, receiveNonBlocking } from "./receive.ts";
export { send, sendNonBlocking } from "./send.ts";
export { isSockaddr, makeSockaddr, Sockaddr, sockaddrName, sockaddrPort } from "./sockaddr.ts";
export {
  accept,
  bind,
  close,
  connect,
  getPeerName,
  getSocketName,
  listen,
  makeListenerSocket,
  Socket,
  shutdown,
  socket,
} from "./socket.ts";
export { openSocketPair } from "./socket-pair.ts";
