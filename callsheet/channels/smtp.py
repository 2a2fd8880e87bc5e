"""A mail relay. Where a conversation breaks off decides whether the message may have gone."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from callsheet.channels.channel import WIRE, Sender
from callsheet.channels.envelope import Envelope
from callsheet.channels.outcome import (
    BOUNCED,
    SendOutcome,
    accepted,
    doubtful,
    hushed,
    not_sent,
    rejected,
)
from callsheet.crash_points import Point, in_halves, reached
from callsheet.settings import SmtpSettings

_MOST_OVER_ONE = 100  # messages over one connection; a relay may take offence at a thousand
_HANGS_UP = 421  # said by a relay that closes the connection: it was idle, or used for long enough
_NO_SUCH_ADDRESS = frozenset({550, 551, 553})
_YES = {"sender": {250}, "recipient": {250, 251, 252}, "content": {354}}  # the answers that go on


class _Refused(Exception):
    """The relay answered a command with 4xx or 5xx."""

    def __init__(self, stage: str, code: int, words: bytes) -> None:
        super().__init__(stage, code)
        self.stage, self.code, self.words = stage, code, words

    def outcome(self) -> SendOutcome:
        """4xx: the relay asks to come back later. 5xx: it will never take this message."""
        proof: dict[str, str | int] = {
            "code": self.code,
            "said": self.words.decode(errors="replace")[:200],
            "stage": self.stage,
        }
        for_all = self.stage in {"greeting", "login"}
        if not 400 <= self.code < 600:
            return not_sent("smtp_odd_answer", proof, stops_channel=for_all)
        if self.code < 500:
            return not_sent(f"smtp_{self.code}", proof, stops_channel=for_all)
        if self.stage == "recipient" and self.code in _NO_SUCH_ADDRESS:
            return rejected(BOUNCED, proof)
        return rejected(f"smtp_{self.code}", proof, stops_channel=for_all)


@dataclass(frozen=True)
class SmtpRelay:
    """A relay and how to reach it."""

    settings: SmtpSettings
    name: str = "smtp"

    @contextmanager
    def sender(self) -> Iterator[Sender]:
        """Return a sender that keeps one connection open."""
        sender = SmtpSender(self.settings)
        try:
            yield sender
        finally:
            sender.close()

    def trace(self, envelope: Envelope) -> dict[str, str]:
        """Return the hash of the bytes that leave; the relay's log knows the Message-ID."""
        return {WIRE: envelope.wire_hash}


class SmtpSender:
    """One connection to the relay, opened at the first message and again when it was lost."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._relay: smtplib.SMTP | None = None
        self._announced = 0  # messages over this connection

    def send(self, envelope: Envelope) -> SendOutcome:
        """Hand over one message. Before its first byte a lost connection is simply opened again."""
        try:
            relay = self._ready(envelope)
        except _Refused as refusal:
            self.close()
            return refusal.outcome()
        except (OSError, smtplib.SMTPException) as problem:
            self.close()
            return not_sent("smtp_unreachable", {"found": repr(problem)[:200]}, stops_channel=True)
        return self._hand_over(relay, envelope)

    def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        relay, self._relay = self._relay, None
        if relay is None:
            return
        try:
            relay.quit()
        except (OSError, smtplib.SMTPException):
            relay.close()

    def _ready(self, envelope: Envelope) -> smtplib.SMTP:
        """Return the relay waiting for the content: greeting, sender and recipient accepted."""
        if self._announced >= _MOST_OVER_ONE:
            self.close()
        if self._relay is not None:
            try:
                return self._announce(self._relay, envelope)
            except (OSError, smtplib.SMTPServerDisconnected):
                self.close()  # it was idle for too long; nothing of this message had left
            except _Refused as refusal:
                if refusal.code != _HANGS_UP:
                    raise
                self.close()
        self._relay, self._announced = self._connect(), 0
        return self._announce(self._relay, envelope)

    def _announce(self, relay: smtplib.SMTP, envelope: Envelope) -> smtplib.SMTP:
        """Say from whom and to whom, one after the other: nothing is said after a refusal."""
        stages: tuple[tuple[str, Callable[[], tuple[int, bytes]]], ...] = (
            ("sender", lambda: relay.mail(envelope.message.from_address)),
            ("recipient", lambda: relay.rcpt(envelope.message.to_address)),
            ("content", lambda: relay.docmd("DATA")),
        )
        self._announced += 1
        for stage, say in stages:
            code, words = say()
            if code not in _YES[stage]:
                raise _Refused(stage, code, words)
        return relay

    def _connect(self) -> smtplib.SMTP:
        try:
            relay = self._opened()
            try:
                self._greet(relay)
            except (OSError, smtplib.SMTPException):
                relay.close()
                raise
        except smtplib.SMTPAuthenticationError as refused:
            raise _Refused("login", refused.smtp_code, self._hushed(refused)) from None
        except smtplib.SMTPResponseException as refused:
            raise _Refused("greeting", refused.smtp_code, _words(refused)) from refused
        reached(Point.CONNECTED)
        return relay

    def _hushed(self, refused: smtplib.SMTPAuthenticationError) -> bytes:
        """Return why the relay lets nobody in; it may repeat what it was told."""
        user, password = self._settings.user, self._settings.password.get_secret_value()
        return hushed(_words(refused), f"\0{user}\0{password}", password)

    def _opened(self) -> smtplib.SMTP:
        """Open the connection; its certificate is checked when it is TLS from the beginning."""
        place = (self._settings.host, self._settings.port)
        patience = self._settings.timeout_seconds
        if self._settings.security != "tls":
            return smtplib.SMTP(*place, timeout=patience)
        return smtplib.SMTP_SSL(*place, timeout=patience, context=ssl.create_default_context())

    def _greet(self, relay: smtplib.SMTP) -> None:
        if self._settings.security == "starttls":
            relay.starttls(context=ssl.create_default_context())
        relay.ehlo_or_helo_if_needed()
        if self._settings.user:
            relay.login(self._settings.user, self._settings.password.get_secret_value())

    def _hand_over(self, relay: smtplib.SMTP, envelope: Envelope) -> SendOutcome:
        """Write the content and read the answer: from its first byte on, silence is a doubt."""
        try:
            for part in in_halves(_stuffed(envelope.wire)):
                relay.send(part)
            reached(Point.REQUEST_WRITTEN)
            reached(Point.ACCEPTED_NO_ANSWER)
            code, words = relay.getreply()
        except (OSError, smtplib.SMTPException) as problem:
            self.close()
            return doubtful("smtp_no_answer", {"found": repr(problem)[:200]})
        reached(Point.ANSWER_READ)
        if code == 250:
            said = words.decode(errors="replace")[:200]
            return accepted({"provider": "smtp", "message_id": envelope.message_id, "said": said})
        if code < 400 or code >= 600:
            self.close()
            return doubtful("smtp_odd_answer", {"code": code})
        return _Refused("end of content", code, words).outcome()


def _stuffed(wire: bytes) -> bytes:
    """Return the content with leading dots doubled and the final dot (RFC 5321, 4.5.2)."""
    body = wire.replace(b"\r\n.", b"\r\n..")
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _words(refused: smtplib.SMTPResponseException) -> bytes:
    said = refused.smtp_error
    return said if isinstance(said, bytes) else str(said).encode()
