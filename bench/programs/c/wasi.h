// What host.c imports of WASI 0.2, as the canonical ABI has it: a list is a pointer and a length, an ip-socket-address
// its tag and eleven numbers, and a result that fits no register is put where the last argument says.

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef u32 handle;

#define IMPORT(interface, name) __attribute__((import_module("wasi:" interface "@0.2.12"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

#define ADDRESS_TYPES u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32
#define IPV4(port, a, b, c, d) 0, port, a, b, c, d, 0, 0, 0, 0, 0, 0

IMPORT("cli/environment", "get-arguments") void get_arguments(void *result);
IMPORT("cli/stdout", "get-stdout") handle get_stdout(void);
IMPORT("cli/stderr", "get-stderr") handle get_stderr(void);

IMPORT("clocks/monotonic-clock", "now") u64 now(void);
IMPORT("clocks/monotonic-clock", "subscribe-duration") handle subscribe_duration(u64 nanoseconds);

IMPORT("io/poll", "poll") void poll(const handle *list, u32 length, void *result);
IMPORT("io/poll", "[method]pollable.block") void block(handle pollable);
IMPORT("io/poll", "[resource-drop]pollable") void drop_pollable(handle pollable);

IMPORT("io/streams", "[method]input-stream.read") void input_read(handle stream, u64 length, void *result);
IMPORT("io/streams", "[method]input-stream.subscribe") handle input_subscribe(handle stream);
IMPORT("io/streams", "[method]output-stream.check-write") void output_check_write(handle stream, void *result);
IMPORT("io/streams", "[method]output-stream.write")
void output_write(handle stream, const void *bytes, u32 length, void *result);
IMPORT("io/streams", "[method]output-stream.blocking-write-and-flush")
void output_blocking_write_and_flush(handle stream, const void *bytes, u32 length, void *result);
IMPORT("io/streams", "[method]output-stream.subscribe") handle output_subscribe(handle stream);

IMPORT("sockets/instance-network", "instance-network") handle instance_network(void);

IMPORT("sockets/tcp-create-socket", "create-tcp-socket") void create_tcp_socket(u32 family, void *result);
IMPORT("sockets/tcp", "[method]tcp-socket.start-connect")
void tcp_start_connect(handle socket, handle network, ADDRESS_TYPES, void *result);
IMPORT("sockets/tcp", "[method]tcp-socket.finish-connect") void tcp_finish_connect(handle socket, void *result);
IMPORT("sockets/tcp", "[method]tcp-socket.subscribe") handle tcp_subscribe(handle socket);
IMPORT("sockets/tcp", "[method]tcp-socket.shutdown") void tcp_shutdown(handle socket, u32 how, void *result);

IMPORT("sockets/udp-create-socket", "create-udp-socket") void create_udp_socket(u32 family, void *result);
IMPORT("sockets/udp", "[method]udp-socket.start-bind")
void udp_start_bind(handle socket, handle network, ADDRESS_TYPES, void *result);
IMPORT("sockets/udp", "[method]udp-socket.finish-bind") void udp_finish_bind(handle socket, void *result);
IMPORT("sockets/udp", "[method]udp-socket.subscribe") handle udp_subscribe(handle socket);
IMPORT("sockets/udp", "[method]udp-socket.stream") void udp_stream(handle socket, u32 some, ADDRESS_TYPES, void *result);
IMPORT("sockets/udp", "[method]incoming-datagram-stream.receive")
void incoming_receive(handle stream, u64 most, void *result);
IMPORT("sockets/udp", "[method]incoming-datagram-stream.subscribe") handle incoming_subscribe(handle stream);
IMPORT("sockets/udp", "[method]outgoing-datagram-stream.check-send")
void outgoing_check_send(handle stream, void *result);
IMPORT("sockets/udp", "[method]outgoing-datagram-stream.send")
void outgoing_send(handle stream, const void *datagrams, u32 length, void *result);
IMPORT("sockets/udp", "[method]outgoing-datagram-stream.subscribe") handle outgoing_subscribe(handle stream);
