// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:sockets as core imports. What doesn't fit a register is written at `result`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

@external("wasi:sockets/types@0.3.0", "[static]tcp-socket.create")
export declare function tcpCreate(addressFamily: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.bind")
export declare function tcpBind(
  self: i32,
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
@external("wasi:sockets/types@0.3.0", "[async-lower][method]tcp-socket.connect")
export declare function tcpConnect(params: usize, result: usize): i32;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.listen")
export declare function tcpListen(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[async-lower][stream-read-0][method]tcp-socket.listen")
export declare function tcpListenStreamRead(end: i32, at: usize, count: i32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-cancel-read-0][method]tcp-socket.listen")
export declare function tcpListenStreamCancelRead(end: i32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-drop-readable-0][method]tcp-socket.listen")
export declare function tcpListenStreamDropReadable(end: i32): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.send")
export declare function tcpSend(self: i32, data: i32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-new-0][method]tcp-socket.send")
export declare function tcpSendStreamNew(): u64;
@external("wasi:sockets/types@0.3.0", "[async-lower][stream-write-0][method]tcp-socket.send")
export declare function tcpSendStreamWrite(end: i32, at: usize, count: i32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-cancel-write-0][method]tcp-socket.send")
export declare function tcpSendStreamCancelWrite(end: i32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-drop-writable-0][method]tcp-socket.send")
export declare function tcpSendStreamDropWritable(end: i32): void;
@external("wasi:sockets/types@0.3.0", "[async-lower][future-read-1][method]tcp-socket.send")
export declare function tcpSendFutureRead(end: i32, at: usize): i32;
@external("wasi:sockets/types@0.3.0", "[future-cancel-read-1][method]tcp-socket.send")
export declare function tcpSendFutureCancelRead(end: i32): i32;
@external("wasi:sockets/types@0.3.0", "[future-drop-readable-1][method]tcp-socket.send")
export declare function tcpSendFutureDropReadable(end: i32): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.receive")
export declare function tcpReceive(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[async-lower][stream-read-0][method]tcp-socket.receive")
export declare function tcpReceiveStreamRead(end: i32, at: usize, count: i32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-cancel-read-0][method]tcp-socket.receive")
export declare function tcpReceiveStreamCancelRead(end: i32): i32;
@external("wasi:sockets/types@0.3.0", "[stream-drop-readable-0][method]tcp-socket.receive")
export declare function tcpReceiveStreamDropReadable(end: i32): void;
@external("wasi:sockets/types@0.3.0", "[async-lower][future-read-1][method]tcp-socket.receive")
export declare function tcpReceiveFutureRead(end: i32, at: usize): i32;
@external("wasi:sockets/types@0.3.0", "[future-cancel-read-1][method]tcp-socket.receive")
export declare function tcpReceiveFutureCancelRead(end: i32): i32;
@external("wasi:sockets/types@0.3.0", "[future-drop-readable-1][method]tcp-socket.receive")
export declare function tcpReceiveFutureDropReadable(end: i32): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-local-address")
export declare function tcpGetLocalAddress(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-remote-address")
export declare function tcpGetRemoteAddress(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-is-listening")
export declare function tcpGetIsListening(self: i32): i32;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-address-family")
export declare function tcpGetAddressFamily(self: i32): i32;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.set-listen-backlog-size")
export declare function tcpSetListenBacklogSize(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-keep-alive-enabled")
export declare function tcpGetKeepAliveEnabled(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.set-keep-alive-enabled")
export declare function tcpSetKeepAliveEnabled(self: i32, value: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-keep-alive-idle-time")
export declare function tcpGetKeepAliveIdleTime(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.set-keep-alive-idle-time")
export declare function tcpSetKeepAliveIdleTime(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-keep-alive-interval")
export declare function tcpGetKeepAliveInterval(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.set-keep-alive-interval")
export declare function tcpSetKeepAliveInterval(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-keep-alive-count")
export declare function tcpGetKeepAliveCount(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.set-keep-alive-count")
export declare function tcpSetKeepAliveCount(self: i32, value: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-hop-limit")
export declare function tcpGetHopLimit(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.set-hop-limit")
export declare function tcpSetHopLimit(self: i32, value: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-receive-buffer-size")
export declare function tcpGetReceiveBufferSize(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.set-receive-buffer-size")
export declare function tcpSetReceiveBufferSize(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.get-send-buffer-size")
export declare function tcpGetSendBufferSize(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]tcp-socket.set-send-buffer-size")
export declare function tcpSetSendBufferSize(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[resource-drop]tcp-socket")
export declare function dropTcp(handle: i32): void;
@external("wasi:sockets/types@0.3.0", "[static]udp-socket.create")
export declare function udpCreate(addressFamily: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.bind")
export declare function udpBind(
  self: i32,
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
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.connect")
export declare function udpConnect(
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
  result: usize,
): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.disconnect")
export declare function udpDisconnect(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[async-lower][method]udp-socket.send")
export declare function udpSend(params: usize, result: usize): i32;
@external("wasi:sockets/types@0.3.0", "[async-lower][method]udp-socket.receive")
export declare function udpReceive(self: i32, result: usize): i32;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.get-local-address")
export declare function udpGetLocalAddress(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.get-remote-address")
export declare function udpGetRemoteAddress(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.get-address-family")
export declare function udpGetAddressFamily(self: i32): i32;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.get-unicast-hop-limit")
export declare function udpGetUnicastHopLimit(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.set-unicast-hop-limit")
export declare function udpSetUnicastHopLimit(self: i32, value: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.get-receive-buffer-size")
export declare function udpGetReceiveBufferSize(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.set-receive-buffer-size")
export declare function udpSetReceiveBufferSize(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.get-send-buffer-size")
export declare function udpGetSendBufferSize(self: i32, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[method]udp-socket.set-send-buffer-size")
export declare function udpSetSendBufferSize(self: i32, value: u64, result: usize): void;
@external("wasi:sockets/types@0.3.0", "[resource-drop]udp-socket")
export declare function dropUdp(handle: i32): void;
@external("wasi:sockets/ip-name-lookup@0.3.0", "[async-lower]resolve-addresses")
export declare function resolveAddresses(name: usize, nameLength: usize, result: usize): i32;
