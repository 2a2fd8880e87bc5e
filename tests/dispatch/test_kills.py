"""A dispatch killed at any moment: nothing goes twice, nothing is lost, every doubt is seen."""

import email
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from callsheet.dispatching.ownership import owning
from callsheet.errors import Busy
from callsheet.settings import SmtpSettings

SCRIPT = Path(__file__).with_name("one_dispatch.py")
MAILS = 24
THREADS = 4


class CountingRelay:
    """A relay in the test's own process: it outlives the dispatch, and counts what it took."""

    def __init__(self):
        self.taken = Counter()
        self.reached = threading.Condition()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        message_id = email.message_from_bytes(envelope.content)["Message-ID"]
        with self.reached:
            self.taken[message_id.strip("<>").partition(".")[0]] += 1
            self.reached.notify_all()
        return "250 taken"

    def wait_for(self, count):
        with self.reached:
            assert self.reached.wait_for(lambda: self.taken.total() >= count, timeout=60)


@contextmanager
def running(relay):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(relay, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def start(company, port):
    url = company.settings.warehouse.get_secret_value()
    command = [sys.executable, SCRIPT, company.settings.home, str(port), url]
    return subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture
def planned(company):
    keys = [f"C{number:02}" for number in range(MAILS)]
    for key in keys:
        company.customer(key)
    company.pull()
    company.plan(*({"customer": key, "step": "email-1"} for key in keys))
    return company


@pytest.mark.parametrize(
    "after", [9, *(pytest.param(n, marks=pytest.mark.nightly) for n in (1, 20))]
)
def test_a_kill_after_some_mails_doubles_none_and_loses_none(planned, after):
    relay = CountingRelay()
    with running(relay) as port:
        first = start(planned, port)
        relay.wait_for(after)
        kill(first)
        said, errors = start(planned, port).communicate(timeout=120)
    assert errors == ""

    states = {action.action_id: str(action.state) for action in planned.actions()}
    assert max(relay.taken.values()) == 1, said
    assert set(states.values()) <= {"accepted", "in_doubt"}
    doubts = {key for key, state in states.items() if state == "in_doubt"}
    assert len(doubts) <= THREADS
    assert {key for key, state in states.items() if state == "accepted"} == set(
        relay.taken
    ) - doubts
    assert f"'settled': {len(doubts)}" in said


def test_a_doubt_is_never_sent_again_by_itself(planned):
    relay = CountingRelay()
    with running(relay) as port:
        first = start(planned, port)
        relay.wait_for(5)
        kill(first)
        for _ in range(2):
            start(planned, port).communicate(timeout=120)

    assert max(relay.taken.values()) == 1


class Crash(Exception):
    """Stands for whatever ends a process before its transaction is committed."""


def crash():
    raise Crash


def test_a_plan_that_died_before_its_commit_is_made_again_the_same(company):
    company.customer("C1")
    company.pull()
    with pytest.raises(Crash):
        company.plan({"customer": "C1", "step": "email-1"}, then=crash)
    assert company.actions() == []

    first = company.plan({"customer": "C1", "step": "email-1"})
    company.dispatch()

    assert company.states() == {"C1 email-1": "accepted"}
    assert len(first.actions["email"]) == len(company.outbox()) == 1


def test_a_relay_that_is_down_costs_an_attempt_and_no_mail(company_of):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    relay = SmtpSettings(host="127.0.0.1", port=port, security="none")
    company = company_of(email="smtp", smtp=relay)
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    for _ in range(2):
        company.dispatch()
        company.now += timedelta(minutes=10)
    assert company.states() == {"C1 email-1": "retry_wait smtp_unreachable"}

    postman = CountingRelay()
    controller = Controller(postman, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        company.dispatch()
    finally:
        controller.stop()

    [action] = company.actions()
    assert (action.state, action.attempt) == ("accepted", 3)
    assert postman.taken == {action.action_id: 1}


def test_after_five_attempts_a_mail_is_given_up_and_the_decision_goes_on(company_of):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    company = company_of(
        email="smtp", smtp=SmtpSettings(host="127.0.0.1", port=port, security="none")
    )
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    for _ in range(6):
        company.dispatch()
        company.now += timedelta(minutes=10)

    assert company.states() == {"C1 email-1": "rejected attempts_exhausted"}


def test_two_dispatches_at_once_are_one_dispatch_and_one_busy(planned):
    with owning(planned.warehouse, planned.settings):
        second = start(planned, 1)
        _, errors = second.communicate(timeout=60)

    assert second.returncode == 1
    assert Busy.__name__ in errors
    assert str(os.getpid()) in errors
