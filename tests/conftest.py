"""What tests of several areas share: a PostgreSQL of their own, and both kinds of warehouse."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from callsheet.settings import Settings

MISSING = "no PostgreSQL server here: `sh tests/servers.sh` installs Debian's as root"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of an empty database on a PostgreSQL server that lives as long as the tests."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = str(binaries[-1]) if binaries else shutil.which("initdb")
    if found is None:
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="callsheet-postgres-"))
    # PostgreSQL refuses to run as root: Debian's package made a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    server = None
    try:
        server, url = _start(Path(found).parent, folder / "data", user)
        yield url
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _start(binaries: Path, data: Path, user: str | None) -> tuple[subprocess.Popen[bytes], str]:
    subprocess.run(
        [
            binaries / "initdb", "-D", data, "-U", "callsheet", "-A", "trust", "--no-sync",
            "--encoding", "UTF8", "--locale", "C.UTF-8",
        ],
        user=user, cwd="/", check=True, capture_output=True,
    )  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": data,
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    }  # fmt: skip
    flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    server = subprocess.Popen(
        [binaries / "postgres", "-D", data, *flags],
        user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"postgresql://callsheet@127.0.0.1:{port}/postgres"
    for _ in range(300):
        try:
            psycopg.connect(url).close()
            return server, url.replace("postgresql:", "postgresql+psycopg:")
        except psycopg.OperationalError:
            time.sleep(0.1)
    server.kill()
    raise RuntimeError("PostgreSQL did not start in 30 seconds")


@pytest.fixture(scope="session")
def new_database(postgres_url: str) -> Callable[[], str]:
    """Make one more empty database and return its address."""
    server = postgres_url.replace("+psycopg", "")
    made = 0

    def make() -> str:
        nonlocal made
        made += 1
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"create database callsheet_{made} template template0".encode())
        return f"{postgres_url.rpartition('/')[0]}/callsheet_{made}"

    return make


@pytest.fixture(params=["duckdb", "postgresql"])
def settings_of_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an empty warehouse: the test runs once on each engine."""
    if request.param == "duckdb":
        return Settings(home=tmp_path / "var")
    url = request.getfixturevalue("new_database")()
    return Settings(home=tmp_path / "var", warehouse=SecretStr(url))
