"""What leaves the house, and what each answer of the outside proves."""

import email
import email.policy
import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from callsheet.channels.envelope import Envelope, UnsafeHeader, check_single_lines
from callsheet.channels.outbox import Outbox
from callsheet.channels.sendgrid import Sendgrid
from callsheet.channels.smtp import SmtpRelay
from callsheet.errors import MessageNotRenderable
from callsheet.messages.message import Attachment, Message
from callsheet.settings import SendgridSettings, SmtpSettings
from callsheet.vocabulary import ActionState

REMINDER = Message(
    to_name="Société Générale des Écrous, « Comptabilité »",
    to_address="compta@ecrous.example",
    from_name="Anne Martin",
    from_address="anne.martin@atelier.example",
    reply_to="recouvrement@atelier.example",
    subject="Facture F-1024 échue le 12 octobre 2026 : 1 250,00 € restant dus à ce jour, merci",
    text="Bonjour,\n\nSauf erreur, la facture F-1024 reste due.\n.\nCordialement,\nAnne Martin\n",
    html="<p>Bonjour,</p><p>Sauf erreur, la facture <b>F-1024</b> reste due.</p>",
    attachments=(Attachment("relevé.pdf", "application/pdf", b"%PDF-1.7 statement"),),
    language="fr",
)


def an_envelope(message=REMINDER, attempt=1, action_id="9f0c6a0e-3b8a-5c55-8d11-000000000001"):
    return Envelope(
        action_id=action_id,
        attempt=attempt,
        entity="FR1",
        day=date(2026, 11, 16),
        sent_at=datetime(2026, 11, 16, 9, 0, tzinfo=UTC),
        domain="atelier.example",
        message=message,
    )


def raw_header(envelope, name):
    return email.message_from_bytes(envelope.wire, policy=email.policy.compat32)[name]


def read_mail(content):
    return email.message_from_bytes(content, policy=email.policy.default)


# the bytes


def test_a_mail_reads_as_it_was_written():
    mail = read_mail(an_envelope().wire)

    assert mail["Subject"] == REMINDER.subject
    assert str(make_header(decode_header(raw_header(an_envelope(), "To")))) == (
        f"{REMINDER.to_name} <{REMINDER.to_address}>"
    )
    assert mail.get_body(("plain",)).get_content().splitlines() == REMINDER.text.splitlines()
    assert "<b>F-1024</b>" in mail.get_body(("html",)).get_content()
    [attachment] = mail.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == (
        "relevé.pdf",
        b"%PDF-1.7 statement",
    )


def test_the_message_id_names_the_action_and_its_attempt():
    assert read_mail(an_envelope(attempt=2).wire)["Message-ID"] == (
        "<9f0c6a0e-3b8a-5c55-8d11-000000000001.2@atelier.example>"
    )


def test_the_same_attempt_always_has_the_same_bytes():
    assert an_envelope().wire == an_envelope().wire
    assert an_envelope().wire != an_envelope(attempt=2).wire


def test_no_line_is_too_long_for_a_relay():
    long = replace(REMINDER, text="é" * 3000, html="<p>" + "x" * 5000 + "</p>")

    assert max(map(len, an_envelope(long).wire.split(b"\r\n"))) <= 998


def test_commas_and_quotes_in_a_name_do_not_make_a_second_recipient():
    sly = replace(REMINDER, to_name='ACME, evil@x.example" <boss@x.example>')

    [recipient] = read_mail(an_envelope(sly).wire)["To"].addresses
    assert recipient.addr_spec == "compta@ecrous.example"


@pytest.mark.parametrize("sign", ["\n", "\r", "\0", "\u2028", "\x85"])
def test_a_line_break_in_a_subject_never_leaves(sign):
    with pytest.raises((UnsafeHeader, MessageNotRenderable)):
        check_single_lines(replace(REMINDER, subject=f"Relance{sign}Bcc: x@y.example"))


# the outbox


