"""Addresses nothing is sent to, by name for a person; and a person's word that one is right."""

from dataclasses import dataclass
from datetime import date

from callsheet.dispatching.open_actions import Telling
from callsheet.dispatching.suppression import Suppressed, lifting, suppressed
from callsheet.errors import UsageInvalid
from callsheet.history import record
from callsheet.messages.addresses import AddressKey
from callsheet.sealing.rows import know
from callsheet.settings import Settings
from callsheet.snapshots.freshest import receivables
from callsheet.store.transaction import Transaction

_SHORTEST_PREFIX = 6


@dataclass(frozen=True)
class DeadAddress:
    """An address nothing is sent to; `address` is '' when no contact has it any more."""

    told: Suppressed
    address: str

    def as_text(self) -> dict[str, str]:
        """Return it as plain data."""
        return {
            "id": self.told.address_hash,
            "address": self.address,
            "customer": self.told.customer,
            "entity": self.told.entity,
            "since": self.told.since.isoformat(),
            "reason": self.told.reason,
            "action_id": self.told.action_id,
        }


def dead_addresses(tx: Transaction, settings: Settings, as_of: date) -> list[DeadAddress]:
    """Return the addresses that nothing is sent to any more, the latest first."""
    found = suppressed(tx)
    con, key = receivables(tx, settings, as_of), AddressKey.of(settings.home)
    know(con, "contacts", {one.customer for one in found})
    rows = con.execute("select email from known_contacts where email <> ''").fetchall()
    names = {key.hash(email): str(email) for (email,) in rows}
    return [DeadAddress(one, names.get(one.address_hash, "")) for one in found]


def lift(tx: Transaction, settings: Settings, name: str, why: str, told: Telling) -> DeadAddress:
    """Let an address (or the one whose id begins so) be written to again; return what it was.

    UsageInvalid without a reason, or when no one suppressed address is meant.
    """
    if not why.strip():
        raise UsageInvalid("lifting a suppression needs a reason\n  do           add --why '…'")
    asked = AddressKey.of(settings.home).hash(name) if "@" in name else name
    if len(asked) < _SHORTEST_PREFIX:
        raise UsageInvalid(f"{name}: write the address, or at least {_SHORTEST_PREFIX} of its id")
    known = dead_addresses(tx, settings, told.on_day)
    meant = [one for one in known if one.told.address_hash.startswith(asked)]
    if len(meant) != 1:
        what = "several ids begin so" if meant else "nothing keeps it from being written to"
        raise UsageInvalid(f"{name}: {what}\n  do           callsheet suppressed list")
    record(tx, [lifting(meant[0].told, told, why.strip())])
    return meant[0]
