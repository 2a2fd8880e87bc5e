"""What a valve says when it opens, and what every valve is for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Valve(StrEnum):
    """The valves by name. Each is one small pure function over plain figures."""

    STALE_FEED = "stale_feed"
    PULL_DROP = "pull_drop"
    PULL_RISE = "pull_rise"
    OLD_DELIVERY = "old_delivery"
    MASS_CLEARING = "mass_clearing"
    MASS_CHANGE = "mass_change"
    QUARANTINE_SHARE = "quarantine_share"
    AMOUNT_SCALE = "amount_scale"
    BANK_DETAILS = "bank_details"
    VOLUME = "volume"
    SHARE = "share"
    NOTICES = "notices"
    CHANGED_TERMS = "changed_terms"
    CANARY = "canary"
    CONTACT_FREQUENCY = "contact_frequency"
    OPEN_DOUBTS = "open_doubts"
    BOUNCES = "bounces"
    COMPLAINTS = "complaints"
    AUTHORIZATION = "authorization"
    CLOCK = "clock"
    LEDGER = "ledger"
    ENVIRONMENT = "environment"
    KILL_SWITCH = "kill_switch"


# Looked at before a delivery is published: while one is open, nothing is decided.
OF_A_PULL = frozenset(
    {
        Valve.PULL_DROP, Valve.PULL_RISE, Valve.OLD_DELIVERY, Valve.MASS_CLEARING,
        Valve.MASS_CHANGE, Valve.QUARANTINE_SHARE, Valve.AMOUNT_SCALE, Valve.BANK_DETAILS,
    }
)  # fmt: skip
# What ends these is a fact, and the fact is told: a fresh delivery, doubts that were closed.
END_BY_THEMSELVES = frozenset({Valve.STALE_FEED, Valve.OPEN_DOUBTS})


@dataclass(frozen=True)
class Trip:
    """A valve opens: over which scope ('' is everything), what was found, and in which case.

    Closing a breaker is a yes to its `case` (a delivery, a day, a list of doubts): the same case
    does not open it again, another one does. `persons` is how many must say yes.
    """

    valve: Valve
    scope: str
    found: str
    case: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    persons: int = 1


@dataclass(frozen=True)
class Told:
    """What a person is told of a valve: what it saw, and what is to be done."""

    holds: str
    do: str


TOLD: Mapping[Valve, Told] = {
    Valve.STALE_FEED: Told(
        "the decision, and every message",
        "mend the delivery and run `callsheet run`; it ends with a fresh delivery",
    ),
    Valve.PULL_DROP: Told(
        "the delivery, the decision, every message",
        "ask what is missing from the ERP's export; if it is right, close this breaker and run"
        " again",
    ),
    Valve.PULL_RISE: Told(
        "the delivery, the decision, every message",
        "look whether something was exported twice; if it is right, close this breaker and run"
        " again",
    ),
    Valve.OLD_DELIVERY: Told(
        "the delivery, the decision, every message",
        "ask for today's export; if this is it, close this breaker and run again",
    ),
    Valve.MASS_CLEARING: Told(
        "the delivery, the decision, every message",
        "check that the items that went were really paid; if so, close this breaker and run again",
    ),
    Valve.MASS_CHANGE: Told(
        "the delivery, the decision, every message",
        "compare a few contacts with the ERP; if they are right, close this breaker and run again",
    ),
    Valve.QUARANTINE_SHARE: Told(
        "the delivery, the decision, every message",
        "read the validation report; mend the export, or close this breaker and run again",
    ),
    Valve.AMOUNT_SCALE: Told(
        "the delivery, the decision, every message",
        "look for cents taken for euros; if the amounts are right, close this breaker and run"
        " again",
    ),
    Valve.BANK_DETAILS: Told(
        "the delivery, the decision, every message",
        "call the bank and the treasurer on numbers you know; two persons close this breaker",
    ),
    Valve.VOLUME: Told(
        "every message of the entity",
        "read the call sheet; if the day is right, somebody who confirmed none of it closes this"
        " breaker",
    ),
    Valve.SHARE: Told(
        "every message of the entity",
        "read the call sheet; if the day is right, close this breaker",
    ),
    Valve.NOTICES: Told(
        "every message of the entity",
        "read the list of formal notices; if it is right, close this breaker",
    ),
    Valve.CHANGED_TERMS: Told(
        "every message of a scenario that was edited; of all of them, when the rules or the"
        " settings of the decision were",
        "read the call sheet of this day, the first under the change; if it is meant so, close this"
        " breaker, else take the change back",
    ),
    Valve.CANARY: Told(
        "every message written with a template that is new or was changed, after the first five",
        "read the five in the outbox of the sender or by `callsheet audit show`; then close this"
        " breaker",
    ),
    Valve.CONTACT_FREQUENCY: Told(
        "messages to those who were written to too often",
        "see `callsheet explain CUSTOMER`; close this breaker if the next message may go",
    ),
    Valve.OPEN_DOUBTS: Told(
        "every message",
        "close the doubts (`callsheet doubt list`); this breaker ends with them",
    ),
    Valve.BOUNCES: Told(
        "every message of the channel", "mend the addresses that came back, then close this breaker"
    ),
    Valve.COMPLAINTS: Told(
        "every message of the channel", "see who complained and why, then close this breaker"
    ),
    Valve.AUTHORIZATION: Told(
        "every message of the channel",
        "mend the key or the password of the provider, then close this breaker",
    ),
    Valve.CLOCK: Told(
        "every message", "set the clock of this machine right; then close this breaker"
    ),
    Valve.LEDGER: Told(
        "every message",
        "run `callsheet verify` and read docs/ledger.md; of a backup that was restored on purpose,"
        " `callsheet restored` puts in doubt what it does not know; then close this breaker",
    ),
    Valve.ENVIRONMENT: Told(
        "nothing leaves: every message goes into the folder `sink`",
        "if this is a copy, leave it so; if production has moved here, close this breaker",
    ),
    Valve.KILL_SWITCH: Told("every message", "`callsheet kill-switch off --why ...`"),
}
