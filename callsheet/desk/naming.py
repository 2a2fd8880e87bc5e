"""What a person means by a short name: an action by the start of its id, an item by its number."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from callsheet.dispatching.open_actions import OpenAction, open_actions
from callsheet.errors import UsageInvalid
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState

_SHORTEST_PREFIX = 6


@dataclass(frozen=True)
class OpenItem:
    """An open item as a person names it."""

    item: str
    number: str
    customer: str
    entity: str
    currency: str
    open_amount: Decimal
    due_date: date | None


def action_named(tx: Transaction, name: str) -> OpenAction:
    """Return the action whose id begins with `name` (6 characters or more), in any state."""
    if len(name) < _SHORTEST_PREFIX:
        raise UsageInvalid(f"{name}: write at least {_SHORTEST_PREFIX} characters of the id")
    rows = tx.fetch(
        "select action_id from action where starts_with(action_id, $name)"
        " order by action_id limit 6",
        name=name,
    )
    if not rows:
        raise UsageInvalid(
            f"{name}: no action has an id that begins so\n  do           see `callsheet worklist`"
        )
    if len(rows) > 1:
        raise UsageInvalid(f"{name}: several actions begin so: {', '.join(r[0] for r in rows)}")
    [action] = open_actions(tx, ActionState, ids=[rows[0][0]])
    return action


def item_named(con: duckdb.DuckDBPyConnection, name: str) -> OpenItem:
    """Return the open item with this id or number; UsageInvalid when none or several have it."""
    found = _items(con, "item = $name or number = $name", name=name)
    exact = [one for one in found if one.item == name] or found
    if not exact:
        raise UsageInvalid(f"{name}: no open item has this id or number")
    if len(exact) > 1:
        ids = ", ".join(f"{one.item} ({one.customer}, {one.entity})" for one in exact)
        raise UsageInvalid(f"{name}: several open items have this number: {ids}")
    return exact[0]


def overdue_items(
    con: duckdb.DuckDBPyConnection, customer: str, entity: str, as_of: date
) -> list[OpenItem]:
    """Return what the customer owes and is past due, of one entity ('': of all)."""
    return _items(
        con,
        "customer = $customer and $entity in ('', entity) and open_amount > 0"
        " and due_date < $as_of",
        customer=customer,
        entity=entity,
        as_of=as_of,
    )


def check_customer(con: duckdb.DuckDBPyConnection, customer: str) -> None:
    """Raise UsageInvalid when nobody is called `customer`."""
    known = con.execute("select 1 from customers where customer = $c", {"c": customer}).fetchall()
    if not known:
        raise UsageInvalid(f"{customer}: no customer has this id")


def _items(con: duckdb.DuckDBPyConnection, condition: str, **params: object) -> list[OpenItem]:
    columns = ", ".join(OpenItem.__dataclass_fields__)
    rows = con.execute(
        f"select {columns} from open_items where {condition} order by due_date, item",  # noqa: S608  # conditions of our own
        params,
    ).fetchall()
    return [OpenItem(*row) for row in rows]
