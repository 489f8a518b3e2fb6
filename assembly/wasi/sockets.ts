// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:sockets as core imports. What doesn't fit a register is written at `result`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

@external("wasi:sockets/network@0.2.12", "network-error-code")
export declare function networkErrorCode(err: i32, result: usize): void;
@external("wasi:sockets/network@0.2.12", "[resource-drop]network")
export declare function dropNetwork(handle: i32): void;
@external("wasi:sockets/instance-network@0.2.12", "instance-network")
export declare function instanceNetwork(): i32;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.start-bind")
export declare function udpStartBind(
  self: i32,
  network: i32,
  localAddress0: i32,
  localAddress1: i32,
  localAddress2: i32,
  localAddress3: i32,
  localAddress4: i32,
  localAddress5: i32,
  localAddress6: i32,
  localAddress7: i32,
  localAddress8: i32,
  localAddress9: i32,
  localAddress10: i32,
  localAddress11: i32,
  result: usize,
): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.finish-bind")
export declare function udpFinishBind(self: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.stream")
export declare function udpStream(
  self: i32,
  remoteAddress0: i32,
  remoteAddress1: i32,
  remoteAddress2: i32,
  remoteAddress3: i32,
  remoteAddress4: i32,
  remoteAddress5: i32,
  remoteAddress6: i32,
  remoteAddress7: i32,
  remoteAddress8: i32,
  remoteAddress9: i32,
  remoteAddress10: i32,
  remoteAddress11: i32,
  remoteAddress12: i32,
  result: usize,
): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.local-address")
export declare function udpLocalAddress(self: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.remote-address")
export declare function udpRemoteAddress(self: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.address-family")
export declare function udpAddressFamily(self: i32): i32;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.unicast-hop-limit")
export declare function udpUnicastHopLimit(self: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.set-unicast-hop-limit")
export declare function udpSetUnicastHopLimit(self: i32, value: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.receive-buffer-size")
export declare function udpReceiveBufferSize(self: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.set-receive-buffer-size")
export declare function udpSetReceiveBufferSize(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.send-buffer-size")
export declare function udpSendBufferSize(self: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.set-send-buffer-size")
export declare function udpSetSendBufferSize(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.subscribe")
export declare function udpSubscribe(self: i32): i32;
@external("wasi:sockets/udp@0.2.12", "[resource-drop]udp-socket")
export declare function dropUdp(handle: i32): void;
@external("wasi:sockets/udp@0.2.12", "[method]incoming-datagram-stream.receive")
export declare function incomingDatagramReceive(self: i32, maxResults: u64, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]incoming-datagram-stream.subscribe")
export declare function incomingDatagramSubscribe(self: i32): i32;
@external("wasi:sockets/udp@0.2.12", "[resource-drop]incoming-datagram-stream")
export declare function dropIncomingDatagram(handle: i32): void;
@external("wasi:sockets/udp@0.2.12", "[method]outgoing-datagram-stream.check-send")
export declare function outgoingDatagramCheckSend(self: i32, result: usize): void;
@external("wasi:sockets/udp@0.2.12", "[method]outgoing-datagram-stream.send")
export declare function outgoingDatagramSend(
  self: i32,
  datagrams: usize,
  datagramsLength: usize,
  result: usize,
): void;
@external("wasi:sockets/udp@0.2.12", "[method]outgoing-datagram-stream.subscribe")
export declare function outgoingDatagramSubscribe(self: i32): i32;
@external("wasi:sockets/udp@0.2.12", "[resource-drop]outgoing-datagram-stream")
export declare function dropOutgoingDatagram(handle: i32): void;
@external("wasi:sockets/udp-create-socket@0.2.12", "create-udp-socket")
export declare function createUdpSocket(addressFamily: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.start-bind")
export declare function tcpStartBind(
  self: i32,
  network: i32,
  localAddress0: i32,
  localAddress1: i32,
  localAddress2: i32,
  localAddress3: i32,
  localAddress4: i32,
  localAddress5: i32,
  localAddress6: i32,
  localAddress7: i32,
  localAddress8: i32,
  localAddress9: i32,
  localAddress10: i32,
  localAddress11: i32,
  result: usize,
): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.finish-bind")
export declare function tcpFinishBind(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.start-connect")
export declare function tcpStartConnect(
  self: i32,
  network: i32,
  remoteAddress0: i32,
  remoteAddress1: i32,
  remoteAddress2: i32,
  remoteAddress3: i32,
  remoteAddress4: i32,
  remoteAddress5: i32,
  remoteAddress6: i32,
  remoteAddress7: i32,
  remoteAddress8: i32,
  remoteAddress9: i32,
  remoteAddress10: i32,
  remoteAddress11: i32,
  result: usize,
): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.finish-connect")
export declare function tcpFinishConnect(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.start-listen")
export declare function tcpStartListen(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.finish-listen")
export declare function tcpFinishListen(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.accept")
export declare function tcpAccept(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.local-address")
export declare function tcpLocalAddress(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.remote-address")
export declare function tcpRemoteAddress(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.is-listening")
export declare function tcpIsListening(self: i32): i32;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.address-family")
export declare function tcpAddressFamily(self: i32): i32;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-listen-backlog-size")
export declare function tcpSetListenBacklogSize(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.keep-alive-enabled")
export declare function tcpKeepAliveEnabled(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-keep-alive-enabled")
export declare function tcpSetKeepAliveEnabled(self: i32, value: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.keep-alive-idle-time")
export declare function tcpKeepAliveIdleTime(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-keep-alive-idle-time")
export declare function tcpSetKeepAliveIdleTime(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.keep-alive-interval")
export declare function tcpKeepAliveInterval(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-keep-alive-interval")
export declare function tcpSetKeepAliveInterval(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.keep-alive-count")
export declare function tcpKeepAliveCount(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-keep-alive-count")
export declare function tcpSetKeepAliveCount(self: i32, value: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.hop-limit")
export declare function tcpHopLimit(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-hop-limit")
export declare function tcpSetHopLimit(self: i32, value: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.receive-buffer-size")
export declare function tcpReceiveBufferSize(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-receive-buffer-size")
export declare function tcpSetReceiveBufferSize(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.send-buffer-size")
export declare function tcpSendBufferSize(self: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-send-buffer-size")
export declare function tcpSetSendBufferSize(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.subscribe")
export declare function tcpSubscribe(self: i32): i32;
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.shutdown")
export declare function tcpShutdown(self: i32, shutdownType: i32, result: usize): void;
@external("wasi:sockets/tcp@0.2.12", "[resource-drop]tcp-socket")
export declare function dropTcp(handle: i32): void;
@external("wasi:sockets/tcp-create-socket@0.2.12", "create-tcp-socket")
export declare function createTcpSocket(addressFamily: i32, result: usize): void;
@external("wasi:sockets/ip-name-lookup@0.2.12", "resolve-addresses")
export declare function resolveAddresses(network: i32, name: usize, nameLength: usize, result: usize): void;
@external("wasi:sockets/ip-name-lookup@0.2.12", "[method]resolve-address-stream.resolve-next-address")
export declare function resolveAddressResolveNextAddress(self: i32, result: usize): void;
@external("wasi:sockets/ip-name-lookup@0.2.12", "[method]resolve-address-stream.subscribe")
export declare function resolveAddressSubscribe(self: i32): i32;
@external("wasi:sockets/ip-name-lookup@0.2.12", "[resource-drop]resolve-address-stream")
export declare function dropResolveAddress(handle: i32): void;
