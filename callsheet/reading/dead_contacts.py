"""Contacts to mend: those whose address is known to be dead."""

from collections.abc import Iterable
from datetime import date

from callsheet.dispatching.suppression import suppressed_addresses
from callsheet.messages.addresses import AddressKey
from callsheet.sealing.rows import know
from callsheet.settings import Settings
from callsheet.snapshots.freshest import receivables
from callsheet.store.transaction import Transaction


def customers_with_dead_contacts(
    tx: Transaction, settings: Settings, as_of: date, customers: Iterable[str]
) -> set[str]:
    """Return which of `customers` have a contact whose address nothing is sent to any more."""
    con, key = receivables(tx, settings, as_of), AddressKey.of(settings.home)
    suppressed = suppressed_addresses(tx)
    know(con, "contacts", sorted(customers))
    rows = con.execute("select customer, email from known_contacts where email <> ''").fetchall()
    return {customer for customer, email in rows if key.hash(email) in suppressed}
