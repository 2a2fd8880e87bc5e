"""B148: a dispatcher that is stopped for longer than its lease, then goes on: nothing goes twice.

A real SIGSTOP, a real SIGCONT, three processes: two dispatchers and the provider.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from dispatchers import HERE, Outcome, judge
from servers import a_provider

ACTIONS = 12
LEASE_SECONDS = 3
RUN = "run-paused"


def a_dispatcher(company):
    command = [sys.executable, HERE / "one_dispatcher.py", json.dumps(company)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wait_for_messages(log: Path, count: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if log.exists() and len(log.read_text().splitlines()) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{count} messages never came")


def played(tmp_path, url) -> tuple[Outcome, Outcome]:
    """Stop the first dispatcher amid its messages; return how it stood then, and at the end."""
    home, logs = tmp_path / "home", tmp_path / "provider"
    prepare = [sys.executable, HERE / "prepare.py", "confirmed", home, url, str(ACTIONS)]
    subprocess.run(prepare, check=True)
    with a_provider(logs) as ports:
        (logs / f"{RUN}.mode").write_text("slow")
        company = {
            "run": RUN, "home": str(home), "url": url, "channel": "smtp", "port": ports["smtp"],
            "logs": str(logs), "threads": 2, "lease_seconds": LEASE_SECONDS,
        }  # fmt: skip
        log = logs / f"{RUN}.log"
        first = a_dispatcher(company)
        wait_for_messages(log, 2)
        first.send_signal(signal.SIGSTOP)
        second = a_dispatcher(company)
        if url:  # its lease runs out, and the second takes over
            meanwhile = judge(json.loads(second.communicate()[0]), log, 0, 0)
        else:  # the operating system's lock does not: the second can only wait
            time.sleep(LEASE_SECONDS + 2)
            sent = len(log.read_text().splitlines())
            meanwhile = Outcome(sent, 0, ACTIONS - sent, 0, 0, 0, int(second.poll() is None))
        first.send_signal(signal.SIGCONT)
        told = [one.communicate()[0] for one in (first, second) if one.stdout.closed is False]
    return meanwhile, judge(json.loads(told[0]), log, 0, 0)


def test_b148_a_paused_dispatcher_sends_nothing_twice_when_another_took_over(
    tmp_path, new_database
):
    meanwhile, ended = played(tmp_path, new_database())

    assert meanwhile.twice == 0
    assert meanwhile.doubts + meanwhile.lost > 0, "what the paused one had begun is in doubt"
    assert ended.is_clean, ended
    assert ended.accepted == ACTIONS


@pytest.mark.nightly
def test_b148_on_the_embedded_database_nobody_takes_over_from_a_paused_dispatcher(tmp_path):
    meanwhile, ended = played(tmp_path, "")

    assert meanwhile.unfinished == 1, "the second one waits"
    assert meanwhile.accepted < ACTIONS
    assert ended.is_clean, ended
    assert ended.accepted == ACTIONS
