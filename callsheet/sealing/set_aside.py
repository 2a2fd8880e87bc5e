"""Rows that were set aside, as they lay: sealed, since any of their fields may be a name."""

import base64

import pyarrow as pa

from callsheet.sealing.key_ring import KeyRing, Kind
from callsheet.sealing.seal import seal, unseal

_PURPOSE = "set_aside"


def seal_set_aside(ring: KeyRing, delivery: str, rows: pa.Table) -> pa.Table:
    """Return `rows` of the quarantine with `raw` sealed as text: `customer:…` or
    `delivery:<its digest>:…`.

    The key is the customer's; of a row that names nobody we know it is the delivery's, which an
    erasure destroys when the row speaks of the erased. Of who was erased `raw` is ''.
    """
    customers = rows["customer"].to_pylist()
    secrets = ring.made({one for one in customers if one})
    others = ring.made([delivery], "delivery") if "" in customers else {}
    sealed = [
        _sealed("customer", secrets.get(customer), raw)
        if customer
        else _sealed(f"delivery:{delivery}", others.get(delivery), raw)
        for customer, raw in zip(customers, rows["raw"].to_pylist(), strict=True)
    ]
    return rows.set_column(rows.column_names.index("raw"), "raw", pa.array(sealed, pa.string()))


def row_as_it_lay(ring: KeyRing, raw: str, customer: str) -> str | None:
    """Return the text of a row that was set aside; None when its key was destroyed."""
    whose, _, sealed = raw.rpartition(":")
    if not whose:
        return None
    delivery = delivery_of(raw)
    kind: Kind = "delivery" if delivery else "customer"
    name = delivery or customer
    secret = ring.known([name], kind).get(name)
    return unseal(secret, base64.b64decode(sealed), _PURPOSE).decode() if secret else None


def delivery_of(raw: str) -> str:
    """Return the delivery whose key sealed `raw`; '' when a customer's did."""
    kind, _, rest = raw.partition(":")
    return rest.partition(":")[0] if kind == "delivery" else ""


def _sealed(whose: str, secret: bytes | None, raw: str) -> str:
    if secret is None:
        return ""
    return f"{whose}:{base64.b64encode(seal(secret, raw.encode(), _PURPOSE)).decode()}"
