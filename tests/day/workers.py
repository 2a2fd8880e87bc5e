"""Several workers on one warehouse, each a process of its own: `workers.py SETTINGS DAY`.

Three collect for an entity each, as the flow does but without Prefect, and begin to decide at the
same time. A fourth tells of every message that left that it arrived, and drains. What they did is
printed; their errors too.
"""

import json
import pickle
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess as Process
from multiprocessing.synchronize import Event
from pathlib import Path
from time import monotonic, sleep

from callsheet import day
from callsheet.evidence.draining import drain
from callsheet.receiver.inbox import Inbox, Received
from callsheet.settings import Settings
from callsheet.store.warehouse import Warehouse

LEFT = "select action_id from action_state where state = 'accepted' order by 1"


ENTITIES = ("FR01", "GB01", "BE01")


def collect(settings: Settings, entity: str, as_of: date) -> Counter[str]:
    now = morning(as_of)
    day.settle_unfinished(settings, as_of, now)
    day.gather_evidence(settings, as_of, now)
    for source in settings.sources:
        day.receive(settings, source, as_of, now)
    wait_for_the_others(settings.home / f"ready-{as_of}", entity)
    day.freeze_plan(settings, as_of, now)
    sent: Counter[str] = Counter()
    for batch in day.confirmed_batches(settings, as_of, now, entity):
        sent += day.send_batch(settings, as_of, now, batch).sent
    return sent


def wait_for_the_others(folder: Path, entity: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / entity).touch()
    until = monotonic() + 300
    while len(list(folder.iterdir())) < len(ENTITIES) and monotonic() < until:
        sleep(0.005)


def morning(as_of: date) -> datetime:
    return datetime.combine(as_of, time(10, 30, tzinfo=UTC))


def tell_and_drain(settings: Settings, as_of: date) -> int:
    warehouse, now = Warehouse.of(settings), morning(as_of)
    with warehouse.reading() as tx:
        left = [action_id for (action_id,) in tx.fetch(LEFT)]
    Inbox(settings.home).store([_arrived(action_id, now) for action_id in left])
    return drain(warehouse, settings, as_of, now)["applied"]


def _arrived(action_id: str, now: datetime) -> Received:
    told = {"event": "delivered", "action_id": action_id, "timestamp": int(now.timestamp())}
    return Received(f"{action_id}/delivered", "sendgrid_events", json.dumps(told), now)


def drain_until(over: Event, settings: Settings, as_of: date) -> int:
    applied = 0
    while not over.wait(0.3):
        applied += tell_and_drain(settings, as_of)
    return applied + tell_and_drain(settings, as_of)


def main() -> None:
    pickled, as_of = Path(sys.argv[1]), date.fromisoformat(sys.argv[2])
    settings = pickle.loads(pickled.read_bytes())  # noqa: S301  # the test's own
    forked = get_context("fork")  # what is imported need not be imported by each
    over, told = forked.Event(), forked.Queue()

    def tell(what: str, work: Callable[[], object]) -> None:
        told.put((what, work()))

    def start(what: str, work: Callable[[], object]) -> Process:
        process = forked.Process(target=tell, args=(what, work))
        process.start()
        return process

    collects = [start(entity, partial(collect, settings, entity, as_of)) for entity in ENTITIES]
    draining = start("drain", partial(drain_until, over, settings, as_of))
    for process in collects:
        process.join()
    over.set()
    draining.join()
    ended = [process.exitcode for process in (*collects, draining)]
    answers = dict(told.get() for code in ended if code == 0)
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    main()
