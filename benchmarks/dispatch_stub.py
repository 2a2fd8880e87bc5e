"""A provider that takes everything at once and keeps nothing: SMTP and SendGrid's mail/send.

`dispatch_stub.py` prints its two ports, and on standard input's end how many messages it took.
"""

import asyncio
import json
import sys

LENGTH = b"content-length:"


class Smtp(asyncio.Protocol):
    """Says yes to every command, and to every content that ends with a lone dot."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer, self.reads_content = transport, b"", False
        transport.write(b"220 stub\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self.buffer:
            end = b"\r\n.\r\n" if self.reads_content else b"\r\n"
            line, found, rest = self.buffer.partition(end)
            if not found:
                return
            self.buffer = rest
            if self.reads_content:
                Smtp.taken += 1
                self.reads_content = False
                self.transport.write(b"250 taken\r\n")
            elif line[:4].upper() == b"DATA":
                self.reads_content = True
                self.transport.write(b"354 go on\r\n")
            else:
                self.transport.write(b"250 stub\r\n")


class Http(asyncio.Protocol):
    """Answers 202 to every request, and keeps the connection open when it may."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, body = self.buffer.partition(b"\r\n\r\n")
            lower = head.lower()
            length = int(lower.partition(LENGTH)[2].partition(b"\r\n")[0])
            if len(body) < length:
                return
            self.buffer = body[length:]
            Http.taken += 1
            closes = b"connection: close" in lower
            self.transport.write(
                b"HTTP/1.1 202 Accepted\r\nX-Message-Id: stub\r\nContent-Length: 0\r\n"
                + b"Connection: close\r\n\r\n" * closes
                + b"\r\n" * (not closes)
            )
            if closes:
                self.transport.close()


async def main() -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(kind, "127.0.0.1", 0, backlog=512) for kind in (Smtp, Http)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps([Smtp.taken, Http.taken]), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
