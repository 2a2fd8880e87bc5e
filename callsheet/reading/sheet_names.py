"""The names behind the keys of a call sheet: customers, their collectors, items, entities."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from callsheet.sealing.rows import know
from callsheet.settings import Settings
from callsheet.snapshots.freshest import receivables
from callsheet.store.transaction import Transaction

ERASED = "erased"  # stands where a name was


@dataclass(frozen=True)
class Names:
    """What people call what the history knows by key; a key without a name stands for itself."""

    customers: Mapping[str, str]
    collectors: Mapping[str, str]
    items: Mapping[str, str]
    entities: Mapping[str, str]
    currencies: Mapping[str, str]


def names_of(tx: Transaction, settings: Settings, as_of: date, customers: Iterable[str]) -> Names:
    """Return the names as of `as_of`, for some customers and the items they have open."""
    con = receivables(tx, settings, as_of)
    asked = {"customers": sorted(set(customers))}
    know(con, "customers", asked["customers"])
    people = con.execute(
        "select customer, known_customers.name, coalesce(colleagues.name, collector, '')"
        " from known_customers left join colleagues on collector = colleagues.colleague"
        " order by customer"
    ).fetchall()
    items = con.execute(
        "select item, number from open_items where customer in (select unnest($customers))"
        " order by item",
        asked,
    ).fetchall()
    entities = con.execute("select entity, name, currency from entities order by entity").fetchall()
    return Names(
        customers={key: name or ERASED for key, name, _ in people},
        collectors={key: collector for key, _, collector in people},
        items=dict(items),
        entities={key: name for key, name, _ in entities},
        currencies={key: currency for key, _, currency in entities},
    )
