"""A last look at the world just before sending: what has changed since the message was written.

Paid, disputed, promised, held, insolvent, suppressed, or simply other than the message says: then
it is not sent, with that reason in the history, and the next decision starts from the new facts.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from callsheet.dispatching.live_look import NO_LOOK, LiveLook, show_items
from callsheet.dispatching.open_actions import OpenAction, units_of_today
from callsheet.dispatching.outdated import (
    TEMPLATE_CHANGED,
    to_another_place,
    with_another_template,
)
from callsheet.dispatching.routing import MAILS
from callsheet.dispatching.suppression import suppressed_addresses
from callsheet.messages.addresses import AddressKey
from callsheet.planning.plan_files import keep_message_lines
from callsheet.sealing.rows import know
from callsheet.settings import Settings
from callsheet.snapshots.freshest import receivables
from callsheet.store.transaction import Transaction

_QUERY = (Path(__file__).parents[1] / "sql" / "dispatch" / "recheck.sql").read_text("utf-8")
# The gravest first: it is the one the history tells.
GRAVITY = (
    "insolvency", "hold", "disputed", "promise", "specific_action", "suppressed", "paid",
    "recipient_mismatch", "payload_changed", "withdrawn", "template_changed", "plan_stale",
)  # fmt: skip
_UNDER_NAMES_OF_TODAY = (
    "update message_lines set customer = surviving_customers.customer from surviving_customers"
    " where message_lines.customer = surviving_customers.old_customer"
)
_EXCLUSIONS = (
    "select exclusion_id, no, kind, what, customer, entity, item, amount, from_day, until_day,"
    " recorded_on from exclusion where recorded_on <= $as_of"
)
_FEW = 2000
_WORDS = {"dispute": "disputed", "changed": "payload_changed"}


def recheck(
    tx: Transaction,
    settings: Settings,
    actions: Sequence[OpenAction],
    as_of: date,
    live: LiveLook = NO_LOOK,
) -> dict[str, str]:
    """Return why each of `actions` must not go, by action id; the others may.

    `live` is what an ERP said of their accounts a moment ago; else the snapshot speaks.
    """
    if not actions:
        return {}
    con = receivables(tx, settings, as_of)
    found: defaultdict[str, set[str]] = defaultdict(set)
    known = keep_message_lines(con, settings.home / "lake", actions)
    con.execute(_UNDER_NAMES_OF_TODAY)
    for action in actions:
        if action.action_id not in known:
            found[action.action_id].add("plan_stale")
    _register_exclusions(tx, con, as_of)
    show_items(con, live)
    for action_id, kind, what in con.execute(_QUERY, _bounds(con, as_of)).fetchall():
        found[action_id].add(_word(kind, what))
    for action_id in _withdrawn(tx, actions):
        found[action_id].add("withdrawn")
    for action_id in with_another_template(tx, settings, actions):
        found[action_id].add(TEMPLATE_CHANGED)
    for action_id in to_another_place(con, settings, actions):
        found[action_id].add("payload_changed")
    for action_id, reason in _misdirected(tx, con, settings, actions):
        found[action_id].add(reason)
    return {action_id: min(reasons, key=GRAVITY.index) for action_id, reasons in found.items()}


def _withdrawn(tx: Transaction, actions: Sequence[OpenAction]) -> set[str]:
    """Return which actions the last decision of their account takes back.

    What was put off by a provider, or ordered again, is taken back here and nowhere else.
    """
    rows = tx.fetch(
        "select withdraw from account_state where withdraw <> '[]'"
        " and unit in (select unnest(cast($units as varchar[])))",
        units=sorted(units_of_today(tx, actions).values()),
    )
    taken_back = {action_id for (ids,) in rows for action_id in json.loads(ids)}
    return taken_back & {action.action_id for action in actions}


def _bounds(con: duckdb.DuckDBPyConnection, as_of: date) -> dict[str, object]:
    """Return between which customers the lines lie."""
    first, last = con.execute("select min(customer), max(customer) from message_lines").fetchall()[
        0
    ]
    return {"as_of": as_of, "first_customer": first or "", "last_customer": last or ""}


def _word(kind: str, what: str) -> str:
    if kind == "specific_action" and "promise" in what:
        return "promise"
    return _WORDS.get(kind, kind)


def _register_exclusions(tx: Transaction, con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Show the exclusions of the customers and items in `message_lines` as `known_exclusions`.

    A few are shown all: to name thousands of items takes longer than to read them.
    """
    [(count,)] = tx.fetch(
        "select count(*) from (select 1 from exclusion limit $few) as few", few=_FEW
    )
    if count < _FEW:
        con.register("known_exclusions", tx.arrow(_EXCLUSIONS, as_of=as_of))
        return
    customers, items = (
        [row[0] for row in con.execute(f"select distinct {name} from message_lines").fetchall()]  # noqa: S608  # names of our own
        for name in ("customer", "item")
    )
    former = con.execute(
        "select old_customer from surviving_customers where customer in (select unnest($known))",
        {"known": customers},
    ).fetchall()
    rows = tx.arrow(
        f"{_EXCLUSIONS} and (item in (select unnest(cast($items as varchar[])))"
        " or customer in (select unnest(cast($customers as varchar[]))))",
        as_of=as_of,
        items=items,
        customers=[*customers, *(name for (name,) in former)],
    )
    con.register("known_exclusions", rows)


def _misdirected(
    tx: Transaction,
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    actions: Sequence[OpenAction],
) -> list[tuple[str, str]]:
    """Return mails whose address is suppressed, or is no longer one of their customer's."""
    mails = [a for a in actions if a.channel in MAILS and a.recipient_hash]
    if not mails:
        return []
    key = AddressKey.of(settings.home)
    suppressed = suppressed_addresses(tx)
    colleagues, customers = _known_addresses(con, key, {mail.customer for mail in mails})
    found = []
    for mail in mails:
        theirs = colleagues if mail.internal else customers[mail.customer]
        if mail.recipient_hash in suppressed:
            found.append((mail.action_id, "suppressed"))
        elif mail.recipient_hash not in theirs:
            found.append((mail.action_id, _moved(con, key, mail)))
    return found


def _moved(con: duckdb.DuckDBPyConnection, key: AddressKey, mail: OpenAction) -> str:
    """Return what became of an address that is not its customer's any more.

    Every contact is read for it: that an address moved since the morning is rare.
    """
    everybody = [row[0] for row in con.execute("select distinct customer from contacts").fetchall()]
    _, customers = _known_addresses(con, key, everybody)
    of_another = any(mail.recipient_hash in theirs for theirs in customers.values())
    return "recipient_mismatch" if of_another else "payload_changed"


def _known_addresses(
    con: duckdb.DuckDBPyConnection, key: AddressKey, customers: Iterable[str]
) -> tuple[set[str], Mapping[str, set[str]]]:
    """Return the hashes of our colleagues' addresses, and of each customer's contacts'."""
    ours = con.execute("select email from colleagues where email <> ''").fetchall()
    know(con, "contacts", customers)
    theirs = con.execute("select customer, email from known_contacts where email <> ''").fetchall()
    by_customer: defaultdict[str, set[str]] = defaultdict(set)
    for customer, email in theirs:
        by_customer[customer].add(key.hash(email))
    return {key.hash(email) for (email,) in ours}, by_customer
