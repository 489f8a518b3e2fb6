"""A time server (RFC 868) over TCP and UDP: `time-server.py HOST`. Prints its two ports."""

import socket
import struct
import sys
import threading
import time


def now() -> bytes:
    return struct.pack("!I", (int(time.time()) + 2_208_988_800) % 2**32)


def open_server(kind: int) -> socket.socket:
    family, *_, address = socket.getaddrinfo(sys.argv[1], 0, type=kind)[0]
    server = socket.socket(family, kind)
    server.bind(address)
    return server


def serve_datagrams(server: socket.socket) -> None:
    while True:
        _, sender = server.recvfrom(512)
        server.sendto(now(), sender)


tcp = open_server(socket.SOCK_STREAM)
tcp.listen()
udp = open_server(socket.SOCK_DGRAM)
threading.Thread(target=serve_datagrams, args=[udp], daemon=True).start()
print(f"tcp {tcp.getsockname()[1]} udp {udp.getsockname()[1]}", flush=True)
while True:
    connection, _ = tcp.accept()
    with connection:
        connection.sendall(now())
