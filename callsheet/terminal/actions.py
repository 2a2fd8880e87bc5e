"""How a list of actions is printed: who, what, over which amount, and the id to name it by."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from rich.markup import escape
from rich.table import Table

from callsheet.dispatching.open_actions import OpenAction
from callsheet.messages.amount_text import amount_text
from callsheet.terminal.options import print_json, screen

ID_CHARACTERS = 8  # enough to name an action; the commands take any unique beginning


def print_actions(
    actions: Iterable[OpenAction],
    customers: Mapping[str, str] = MappingProxyType({}),
    *,
    as_json: bool = False,
) -> None:
    """Print actions as a table, or as JSON; `customers` are the names behind the keys."""
    if as_json:
        print_json([as_plain(action) for action in actions])
        return
    table = Table("id", "entity", "customer", "step", "channel", "claim", "since", box=None)
    for action in actions:
        table.add_row(
            action.action_id[:ID_CHARACTERS],
            escape(action.entity),
            escape(_named(action.customer, customers)),
            escape(action.step_title),
            action.channel.replace("_", " "),
            claim_of(action),
            str(action.planned_on),
        )
    screen().print(table)


def as_plain(action: OpenAction) -> dict[str, object]:
    """Return an action as plain data with stable keys."""
    return {
        "action": action.action_id,
        "entity": action.entity,
        "customer": action.customer,
        "leader": action.leader,
        "step": action.step,
        "title": action.step_title,
        "channel": action.channel,
        "state": action.state,
        "planned_on": action.planned_on.isoformat(),
        "claim": json.loads(action.claim),
        "content_hash": action.content_hash,
    }


def claim_of(action: OpenAction) -> str:
    """Return what an action claims, a currency at a time."""
    return ", ".join(
        amount_text(Decimal(one["amount"]), one["currency"]) for one in json.loads(action.claim)
    )


def _named(customer: str, names: Mapping[str, str]) -> str:
    return f"{names[customer]} ({customer})" if customer in names else customer
