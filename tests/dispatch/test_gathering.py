"""Proof from outside: the inbox of events, the mailbox of notices, SendGrid's log."""

import json
import os
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import SecretStr

from callsheet.crash_points import Point, arm, disarm
from callsheet.evidence.delivery_notices import notices_of
from callsheet.evidence.gathering import gather
from callsheet.evidence.sendgrid_logs import Asked, LogsUnavailable, SendgridLogs
from callsheet.history import record
from callsheet.receiver.inbox import Inbox
from callsheet.receiver.sendgrid_hook import read_events
from callsheet.settings import SendgridSettings
from callsheet.vocabulary import ActionState as S

DOMAIN = "atelier.example"
NOON = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
UNKNOWN = "00000000-0000-5000-8000-000000000000"


def received(company, *events):
    """Put events into the inbox as the receiver does, two hours before now."""
    moment = company.now - timedelta(hours=2)
    body = json.dumps(list(events)).encode()
    return Inbox(company.settings.home).store(read_events(body, moment, is_late=False))


def event(action_id, what, number=1, **more):
    told = {"sg_message_id": f"m-{action_id}", "timestamp": 1794830400 + number}
    return {"action_id": action_id, "event": what, "email": "x@y.example", **told, **more}


def gathered(company):
    return gather(company.warehouse, company.settings, company.as_of, company.now)


def planned(company, *customers, state=None, provider="smtp"):
    """Plan a mail for each customer, and bring it into doubt if asked; return the ids."""
    for customer in customers:
        company.customer(customer)
    company.pull()
    company.plan(*({"customer": customer, "step": "email-1"} for customer in customers))
    if state is S.IN_DOUBT:
        told, detail = company.told("dispatch"), {"attempt": 1, "provider": provider}
        with company.warehouse.transaction() as tx:
            for action in company.actions():
                record(tx, [
                    action.event(S.SENDING, told, detail=detail),
                    action.event(S.IN_DOUBT, told, detail=detail, after=1, before=S.SENDING,
                                 reason="smtp_no_answer"),
                ])  # fmt: skip
    else:
        company.dispatch()
    return {action.customer: action.action_id for action in company.actions()}


# the inbox


def test_the_drain_brings_each_event_to_its_action_and_closes_doubts(company_of_engine):
    company = company_of_engine
    ids = planned(company, "C1", "C2", "C3", state=S.IN_DOUBT)
    received(company, event(ids["C1"], "delivered"), event(ids["C2"], "bounce", type="bounce"))
    received(company, event(UNKNOWN, "delivered"), {"event": "delivered"}, {"event": "odd"})

    found = gathered(company)

    assert (found.doubts_before, found.doubts_left) == (3, 1)
    assert found.notices["events"] == {"applied": 2, "unmatched": 1, "foreign": 2}
    assert company.states() == {
        "C1 email-1": "delivered",
        "C2 email-1": "delivery_failed bounced",
        "C3 email-1": "in_doubt smtp_no_answer",
    }
    assert gathered(company).notices["events"] == {}  # all of it is settled


class Killed(Exception):
    """Stands for what ends a process at a crash point."""


def die():
    raise Killed


def test_dying_between_the_ledger_and_the_inbox_changes_nothing(sent):
    company, ids = sent
    received(company, event(ids["C1"], "bounce", type="bounce"))
    arm(Point.EVENT_APPLIED, strike=die)
    with pytest.raises(Killed):
        gathered(company)
    disarm()
    before = company.history("C1")

    assert gathered(company).notices["events"] == {"no_change": 1}
    assert company.history("C1") == before
    assert company.states()["C1 email-1"] == "delivery_failed bounced"


def test_dying_while_an_event_is_stored_keeps_nothing_of_it(sent):
    company, ids = sent
    arm(Point.IN_EVENT_INBOX, strike=die)
    with pytest.raises(Killed):
        received(company, event(ids["C1"], "delivered"))
    disarm()

    assert Inbox(company.settings.home).counts() == {}
    assert received(company, event(ids["C1"], "delivered")) == 1


