"""A local Prefect with our deployments: server, work pool, worker. Offline; ends with Ctrl-C."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callsheet.errors import CallsheetError
from flows.environment import server_environment

PROJECT = Path(__file__).parents[1]
POOL = "callsheet"
START_SECONDS = 120
STOP_SECONDS = 10  # a server waits for every open page otherwise
SHORTEST_LIFE_SECONDS = 10  # of a worker: one that dies sooner would die again


def serve(home: Path, port: int) -> None:
    """Run server and worker on loopback until interrupted; print the address when all is ready."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # ends the server and the worker too
    environment = server_environment(home, port)
    with _running(["server", "start", "--host", "127.0.0.1"], environment) as server:
        _wait_until_healthy(environment["PREFECT_API_URL"], server)
        _prefect(["work-pool", "create", POOL, "--type", "process", "--overwrite"], environment)
        _prefect(["work-pool", "set-concurrency-limit", POOL, "1"], environment)
        _prefect(["--no-prompt", "deploy", "--all"], environment)
        _say(f"Prefect UI: http://127.0.0.1:{port}  (Ctrl-C stops it)")
        _work(server, environment)


def _work(server: subprocess.Popen[bytes], environment: dict[str, str]) -> None:
    """Keep a worker running: one that dies is replaced, since no run of ours depends on it."""
    while True:
        with _running(["worker", "start", "--pool", POOL], environment) as worker:
            lived_seconds = _wait_for_the_end(server, worker)
        if lived_seconds < SHORTEST_LIFE_SECONDS:
            raise CallsheetError("Prefect's worker ended by itself; its last lines say why")
        _say(f"The worker ended (exit {worker.returncode}): another one is started.")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # it is the command's answer


def _command(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "prefect", *arguments]


def _prefect(arguments: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603  # our own arguments
        _command(arguments), env=environment, cwd=PROJECT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise CallsheetError(
            f"prefect {' '.join(arguments)} failed\n{done.stdout}{done.stderr}\n"
            "  do           read its message above; nothing of Callsheet's was changed"
        )


@contextmanager
def _running(
    arguments: list[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(_command(arguments), env=environment, cwd=PROJECT)  # noqa: S603  # our own arguments
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(api: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 2):
        if server.poll() is not None:
            raise CallsheetError(
                f"Prefect's server ended at once (exit {server.returncode})\n"
                "  do           its lines above say why; a taken port: callsheet ui --port 4300"
            )
        try:
            with urllib.request.urlopen(f"{api}/health", timeout=2):  # noqa: S310  # loopback
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.5)
    raise CallsheetError(f"Prefect's server did not answer at {api} within {START_SECONDS} s")


def _wait_for_the_end(server: subprocess.Popen[bytes], worker: subprocess.Popen[bytes]) -> float:
    """Return how many seconds the worker lived; exit with the person's Ctrl-C."""
    began = time.monotonic()
    try:
        while server.poll() is None and worker.poll() is None:
            time.sleep(1)
    except KeyboardInterrupt:
        sys.exit(0)
    if server.poll() is not None:
        raise CallsheetError("Prefect's server ended by itself; its last lines say why")
    return time.monotonic() - began
