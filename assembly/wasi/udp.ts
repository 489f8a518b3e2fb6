// wasi:sockets/{udp-create-socket,udp} as core imports. Addresses are flattened as in tcp.ts.

// @ts-ignore: decorator
@external("wasi:sockets/udp-create-socket@0.2.12", "create-udp-socket")
export declare function createUdpSocket(family: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.start-bind")
export declare function udpStartBind(
  socket: i32,
  network: i32,
  tag: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  a4: i32,
  a5: i32,
  a6: i32,
  a7: i32,
  a8: i32,
  a9: i32,
  a10: i32,
  result: usize,
): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.finish-bind")
export declare function udpFinishBind(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.stream")
export declare function udpStream(
  socket: i32,
  some: i32,
  tag: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  a4: i32,
  a5: i32,
  a6: i32,
  a7: i32,
  a8: i32,
  a9: i32,
  a10: i32,
  result: usize,
): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.local-address")
export declare function udpLocalAddress(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.subscribe")
export declare function udpSubscribe(socket: i32): i32;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[resource-drop]udp-socket")
export declare function dropUdp(socket: i32): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]incoming-datagram-stream.receive")
export declare function incomingReceive(stream: i32, maxResults: u64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]incoming-datagram-stream.subscribe")
export declare function incomingSubscribe(stream: i32): i32;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[resource-drop]incoming-datagram-stream")
export declare function dropIncoming(stream: i32): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]outgoing-datagram-stream.check-send")
export declare function outgoingCheckSend(stream: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]outgoing-datagram-stream.send")
export declare function outgoingSend(stream: i32, datagrams: usize, length: usize, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]outgoing-datagram-stream.subscribe")
export declare function outgoingSubscribe(stream: i32): i32;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[resource-drop]outgoing-datagram-stream")
export declare function dropOutgoing(stream: i32): void;
