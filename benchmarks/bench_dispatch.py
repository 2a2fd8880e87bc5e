"""What sending costs: from a frozen plan to a settled history, beside the bare loop.

`bench_dispatch.py [--report FILE]` sends 10,000 e-mails three times to a local stub, over SMTP and
over SendGrid's API, and 100,000 three times over SMTP. The bare loop renders, builds and sends the
same messages with the same template, builder, threads and kept-open connection, and records
nothing. Every part runs in a process of its own, every run on a copy of one frozen plan. CPU
seconds are Callsheet's; the stub's are not counted.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from dispatch_company import AS_OF, NOW, SCENARIO, STEP, due_in, look, plan_for, settings_of
from dispatch_report import Report

from callsheet import day
from callsheet.channels import sendgrid, smtp
from callsheet.channels.envelope import Envelope
from callsheet.dispatching import dispatch as dispatching
from callsheet.dispatching import sending
from callsheet.group_commit import Committer
from callsheet.keys import digest
from callsheet.messages.message import render
from callsheet.messages.rendering import Templates
from callsheet.messages.statement import WantedAccount, statements
from callsheet.planning import drafts
from callsheet.planning.content import Contents
from callsheet.scenarios.scenario import load_scenarios
from callsheet.settings import Settings
from callsheet.store.warehouse import Warehouse

STUB = Path(__file__).with_name("dispatch_stub.py")


class Meter:
    """CPU seconds of each part, summed over the threads that work on it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Count what `owner.name` costs as `part`; nothing else of it changes."""
        inner = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            began = time.thread_time()
            try:
                return inner(*args, **kwargs)
            finally:
                self.add(part, time.thread_time() - began)

        setattr(owner, name, watched)

    def add(self, part: str, seconds: float) -> None:
        with self._lock:
            self.seconds[part] += seconds

    def costs(self, count: int, send_all: Callable[[], int]) -> dict[str, float]:
        """Return what `send_all` cost a message; what no part claims is orchestration."""
        began, wall = time.process_time(), time.perf_counter()
        sent = send_all()
        whole, wall = time.process_time() - began, time.perf_counter() - wall
        if sent != count:
            raise SystemExit(f"{sent} of {count} were accepted")
        self.seconds["orchestration"] = whole - sum(self.seconds.values())
        return {name: seconds / count for name, seconds in self.seconds.items()} | {
            "wall": wall,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


def frozen_plan(settings: Settings, count: int) -> dict[str, float]:
    """Freeze the plan that is sent afterwards; rendering is measured here."""
    meter = Meter()
    meter.watch(drafts, "render", "render")
    plan_for(settings, count)
    return {"render": meter.seconds["render"] / count}


def ours(settings: Settings, count: int) -> dict[str, float]:
    """Send the frozen plan batch by batch, as the flow `collect` does."""
    meter = Meter()
    meter.watch(Contents, "read_ahead", "build")
    meter.watch(sending, "_prepared", "build")
    for kind in (smtp.SmtpSender, sendgrid.SendgridSender):
        meter.watch(kind, "send", "send")
    meter.watch(Committer, "_write", "record")

    def send_all() -> int:
        with day.sending(settings):
            batches = day.confirmed_batches(settings, AS_OF, NOW)
            summaries = [day.send_batch(settings, AS_OF, NOW, batch) for batch in batches]
        return sum(one.sent["accepted"] for one in summaries)

    return meter.costs(count, send_all)


def bare(settings: Settings, count: int) -> dict[str, float]:
    """Render, build and send, in as many threads, and record nothing."""
    meter = Meter()
    with Warehouse.of(settings).transaction() as tx:
        con = look(tx, settings)
        due = due_in(con).to_pylist()
        wanted = [WantedAccount(d["unit"], d["customer"], "FR1", d["leader"]) for d in due]
        known = statements(con, wanted, AS_OF, settings.decision)
    steps = {s.key: s for one in load_scenarios(settings.scenarios).values() for s in one.steps
             if one.key == SCENARIO}  # fmt: skip
    templates = Templates.of(settings.templates)
    channel = dispatching.channel_of(settings.channels.email, settings)
    waiting = iter(known.items())
    lock = threading.Lock()

    def work(_: int) -> int:
        done = 0
        render_, build, send = "render", "build", "send"
        with channel.sender() as sender:
            while True:
                with lock:
                    unit, statement = next(waiting, (None, None))
                if statement is None:
                    return done
                began = time.thread_time()
                message = render(steps[STEP], statement, templates)
                rendered = time.thread_time()
                moment = NOW + timedelta(seconds=done)
                key = digest(unit)[:36]
                envelope = Envelope(key, 1, "FR1", AS_OF, moment, "atelier.example", message)
                channel.trace(envelope)
                built = time.thread_time()
                outcome = sender.send(envelope)
                meter.add(render_, rendered - began)
                meter.add(build, built - rendered)
                meter.add(send, time.thread_time() - built)
                done += outcome.state == "accepted"

    def send_all() -> int:
        with ThreadPoolExecutor(settings.sender_threads) as pool:
            return sum(pool.map(work, range(settings.sender_threads)))

    return meter.costs(count, send_all)


TASKS: dict[str, Callable[[Settings, int], dict[str, float]]] = {
    "plan": frozen_plan, "ours": ours, "bare": bare,
}  # fmt: skip


@contextmanager
def a_stub() -> Iterator[dict[str, int]]:
    process = subprocess.Popen(
        [sys.executable, STUB], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield dict(zip(("smtp", "sendgrid"), json.loads(process.stdout.readline()), strict=True))
    finally:
        process.communicate("")


def run(
    task: str, home: Path, channel: str, port: int, options: dict[str, int]
) -> dict[str, float]:
    """Run one part in a process of its own."""
    asked = {"task": task, "home": str(home), "channel": channel, "port": port, **options}
    done = subprocess.run(
        [sys.executable, __file__, "--part", json.dumps(asked)],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def measured(
    channel: str, count: int, threads: int, runs: int
) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """Yield what each run of ours costs, and of the bare loop before it."""
    options = {"count": count, "threads": threads}
    with tempfile.TemporaryDirectory() as folder:
        planned_in, home = Path(folder) / "planned", Path(folder) / "home"
        planned_in.mkdir()
        planned = run("plan", planned_in, channel, 0, options)
        for _ in range(runs):
            shutil.copytree(planned_in, home)
            with a_stub() as ports:
                loop = run("bare", home, channel, ports[channel], options)
                yield planned | run("ours", home, channel, ports[channel], options), loop
            shutil.rmtree(home)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=100_000, help="over SMTP; 0: not")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=64, help="senders; one message each")
    parser.add_argument("--channels", nargs="+", default=("smtp", "sendgrid"))
    parser.add_argument("--report", type=Path, help="write the figures into this page")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        asked = json.loads(options.part)
        settings = settings_of(
            Path(asked["home"]), "", asked["channel"], asked["port"], asked["threads"]
        )
        print(json.dumps(TASKS[asked["task"]](settings, asked["count"])))
        return
    report = Report(options.report)
    for channel in options.channels:
        found = measured(channel, options.count, options.threads, options.runs)
        report.add(channel, options.count, list(found))
    if options.large:
        found = measured("smtp", options.large, options.threads, options.runs)
        report.add("smtp", options.large, list(found))


if __name__ == "__main__":
    main()
