"""Runs a command in a terminal of its own, and types answers: [[EXPECTED, TYPED], …] as JSON, then the command.

What has TYPED before anything was expected is there before the command is. Prints the transcript and the exit code."""

import json
import os
import pty
import select
import sys

steps = json.loads(sys.argv[1])
command = sys.argv[2:]
go, ready = os.pipe()
pid, terminal = pty.fork()
if pid == 0:
    os.close(ready)
    os.read(go, 1)
    os.execvp(command[0], command)
os.close(go)
while steps and steps[0][0] == "":
    os.write(terminal, steps.pop(0)[1].encode())
os.write(ready, b"!")

transcript, seen = b"", 0
while True:
    if not select.select([terminal], [], [], 60)[0]:
        os.kill(pid, 9)
        transcript += b"\nnothing more came for a minute"
        break
    try:
        piece = os.read(terminal, 4096)
    except OSError:  # Linux tells the end so
        break
    if not piece:
        break
    transcript += piece
    while steps and (at := transcript.find(steps[0][0].encode(), seen)) >= 0:
        seen = at + len(steps[0][0])
        os.write(terminal, steps.pop(0)[1].encode())
status = os.waitpid(pid, 0)[1]
print(json.dumps({"transcript": transcript.decode(errors="replace"), "status": status}))
