"""What a message was written from, compared with what lies there now: its template, its address."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from callsheet.dispatching.open_actions import OpenAction
from callsheet.dispatching.routing import LETTERS
from callsheet.messages.addresses import AddressKey
from callsheet.messages.statement import address_lines
from callsheet.messages.template_versions import name_of, versions_of
from callsheet.sealing.rows import know
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction

_SQL = Path(__file__).parents[1] / "sql" / "statement"
_PLACES = (_SQL / "postal_addresses.sql").read_text("utf-8")
TEMPLATE_CHANGED = "template_changed"


def with_another_template(
    tx: Transaction, settings: Settings, actions: Sequence[OpenAction]
) -> set[str]:
    """Return the actions whose template, frame or words were edited since they were planned.

    A text that a person wrote is no longer the template's. A plan that noted no versions tells
    nothing.
    """
    asked = [a for a in actions if a.template and a.content_hash == a.planned_content]
    if not asked:
        return set()
    noted = _noted(tx, sorted({action.plan_id for action in asked}))
    wordings = {(action.channel, action.template, action.language) for action in asked}
    now = versions_of(settings.templates, wordings)
    changed = {
        (plan_id, *wording)
        for plan_id, versions in noted.items()
        for wording in wordings
        if versions.get(name := name_of(wording), now[name]) != now[name]
    }
    if not changed:
        return set()
    return {
        action.action_id
        for action in asked
        if (action.plan_id, action.channel, action.template, action.language) in changed
    }


def _noted(tx: Transaction, plan_ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Return the versions that each plan noted."""
    rows = tx.fetch(
        "select subject, body from event"
        " where subject in (select unnest(cast($subjects as varchar[])))",
        subjects=[f"plan:{plan_id}" for plan_id in plan_ids],
    )
    return {
        subject.partition(":")[2]: json.loads(body)["detail"].get("templates", {})
        for subject, body in rows
    }


def to_another_place(
    con: duckdb.DuckDBPyConnection, settings: Settings, actions: Sequence[OpenAction]
) -> set[str]:
    """Return the letters whose postal address is another one by now; `con` sees the receivables."""
    letters = [one for one in actions if one.channel in LETTERS and one.recipient_hash]
    if not letters:
        return set()
    places = _places(con, AddressKey.of(settings.home), {letter.customer for letter in letters})
    found = set()
    for letter in letters:
        is_formal = letter.role.partition("|")[0] == "registered_office"
        billing = places[letter.customer, "billing"]
        office = places[letter.customer, "registered_office"] or billing
        if letter.recipient_hash not in (office if is_formal else billing):
            found.add(letter.action_id)
    return found


def _places(
    con: duckdb.DuckDBPyConnection, key: AddressKey, customers: Iterable[str]
) -> Mapping[tuple[str, str], set[str]]:
    """Return the hashes of each address, as any of our entities would write it on an envelope."""
    for table in ("addresses", "customers"):
        know(con, table, customers)
    senders = con.execute(
        "select distinct coalesce(country, ''), coalesce(language, '') from entities"
    ).fetchall()
    rows = con.execute(_PLACES)
    names = [column[0] for column in rows.description]
    places: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for values in rows.fetchall():
        row = dict(zip(names, values, strict=True))
        lines = {address_lines(row, sender) for sender in (None, *senders)}
        places[row["customer"], row["kind"]] |= {key.hash("\n".join(one)) for one in lines}
    return places
