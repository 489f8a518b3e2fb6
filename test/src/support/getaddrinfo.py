"""The system's getaddrinfo(3), for the tests: reads a JSON list of questions, writes a list of answers.

A question is [host, service, family, type, protocol, flags]; an answer is a list of candidates
[family, type, protocol, address in hexadecimal, port, scope id, canonical name], or the name of the error.
"""

import json
import socket
import sys

NAMES = {value: name for name, value in vars(socket).items() if name.startswith("EAI_")}


def candidate(found):
    family, kind, protocol, canonname, address = found
    text, _, _ = address[0].partition("%")
    scope = address[3] if family == socket.AF_INET6 else 0
    return [family, kind, protocol, socket.inet_pton(family, text).hex(), address[1], scope, canonname]


def answer(question):
    host, service, family, kind, protocol, flags = question
    try:
        # bytes go to the system as they are
        name = None if host is None else host.encode()
        port = None if service is None else service.encode()
        return [candidate(found) for found in socket.getaddrinfo(name, port, family, kind, protocol, flags)]
    except socket.gaierror as error:
        return NAMES.get(error.errno, str(error.errno))


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
