"""Every fault of a provider, many times: what does Callsheet take each for?

`faults.py --times 40` sends so many messages against each fault of `faulty_provider.py`, a process
that does not import Callsheet. What must come of a fault stands in `EXPECTED`; besides, a message
that the provider has taken must never be tried again by itself.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import SecretStr

from callsheet.channels.envelope import Envelope
from callsheet.channels.sendgrid import Sendgrid
from callsheet.channels.smtp import SmtpRelay
from callsheet.messages.message import Message
from callsheet.settings import SendgridSettings, SmtpSettings

HERE = Path(__file__).parent
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
MAIL = Message("Mme Roux", "roux@c1.example", "Anne", "anne@atelier.example", "", "Relance",
               "Bonjour\n" * 400, "", (), "fr")  # fmt: skip
TIMEOUT_SECONDS = 2
NO_ADDRESS, CLOSED = "nobody knows the name", "nobody listens"
REJECTED, LATER, DOUBT, TAKEN = "rejected", "retry_wait", "in_doubt", "accepted"
EXPECTED = {
    "http 202": TAKEN, "smtp 250": TAKEN,
    **dict.fromkeys((f"http {code}" for code in (400, 401, 403, 404, 413, 422)), REJECTED),
    **{f"smtp 554 at {stage}": REJECTED
       for stage in ("greeting", "sender", "recipient", "content", "end")},
    "http 429 with Retry-After": LATER, "http 429 without": LATER,
    **{f"smtp 451 at {stage}": LATER
       for stage in ("greeting", "sender", "recipient", "content", "end")},
    **{f"smtp reset at {stage}": LATER for stage in ("greeting", "sender", "recipient", "content")},
    "smtp garbage for a greeting": LATER,
    # The reset may come before the request has begun to leave, or after: the client knows which.
    "http reset before a byte was read": f"{LATER} or {DOUBT}",
    **{f"{channel} {what}": LATER for channel in ("http", "smtp") for what in (NO_ADDRESS, CLOSED)},
}  # fmt: skip
HEAD = "| fault | times | must be | accepted | rejected | retry_wait | in_doubt | misclassified |"


def expected(fault: str) -> str:
    """Return what must come of a fault; of anything not listed a doubt."""
    return EXPECTED.get(fault, DOUBT)


@contextmanager
def faulty(log: Path) -> Iterator[dict[str, int]]:
    """Yield the port of each fault."""
    process = subprocess.Popen(
        [sys.executable, HERE / "faulty_provider.py", log],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.communicate("")


def outcome(fault: str, port: int, number: int) -> str:
    """Send one message against a fault and return the state it comes to."""
    host = "no-such-host.invalid" if fault.endswith(NO_ADDRESS) else "127.0.0.1"
    if fault.startswith("http"):
        channel = Sendgrid(SendgridSettings(
            api_key=SecretStr("SG.lab"), host=f"http://{host}:{port}",
            timeout_seconds=TIMEOUT_SECONDS,
        ))  # fmt: skip
    else:
        channel = SmtpRelay(SmtpSettings(
            host=host, port=port, security="none", timeout_seconds=TIMEOUT_SECONDS
        ))  # fmt: skip
    key = f"9f0c6a0e-3b8a-5c55-8d11-{number:012}"
    letter = Envelope(key, 1, "FR1", date(2026, 11, 16), NOON, "atelier.example", MAIL)
    with channel.sender() as sender:
        return str(sender.send(letter).state)


def play(times: int, folder: Path) -> dict[str, tuple[Counter[str], int]]:
    """Return which states each fault came to, and how many of them were wrong."""
    log = folder / "taken.log"
    log.touch()
    found = {}
    with faulty(log) as ports, ThreadPoolExecutor(8) as pool:
        closed = {f"{channel} {what}": 1 for channel in ("http", "smtp")
                  for what in (NO_ADDRESS, CLOSED)}  # fmt: skip
        for fault, port in (ports | closed).items():
            states = Counter(pool.map(lambda n, f=fault, p=port: outcome(f, p, n), range(times)))
            wrong = times - sum(states[state] for state in expected(fault).split(" or "))
            found[fault] = states, wrong
    taken = Counter(log.read_text().splitlines())
    for fault, (states, wrong) in found.items():
        again = states[LATER] + states[REJECTED]
        found[fault] = states, wrong + (again if taken[fault] else 0)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = play(options.times, Path(folder))
    print(HEAD, "|---|" + "---|" * 7, sep="\n")  # noqa: T201  # what the command is for
    for fault, (states, wrong) in found.items():
        counts = " | ".join(str(states[state]) for state in (TAKEN, REJECTED, LATER, DOUBT))
        print(f"| {fault} | {options.times} | {expected(fault)} | {counts} | {wrong} |")  # noqa: T201
    all_wrong = sum(wrong for _, wrong in found.values())
    print(f"| **all** | {options.times * len(found):,} | | | | | | {all_wrong} |")  # noqa: T201
    sys.exit(1 if all_wrong else 0)


if __name__ == "__main__":
    main()
