"""Bad answers of the outside (bad inputs B112-B119), each from a real socket."""

import socket
import ssl
import struct
import tempfile
import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from callsheet.channels.envelope import Envelope
from callsheet.channels.sendgrid import Sendgrid, read_answer
from callsheet.channels.smtp import SmtpRelay
from callsheet.messages.message import Message
from callsheet.settings import SendgridSettings, SmtpSettings

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
MAIL = Message("Mme Roux", "roux@c1.example", "Anne", "anne@atelier.example", "", "Relance",
               "Bonjour", "", (), "fr")  # fmt: skip
LETTER = Envelope("9f0c6a0e-3b8a-5c55-8d11-000000000001", 1, "FR1", date(2026, 11, 16), NOON,
                  "atelier.example", MAIL)  # fmt: skip


@contextmanager
def serving(talk, secured=None):
    """Serve one connection with `talk(connection)`; yield the port."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(60)

    def serve():
        connection, _ = server.accept()
        connection.settimeout(60)
        with connection:
            try:
                with (
                    secured.wrap_socket(connection, server_side=True)
                    if secured
                    else connection as line
                ):
                    talk(line)
            except OSError:
                pass

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        thread.join()
        server.close()


def resets(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def after_the_request(then):
    def talk(connection):
        connection.recv(1 << 20)
        then(connection)

    return talk


def http(connection_says):
    return after_the_request(lambda connection: connection.sendall(connection_says))


NO_ANSWER = ("in_doubt", "sendgrid_no_answer")
MOVED = b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
STRANGE = b"HTTP/1.1 429 Slow\r\nRetry-After: \xb2\r\nContent-Length: 0\r\n\r\n"
CHUNK = b"HTTP/1.1 202 A\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"


def asked_of_sendgrid(port, scheme="http", host="127.0.0.1"):
    account = SendgridSettings(
        api_key=SecretStr("SG.k"), host=f"{scheme}://{host}:{port}", timeout_seconds=3
    )
    with Sendgrid(account).sender() as sender:
        outcome = sender.send(LETTER)
    return str(outcome.state), outcome.reason


@pytest.mark.parametrize(
    ("talk", "found"),
    [
        (after_the_request(resets), NO_ANSWER),
        (after_the_request(lambda connection: connection.recv(1)), NO_ANSWER),
        (http(b"SSH-2.0-OpenSSH_9.6\r\n"), NO_ANSWER),
        (http(b"HTTP/1.1 abc odd\r\n\r\n"), NO_ANSWER),
        (http(b"HTTP/1.1 202 OK\r\nContent-Length: 9\r\n\r\nhalf"), NO_ANSWER),
        (http(CHUNK), NO_ANSWER),
        (http(b"HTTP/1.1 204 None\r\n\r\n"), ("in_doubt", "sendgrid_204")),
        (http(b"HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n"), ("in_doubt", "sendgrid_504")),
        (http(STRANGE), ("retry_wait", "sendgrid_429")),
        (http(MOVED), ("in_doubt", "sendgrid_301")),
        (http(b"HTTP/1.1 202 A\r\nX-Message-Id: 7\r\nContent-Length: 0\r\n\r\n"), ("accepted", "")),
    ],
    ids=["reset", "time-out", "garbage", "odd status", "half a body", "bad chunk", "204", "504",
         "429 with a strange number", "301", "202"],
)  # fmt: skip
def test_what_comes_after_the_request_is_a_doubt_unless_it_proves_something(talk, found):
    with serving(talk) as port:
        assert asked_of_sendgrid(port) == found


def test_a_name_that_nobody_knows_a_closed_door_and_a_false_certificate_let_nothing_out():  # B115
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    nothing_left = ("retry_wait", "sendgrid_unreachable")

    assert asked_of_sendgrid(443, host="no-such-host.invalid") == nothing_left
    assert asked_of_sendgrid(closed) == nothing_left
    with serving(lambda line: line.recv(10), secured=false_certificate()) as port:
        assert asked_of_sendgrid(port, "https") == nothing_left
    with serving(http(b"no TLS here")) as port:
        assert asked_of_sendgrid(port, "https") == nothing_left


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": str(int(NOON.timestamp()) + 40)}, 40),  # B112
        ({"x-ratelimit-reset": "40"}, 40),
        ({"Retry-After": "7", "X-RateLimit-Reset": "40"}, 7),
        ({"Retry-After": "Mon, 16 Nov 2026 12:02:00 GMT"}, 120),
        ({"Retry-After": "Mon, 16 Nov 2026 11:00:00 GMT"}, 1),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "-5"}, 60),
        ({"Retry-After": "soon"}, 60),
        ({"Retry-After": "9" * 400}, 24 * 3600),
        ({}, 60),
    ],
)
def test_a_429_says_how_long_to_wait_in_several_ways(headers, seconds):
    outcome = read_answer(429, headers, b"", LETTER)

    assert (outcome.state, outcome.retry_after_seconds) == ("retry_wait", seconds)
    assert outcome.stops_channel


def test_200_is_the_sandbox_and_no_success():  # B119
    outcome = read_answer(200, {"X-Message-Id": "7"}, b"", LETTER)

    assert (outcome.state, outcome.reason) == ("in_doubt", "sendgrid_sandbox")
    assert outcome.stops_channel


# SMTP


def relay_that(*lines, greeting=b"220 ready"):
    """Answer each line of the client with the next of `lines`; the last one after the final dot."""

    def talk(connection):
        connection.sendall(greeting + b"\r\n")
        with connection.makefile("rb") as heard:
            for number, answer in enumerate(lines):
                line = heard.readline()
                while number == 4 and line not in {b".\r\n", b""}:  # the content
                    line = heard.readline()
                if answer is None:
                    resets(connection)
                    return
                connection.sendall(answer + b"\r\n")
            heard.read(100)

    return talk


def asked_of_relay(port, security="none", host="127.0.0.1"):
    settings = SmtpSettings(host=host, port=port, security=security, timeout_seconds=3)
    with SmtpRelay(settings).sender() as sender:
        outcome = sender.send(LETTER)
    return str(outcome.state), outcome.reason, outcome.stops_channel


UNREACHABLE = ("retry_wait", "smtp_unreachable", True)
HELLO, SENDER, RECIPIENT, GO = b"250 hello", b"250 ok", b"250 ok", b"354 go"
UP_TO_DATA = (HELLO, SENDER, RECIPIENT)
UP_TO_CONTENT = (*UP_TO_DATA, GO)


@pytest.mark.parametrize(
    ("talk", "found"),
    [
        (relay_that(greeting=b"554 no mail here"), ("rejected", "smtp_554", True)),
        (relay_that(greeting=b"421 later"), ("retry_wait", "smtp_421", True)),
        (relay_that(greeting=b"HTTP/1.1 400"), ("retry_wait", "smtp_odd_answer", True)),
        (resets, UNREACHABLE),
        (relay_that(HELLO, b"421 later"), ("retry_wait", "smtp_421", False)),
        (relay_that(HELLO, b"530 authenticate"), ("rejected", "smtp_530", False)),
        (relay_that(HELLO, b"hm"), ("retry_wait", "smtp_odd_answer", False)),
        (relay_that(HELLO, SENDER, b"553 no such"), ("rejected", "bounced", False)),
        (relay_that(HELLO, SENDER, b"252 perhaps", GO, b"250 taken"), ("accepted", "", False)),
        (relay_that(HELLO, SENDER, None), UNREACHABLE),
        (relay_that(*UP_TO_DATA, b"451 no"), ("retry_wait", "smtp_451", False)),
        (relay_that(*UP_TO_DATA, b"250 odd"), ("retry_wait", "smtp_odd_answer", False)),
        (relay_that(*UP_TO_DATA, None), UNREACHABLE),
        (relay_that(*UP_TO_CONTENT, b"552 full"), ("rejected", "smtp_552", False)),
        (relay_that(*UP_TO_CONTENT, b"452 full"), ("retry_wait", "smtp_452", False)),
        (relay_that(*UP_TO_CONTENT, b"???"), ("in_doubt", "smtp_odd_answer", False)),
        (relay_that(*UP_TO_CONTENT, b"354 more"), ("in_doubt", "smtp_odd_answer", False)),
        (relay_that(*UP_TO_CONTENT, None), ("in_doubt", "smtp_no_answer", False)),
        (relay_that(*UP_TO_CONTENT), ("in_doubt", "smtp_no_answer", False)),
    ],
    ids=["greeting 554", "greeting 421", "greeting garbage", "reset at once", "sender 421",
         "sender 530", "sender garbage", "recipient 553", "recipient 252", "reset at recipient",
         "DATA 451", "DATA 250", "reset at DATA", "content 552", "content 452", "content garbage",
         "content 354", "reset after the content", "no answer to the content"],
)  # fmt: skip
def test_the_stage_at_which_a_relay_breaks_off_decides(talk, found):
    with serving(talk) as port:
        assert asked_of_relay(port) == found


def test_a_relay_nobody_knows_or_whose_certificate_is_false_gets_nothing():  # B115
    assert asked_of_relay(25, host="no-such-host.invalid") == UNREACHABLE
    with serving(lambda line: line.recv(10), secured=false_certificate()) as port:
        assert asked_of_relay(port, "tls") == UNREACHABLE
    with serving(relay_that(b"250-hello\r\n250 STARTTLS", b"220 go on", b"")) as port:
        assert asked_of_relay(port, "starttls") == UNREACHABLE
    with serving(relay_that(HELLO, HELLO)) as port:  # it knows no STARTTLS: nothing in plain
        assert asked_of_relay(port, "starttls") == UNREACHABLE


def false_certificate():
    """A certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(made.public_bytes(serialization.Encoding.PEM))
        file.write(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ))  # fmt: skip
        file.flush()
        context.load_cert_chain(file.name)
    return context


