"""SendGrid's event webhook: is it SendGrid's, is it fresh, and which events does it bring?"""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from callsheet.errors import ConfigurationInvalid
from callsheet.keys import canonical_text, digest
from callsheet.messages.addresses import without_addresses
from callsheet.receiver.inbox import Received
from callsheet.settings import ReceiverSettings

SOURCE = "sendgrid_events"
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
_MOST_EVENTS = 5000  # in one request
_DIGITS = 12  # of a moment in seconds, with room
_CHARACTERS = 300  # kept of each text
# What is kept of an event. Its address, network address and browser are not.
_TEXTS = ("event", "type", "reason", "response", "status", "bounce_classification")
_KEYS = ("action_id", "attempt_no", "sg_message_id", "sg_event_id")


class Unreadable(ValueError):
    """A request that is SendGrid's but holds no list of events."""


class TooMany(ValueError):
    """A request with more events than one may bring."""


class Age(StrEnum):
    """How old a signed request is."""

    FRESH = "fresh"
    LATE = "late"  # the provider tries again for a day: taken only for events not seen yet
    REFUSED = "refused"


class SignedHook:
    """Knows SendGrid's key, and how old a request may be."""

    def __init__(self, settings: ReceiverSettings) -> None:
        from sendgrid.helpers.eventwebhook import EventWebhook  # slow to load

        self._settings = settings
        try:
            self._hook = EventWebhook(settings.sendgrid_key.strip())
        except ValueError as problem:
            raise ConfigurationInvalid(
                "receiver.sendgrid_key: not the verification key of an event webhook\n"
                "  do           copy it from SendGrid: Settings, Mail Settings, Event Webhooks"
            ) from problem

    def is_signed(self, body: bytes, signature: str, timestamp: str) -> bool:
        """Say whether SendGrid signed this timestamp and these very bytes."""
        if not (signature and timestamp and signature.isascii() and timestamp.isascii()):
            return False
        try:
            return bool(self._hook.verify_signature(body.decode(), signature, timestamp))
        except ValueError:  # no UTF-8, no base64, no signature at all
            return False

    def age(self, timestamp: str, moment: datetime) -> Age:
        """Say how old a signed timestamp is; one from the future is refused as well."""
        if not timestamp.isdecimal() or len(timestamp) > _DIGITS:
            return Age.REFUSED
        seconds = moment.timestamp() - int(timestamp)
        if abs(seconds) <= self._settings.max_age_seconds:
            return Age.FRESH
        return Age.LATE if 0 < seconds <= self._settings.max_late_seconds else Age.REFUSED


def read_events(body: bytes, moment: datetime, *, is_late: bool) -> list[Received]:
    """Return the events of a request, each under its natural key, with only what is needed.

    Unreadable when it is no list of events, TooMany when it is too long.
    """
    try:
        events = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise Unreadable("not JSON") from problem
    if not isinstance(events, list) or not all(isinstance(one, dict) for one in events):
        raise Unreadable("not a list of events")
    if len(events) > _MOST_EVENTS:
        raise TooMany(f"{len(events)} events")
    return [
        Received(natural_key(one), SOURCE, canonical_text(_kept(one)), moment, is_late)
        for one in events
    ]


def natural_key(event: Mapping[str, Any]) -> str:
    """Return what makes an event that event: its message, what happened, and when.

    `sg_event_id` changes when SendGrid tells the same again, so it does not count.
    """
    told = [
        str(event.get(name, ""))[:_CHARACTERS] for name in ("sg_message_id", "event", "timestamp")
    ]
    if not told[0]:
        told.append(str(event.get("action_id", ""))[:_CHARACTERS])
    return digest(canonical_text([SOURCE, *told]))


def _kept(event: Mapping[str, Any]) -> dict[str, object]:
    kept: dict[str, object] = {
        name: without_addresses(event[name]) for name in _TEXTS if name in event
    }
    kept |= {name: str(event[name])[:_CHARACTERS] for name in _KEYS if name in event}
    stamp = event.get("timestamp")
    if isinstance(stamp, int) and 0 <= stamp < 10**_DIGITS:
        kept["timestamp"] = stamp
    return kept
