"""What SendGrid's events say of a message, in the words of a notice."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from callsheet.evidence.notice import Notice, Tells, is_action_id
from callsheet.messages.addresses import without_addresses

_TELLS = {
    "processed": Tells.ACCEPTED,
    "deferred": Tells.ACCEPTED,
    "delivered": Tells.DELIVERED,
    "open": Tells.DELIVERED,
    "click": Tells.DELIVERED,
    "unsubscribe": Tells.DELIVERED,
    "group_unsubscribe": Tells.DELIVERED,
    "group_resubscribe": Tells.DELIVERED,
    "spamreport": Tells.SPAM,
    "bounce": Tells.FAILED,
    "blocked": Tells.FAILED,
    "dropped": Tells.FAILED,
}
# SendGrid did not even try, since it knows the address: by its own lists, or as no address at all.
_DEAD_BY_LIST = ("bounced address", "spam report", "unsubscribed", "invalid")
_FIRST_SECOND, _LAST_SECOND = 0, 4_102_444_800  # 1970 to 2100: others are nonsense


def notice_of(event: Mapping[str, Any], source: str, received_at: datetime) -> Notice | None:
    """Return what an event tells; None when it is of no kind we know, or of no action at all."""
    what = str(event.get("event", ""))
    tells, action_id = _TELLS.get(what), event.get("action_id")
    if tells is None or not action_id:
        return None
    reason, is_dead = _failure(what, event) if tells is Tells.FAILED else ("", False)
    return Notice(
        action_id=str(action_id) if is_action_id(action_id) else "",
        tells=tells,
        source=source,
        told_at=_moment(event.get("timestamp"), received_at),
        reason=reason,
        is_address_dead=is_dead,
        proof=_proof(what, event),
    )


def _failure(what: str, event: Mapping[str, Any]) -> tuple[str, bool]:
    """Return why it will not arrive, and whether its address is dead for good."""
    if what == "dropped":
        told = str(event.get("reason", "")).lower()
        return "dropped", any(words in told for words in _DEAD_BY_LIST)
    is_for_now = what == "blocked" or event.get("type") == "blocked"
    return ("bounced_for_now", False) if is_for_now else ("bounced", True)


def _proof(what: str, event: Mapping[str, Any]) -> dict[str, str]:
    told = event.get("reason") or event.get("response")
    proof = {
        "told": what,
        "said": without_addresses(told),
        "status": without_addresses(event.get("status")),
        "sg_message_id": str(event.get("sg_message_id", ""))[:100],
    }
    return {name: text for name, text in proof.items() if text}


def _moment(stamp: object, received_at: datetime) -> datetime:
    if isinstance(stamp, int) and _FIRST_SECOND < stamp < _LAST_SECOND:
        return datetime.fromtimestamp(stamp, UTC)
    return received_at
