"""R10 from end to end: a mail comes back, and the next mornings decide what becomes of its step."""

import email
import email.policy
import socket
from contextlib import contextmanager
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller

from callsheet import day
from callsheet.desk.dead_addresses import dead_addresses, lift
from callsheet.errors import UsageInvalid
from callsheet.evidence.applying import apply_once
from callsheet.evidence.sendgrid_told import notice_of
from callsheet.history import record
from callsheet.reading.call_sheet import call_sheet
from callsheet.reading.worklist import tasks_on
from callsheet.vocabulary import ActionState

DELIVERY_FAILED = ActionState.DELIVERY_FAILED


def begun(company):
    """Let a company decide by itself: its one customer has the first reminder today."""
    company.customer("C1")
    company.pull()
    morning(company, days=0)
    return company


@pytest.fixture
def written(company):
    return begun(company)


def morning(company, days=1):
    """Play the next morning: a pull, the decision, the plan, the dispatch."""
    company.as_of += timedelta(days=days)
    company.now += timedelta(days=days)
    if days:
        company.pull()
    day.freeze_plan(company.settings, company.as_of, company.now)
    company.dispatch()


def comes_back(company, **told):
    [action] = [a for a in company.actions() if a.state == "accepted"]
    fields = {"event": "bounce", "action_id": action.action_id, "type": "bounce", **told}
    notice = notice_of(fields, "sendgrid_events", company.now)
    apply_once(company.warehouse, [notice], company.told("evidence"))