def test_an_event_of_an_attempt_under_way_is_kept_for_the_next_time(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    [action] = company.actions()
    told = company.told("dispatch")
    with company.warehouse.transaction() as tx:
        record(tx, [action.event(S.SENDING, told, detail={"attempt": 1})])
    received(company, event(action.action_id, "delivered"))
    assert gathered(company).notices["events"] == {"waiting": 1}

    with company.warehouse.transaction() as tx:
        record(tx, [action.event(S.ACCEPTED, told, detail={"attempt": 1}, after=1,
                                 before=S.SENDING)])  # fmt: skip
    gathered(company)

    assert company.states() == {"C1 email-1": "delivered"}


def test_more_foreign_actions_than_usual_raise_one_alert_a_day(sent):
    company, _ = sent
    limit = company.settings.receiver.unmatched_alert
    received(company, *(event(f"foreign-{n}", "bounce") for n in range(limit)))
    gathered(company)
    assert alerts(company) == []

    received(company, event("foreign-more", "bounce"))
    gathered(company)
    received(company, event("foreign-again", "bounce"))
    gathered(company)

    assert alerts(company) == [("unmatched_events", company.as_of)]
    assert Inbox(company.settings.home).counts() == {"unmatched": limit + 2}


def alerts(company):
    with company.warehouse.reading() as tx:
        return tx.fetch("select reason, on_day from event where kind = 'alert'")


def test_an_inbox_that_cannot_be_read_is_told_and_stops_nothing_else(sent):
    company, _ = sent
    Inbox(company.settings.home).file.write_bytes(b"not a database" * 100)

    [problem] = gathered(company).problems
    assert "inbox.sqlite" in problem
    assert "mend or move" in problem


# delivery notices


def a_notice(action_id, action="failed", status="5.1.1", domain=DOMAIN, returned="message/rfc822"):
    return f"""From: MAILER-DAEMON@relay.example
To: comptes@atelier.example
Subject: Undelivered Mail Returned to Sender
Date: Mon, 16 Nov 2026 08:30:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

I could not deliver it to <compta@c1.example>.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
Arrival-Date: Mon, 16 Nov 2026 08:29:00 +0000

Final-Recipient: rfc822; compta@c1.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <compta@c1.example>: user unknown

--b1
Content-Type: {returned}

From: Anne <anne@atelier.example>
Message-ID: <{action_id}.1@{domain}>
Subject: Relance

Bonjour

--b1--
""".replace("\n", "\r\n").encode()


@pytest.fixture(params=["maildir", "folder"])
def mailbox(request, tmp_path):
    folder = tmp_path / "notices"
    if request.param == "maildir":
        for name in ("new", "cur", "tmp"):
            (folder / name).mkdir(parents=True)
        return folder, folder / "new", folder / "cur"
    folder.mkdir()
    return folder, folder, folder / "read"


def with_mailbox(company, folder):
    company.settings = company.settings.model_copy(
        update={"delivery_notices": folder, "message_domain": DOMAIN}
    )
    return company


def test_a_returned_mail_fails_its_action_and_is_put_away(sent, mailbox):
    (company, ids), (folder, new, read) = sent, mailbox
    with_mailbox(company, folder)
    (new / "1.eml").write_bytes(a_notice(ids["C1"]))
    (new / "2.eml").write_bytes(a_notice(ids["C2"], status="4.4.7"))

    assert gathered(company).notices["delivery_notices"] == {"applied": 2}
    assert company.states() == {
        "C1 email-1": "delivery_failed bounced",
        "C2 email-1": "delivery_failed bounced_for_now",
    }
    assert len(list(read.glob("*"))) == 2
    assert gathered(company).notices["delivery_notices"] == {}


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize(
    ("action", "tells"),
    [
        ("delayed", "accepted"),
        ("relayed", "accepted"),
        ("delivered", "delivered"),
        ("failed", "failed"),
        ("pondered", None),
    ],
)
def test_a_notice_is_read_with_the_mail_or_the_headers_it_returns(action, tells, returned):
    found = notices_of(a_notice(UNKNOWN, action, returned=returned), DOMAIN, NOON)

    assert [str(one.tells) for one in found] == ([tells] if tells else [])
    assert {one.action_id for one in found} <= {UNKNOWN}
    assert all("compta@" not in str(one.proof) for one in found)


def test_a_notice_closes_a_doubt_upwards(company, tmp_path):
    folder = tmp_path / "notices"
    folder.mkdir()
    with_mailbox(company, folder)
    ids = planned(company, "C1", "C2", "C3", state=S.IN_DOUBT)
    for customer, action in (("C1", "delayed"), ("C2", "delivered"), ("C3", "failed")):
        (folder / f"{customer}.eml").write_bytes(a_notice(ids[customer], action))
    gathered(company)

    assert company.states() == {
        "C1 email-1": "accepted",
        "C2 email-1": "delivered",
        "C3 email-1": "delivery_failed bounced",
    }


def test_dying_in_reconciliation_reads_the_notice_again_and_changes_nothing(company, tmp_path):
    folder = tmp_path / "notices"
    folder.mkdir()
    with_mailbox(company, folder)
    ids = planned(company, "C1", state=S.IN_DOUBT)
    (folder / "1.eml").write_bytes(a_notice(ids["C1"]))
    arm(Point.IN_RECONCILIATION, strike=die)
    with pytest.raises(Killed):
        gathered(company)
    disarm()

    assert gathered(company).notices["delivery_notices"] == {"no_change": 1}
    assert company.states() == {"C1 email-1": "delivery_failed bounced"}


HOSTILE = {
    "another domain": a_notice(UNKNOWN, domain="evil.example"),
    "no action": a_notice("nothing"),
    "an autoreply": b"From: a@b.example\r\nSubject: Away\r\n\r\n<" + UNKNOWN.encode() + b".1@d>",
    "nothing": b"",
    "noise": os.urandom(5000),
    "too large": a_notice(UNKNOWN) + b"x" * 5_000_000,
    "a tower of parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(900)
    ),
    "many parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 400_000,
    "many headers": b"a: b\r\n" * 600_000,
    "no such charset": a_notice(UNKNOWN).replace(b"text/plain", b"text/plain; charset=klingon"),
    "header bytes": a_notice(UNKNOWN).replace(b"failed", b"\xff\xfe"),
    "a date of nonsense": a_notice(UNKNOWN).replace(b"Mon, 16 Nov 2026", b"Mon, 99 Foo 99999"),
}


