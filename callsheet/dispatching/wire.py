"""The bytes of a recorded attempt, built again: the same attempt gives the same bytes."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from callsheet.channels.envelope import Envelope
from callsheet.channels.sendgrid import Sendgrid, request_body
from callsheet.messages.message import Message
from callsheet.settings import SendgridSettings
from callsheet.store.tables import Action


def wire_of(
    action: Action,
    message: Message,
    attempt: Mapping[str, Any],
    on_day: date,
    sent_at: datetime,
) -> bytes:
    """Return what left in `attempt`, the details of its `sending` event."""
    envelope = Envelope(
        action_id=action.action_id,
        attempt=int(attempt["attempt"]),
        entity=action.entity,
        day=on_day,
        sent_at=sent_at,
        domain=str(attempt["message_id"]).rpartition("@")[2].rstrip(">"),
        message=message,
    )
    if attempt["provider"] == Sendgrid(SendgridSettings()).name:
        return json.dumps(request_body(envelope)).encode()
    return envelope.wire
