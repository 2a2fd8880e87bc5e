"""What providers tell of a message: any order, any number of times, one end."""

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callsheet.dispatching.open_actions import open_actions
from callsheet.dispatching.suppression import suppressed_addresses
from callsheet.evidence.applying import Fate, apply_notices, apply_once
from callsheet.evidence.notice import Notice, Tells, steps
from callsheet.evidence.sendgrid_told import notice_of
from callsheet.history import record
from callsheet.vocabulary import ActionState as S

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
UNKNOWN = "00000000-0000-5000-8000-000000000000"


def told(action_id, event, **more):
    fields = {"event": event, "action_id": action_id, "timestamp": 1794830400, **more}
    notice = notice_of(fields, "sendgrid_events", NOON)
    assert notice is not None
    return notice


@pytest.fixture
def sent(copy_of_company):
    return copy_of_company("sent", send)


def send(company):
    company.customer("C1")
    company.add("contacts", contact="Z", customer="C1", role="management", email="dg@c1.example")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    company.dispatch()
    return company.actions()[0].action_id


def apply(company, *notices):
    return apply_once(company.warehouse, list(notices), company.told("evidence"))


def test_a_delivered_mail_is_delivered_and_then_nothing_new(sent):
    company, action_id = sent

    assert apply(company, told(action_id, "delivered")) == [Fate.APPLIED]
    assert apply(company, told(action_id, "delivered")) == [Fate.NO_CHANGE]
    assert company.states() == {"C1 email-1": "delivered"}


def test_a_late_bounce_turns_a_delivered_mail_into_a_failed_one_and_suppresses_its_address(sent):
    company, action_id = sent
    apply(company, told(action_id, "delivered"))
    apply(company, told(action_id, "bounce", type="bounce", reason="550 no such user"))

    [action] = company.actions()
    assert (action.state, action.reason) == ("delivery_failed", "bounced")
    with company.warehouse.reading() as tx:
        assert suppressed_addresses(tx) == {action.recipient_hash}


def test_the_step_goes_to_the_other_contact_after_a_bounce(company):
    action_id = send(company)  # a copied company is a clone: its mails go nowhere
    apply(company, told(action_id, "bounce", type="bounce"))
    company.as_of = company.as_of.replace(day=17)
    company.now = company.now.replace(day=17)
    company.plan({"customer": "C1", "step": "email-1"})
    company.dispatch()

    assert "To: dg@c1.example" in company.outbox()[-1].read_text().splitlines()


def test_a_mail_that_the_provider_dropped_for_its_address_was_not_delivered(sent):
    company, action_id = sent
    apply(company, told(action_id, "processed"))
    apply(company, told(action_id, "dropped", reason="Bounced Address"))

    assert company.states() == {"C1 email-1": "delivery_failed dropped"}
    with company.warehouse.reading() as tx:
        assert len(suppressed_addresses(tx)) == 1


def test_a_mail_that_came_back_for_now_leaves_its_address_alone(sent):
    company, action_id = sent
    apply(company, told(action_id, "bounce", type="blocked", reason="452 mailbox full"))

    assert company.states() == {"C1 email-1": "delivery_failed bounced_for_now"}
    with company.warehouse.reading() as tx:
        assert suppressed_addresses(tx) == frozenset()


def test_a_mail_called_spam_was_delivered_and_its_address_is_left_in_peace(sent):
    company, action_id = sent
    apply(company, told(action_id, "spamreport"))

    assert company.states() == {"C1 email-1": "delivered"}
    with company.warehouse.reading() as tx:
        assert len(suppressed_addresses(tx)) == 1


def test_an_event_of_an_action_nobody_knows_changes_nothing(sent):
    company, _ = sent

    assert apply(company, told(UNKNOWN, "bounce")) == [Fate.UNMATCHED]
    assert apply(company, told("foreign'; drop table event", "bounce")) == [Fate.UNMATCHED]
    assert company.states() == {"C1 email-1": "accepted"}


