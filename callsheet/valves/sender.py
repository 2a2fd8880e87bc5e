"""Who may send: the environment, the warehouse and the machines that a person has named.

It is written down when the first message is about to leave. A copy of production finds another
place than its ledger says, and sends into the folder `sink`.
"""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callsheet.keys import digest
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.valves.breakers import Breaker, breakers, enter
from callsheet.valves.sending_valves import Home
from callsheet.valves.situation import Told
from callsheet.valves.trip import Valve

SINK = "sink"
_FOUND_FIRST = "the first message leaves from here"
_MACHINE_ID = Path("/etc/machine-id")
_CLUSTER = "select cast(system_identifier as text), current_database() from pg_control_system()"


def here(tx: Transaction, settings: Settings) -> Home:
    """Return where this process would send from."""
    return Home(settings.environment, _warehouse_of(tx, settings), (_machine(),))


def bound_home(tx: Transaction) -> Home | None:
    """Return where messages may leave from; None before the first one left."""
    for one in breakers(tx, only_open=False, name=Valve.ENVIRONMENT):
        bound: Mapping[str, Any] = one.figures["bound"]
        return Home(bound["environment"], bound["warehouse"], tuple(bound["machines"]))
    return None


def bind(tx: Transaction, home: Home, told: Told) -> None:
    """Write down where messages may leave from; from now on anywhere else is a copy."""
    enter(
        tx,
        Breaker(
            name=Valve.ENVIRONMENT,
            scope="",
            is_open=False,
            since_at=told.happened_at,
            on_day=told.on_day,
            reason=_FOUND_FIRST,
            trip_case="",
            figures={"bound": figures_of(home)},
        ),
        told,
        "bound",
    )


def figures_of(home: Home) -> dict[str, Any]:
    """Return a place as plain data."""
    return {
        "environment": home.environment,
        "warehouse": home.warehouse,
        "machines": list(home.machines),
    }


def _warehouse_of(tx: Transaction, settings: Settings) -> str:
    """Return what tells a warehouse from its copy: its name and cluster, or its file's place."""
    if tx.kind == "postgresql":
        [(cluster, database)] = tx.fetch(_CLUSTER)
        return f"{database} in cluster {cluster}"
    return str((settings.home / "warehouse.duckdb").resolve())


def _machine() -> str:
    """Return what tells this machine from others; its name where it has no id of its own."""
    try:
        text = _MACHINE_ID.read_text("utf-8").strip()
    except OSError:
        text = ""
    return digest(text)[:12] if text else socket.gethostname()
