"""A provider of mail that writes down what it takes, and sees it on disk, before it says yes.

`provider.py FOLDER` speaks SMTP and SendGrid's mail/send on two free ports, which it prints. It
knows nothing of Callsheet: a message's Message-ID `<action.attempt@run…>` tells which run's log
`FOLDER/<run>.log` it belongs to. A file `FOLDER/<run>.mode` changes how the run is served:

hold      the message is taken only if the client is still there a moment later
silent    it is taken at once, the answer comes a moment later
slow      the answer comes after 5 to 500 ms, another time for each message
"""

import asyncio
import json
import os
import random
import re
import sys
import time
from pathlib import Path

MOMENT_SECONDS = 0.2
MESSAGE_ID = re.compile(rb"message-id:\s*<([^.>]+)\.(\d+)@([a-z0-9-]+)", re.IGNORECASE)


class Provider:
    """What both protocols share: one log for each run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def take(self, action: str, attempt: str, run: str, reader: asyncio.StreamReader) -> bool:
        """Write the message down; False when its sender was gone before it was taken."""
        mode = self.mode_of(run)
        if mode == "hold" and await self.is_gone(reader):
            return False
        line = {"action": action, "attempt": int(attempt), "moment": time.time()}
        with (self.folder / f"{run}.log").open("a") as log:
            log.write(json.dumps(line) + "\n")
            log.flush()
            os.fsync(log.fileno())
        if mode == "silent":
            await self.is_gone(reader)
        if mode == "slow":
            await asyncio.sleep(random.uniform(0.005, 0.5))  # noqa: S311  # no secret
        return True

    def mode_of(self, run: str) -> str:
        try:
            return (self.folder / f"{run}.mode").read_text()
        except FileNotFoundError:
            return ""

    async def is_gone(self, reader: asyncio.StreamReader) -> bool:
        """Wait a moment for the client to go; say whether it went."""
        for _ in range(20):
            await asyncio.sleep(MOMENT_SECONDS / 20)
            if reader.at_eof() or reader.exception():
                return True
        return False

    async def smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 stub\r\n")
        while line := await reader.readline():
            verb = line.split(maxsplit=1)[0].upper() if line.split() else b""
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                action, attempt, run = (part.decode() for part in said(content))
                if await self.take(action, attempt, run, reader):
                    writer.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 stub\r\n")

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = re.search(rb"content-length:\s*(\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1]) if length else 0)
            if b"/mail/send" not in head.split(b"\r\n")[0]:  # its log: this account has none
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                continue
            message_id = json.loads(body)["headers"]["Message-ID"]
            action, attempt, run = (
                part.decode() for part in said(f"Message-ID: {message_id}".encode())
            )
            if await self.take(action, attempt, run, reader):
                closes = b"close" in head.lower()
                writer.write(
                    b"HTTP/1.1 202 Accepted\r\nX-Message-Id: stub-%s\r\nContent-Length: 0\r\n%s\r\n"
                    % (action.encode(), b"Connection: close\r\n" if closes else b"")
                )
                if closes:
                    break


def said(content: bytes) -> tuple[bytes, bytes, bytes]:
    return MESSAGE_ID.search(content).groups()


def served(talk):
    """Serve one connection; a client that is killed in the middle is no error here."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return serve


async def main(folder: Path) -> None:
    provider = Provider(folder)
    servers = [
        await asyncio.start_server(served(talk), "127.0.0.1", 0)
        for talk in (provider.smtp, provider.http)
    ]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    print(json.dumps(ports), flush=True)  # noqa: T201  # read by whoever started it
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
