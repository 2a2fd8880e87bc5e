"""What a provider tells of a message after it was handed over, in the trade's own words.

The state an action ends in does not depend on the order in which notices come, nor on how often:
a notice only ever takes an action forward, and a failure is the last word.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callsheet.vocabulary import ActionState as S

_ACTION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Tells(StrEnum):
    """What a notice proves; each also proves what stands above it, but a failure."""

    ACCEPTED = "accepted"  # the provider has it, and tries or will try
    DELIVERED = "delivered"  # the recipient's server took it
    SPAM = "spam_report"  # and the recipient called it spam
    FAILED = "failed"  # it will not arrive


@dataclass(frozen=True)
class Notice:
    """One thing told of an action's message. `is_address_dead`: nobody should write there again."""

    action_id: str
    tells: Tells
    source: str  # sendgrid_events | sendgrid_logs | delivery_notice
    told_at: datetime
    reason: str = ""  # of a failure: bounced | bounced_for_now | dropped
    is_address_dead: bool = False
    proof: Mapping[str, str] = field(default_factory=dict)


def is_action_id(text: object) -> bool:
    """Say whether `text` may be an action's id."""
    return isinstance(text, str) and _ACTION_ID.fullmatch(text) is not None


def steps(state: S, notice: Notice) -> Sequence[tuple[S, str]] | None:
    """Return the states, with reasons, that `notice` takes an action in `state` through.

    None: wait until the attempt under way has its own outcome. Empty: it tells nothing new.
    """
    if state is S.SENDING:
        return None
    way: list[tuple[S, str]] = []
    if state in {S.IN_DOUBT, S.RESEND_ORDERED}:
        way.append((S.ACCEPTED, ""))
        state = S.ACCEPTED
    if notice.tells is Tells.FAILED and state in {S.ACCEPTED, S.DELIVERED}:
        way.append((S.DELIVERY_FAILED, notice.reason))
    elif notice.tells in {Tells.DELIVERED, Tells.SPAM} and state is S.ACCEPTED:
        way.append((S.DELIVERED, ""))
    return way
