"""An answer that comes after its attempt was given up as a doubt, and what a doubt holds back."""

from contextlib import contextmanager

from callsheet.channels.outcome import accepted, doubtful, not_sent, rejected
from callsheet.dispatching.open_actions import open_actions
from callsheet.dispatching.ownership import Owner
from callsheet.dispatching.sending import Batch, send_batch
from callsheet.group_commit import Committer
from callsheet.history import record
from callsheet.planning.content import Contents
from callsheet.vocabulary import ActionState


class Overtaken:
    """A way out whose answer comes when a neighbour has already given the attempt up."""

    name = "smtp"

    def __init__(self, company, answers):
        self.company, self.answers = company, answers

    @contextmanager
    def sender(self):
        yield self

    def trace(self, envelope):
        return {"wire": envelope.wire_hash}

    def send(self, envelope):
        give_up(self.company, envelope.action_id)
        return self.answers[envelope.message.to_address.partition("@")[2][:2].upper()]


def give_up(company, action_id):
    with company.warehouse.transaction() as tx:
        [action] = open_actions(tx, [ActionState.SENDING], ids=[action_id])
        detail = {"attempt": action.attempt}
        told = company.told("recovery")
        record(tx, [action.event(ActionState.IN_DOUBT, told, reason="sender_died", detail=detail)])


def send_overtaken(company, answers, step="email-1"):
    for customer in answers:
        company.customer(customer)
    company.pull()
    company.plan(*({"customer": customer, "step": step} for customer in answers))
    actions = company.actions()
    if step != "email-1":
        with company.warehouse.transaction() as tx:
            told = company.told("Anne")
            record(tx, [action.event(ActionState.CONFIRMED, told) for action in actions])
        actions = company.actions()
    batch = Batch(
        warehouse=company.warehouse,
        channel=Overtaken(company, answers),
        contents=Contents(company.settings.home, {action.customer for action in actions}),
        domain="atelier.example",
        on_day=company.as_of,
        moment=lambda: company.now,
        owner=Owner("", 0),
    )
    with Committer(company.warehouse) as committer:
        send_batch(batch, actions, committer, threads=1)


def test_an_answer_that_arrives_for_a_doubt_closes_it_as_evidence(company):
    answers = {
        "C1": accepted({"said": "250 queued"}),
        "C2": rejected("smtp_554", {}),
        "C3": not_sent("smtp_451", {}),
        "C4": doubtful("smtp_no_answer", {}),
    }
    send_overtaken(company, answers)

    assert company.states() == {
        "C1 email-1": "accepted",
        "C2 email-1": "rejected smtp_554",
        "C3 email-1": "retry_wait smtp_451",
        "C4 email-1": "in_doubt sender_died",
    }


def test_on_both_engines_no_outcome_is_lost_to_a_neighbour(company_of_engine):
    send_overtaken(company_of_engine, {key: accepted({}) for key in ("C1", "C2", "C3")})

    assert set(company_of_engine.states().values()) == {"accepted"}
    assert company_of_engine.history("C1")[-2:] == [
        ("in_doubt", "sender_died", "recovery"),
        ("accepted", "", "dispatch"),
    ]


def test_a_refused_formal_notice_in_doubt_waits_for_a_person(company):
    send_overtaken(company, {"C1": rejected("smtp_554", {})}, step="email-3")

    assert company.states() == {"C1 email-3": "in_doubt sender_died"}


class Paused:
    """A way out whose process is stopped for longer than its lease, just before it sends."""

    name = "smtp"

    def __init__(self, owner):
        self.owner, self.sent = owner, []

    @contextmanager
    def sender(self):
        yield self

    def trace(self, envelope):
        self.owner.until = 0.0  # when it goes on, its lease has run out
        return {"wire": envelope.wire_hash}

    def send(self, envelope):
        self.sent.append(envelope.action_id)
        return accepted({})


def test_whoever_was_stopped_for_longer_than_its_lease_sends_nothing_more(company):
    for customer in ("C1", "C2"):
        company.customer(customer)
    company.pull()
    company.plan(*({"customer": customer, "step": "email-1"} for customer in ("C1", "C2")))
    channel = Paused(Owner("", 0))
    batch = Batch(
        warehouse=company.warehouse,
        channel=channel,
        contents=Contents(company.settings.home, {"C1", "C2"}),
        domain="atelier.example",
        on_day=company.as_of,
        moment=lambda: company.now,
        owner=channel.owner,
    )
    with Committer(company.warehouse) as committer:
        send_batch(batch, company.actions(), committer, threads=1)

    assert channel.sent == []
    assert sorted(company.states().values()) == ["confirmed", "retry_wait lease_lost"]
