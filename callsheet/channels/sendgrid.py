"""SendGrid: one request a message, success is 202 only, and no retry or redirect by itself."""

import base64
import http.client
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from callsheet.channels.channel import WIRE, Sender
from callsheet.channels.envelope import Envelope, check_single_lines
from callsheet.channels.outcome import SendOutcome, accepted, doubtful, hushed, not_sent, rejected
from callsheet.channels.sendgrid_line import Line
from callsheet.crash_points import Point, reached
from callsheet.keys import digest
from callsheet.settings import SendgridSettings

# These answers prove that nothing was accepted.
_REFUSALS = frozenset({400, 401, 403, 404, 413, 422})
_FOR_ALL = frozenset({401, 403})  # the key is wrong: the next message would meet the same
_SAID_CHARACTERS = 200  # of the answer, kept as proof
_PAUSE_SECONDS = 60  # after a 429 that does not say how long, or says nonsense
_LONGEST_PAUSE_SECONDS = 24 * 3600
_DIGITS = 12
_MOMENT_SECONDS = 10**9  # a larger number counts from 1970, a smaller one from now


@dataclass(frozen=True)
class Sendgrid:
    """The SendGrid account that carries our mail."""

    settings: SendgridSettings
    name: str = "sendgrid"

    @contextmanager
    def sender(self) -> Iterator[Sender]:
        """Yield a sender; SendGrid's client opens a connection for each request."""
        # Its debug log would show the key.
        logging.getLogger("python_http_client.client").setLevel(logging.INFO)
        yield SendgridSender(self.settings)

    def trace(self, envelope: Envelope) -> dict[str, str]:
        """Return the hash of the request; the event webhook knows the action id."""
        check_single_lines(envelope.message)
        return {WIRE: digest(json.dumps(request_body(envelope)))}


class SendgridSender:
    """One thread's client of the mail/send endpoint."""

    def __init__(self, settings: SendgridSettings) -> None:
        self._settings = settings
        self._line = Line()
        self._client = client(settings, self._line)

    def send(self, envelope: Envelope) -> SendOutcome:
        """Post one message and read what became of it."""
        from python_http_client.exceptions import HTTPError  # slow to load

        try:
            answer = self._client.mail.send.post(request_body=request_body(envelope))
        except HTTPError as refusal:
            answer = refusal
        except (OSError, http.client.HTTPException) as problem:
            return _broken_off(problem, self._line)
        reached(Point.ANSWER_READ)
        body = answer.body if isinstance(answer.body, bytes) else str(answer.body or "").encode()
        said = hushed(body, self._settings.api_key.get_secret_value())
        return read_answer(int(answer.status_code), dict(answer.headers or {}), said, envelope)


def client(settings: SendgridSettings, line: Line) -> Any:
    """Return SendGrid's own client, going through `line`."""
    from python_http_client import Client  # slow to load
    from sendgrid import SendGridAPIClient  # slow to load

    class ThroughOurLine(Client):  # type: ignore[misc]  # the package has no types
        def _build_client(self, name: str | None = None) -> Client:
            return ThroughOurLine(
                host=self.host,
                version=self._version,
                request_headers=self.request_headers,
                url_path=[*self._url_path, name] if name else self._url_path,
                timeout=self.timeout,
            )

        def _make_request(self, opener: Any, request: Any, timeout: Any = None) -> Any:
            return super()._make_request(line.opener(), request, timeout=timeout)

    account = SendGridAPIClient(settings.api_key.get_secret_value(), host=settings.host)
    return ThroughOurLine(
        host=settings.host,
        version=3,
        request_headers=dict(account.client.request_headers),
        timeout=settings.timeout_seconds,
    )


def request_body(envelope: Envelope) -> dict[str, object]:
    """Return the request for one message to one address."""
    message = envelope.message
    content = [{"type": "text/plain", "value": message.text}]
    if message.html:
        content.append({"type": "text/html", "value": message.html})
    body: dict[str, object] = {
        "personalizations": [
            {
                "to": [_person(message.to_name, message.to_address)],
                "custom_args": {
                    "action_id": envelope.action_id,
                    "attempt_no": str(envelope.attempt),  # `attempt` is SendGrid's own word
                },
            }
        ],
        "from": _person(message.from_name, message.from_address),
        "subject": message.subject,
        "content": content,
        "headers": {"Message-ID": envelope.message_id},
        "tracking_settings": {"click_tracking": {"enable": False}},
    }
    if message.reply_to:
        body["reply_to"] = {"email": message.reply_to}
    if message.attachments:
        body["attachments"] = [
            {
                "content": base64.b64encode(attachment.content).decode(),
                "type": attachment.media_type,
                "filename": attachment.name,
            }
            for attachment in message.attachments
        ]
    return body


def read_answer(
    status: int, headers: Mapping[str, str], body: bytes, envelope: Envelope
) -> SendOutcome:
    """Say what an HTTP answer proves."""
    by_name = {name.lower(): value for name, value in headers.items()}
    said = body.decode(errors="replace")
    proof: dict[str, str | int] = {"status": status, "said": said[:_SAID_CHARACTERS]}
    if status == http.client.ACCEPTED:
        given = by_name.get("x-message-id", "")
        return accepted({"provider": "sendgrid", "message_id": given, "status": status})
    if status in _REFUSALS:
        return rejected(f"sendgrid_{status}", proof, stops_channel=status in _FOR_ALL)
    if status == http.client.TOO_MANY_REQUESTS:
        pause = _pause_seconds(by_name, envelope.sent_at)
        return not_sent("sendgrid_429", proof, retry_after_seconds=pause, stops_channel=True)
    if status == http.client.OK:  # the account's sandbox mode is on: nothing is delivered
        return doubtful("sendgrid_sandbox", proof, stops_channel=True)
    return doubtful(f"sendgrid_{status}", proof)


def _pause_seconds(headers: Mapping[str, str], sent_at: datetime) -> int:
    """Return how long a 429 asks us to wait: seconds, a date, or the moment its limit resets."""
    for name in ("retry-after", "x-ratelimit-reset"):
        asked = _seconds_asked(headers.get(name, ""), sent_at)
        if asked is not None:
            return min(max(asked, 1), _LONGEST_PAUSE_SECONDS)
    return _PAUSE_SECONDS


def _seconds_asked(text: str, sent_at: datetime) -> int | None:
    """Return the seconds from `sent_at` on that a header asks for; None when it says nonsense."""
    if text.isascii() and text.isdecimal():
        number = int(text[:_DIGITS])
        return number - int(sent_at.timestamp()) if number >= _MOMENT_SECONDS else number
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int((moment - sent_at).total_seconds())


def _broken_off(problem: Exception, line: Line) -> SendOutcome:
    found = {"found": repr(problem)[:_SAID_CHARACTERS]}
    if line.connected:
        return doubtful("sendgrid_no_answer", found)
    return not_sent("sendgrid_unreachable", found, stops_channel=True)


def _person(name: str, address: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}