# one of many


def test_a_mail_that_sendgrid_refuses_does_not_touch_the_others_of_its_batch(company_of):  # B113
    refused = []

    def talk_to(server):
        server.settimeout(60)
        for _ in range(3):
            connection, _ = server.accept()
            connection.settimeout(60)
            with connection:
                heard = b""
                while (
                    b"@c2.example" not in heard
                    and b"@c1.example" not in heard
                    and b"@c3.example" not in heard
                ):
                    heard += connection.recv(1 << 20)
                status = b"400 Bad" if b"@c2.example" in heard else b"202 Accepted"
                refused.append(status)
                connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk_to, args=(server,))
        thread.start()
        host = f"http://127.0.0.1:{server.getsockname()[1]}"
        company = company_of(email="sendgrid", sendgrid=SendgridSettings(
            api_key=SecretStr("SG.k"), host=host, timeout_seconds=5))  # fmt: skip
        for key in ("C1", "C2", "C3"):
            company.customer(key)
        company.pull()
        company.plan(*({"customer": key, "step": "email-1"} for key in ("C1", "C2", "C3")))
        company.dispatch()
        thread.join()

    assert company.states() == {
        "C1 email-1": "accepted",
        "C2 email-1": "rejected sendgrid_400",
        "C3 email-1": "accepted",
    }