def test_the_outbox_holds_one_whole_file_per_action(tmp_path):
    outbox = Outbox(tmp_path)
    with outbox.sender() as sender:
        outcome = sender.send(an_envelope())
        sender.send(an_envelope())

    [file] = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert outcome.state == ActionState.ACCEPTED
    assert file.relative_to(tmp_path).as_posix() == (
        "2026-11-16/FR1/9f0c6a0e-3b8a-5c55-8d11-000000000001.eml"
    )
    assert read_mail(file.read_bytes())["Subject"] == REMINDER.subject


def test_the_outbox_knows_the_very_bytes_of_an_attempt(tmp_path):
    outbox = Outbox(tmp_path)
    with outbox.sender() as sender:
        sender.send(an_envelope())

    first, second = outbox.trace(an_envelope()), outbox.trace(an_envelope(attempt=2))
    assert outbox.hash_of(first) == first["wire"]
    assert outbox.hash_of(second) != second["wire"]
    assert outbox.hash_of({"file": "nowhere.eml"}) == ""


def test_an_outbox_that_cannot_be_written_stops_the_channel_and_loses_nothing(tmp_path):
    (tmp_path / "2026-11-16").write_text("a file where the folder should be")
    with Outbox(tmp_path).sender() as sender:
        outcome = sender.send(an_envelope())

    assert outcome.state == ActionState.RETRY_WAIT
    assert outcome.stops_channel


# SMTP


class Postman:
    """A relay that keeps what it took, and answers what it is told to."""

    def __init__(self, rcpt="250 ok", data="250 queued as 42"):
        self.rcpt, self.data, self.taken = rcpt, data, []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.data.startswith("2"):
            self.taken.append((envelope.rcpt_tos, envelope.content))
        return self.data