@pytest.mark.parametrize("mail", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_mail_costs_little_and_is_believed_nothing(mail):
    assert all(notice.action_id == UNKNOWN for notice in notices_of(mail, DOMAIN, NOON))


def test_hostile_files_in_the_mailbox_do_not_stop_the_next_one(sent, tmp_path):
    company, ids = sent
    folder = tmp_path / "notices"
    folder.mkdir()
    with_mailbox(company, folder)
    secret = tmp_path / "secret.eml"
    secret.write_bytes(a_notice(ids["C1"]))
    (folder / "a.eml").symlink_to(secret)
    os.mkfifo(folder / "b.eml")
    (folder / "c.eml").mkdir()
    (folder / "d.eml").write_bytes(HOSTILE["noise"])
    assert gathered(company).notices["delivery_notices"] == {"foreign": 1}
    (folder / "e.eml").write_bytes(a_notice(ids["C1"]))
    gathered(company)

    assert company.states()["C1 email-1"] == "delivery_failed bounced"
    assert secret.exists()


# SendGrid's log


@pytest.fixture
def sent(copy_of_company):
    return copy_of_company("sent", lambda company: planned(company, "C1", "C2"))


@contextmanager
def a_log(answers):
    """Serve the Email Logs: `answers(method, path, body)` gives a status and an object."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def _serve(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            asked.append((self.command, self.path, body))
            status, told = answers(self.command, self.path, body)
            content = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked_of(host, action_id):
    account = SendgridSettings(api_key=SecretStr("SG.k"), host=host, timeout_seconds=5)
    asked = Asked(action_id, "compta@c1.example", NOON)
    return SendgridLogs(account).notices(asked, NOON)


def knows(action_id, events=()):
    def answers(method, path, _body):
        if method == "POST":
            return 200, {"messages": [{"sg_message_id": "other"}, {"sg_message_id": "mine"},
                                      {"sg_message_id": "../../v3/api_keys"}]}  # fmt: skip
        mine = {"custom_args": json.dumps({"action_id": action_id}), "events": list(events)}
        return 200, mine if path.endswith("/mine") else {"unique_args": "{}", "events": []}

    return answers


def test_a_doubt_that_sendgrids_log_knows_is_closed(company):
    ids = planned(company, "C1", "C2", state=S.IN_DOUBT, provider="sendgrid")
    came_back = {"event": "bounce", "type": "bounce"}
    with a_log(knows(ids["C1"], [came_back, "odd", None])) as (host, asked):
        account = SendgridSettings(api_key=SecretStr("SG.k"), host=host, timeout_seconds=5)
        channels = company.settings.channels.model_copy(update={"sendgrid": account})
        company.settings = company.settings.model_copy(update={"channels": channels})
        gathered(company)

    assert company.states() == {
        "C1 email-1": "delivery_failed bounced",
        "C2 email-1": "in_doubt smtp_no_answer",  # not found proves nothing
    }
    queries = [body["query"] for _, _, body in asked if body]
    assert any('to_email = "compta@c1.example"' in query for query in queries)


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ((), ["accepted"]),
        (({"event_name": "delivered"},), ["accepted", "delivered"]),
        (({"event": "bounce", "type": "bounce"}, "odd", None), ["accepted", "failed"]),
    ],
    ids=["taken", "delivered", "came back"],
)
def test_the_log_is_asked_by_recipient_and_time_and_matched_by_our_action(events, told):
    with a_log(knows(UNKNOWN, events)) as (host, asked):
        found = asked_of(host, UNKNOWN)

    assert [str(one.tells) for one in found] == told
    [(_, path, body), *details] = asked
    assert path == "/v3/logs"
    assert 'sg_message_id_created_at >= TIMESTAMP "2026-11-16T08:55:00Z"' in body["query"]
    assert [path for _, path, _ in details] == ["/v3/logs/other", "/v3/logs/mine"]


@pytest.mark.parametrize(
    "answer",
    [(200, {"messages": []}), (200, {}), (200, {"messages": [{"sg_message_id": "a/b"}, 7]})],
    ids=["empty", "nothing", "odd"],
)
def test_what_the_log_does_not_know_proves_nothing(answer):
    with a_log(lambda *_: answer) as (host, asked):
        assert asked_of(host, UNKNOWN) == []
    assert len(asked) == 1


@pytest.mark.parametrize(
    "answer",
    [(429, {}), (500, {}), (302, {}), (200, b"<html>"), (200, [])],
    ids=["429", "500", "302", "garbage", "a list"],
)
def test_a_log_that_does_not_answer_teaches_nothing_and_is_asked_once(answer):
    with a_log(lambda *_: answer) as (host, asked), pytest.raises(LogsUnavailable):
        asked_of(host, UNKNOWN)
    assert len(asked) == 1
