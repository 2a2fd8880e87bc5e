"""SendGrid's Email Logs: was a message taken? Asked by recipient and time, for doubts only.

What is found there with our action's id was accepted. What is not found proves nothing: the log
may lag, or hold other days. So it is read upwards only.
"""

import http.client
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from callsheet.channels.sendgrid import client
from callsheet.channels.sendgrid_line import Line
from callsheet.evidence.notice import Notice, Tells
from callsheet.evidence.sendgrid_told import notice_of
from callsheet.messages.addresses import is_one_address
from callsheet.settings import SendgridSettings

SOURCE = "sendgrid_logs"
MOST_DOUBTS = 20  # in one go: the log allows few requests a minute
_MOST_MESSAGES = 10  # of one recipient in that time
_BEFORE, _AFTER = timedelta(minutes=5), timedelta(hours=1)
_LOG_ID = re.compile(r"[A-Za-z0-9._-]{1,200}")


class LogsUnavailable(Exception):
    """SendGrid's log did not answer as it should; nothing was learned."""


@dataclass(frozen=True)
class Asked:
    """A doubt as the log can be asked about it."""

    action_id: str
    to_address: str
    sent_at: datetime


class SendgridLogs:
    """Asks the log of one SendGrid account."""

    def __init__(self, settings: SendgridSettings) -> None:
        self._settings = settings

    def notices(self, asked: Asked, read_at: datetime) -> list[Notice]:
        """Return what the log tells of one doubt; nothing when it does not know it."""
        if not is_one_address(asked.to_address):
            return []
        found = self._ask(lambda logs: logs.post(request_body=_search(asked)))
        messages = found.get("messages")
        ids = [str(one.get("sg_message_id", "")) for one in messages or () if _is_log(one)]
        for log_id in ids[:_MOST_MESSAGES]:
            details = self._ask(lambda logs, log_id=log_id: logs._(log_id).get())
            if _action_of(details) == asked.action_id:
                return [_accepted(asked, log_id, read_at), *_told(asked, details, read_at)]
        return []

    def _ask(self, call: Any) -> Mapping[str, Any]:
        """Ask once, without redirect or retry; LogsUnavailable when no usable answer comes."""
        from python_http_client.exceptions import HTTPError  # slow to load

        try:
            answer = call(client(self._settings, Line()).logs)
            found = json.loads(answer.body)
        except (HTTPError, OSError, http.client.HTTPException, ValueError, RecursionError) as no:
            raise LogsUnavailable(type(no).__name__) from no
        if answer.status_code != http.client.OK or not isinstance(found, dict):
            raise LogsUnavailable(f"status {answer.status_code}")
        return found


def _search(asked: Asked) -> dict[str, object]:
    first, last = (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for moment in (asked.sent_at - _BEFORE, asked.sent_at + _AFTER)
    )
    query = (
        f'to_email = "{asked.to_address}"'
        f' AND sg_message_id_created_at >= TIMESTAMP "{first}"'
        f' AND sg_message_id_created_at <= TIMESTAMP "{last}"'
    )
    return {"query": query, "limit": _MOST_MESSAGES}


def _is_log(one: object) -> bool:
    return isinstance(one, dict) and bool(_LOG_ID.fullmatch(str(one.get("sg_message_id", ""))))


def _action_of(details: Mapping[str, Any]) -> str:
    """Return the action a logged message names in its custom arguments."""
    for name in ("custom_args", "unique_args"):
        told = details.get(name)
        if isinstance(told, str):
            try:
                told = json.loads(told)
            except (ValueError, RecursionError):
                continue
        if isinstance(told, dict) and told.get("action_id"):
            return str(told["action_id"])
    events = details.get("events")
    for event in events if isinstance(events, Sequence) else ():
        if isinstance(event, dict) and event.get("action_id"):
            return str(event["action_id"])
    return ""


def _accepted(asked: Asked, log_id: str, read_at: datetime) -> Notice:
    proof = {"told": "logged", "sg_message_id": log_id}
    return Notice(asked.action_id, Tells.ACCEPTED, SOURCE, read_at, proof=proof)


def _told(asked: Asked, details: Mapping[str, Any], read_at: datetime) -> list[Notice]:
    """Return what became of it, as far as its events say."""
    events = details.get("events")
    told = []
    for event in events if isinstance(events, Sequence) else ():
        if isinstance(event, dict):
            known = {**event, "event": event.get("event") or event.get("event_name")}
            notice = notice_of(known | {"action_id": asked.action_id}, SOURCE, read_at)
            told += [notice] if notice else []
    return told