@contextmanager
def a_relay(postman):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(postman, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield SmtpRelay(
            SmtpSettings(host="127.0.0.1", port=port, security="none", timeout_seconds=5)
        )
    finally:
        controller.stop()


def sent_by(channel, *envelopes):
    with channel.sender() as sender:
        return [sender.send(envelope) for envelope in envelopes or [an_envelope()]]


def test_a_relay_takes_the_mail_and_its_answer_is_the_proof():
    postman = Postman()
    with a_relay(postman) as relay:
        [outcome] = sent_by(relay)

    assert outcome.state == ActionState.ACCEPTED
    assert "42" in outcome.proof["said"]
    [(recipients, content)] = postman.taken
    assert recipients == ["compta@ecrous.example"]
    assert read_mail(content).get_body(("plain",)).get_content().splitlines()[3] == "."


def test_many_mails_go_over_one_connection():
    postman = Postman()
    with a_relay(postman) as relay:
        outcomes = sent_by(relay, *(an_envelope(attempt=n) for n in range(1, 6)))

    assert [outcome.state for outcome in outcomes] == [ActionState.ACCEPTED] * 5
    assert len(postman.taken) == 5


@pytest.mark.parametrize(
    ("postman", "state", "reason"),
    [
        (Postman(rcpt="550 5.1.1 no such user"), ActionState.REJECTED, "bounced"),
        (Postman(rcpt="451 greylisted"), ActionState.RETRY_WAIT, "smtp_451"),
        (Postman(data="554 refused"), ActionState.REJECTED, "smtp_554"),
        (Postman(data="452 mailbox full"), ActionState.RETRY_WAIT, "smtp_452"),
    ],
    ids=["unknown address", "greylisted", "content refused", "put off"],
)
def test_what_the_relay_answers_decides_what_happens_next(postman, state, reason):
    with a_relay(postman) as relay:
        first, second = sent_by(relay, an_envelope(), an_envelope(attempt=2))

    assert (first.state, first.reason) == (state, reason)
    assert second.state == state  # the connection still serves after a refusal


def test_a_relay_that_nobody_answers_for_leaves_nothing_sent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    [outcome] = sent_by(SmtpRelay(SmtpSettings(host="127.0.0.1", port=port, security="none")))

    assert outcome.state == ActionState.RETRY_WAIT
    assert outcome.stops_channel


@contextmanager
def a_talker(*script):
    """Serve one connection: say each line of bytes after each line of the client.

    `None` hangs up; an entry after `DATA` answers only when the final dot came.
    """
    server = socket.create_server(("127.0.0.1", 0))

    def talk():
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 ready\r\n")
            for answer in script:
                line = lines.readline()
                while script.index(answer) == len(script) - 1 and line not in {b".\r\n", b""}:
                    line = lines.readline()
                if answer is None:
                    return
                connection.sendall(answer + b"\r\n")

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        thread.join()
        server.close()


def test_a_relay_that_hangs_up_after_the_content_leaves_a_doubt():
    with a_talker(b"250 hello", b"250 sender ok", b"250 recipient ok", b"354 go on", None) as port:
        [outcome] = sent_by(SmtpRelay(SmtpSettings(host="127.0.0.1", port=port, security="none")))

    assert (outcome.state, outcome.reason) == (ActionState.IN_DOUBT, "smtp_no_answer")


# SendGrid


@contextmanager
def a_sendgrid(answer):
    """Serve mail/send on this machine; `answer(handler)` writes the response."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append((self.path, dict(self.headers), json.loads(body)))
            answer(self)

        def do_GET(self):
            requests.append((self.path, {}, None))
            self.send_error(500)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        host = f"http://127.0.0.1:{server.server_port}"
        yield (
            Sendgrid(SendgridSettings(api_key=SecretStr("SG.k"), host=host, timeout_seconds=2)),
            requests,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(status, **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def hangs_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


def test_sendgrid_takes_one_message_with_the_action_in_its_arguments():
    with a_sendgrid(says(202, X_Message_Id="sg-77")) as (channel, requests):
        [outcome] = sent_by(channel)

    assert outcome.state == ActionState.ACCEPTED
    assert outcome.proof["message_id"] == "sg-77"
    [(path, headers, body)] = requests
    assert path == "/v3/mail/send"
    assert headers["Authorization"] == "Bearer SG.k"
    [personalization] = body["personalizations"]
    assert personalization["custom_args"]["action_id"] == "9f0c6a0e-3b8a-5c55-8d11-000000000001"
    assert personalization["to"][0]["email"] == "compta@ecrous.example"
    assert body["content"][0]["value"] == REMINDER.text


@pytest.mark.parametrize(
    ("answer", "state", "reason", "stops"),
    [
        (says(200), ActionState.IN_DOUBT, "sendgrid_sandbox", True),
        (says(302, Location="/elsewhere"), ActionState.IN_DOUBT, "sendgrid_302", False),
        (says(400), ActionState.REJECTED, "sendgrid_400", False),
        (says(401), ActionState.REJECTED, "sendgrid_401", True),
        (says(403), ActionState.REJECTED, "sendgrid_403", True),
        (says(404), ActionState.REJECTED, "sendgrid_404", False),
        (says(413), ActionState.REJECTED, "sendgrid_413", False),
        (says(422), ActionState.REJECTED, "sendgrid_422", False),
        (says(429, Retry_After="40"), ActionState.RETRY_WAIT, "sendgrid_429", True),
        (says(500), ActionState.IN_DOUBT, "sendgrid_500", False),
        (says(503), ActionState.IN_DOUBT, "sendgrid_503", False),
        (hangs_up, ActionState.IN_DOUBT, "sendgrid_no_answer", False),
    ],
    ids=["200", "302", "400", "401", "403", "404", "413", "422", "429", "500", "503", "hangs-up"],
)
def test_each_answer_of_sendgrid_proves_what_it_proves(answer, state, reason, stops):
    with a_sendgrid(answer) as (channel, requests):
        [outcome] = sent_by(channel)

    assert (outcome.state, outcome.reason, outcome.stops_channel) == (state, reason, stops)
    assert len(requests) == 1  # neither tried again nor redirected


def test_sendgrid_asks_to_wait_forty_seconds():
    with a_sendgrid(says(429, Retry_After="40")) as (channel, _):
        [outcome] = sent_by(channel)

    assert outcome.retry_after_seconds == 40


def test_a_sendgrid_that_is_not_there_has_taken_nothing():
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"http://127.0.0.1:{server.getsockname()[1]}"
    channel = Sendgrid(SendgridSettings(api_key=SecretStr("SG.k"), host=host, timeout_seconds=2))

    [outcome] = sent_by(channel)

    assert (outcome.state, outcome.reason) == (ActionState.RETRY_WAIT, "sendgrid_unreachable")
