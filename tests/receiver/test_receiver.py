"""What the receiver takes, from whom, how much of it, and what it keeps."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from callsheet.errors import ConfigurationInvalid
from callsheet.receiver.app import PATH, receiver
from callsheet.receiver.inbox import FILE, Inbox
from callsheet.receiver.limits import RateLimit
from callsheet.receiver.sendgrid_hook import SIGNATURE, TIMESTAMP, natural_key
from callsheet.settings import ReceiverSettings

LATE = timedelta(hours=2)


def test_a_signed_event_is_stored_and_then_acknowledged(receiving, event):
    answer = receiving.tell(event(1), event(2, "bounce"))

    assert (answer.status_code, answer.json()) == (200, {"received": 2, "stored": 2})
    kept = [json.loads(one.body) for one in receiving.stored]
    assert [one["event"] for one in kept] == ["delivered", "bounce"]
    assert kept[0]["action_id"] == event()["action_id"]


def test_nothing_personal_of_an_event_is_kept(receiving, event):
    said = "550 5.1.1 <compta@ecrous.example> no such user, see https://x.example/?u=a@b.example"
    receiving.tell(event(1, "bounce", reason=said, url="https://x.example/a"))

    [kept] = receiving.stored
    everything = b"".join(f.read_bytes() for f in receiving.inbox.file.parent.glob(f"{FILE}*"))
    for secret in ("ecrous", "b.example", "192.0.2.7", "Mail 1.0", "/a"):
        assert secret not in kept.body
        assert secret.encode() not in everything
    assert "no such user" in kept.body


@pytest.mark.parametrize("wrong", ["none", "another key", "body", "timestamp", "no base64", "word"])
def test_what_the_provider_did_not_sign_is_refused_and_not_stored(receiving, event, wrong):
    body = json.dumps([event()]).encode()
    headers = receiving.provider.signed(body)
    if wrong == "none":
        headers = {}
    elif wrong == "another key":
        headers = type(receiving.provider)().signed(body)
    elif wrong == "body":
        body = body.replace(b"delivered", b"bounce")
    elif wrong == "timestamp":
        headers[TIMESTAMP] = str(int(headers[TIMESTAMP]) + 1)
    elif wrong == "no base64":
        headers[SIGNATURE] = "§".encode("latin-1")
    else:
        headers[SIGNATURE] = "AAAA"
    answer = receiving.tell(body=body, headers=headers)

    assert (answer.status_code, answer.json()) == (403, {"detail": "refused"})
    assert receiving.stored == []


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(days=3), 403),  # B127
        (timedelta(hours=25), 403),
        (timedelta(hours=-1), 403),
        (timedelta(hours=23), 200),
        (timedelta(minutes=9), 200),
    ],
    ids=["three days", "a day and an hour", "from the future", "23 hours", "nine minutes"],
)
def test_an_old_signature_is_refused_but_for_the_providers_own_retries(
    receiving, event, noon, age, status
):
    answer = receiving.tell(event(), at=noon - age)

    assert answer.status_code == status
    assert len(receiving.stored) == (status == 200)


def test_a_retry_of_what_is_known_is_acknowledged_and_changes_nothing(receiving, event, noon):
    receiving.tell(event())
    answer = receiving.tell(event(), event(2), at=noon - LATE)

    assert answer.json() == {"received": 2, "stored": 1}
    assert [one.is_late for one in receiving.stored] == [False, True]


def test_the_same_event_46_times_is_stored_once_whatever_its_event_id(receiving, event):  # B128
    for number in range(46):
        answer = receiving.tell(event(1, sg_event_id=f"another-{number}"))
        assert answer.status_code == 200

    assert len(receiving.stored) == 1
    assert natural_key(event(1)) != natural_key(event(2))


def test_a_body_of_ten_megabytes_is_refused_before_it_is_read(receiving):  # B131
    sent = 0

    def flood():
        nonlocal sent
        for _ in range(160):
            sent += 65536
            yield b"x" * 65536

    with httpx.Client(timeout=30) as client:
        answer = client.post(receiving.url, content=flood())  # chunked: no length is announced
        announced = receiving.tell(body=b"x" * 10_000_000, headers={})

    assert (answer.status_code, announced.status_code) == (413, 413)
    assert receiving.stored == []


def test_ten_thousand_events_in_one_request_are_refused(receiving_with, event):  # B131
    with receiving_with(max_body_bytes=10_000_000) as receiving:
        answer = receiving.tell(*[event(n) for n in range(10_000)])

    assert answer.status_code == 413
    assert receiving.stored == []


def test_a_sender_that_comes_too_often_waits(receiving_with, event):  # B131
    with receiving_with(requests_per_minute=3) as receiving:
        answers = [receiving.tell(event(n)) for n in range(5)]

    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert len(receiving.stored) == 3


def test_a_bucket_fills_again_within_a_minute_and_is_each_senders_own(noon):
    limit = RateLimit(2)
    told = [limit.allows("a", noon) for _ in range(3)]

    assert told == [True, True, False]
    assert limit.allows("b", noon)
    assert not limit.allows("a", noon + timedelta(seconds=20))
    assert limit.allows("a", noon + timedelta(seconds=40))


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b'{"event": 1}', b'["text"]', b"[" * 100_000, b'"' + b"9" * 5000],
    ids=["nothing", "half", "no text", "no list", "no events", "a tower", "a number"],
)
def test_signed_nonsense_is_refused_and_the_receiver_lives_on(receiving, event, body):
    answer = receiving.tell(body=body)

    assert answer.status_code in {400, 403}  # what is no text cannot be checked: 403
    assert receiving.tell(event()).status_code == 200


def test_odd_fields_of_an_event_are_taken_as_they_are_read(receiving, event):
    odd = event(1, timestamp="soon", sg_message_id=None, reason=["a"], action_id={"x": 1})
    answer = receiving.tell(odd, event(2, timestamp=10**30))

    assert answer.json() == {"received": 2, "stored": 2}


def test_what_cannot_be_stored_is_not_acknowledged(tmp_path, receiving_with, event):
    (tmp_path / FILE).mkdir()
    with receiving_with() as receiving:
        answer = receiving.tell(event())

    assert answer.status_code == 503


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104  # to be refused
def test_without_the_providers_key_nothing_is_received(tmp_path, host):
    with pytest.raises(ConfigurationInvalid, match="anybody could say"):
        receiver(ReceiverSettings(host=host), Inbox(tmp_path), lambda: None)
    with pytest.raises(ConfigurationInvalid, match="not the verification key"):
        receiver(ReceiverSettings(host=host, sendgrid_key="x"), Inbox(tmp_path), lambda: None)


def test_the_receiver_shows_no_documentation_of_itself(receiving):
    base = receiving.url.removesuffix(PATH)

    assert [httpx.get(base + path).status_code for path in ("/docs", "/openapi.json")] == [404, 404]
    assert httpx.get(base + "/health").json() == {"status": "ready"}


def test_what_was_acknowledged_survives_a_kill(tmp_path, provider, event):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "receive", "--port", str(port)],
        env=os.environ | {
            "CALLSHEET_HOME": str(tmp_path), "CALLSHEET_RECEIVER__SENDGRID_KEY": provider.public_key
        },
        start_new_session=True, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        wait_for(port)
        body = json.dumps([event(n) for n in range(5)]).encode()
        headers = provider.signed(body, at=datetime.now(UTC))
        url = f"http://127.0.0.1:{port}{PATH}"
        answer = httpx.post(url, content=body, headers=headers, timeout=30)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    assert answer.json() == {"received": 5, "stored": 5}
    assert len(Inbox(tmp_path).unsettled(0, 100)) == 5


def wait_for(port):
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the receiver does not answer")