def test_an_event_that_overtakes_the_answer_waits_for_it(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    [action] = company.actions()
    with company.warehouse.transaction() as tx:
        record(tx, [action.event(S.SENDING, company.told("dispatch"), detail={"attempt": 1})])

    assert apply(company, told(action.action_id, "delivered")) == [Fate.WAITING]
    assert company.states() == {"C1 email-1": "sending"}


@pytest.mark.parametrize("state", [S.IN_DOUBT, S.RESEND_ORDERED])
def test_an_event_proves_that_a_doubtful_mail_went_even_after_a_resend_was_ordered(company, state):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    [action] = company.actions()
    attempted_on = company.as_of
    states = [S.SENDING, S.IN_DOUBT, S.RESEND_ORDERED]
    way = states[: states.index(state) + 1]
    with company.warehouse.transaction() as tx:
        for number, one in enumerate(way):
            event = action.event(one, company.told("x"), detail={"attempt": 1}, after=number)
            object.__setattr__(event, "before", None)
            record(tx, [event])
    company.as_of = company.as_of.replace(day=18)

    assert apply(company, told(action.action_id, "processed")) == [Fate.APPLIED]
    [action] = company.actions()
    assert (action.state, action.on_day) == ("accepted", attempted_on)
    assert action.detail["evidence"] == "sendgrid_events"


EVENTS = (
    ("processed", {}),
    ("deferred", {"attempt": "3"}),
    ("delivered", {}),
    ("open", {}),
    ("spamreport", {}),
    ("bounce", {"type": "bounce"}),
    ("bounce", {"type": "blocked"}),
    ("dropped", {"reason": "Bounced Address"}),
)
LAST = {"failed": S.DELIVERY_FAILED, "delivered": S.DELIVERED, "accepted": S.ACCEPTED}


def end_of(state, notices):
    """Play notices one after the other, as the drain does; return the state they end in."""
    for notice in notices:
        for following, _ in steps(state, notice) or ():
            state = following
    return state


@given(
    st.sampled_from([S.ACCEPTED, S.IN_DOUBT, S.RESEND_ORDERED, S.DELIVERED]),
    st.lists(st.sampled_from(EVENTS), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
@settings(max_examples=300, deadline=None)
def test_any_order_and_any_repetition_end_in_the_same_state(state, events, chance):
    notices = [told(UNKNOWN, event, **more) for event, more in events]
    mixed = notices * 2
    chance.shuffle(mixed)

    assert end_of(state, notices) == end_of(state, mixed)


def test_every_order_of_the_worst_five_ends_in_the_same_state_in_the_ledger(company_of_engine):
    company = company_of_engine
    orders = list(itertools.permutations([EVENTS[n] for n in (0, 2, 4, 5, 6)]))[::12]
    for number in range(len(orders)):
        company.customer(f"C{number}", email=f"c{number}@ville.example")
    company.pull()
    company.plan(*({"customer": f"C{n}", "step": "email-1"} for n in range(len(orders))))
    company.dispatch()
    ids = {a.customer: a.action_id for a in company.actions()}
    with company.warehouse.transaction() as tx:
        for place in range(5):
            batch = [
                told(ids[f"C{n}"], order[place][0], **order[place][1])
                for n, order in enumerate(orders)
            ]
            apply_notices(tx, batch * 2, company.told("evidence"))

    with company.warehouse.reading() as tx:
        assert {a.state for a in open_actions(tx, S)} == {S.DELIVERY_FAILED}
        assert len(suppressed_addresses(tx)) == len(orders)


def test_what_a_notice_proves_never_takes_an_action_back():
    for state in S:
        for tells in Tells:
            notice = Notice(UNKNOWN, tells, "sendgrid_events", NOON)
            assert end_of(end_of(state, [notice]), [notice]) == end_of(state, [notice])
