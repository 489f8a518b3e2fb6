// The option functions of wasi:sockets/{tcp,udp}. Getters give result<bool or u8, error-code> with the
// value @1, result<u32, error-code> with the value @4, or result<u64, error-code> with the value @8.

// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.keep-alive-enabled")
export declare function tcpKeepAliveEnabled(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-keep-alive-enabled")
export declare function tcpSetKeepAliveEnabled(socket: i32, value: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.keep-alive-idle-time")
export declare function tcpKeepAliveIdleTime(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-keep-alive-idle-time")
export declare function tcpSetKeepAliveIdleTime(socket: i32, nanoseconds: u64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.keep-alive-interval")
export declare function tcpKeepAliveInterval(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-keep-alive-interval")
export declare function tcpSetKeepAliveInterval(socket: i32, nanoseconds: u64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.keep-alive-count")
export declare function tcpKeepAliveCount(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-keep-alive-count")
export declare function tcpSetKeepAliveCount(socket: i32, value: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.hop-limit")
export declare function tcpHopLimit(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-hop-limit")
export declare function tcpSetHopLimit(socket: i32, value: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.receive-buffer-size")
export declare function tcpReceiveBufferSize(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-receive-buffer-size")
export declare function tcpSetReceiveBufferSize(socket: i32, bytes: u64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.send-buffer-size")
export declare function tcpSendBufferSize(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.set-send-buffer-size")
export declare function tcpSetSendBufferSize(socket: i32, bytes: u64, result: usize): void;

// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.unicast-hop-limit")
export declare function udpUnicastHopLimit(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.set-unicast-hop-limit")
export declare function udpSetUnicastHopLimit(socket: i32, value: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.receive-buffer-size")
export declare function udpReceiveBufferSize(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.set-receive-buffer-size")
export declare function udpSetReceiveBufferSize(socket: i32, bytes: u64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.send-buffer-size")
export declare function udpSendBufferSize(socket: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/udp@0.2.12", "[method]udp-socket.set-send-buffer-size")
export declare function udpSetSendBufferSize(socket: i32, bytes: u64, result: usize): void;
