"""A small honest ledger with its anchors, and somebody who may rewrite the database."""

import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from sqlmodel import SQLModel

from callsheet.history import NewEvent, record
from callsheet.keys import canonical_text, digest, shard
from callsheet.proof.anchors import Occasion, anchor, folder_of
from callsheet.proof.ledger import BEGINNING, Group, merkle_root
from callsheet.proof.verification import Verdict, verify
from callsheet.settings import Settings
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.warehouse import Warehouse

FIRST = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
LIVES = ("planned", "confirmed", "sending", "accepted")
ACTIONS, IN_A_GROUP = 12, 5
ANCHORED = 40  # of 48 events: the rest is the tail that nobody can prove


@dataclass(frozen=True)
class ALedger:
    """A warehouse with a history, and the anchors that vouch for most of it."""

    warehouse: Warehouse
    settings: Settings

    def verified(self, anchors: Path | None = None) -> Verdict:
        return verify(self.warehouse, anchors or folder_of(self.settings))

    def events(self) -> list[dict]:
        with self.warehouse.reading() as tx:
            return tx.arrow("select * from event order by ledger_seq").to_pylist()

    def groups(self) -> list[dict]:
        with self.warehouse.reading() as tx:
            return tx.arrow("select * from batch_anchor order by group_no").to_pylist()

    def rewrite(self, events: list[dict], groups: list[dict]) -> None:
        """Put other rows in place of all there are: the keys are all that the database holds."""
        with self.warehouse.transaction() as tx:
            tx.execute("delete from event")
            tx.execute("delete from batch_anchor")
        with self.warehouse.transaction() as tx:
            for name, rows in (("event", events), ("batch_anchor", groups)):
                schema = arrow_schema(SQLModel.metadata.tables[name])
                tx.append(name, pa.Table.from_pylist(rows, schema=schema))


@pytest.fixture
def an_event():
    def make(subject="a-1", no=1, state="planned", **more) -> NewEvent:
        facts = {
            "kind": "action",
            "on_day": FIRST.date(),
            "happened_at": FIRST,
            "author": "policy",
            "unit": "C1|FR",
            "customer": "C1",
            "entity": "FR",
            **more,
        }
        return NewEvent(subject=subject, no=no, state=state, **facts)

    return make


@pytest.fixture
def a_ledger(settings_of_engine, an_event) -> ALedger:
    """Twelve actions, each planned, confirmed and sent; an anchor after every second group."""
    ledger = ALedger(Warehouse.of(settings_of_engine), settings_of_engine)
    events = [
        an_event(
            f"a-{number}", no, state,
            happened_at=FIRST + timedelta(hours=no, seconds=number),
            on_day=date(2026, 3, 1 + no), customer=f"C{number}", unit=f"C{number}|FR",
            detail={"note": f"é {number}", "amount": f"{number}.00"},
        )
        for no, state in enumerate(LIVES, start=1)
        for number in range(ACTIONS)
    ]  # fmt: skip
    for first in range(0, len(events), IN_A_GROUP):
        with ledger.warehouse.transaction() as tx:
            record(tx, events[first : first + IN_A_GROUP])
        if (first // IN_A_GROUP) % 2 and first < ANCHORED:
            anchor(ledger.warehouse, ledger.settings, FIRST, Occasion.BATCH_END)
    return ledger


def rehash(event: dict, detail: dict | None = None) -> dict:
    """Give a changed event a body and a leaf hash that agree with its columns."""
    body = json.loads(event["body"])
    for name in body:
        if name in event:
            body[name] = event[name]
    body["on_day"] = event["on_day"].isoformat()
    body["happened_at"] = (
        event["happened_at"].astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
    )
    body["detail"] = detail if detail is not None else body["detail"]
    text = canonical_text(body)
    return {**event, "body": text, "leaf_hash": digest(text), "shard": shard(event["customer"])}


def rebuilt(events: list[dict], groups: list[dict]) -> tuple[list[dict], list[dict]]:
    """Number, hash and chain everything anew, the groups as they were as far as they reach."""
    counts: defaultdict[str, int] = defaultdict(int)
    renumbered = []
    for seq, event in enumerate(events, start=1):
        counts[event["subject"]] += 1
        fresh = {**event, "ledger_seq": seq, "no": counts[event["subject"]]}
        renumbered.append(rehash(fresh))
    ends = [one["last_seq"] for one in groups if one["last_seq"] < len(events)] + [len(events)]
    chain, first, sealed = BEGINNING, 1, []
    for number, last in enumerate(ends, start=1):
        leaves = [bytes.fromhex(one["leaf_hash"]) for one in renumbered[first - 1 : last]]
        group = Group(number, first, last, merkle_root(leaves).hex(), "")
        chain = group.chain_after(chain)
        sealed.append({**vars(group), "chain": chain})
        first = last + 1
    return renumbered, sealed


Tampering = Callable[[list[dict], random.Random], list[dict]]


def edit(events, dice):
    """Another author than the one who confirmed."""
    at = dice.randrange(ANCHORED)
    detail = {"note": "somebody else"} if dice.random() < 0.5 else None
    changed = rehash({**events[at], "author": f"chief {at}"}, detail)
    return [*events[:at], changed, *events[at + 1 :]]


def delete(events, dice):
    """One event less."""
    at = dice.randrange(ANCHORED)
    return events[:at] + events[at + 1 :]


def insert(events, dice):
    """An event that never happened."""
    at = dice.randrange(ANCHORED)
    forged = {**events[at], "subject": f"forged-{dice.random()}", "no": 1}
    return [*events[:at], forged, *events[at:]]


def reorder(events, dice):
    """Two events change places."""
    one, other = sorted(dice.sample(range(ANCHORED), 2))
    swapped = list(events)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    return swapped


def truncate(events, dice):
    """The last events go, at least one that was anchored among them."""
    return events[: dice.randrange(1, ANCHORED)]


def backdate(events, dice):
    """The same thing, earlier: by a second or by weeks."""
    at = dice.randrange(ANCHORED)
    earlier = timedelta(seconds=dice.choice([1, 60, 86_400, 3_000_000]))
    moment = events[at]["happened_at"] - earlier
    changed = rehash({**events[at], "happened_at": moment, "on_day": moment.date()})
    return [*events[:at], changed, *events[at + 1 :]]


def duplicate(events, dice):
    """An event stands there twice; the last anchored one's twin would stand in the tail."""
    at = dice.randrange(ANCHORED - 1)
    where = dice.randrange(at, ANCHORED)
    return [*events[:where], events[at], *events[where:]]


TAMPERINGS: dict[str, Tampering] = {
    one.__name__: one for one in (edit, delete, insert, reorder, truncate, backdate, duplicate)
}


@pytest.fixture(params=TAMPERINGS)
def tampering(request) -> Tampering:
    return TAMPERINGS[request.param]


@pytest.fixture
def rewrite_history() -> Callable[..., int]:
    """Tamper with a ledger and rebuild everything inside; return the first event that differs."""

    def tamper(ledger: ALedger, tampering: Tampering, honest, seed: object) -> int:
        events, groups = honest
        dice = random.Random(f"{seed}")  # noqa: S311  # to be played again
        forged, sealed = rebuilt(tampering(events, dice), groups)
        ledger.rewrite(forged, sealed)
        pairs = enumerate(zip(events, forged, strict=False), start=1)
        differing = (seq for seq, (one, other) in pairs if one["body"] != other["body"])
        return next(differing, min(len(events), len(forged)) + 1)

    return tamper
