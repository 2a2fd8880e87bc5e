"""What the laboratory starts beside itself: the provider, and a PostgreSQL of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

HERE = Path(__file__).parent
LOST = psycopg.OperationalError


@contextmanager
def a_provider(folder: Path) -> Iterator[dict[str, int]]:
    """Yield the provider's port for each channel; its logs are in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, HERE / "provider.py", folder], stdout=subprocess.PIPE, text=True
    )
    try:
        smtp, http = json.loads(process.stdout.readline())
        yield {"smtp": smtp, "sendgrid": http}
    finally:
        process.terminate()
        process.communicate()


class Postgres:
    """A server in `folder` that can be stopped as a power cut would and started again."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self.binaries = found[-1].parent if found else None
        self.data = folder / "data"
        self.user = "postgres" if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def server(self) -> str:
        return f"postgresql://callsheet@127.0.0.1:{self.port}"

    def make(self) -> None:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if self.user:
            shutil.chown(self.data.parent, self.user)
        subprocess.run(
            [self.binaries / "initdb", "-D", self.data, "-U", "callsheet", "-A", "trust",
             "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8"],
            user=self.user, cwd="/", check=True, capture_output=True,
        )  # fmt: skip

    def start(self) -> None:
        """Start it. What it says is committed survives its own end: the laboratory cuts no power,
        so `fsync` may be off, `synchronous_commit` may not."""
        self.process = subprocess.Popen(
            [self.binaries / "postgres", "-D", self.data, "-p", str(self.port), "-k", self.data,
             "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
            user=self.user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(600):
            try:
                psycopg.connect(f"{self.server}/postgres").close()
                return
            except LOST:
                time.sleep(0.05)
        raise RuntimeError("PostgreSQL did not start in 30 seconds")

    def stop_at_once(self) -> None:
        """An immediate shutdown: every session is broken off, the log is replayed at the start."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=60)

    def ask(self, statement: str) -> None:
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def copy(self, name: str, template: str) -> str:
        """Make a database from another one and return its address for Callsheet."""
        self.ask(f'create database "{name}" template "{template}" strategy file_copy')
        return self.address(name)

    def address(self, name: str) -> str:
        return f"{self.server.replace('postgresql:', 'postgresql+psycopg:')}/{name}"


@contextmanager
def a_postgres(folder: Path) -> Iterator[Postgres]:
    """Yield a running server; it and its data are gone afterwards."""
    postgres = Postgres(folder)
    if postgres.binaries is None:
        raise SystemExit("no PostgreSQL server here: `sh tests/servers.sh` installs Debian's")
    postgres.make()
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop_at_once()
        shutil.rmtree(folder, ignore_errors=True)
