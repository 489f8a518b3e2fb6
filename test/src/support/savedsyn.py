"""Accepts one connection on a loopback address (argv[1]) and tells the hop limit of its first packet.

Prints the port, and when somebody has connected the hop limit that the SYN carried, which Linux keeps (TCP_SAVE_SYN).
"""

import socket
import sys

TCP_SAVE_SYN = 27
TCP_SAVED_SYN = 28

family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with socket.socket(family, socket.SOCK_STREAM) as listener:
    listener.bind((sys.argv[1], 0))
    listener.setsockopt(socket.IPPROTO_TCP, TCP_SAVE_SYN, 1)
    listener.listen(1)
    print(listener.getsockname()[1], flush=True)
    accepted, _ = listener.accept()
    with accepted:
        packet = accepted.getsockopt(socket.IPPROTO_TCP, TCP_SAVED_SYN, 256)
        print(packet[8] if packet[0] >> 4 == 4 else packet[7], flush=True)
        accepted.recv(1)
