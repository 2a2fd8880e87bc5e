"""A provider that misbehaves, one port for each fault: `faulty_provider.py LOG` prints the ports.

It does not import Callsheet. What it takes is a line of LOG, synced to disk before it answers.
"""

import json
import os
import re
import socket
import struct
import sys
import threading
import time
from contextlib import suppress

HANG_SECONDS = 4.0
STATUSES = (200, 202, 204, 302, 400, 401, 403, 404, 405, 413, 422, 500, 502, 503, 504)
LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)


def resets(line):
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def read_until(line, end, content=b""):
    while end not in content:
        piece = line.recv(1 << 16)
        if not piece:
            raise OSError("gone")
        content += piece
    return content


def request_of(line):
    head, _, body = read_until(line, b"\r\n\r\n").partition(b"\r\n\r\n")
    while len(body) < int(LENGTH.search(head)[1]):
        body += line.recv(1 << 16)


def take(fault):
    with open(sys.argv[1], "a") as log:  # noqa: PTH123  # plain Python, no more
        log.write(f"{fault}\n")
        log.flush()
        os.fsync(log.fileno())


def answers(status, more=b"", *, takes=False):
    def talk(line, fault):
        request_of(line)
        if takes:
            take(fault)
        line.sendall(b"HTTP/1.1 %d Said\r\nContent-Length: 0\r\n%s\r\n" % (status, more))

    return talk


def after_taking(then):
    def talk(line, fault):
        request_of(line)
        take(fault)
        then(line)

    return talk


def half_a_request(line, _fault):
    line.recv(20)
    resets(line)


def says(words):
    def talk(line, _fault):
        request_of(line)
        line.sendall(words)

    return talk


HTTP = {
    **{f"http {status}": answers(status, takes=status == 202) for status in STATUSES},
    "http 302": answers(302, b"Location: http://127.0.0.1:1/\r\n"),
    "http 429 with Retry-After": answers(429, b"Retry-After: 7\r\n"),
    "http 429 without": answers(429),
    "http reset before a byte was read": lambda line, _: resets(line),
    "http reset in the request": half_a_request,
    "http reset after taking": after_taking(resets),
    "http closed after taking": after_taking(lambda line: None),
    "http slow after taking": after_taking(lambda line: time.sleep(HANG_SECONDS)),
    "http garbage": says(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "http half an answer": says(b"HTTP/1.1 202 OK\r\nContent-Length: 9\r\n\r\nhalf"),
}


def relay(at="never", answer=b"", then=None):
    """Speak SMTP; at the stage `at` say `answer`, or do `then` with the connection."""

    def talk(line, fault):
        step = Stage(line, fault, at, answer, then)
        if not step.go("greeting", b"220 stub"):
            return
        file = line.makefile("rb")
        while said := file.readline():
            verb = said[:4].upper()
            stage = {b"MAIL": "sender", b"RCPT": "recipient", b"DATA": "content"}.get(verb, "")
            if verb == b"QUIT" or not step.go(stage, b"354 go" if verb == b"DATA" else b"250 yes"):
                return
            if verb == b"DATA" and step.is_clean:
                while (said := file.readline()) != b".\r\n":
                    if not said or not step.go("half", b""):
                        return
                if not step.go("end", b"250 taken"):
                    return

    return talk


class Stage:
    """Where a conversation is, and what goes wrong there."""

    def __init__(self, line, fault, at, answer, then):
        self.line, self.fault, self.at, self.answer, self.then = line, fault, at, answer, then
        self.is_clean = True

    def go(self, stage, usual):
        """Answer this stage; False when the connection is over."""
        is_here = stage == self.at
        if stage == "end" and (not is_here or self.then):
            take(self.fault)
        if is_here and self.then:
            self.then(self.line)
            return False
        answer = self.answer if is_here else usual
        self.is_clean = answer == usual
        if answer:
            self.line.sendall(answer + b"\r\n")
        return True


STAGES = ("greeting", "sender", "recipient", "content", "end")
SMTP = {
    "smtp 250": relay(),
    **{f"smtp 451 at {stage}": relay(stage, b"451 later") for stage in STAGES},
    **{f"smtp 554 at {stage}": relay(stage, b"554 never") for stage in STAGES},
    **{f"smtp reset at {stage}": relay(stage, then=resets) for stage in (*STAGES, "half")},
    "smtp slow after taking": relay("end", then=lambda line: time.sleep(HANG_SECONDS)),
    "smtp garbage for a greeting": relay("greeting", b"HTTP/1.1 200 OK"),
    "smtp garbage at the end": relay("end", b"what?"),
}
FAULTS = HTTP | SMTP


def serve(server, fault):
    while True:
        line, _ = server.accept()
        threading.Thread(target=converse, args=(line, fault), daemon=True).start()


def converse(line, fault):
    with line, suppress(OSError):  # the client may have gone
        FAULTS[fault](line, fault)


def main():
    ports = {}
    for fault in FAULTS:
        server = socket.create_server(("127.0.0.1", 0))
        ports[fault] = server.getsockname()[1]
        threading.Thread(target=serve, args=(server, fault), daemon=True).start()
    print(json.dumps(ports), flush=True)  # noqa: T201  # read by whoever started it
    sys.stdin.read()


if __name__ == "__main__":
    main()