@contextmanager
def a_relay_that_knows_only(known):
    taken = []

    class Postman:
        async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
            if address != known:
                return "550 5.1.1 no such user"
            envelope.rcpt_tos.append(address)
            return "250 ok"

        async def handle_DATA(self, server, session, envelope):  # noqa: N802
            taken.append(envelope.rcpt_tos)
            return "250 queued"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Postman(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port, taken
    finally:
        controller.stop()


def decided(company):
    with company.warehouse.reading() as tx:
        return tx.fetch("select outcome, reason, step from decisions")


def recipients(company):
    mails = sorted(company.outbox(), key=lambda file: file.stat().st_mtime_ns)
    read = (email.message_from_bytes(m.read_bytes(), policy=email.policy.default) for m in mails)
    return [mail["To"].addresses[0].addr_spec for mail in read]


def worklist(company):
    with company.warehouse.reading() as tx:
        tasks = tasks_on(tx, company.settings, company.as_of)
    return [(task.task, task.customer, task.reason) for task in tasks]


def exceptions(company):
    with company.warehouse.reading() as tx:
        sheet = call_sheet(tx, company.settings, company.as_of)
    return [(one.code, one.customer) for one in sheet.exceptions]


def test_the_next_morning_the_step_goes_to_another_contact(written):
    another_contact(written)


@pytest.mark.nightly
def test_so_it_does_on_both_engines(company_of_engine):
    another_contact(begun(company_of_engine))


def another_contact(company):
    comes_back(company)
    assert ("bounced", "C1") in exceptions(company)
    assert worklist(company) == [("fix_contact", "C1", "bounced")]

    company.add("contacts", contact="Z", customer="C1", role="management", email="dg@c1.example")
    morning(company)

    assert recipients(company) == ["compta@c1.example", "dg@c1.example"]
    assert sorted(str(a.state) for a in company.actions()) == ["accepted", "delivery_failed"]
    assert worklist(company) == [("fix_contact", "C1", "bounced")]


@pytest.mark.nightly
def test_without_another_contact_it_goes_by_letter(written):
    company = written
    comes_back(company)
    morning(company)

    assert len(company.outbox()) == 1
    assert len(company.outbox(".pdf")) == 1
    assert ("post", "C1", "") in worklist(company)


def test_with_no_way_left_the_step_is_blocked_then_passed_over(written):
    company = written
    company.tables["addresses"].clear()
    comes_back(company)
    morning(company)
    found = sorted(f"{action.state} {action.reason}" for action in company.actions())
    assert found == ["delivery_failed bounced", "rejected suppressed"]

    morning(company)
    assert decided(company) == [("blocked", "delivery_failed", "email-1")]
    assert worklist(company) == [("fix_contact", "C1", "delivery_failed")]

    for _ in range(3):
        morning(company)
    [(_, _, step)] = decided(company)
    assert step == "phone-1"
    assert len(company.outbox()) == 1


@pytest.mark.nightly
def test_a_contact_that_was_mended_leaves_the_worklist_and_is_written_to(written):
    company = written
    comes_back(company)
    company.tables["contacts"][0]["email"] = "paul@c1.example"
    morning(company)

    assert recipients(company)[-1] == "paul@c1.example"
    assert worklist(company) == []


@pytest.mark.nightly
def test_what_came_back_for_now_is_tried_again_at_the_same_address(written):
    company = written
    comes_back(company, type="blocked")
    morning(company)

    assert recipients(company) == ["compta@c1.example", "compta@c1.example"]
    assert worklist(company) == []


def test_an_address_that_the_relay_refuses_is_not_asked_again_and_another_contact_is(company_of):
    with a_relay_that_knows_only("dg@c1.example") as (port, taken):
        smtp = {"host": "127.0.0.1", "port": port, "security": "none"}
        company = company_of(email="smtp", smtp=smtp)
        company.add(
            "contacts", contact="Z", customer="C1", role="management", email="dg@c1.example"
        )
        begun(company)
        assert [f"{a.state} {a.reason}" for a in company.actions()] == ["rejected bounced"]
        assert worklist(company) == [("fix_contact", "C1", "bounced")]

        morning(company)

    assert taken == [["dg@c1.example"]]
    assert sorted(str(action.state) for action in company.actions()) == ["accepted", "rejected"]


def test_an_address_that_a_person_vouches_for_is_written_to_until_it_comes_back_anew(written):
    company = written
    comes_back(company)
    with company.warehouse.transaction() as tx:
        lifted = lift(tx, company.settings, "Compta@C1.example", "full mailbox", company.told())
    assert (lifted.address, lifted.told.customer) == ("compta@c1.example", "C1")
    assert suppressions(company) == []
    assert worklist(company) == []

    morning(company)
    assert recipients(company) == ["compta@c1.example", "compta@c1.example"]
    comes_back(company)
    assert suppressions(company) == [("compta@c1.example", "C1", "bounced")]
    morning(company)
    assert len(company.outbox()) == 2


def test_on_both_engines_it_is_listed_and_lifted_alike(company_of_engine):
    company = begun(company_of_engine)
    comes_back(company)
    company.tables["contacts"].clear()
    company.pull()
    [(address, customer, reason)] = suppressions(company)
    assert (address, customer, reason) == ("", "C1", "bounced")

    with company.warehouse.transaction() as tx:
        [one] = dead_addresses(tx, company.settings, company.as_of)
        with pytest.raises(UsageInvalid, match="a reason"):
            lift(tx, company.settings, one.told.address_hash[:8], " ", company.told())
        with pytest.raises(UsageInvalid, match="nothing keeps it"):
            lift(tx, company.settings, "nobody@c1.example", "why not", company.told())
        lift(tx, company.settings, one.told.address_hash[:8], "it works", company.told("Anne"))
    assert suppressions(company) == []
    with company.warehouse.reading() as tx:
        [last] = tx.fetch(
            "select author, state from event where kind = 'address' order by no desc limit 1"
        )
    assert last == ("Anne", "restored")


def test_a_failure_of_which_only_the_action_tells_suppresses_its_address_too(written):
    company = written
    [action] = company.actions()
    with company.warehouse.transaction() as tx:
        record(tx, [action.event(DELIVERY_FAILED, company.told(), reason="unknown_address")])
    morning(company)
    assert suppressions(company) == [("compta@c1.example", "C1", "unknown_address")]

    with company.warehouse.transaction() as tx:
        lift(tx, company.settings, "compta@c1.example", "she called", company.told())
    assert suppressions(company) == []


def suppressions(company):
    with company.warehouse.reading() as tx:
        found = dead_addresses(tx, company.settings, company.as_of)
    return [(one.address, one.told.customer, one.told.reason) for one in found]
