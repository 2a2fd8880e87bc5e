"""The decision of a day: fold what happened, decide whom it concerns, keep the states.

Everything is written in the caller's transaction, with the watermark that says how far the states
have read. What is not decided again is known not to have changed: no fact of it, no event, no day
of its own that has come, and no other configuration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb

from callsheet.decision import engine, terms
from callsheet.decision.configuration import Configuration
from callsheet.decision.questions import Questions
from callsheet.decision.shares import MOST_ITEMS, in_little_memory, in_shares
from callsheet.decision.states import (
    Watermark,
    keep_accounts,
    keep_actions,
    keep_day,
    read_watermark,
    take,
)
from callsheet.errors import UsageInvalid
from callsheet.store import lake as lake_views
from callsheet.store.transaction import Transaction

STATE_TABLES = ("exclusion", "step_state", "account_state", "item_state")
CHANGES = "decision_changes"

_GIVEN = {
    "all_customers": "select 0 as world, * from customers",
    "given_entities": "select 0 as world, * from entities",
    "given_assignments": "select 0 as world, * from assignments",
    "given_mergers": "select 0 as world, * from merged_customers",
    "given_exclusions": "select 0 as world, * from exclusion",
    "all_items": "select 0 as world, * from open_items",
    "no_facts": "select '' as customer where false",
}
_NEW_EVENTS = (
    "select 0 as world, subject, ledger_seq, state, reason, on_day from event"
    " where kind = 'action' and ledger_seq > $since and ledger_seq <= $through"
)
_NEW_ACTIONS = (
    "select 0 as world, action_id, customer, entity, origin, leader, leader_due, scenario, step,"
    " step_day, internal, planned_on, due_on from action where action_id in"
    " (select subject from event"
    " where kind = 'action' and ledger_seq > $since and ledger_seq <= $through)"
)
_NEW_FACTS = (
    "select distinct customer from event"
    " where customer <> '' and ledger_seq > $since and ledger_seq <= $through"
    " union select distinct customer from action where action_id in"
    " (select subject from event"
    " where kind = 'action' and ledger_seq > $since and ledger_seq <= $through)"
)
_COUNTS = "select outcome, reason, count(*) from account_state group by 1, 2 order by 1, 2"
_LAST_KNOWN = "select coalesce(max(ledger_seq), 0) from event"
_FIRST_UNKNOWN = (
    "select min(ledger_seq) from event"
    " where ledger_seq > $since and ledger_seq <= $through and on_day > $as_of"
)


class Published(Protocol):
    """A snapshot the decision reads."""

    @property
    def snapshot_id(self) -> str:
        """Its digest."""

    @property
    def source(self) -> str:
        """Where it came from."""

    @property
    def folder(self) -> str:
        """Where it lies, below the lake."""


@dataclass(frozen=True)
class DecisionDay:
    """What was decided. The rows lie in the temporary table `decisions` of `tx.duckdb()`.

    `sql/decision/decisions.sql` names its columns; an entity is '' when one customer is one unit.
    Only accounts that were looked at have a row; `counts` is of all, by outcome and reason.
    """

    as_of: date
    counts: Mapping[tuple[str, str], int]
    looked_at: int
    changed: int
    was_full: bool
    asked: tuple[str, ...]  # the SQL files it ran, in order


def decide(
    tx: Transaction,
    as_of: date,
    config: Configuration,
    snapshots: Sequence[Published],
    lake: Path,
    *,
    full: bool = False,
    most_items: int = MOST_ITEMS,
) -> DecisionDay:
    """Decide every account of which something changed, or all with `full`; keep the states.

    With more than `most_items` open items to look at, a share of the customers goes at a time.
    UsageInvalid for a day before the last one decided: the states have moved on.
    """
    before = read_watermark(tx)
    last = last_known(tx)  # first: what others record from now on is for the next decision
    con = tx.duckdb(STATE_TABLES)
    lake_views.attach(con, snapshots, lake)
    if before.decided_on is not None and as_of < before.decided_on:
        raise UsageInvalid(
            f"accounts were decided as of {before.decided_on} already: {as_of} is past\n"
            "  do           replay into a home of its own to see an earlier day again"
        )
    questions = give(tx, con, as_of, config, before.through_seq, last)
    engine.fold(questions)
    through = _read_through(tx, before, as_of, last)
    names = _names_hash(questions)
    ids = tuple(sorted(one.snapshot_id for one in snapshots))
    after = Watermark(through, as_of, config.hash, names, ids)
    is_full = full or not _may_follow(tx, before, after)
    names_changed = (before.names_hash, before.config_hash) != (names, config.hash)
    engine.move(questions, names_changed=names_changed)
    if not is_full:
        _look_at_touched(tx, questions, before, after, last)
    keep_actions(tx, con)
    with in_little_memory(tx, questions):
        looked_at = sum(
            _decide_share(tx, questions, share) for share in in_shares(questions, most_items)
        )
    changed = keep_day(tx, con, after, lake / CHANGES / as_of.isoformat())
    return DecisionDay(as_of, _counts(tx), looked_at, changed, is_full, tuple(questions.asked))


def _decide_share(tx: Transaction, questions: Questions, share: int) -> int:
    """Decide the accounts looked at, and keep their states; return how many."""
    engine.look_at_accounts(questions)
    engine.decide_accounts(questions)
    engine.review(questions)
    return keep_accounts(tx, questions, share)


def last_known(tx: Transaction) -> int:
    """Return the number of the last event; all before it are committed and seen."""
    [(last,)] = tx.fetch(_LAST_KNOWN)
    return int(last)


def give(  # noqa: PLR0917  # each is one thing
    tx: Transaction,
    con: duckdb.DuckDBPyConnection,
    as_of: date,
    config: Configuration,
    since: int,
    through: int,
) -> Questions:
    """Load the terms and what is given: the events after `since`, up to `through`, among it."""
    terms.load(con, [config.terms(as_of)], config.closed_days)
    for name, query in _GIVEN.items():
        con.execute(f"create or replace temp view {name} as {query}")
    take(tx, con, "new_events", _NEW_EVENTS, since=since, through=through)
    take(tx, con, "given_actions", _NEW_ACTIONS, since=since, through=through)
    return Questions(con)


def _read_through(tx: Transaction, before: Watermark, as_of: date, last: int) -> int:
    """Return how far the states have read now: up to the first event of a later day."""
    since = before.through_seq
    [(unknown,)] = tx.fetch(_FIRST_UNKNOWN, as_of=as_of, since=since, through=last)
    return int(unknown) - 1 if unknown else max(last, since)


def _names_hash(questions: Questions) -> str:
    questions.table("fold/answering_digest")
    [(names_hash,)] = questions.con.execute("select names_hash from answering_digest").fetchall()
    return str(names_hash)


def _may_follow(tx: Transaction, before: Watermark, after: Watermark) -> bool:
    """Say whether `changed_accounts` tells all that changed in the snapshots since `before`."""
    if before.decided_on is None or before.config_hash != after.config_hash:
        return False
    new = sorted(set(after.snapshots) - set(before.snapshots))
    return all(_snapshot_before(tx, one) in before.snapshots for one in new)


def _snapshot_before(tx: Transaction, snapshot_id: str) -> str:
    """Return the snapshot that its source published before this one; '' for the first."""
    rows = tx.fetch(
        "select older.snapshot_id from snapshot as this"
        " inner join snapshot as older on this.source = older.source"
        " and (older.on_day, older.published_at) < (this.on_day, this.published_at)"
        " where this.snapshot_id = $snapshot_id"
        " order by older.on_day desc, older.published_at desc limit 1",
        snapshot_id=snapshot_id,
    )
    return rows[0][0] if rows else ""


def _look_at_touched(
    tx: Transaction, questions: Questions, before: Watermark, after: Watermark, last: int
) -> None:
    """Narrow what is given to the customers who have to be decided again."""
    seen = set(before.snapshots) == set(after.snapshots)
    changed = "no_facts" if seen else "changed_accounts"
    questions.con.execute(
        f"create or replace temp view changed_facts as select customer from {changed}"  # noqa: S608  # our own names
    )
    since = before.through_seq
    take(tx, questions.con, "new_facts", _NEW_FACTS, since=since, through=last)
    engine.look_at_touched(questions)


def _counts(tx: Transaction) -> dict[tuple[str, str], int]:
    rows = tx.fetch(_COUNTS)
    return {(outcome, reason): count for outcome, reason, count in rows}
