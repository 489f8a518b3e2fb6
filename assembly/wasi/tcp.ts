// wasi:sockets/{tcp-create-socket,tcp} as core imports. An ip-socket-address is flattened to its tag
// (0 ipv4, 1 ipv6) and eleven numbers: port, then four octets, or flow info, eight groups and scope id.

// @ts-ignore: decorator
@external("wasi:sockets/tcp-create-socket@0.2.12", "create-tcp-socket")
export declare function createTcpSocket(family: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.start-bind")
export declare function tcpStartBind(
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
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.finish-bind")
export declare function tcpFinishBind(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.start-connect")
export declare function tcpStartConnect(
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
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.finish-connect")
export declare function tcpFinishConnect(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-listen-backlog-size")
export declare function tcpSetListenBacklogSize(socket: i32, size: u64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.start-listen")
export declare function tcpStartListen(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.finish-listen")
export declare function tcpFinishListen(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.accept")
export declare function tcpAccept(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.local-address")
export declare function tcpLocalAddress(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.remote-address")
export declare function tcpRemoteAddress(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.subscribe")
export declare function tcpSubscribe(socket: i32): i32;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.shutdown")
export declare function tcpShutdown(socket: i32, how: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[resource-drop]tcp-socket")
export declare function dropTcp(socket: i32): void;
