"""Doubts: what they hold back, and how evidence or a named person closes them."""

import json

import pytest
from typer.testing import CliRunner

from callsheet.dispatching.open_actions import open_actions
from callsheet.dispatching.ownership import owning
from callsheet.errors import UsageInvalid
from callsheet.evidence.doubts import Verdict, close, doubts
from callsheet.history import record
from callsheet.planning.occurrences import Occurrences
from callsheet.sealing.words import open_words
from callsheet.terminal import doubt
from callsheet.vocabulary import ActionState


def in_doubt(company, customer, step="email-1", days_ago=0):
    """Bring an action of a customer into doubt: an attempt began, and nobody knows its end."""
    company.plan({"customer": customer, "step": step})
    action = action_of(company, customer, step)
    told = company.told("dispatch")
    events = []
    if action.state is ActionState.PLANNED:
        events.append(action.event(ActionState.CONFIRMED, company.told("Anne")))
    with owning(company.warehouse, company.settings) as owner:
        detail = {"attempt": 1, "provider": "smtp", "message_id": "<x.1@d>", **owner.mark}
        for state, before in ((ActionState.SENDING, None), (ActionState.IN_DOUBT, "sending")):
            events.append(
                action.event(state, told, detail=detail, after=len(events), before=before,
                             reason="smtp_no_answer" if before else "")
            )  # fmt: skip
        for event in events[1:]:
            object.__setattr__(event, "before", None)
        with company.warehouse.transaction() as tx:
            record(tx, events)
    return action.action_id


def action_of(company, customer, step):
    [found] = [
        a
        for a in company.actions()
        if (a.customer, a.step) == (customer, step) and a.state != ActionState.CANCELLED
    ]
    return found


def closed(company, action_id, verdict, author="Anne Martin", why="the relay's log says so"):
    with company.warehouse.transaction() as tx:
        return close(tx, action_id, verdict, why, company.told(author))


def with_a_doubt(company):
    company.customer("C1")
    company.customer("C2")
    company.pull()
    return company, in_doubt(company, "C1")


@pytest.fixture
def doubtful(copy_of_company):
    return copy_of_company("doubtful", lambda company: with_a_doubt(company)[1])


@pytest.fixture
def doubtful_on_engine(company_of_engine):
    return with_a_doubt(company_of_engine)


def test_a_doubt_blocks_the_next_step_of_its_account_and_of_no_other(doubtful_on_engine):
    company, _ = doubtful_on_engine
    company.plan({"customer": "C1", "step": "email-2"}, {"customer": "C2", "step": "email-1"})
    company.dispatch()

    assert company.states() == {
        "C1 email-1": "in_doubt smtp_no_answer",
        "C1 email-2": "blocked doubt",
        "C2 email-1": "accepted",
    }


def test_a_doubt_closed_lets_the_next_step_go(doubtful):
    company, action_id = doubtful
    company.plan({"customer": "C1", "step": "email-2"})
    company.dispatch()
    closed(company, action_id, Verdict.ABANDON)
    company.dispatch()

    assert company.states()["C1 email-1"] == "abandoned"
    assert company.states()["C1 email-2"] == "accepted"


def test_a_doubt_that_comes_after_the_next_step_was_confirmed_stops_it_at_the_door(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-2"})
    in_doubt(company, "C1")
    company.dispatch()

    assert company.states()["C1 email-2"] == "blocked doubt"


def test_a_doubt_blocks_the_same_step_on_every_other_channel(doubtful_on_engine):
    company, action_id = doubtful_on_engine
    [instance] = {a.step_instance for a in company.actions() if a.action_id == action_id}
    company.tables["contacts"].clear()  # a plan made now would fall back to a letter
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})

    with company.warehouse.reading() as tx:
        assert not Occurrences.of(tx, [instance]).is_free(instance)
    assert company.states() == {"C1 email-1": "in_doubt smtp_no_answer"}


def test_a_person_who_says_it_went_closes_the_doubt_on_the_day_of_the_attempt(doubtful):
    company, action_id = doubtful
    attempted_on = company.as_of
    company.as_of = attempted_on.replace(day=19)
    said = closed(company, action_id, Verdict.SENT).sentence

    action = action_of(company, "C1", "email-1")
    assert (action.state, action.on_day) == ("declared_sent", attempted_on)
    with company.warehouse.reading() as tx:
        [detail] = open_words(tx, [action.detail])
    assert detail["why"] == "the relay's log says so"
    assert "Anne Martin says so" in said


def test_a_person_who_says_it_did_not_go_orders_one_new_attempt(doubtful):
    company, action_id = doubtful
    closed(company, action_id, Verdict.RESEND)
    company.dispatch()
    company.dispatch()

    action = action_of(company, "C1", "email-1")
    assert (action.state, action.attempt, len(company.outbox())) == ("accepted", 2, 1)


def test_a_resend_of_what_was_paid_meanwhile_is_not_made(doubtful):
    company, action_id = doubtful
    closed(company, action_id, Verdict.RESEND)
    company.tables["open_items"].clear()
    company.invoice("F-C2", "C2")
    company.pull()
    company.dispatch()

    assert company.states()["C1 email-1"] == "cancelled paid"


def test_a_sixth_attempt_may_be_ordered_by_a_person(doubtful):
    company, action_id = doubtful
    with company.warehouse.transaction() as tx:
        [action] = open_actions(tx, ActionState, ids=[action_id])
        told = company.told("Anne")
        order = action.event(ActionState.RESEND_ORDERED, told, detail={"attempt": 5})
        record(tx, [order])
    company.dispatch()

    assert action_of(company, "C1", "email-1").attempt == 6


@pytest.mark.parametrize("author", ["", "  ", "dispatch", "Recovery"])
def test_nobody_closes_a_doubt_without_a_name(doubtful, author):
    company, action_id = doubtful

    with pytest.raises(UsageInvalid, match="person's name"):
        closed(company, action_id, Verdict.SENT, author=author)


def test_a_doubt_is_closed_once(doubtful):
    company, action_id = doubtful
    closed(company, action_id, Verdict.SENT)

    with pytest.raises(UsageInvalid, match="not in doubt: it is declared_sent"):
        closed(company, action_id, Verdict.RESEND)


def test_a_formal_notice_in_doubt_is_never_sent_again_by_itself(company):
    company.customer("C1")
    company.pull()
    in_doubt(company, "C1", step="email-3")
    for _ in range(3):
        company.dispatch()

    assert company.states() == {"C1 email-3": "in_doubt smtp_no_answer"}
    assert company.outbox() == []


def test_the_list_says_when_it_was_sent_by_whom_and_under_which_message_id(doubtful):
    company, _ = doubtful

    with company.warehouse.reading() as tx:
        [found] = doubts(tx)
    told = found.as_text()
    assert (told["provider"], told["message_id"]) == ("smtp", "<x.1@d>")
    assert (told["attempt"], told["sent_on"]) == (1, company.as_of)


@pytest.fixture
def typed(doubtful, tmp_path):
    """Type a command on the company with a doubt; return its exit code and what it printed."""
    company, _ = doubtful
    file = tmp_path / "callsheet.yaml"
    file.write_text(f"environment: test\nhome: {company.settings.home}\ntime_zone: Europe/Paris\n")

    def type_(*words):
        command = [*words, "--settings", str(file)]
        result = CliRunner().invoke(doubt.app, command, catch_exceptions=True)
        return result.exit_code, result.exception or result.stdout, result.stdout

    return type_


def test_the_commands_list_show_and_close_a_doubt(doubtful, typed):
    company, action_id = doubtful
    code, _, listed = typed("doubt", "list", "--json")
    assert (code, [one["action_id"] for one in json.loads(listed)]) == (1, [action_id])
    shown = json.loads(typed("doubt", "show", action_id[:8], "--json")[2])
    assert (shown["to"], shown["message_id"]) == ("compta@c1.example", "<x.1@d>")

    for wrong in (("--sent", "--not-sent"), (), ("--sent", "--abandon")):
        _, problem, _ = typed("doubt", "close", action_id[:8], *wrong, "--why", "so")
        assert isinstance(problem, UsageInvalid)
    said = typed("doubt", "close", action_id[:8], "--not-sent", "--why", "not in the log",
                 "--by", "Anne Martin", "--as-of", "2026-11-16", "--json")[2]  # fmt: skip

    assert json.loads(said)["state"] == "resend_ordered"
    assert company.history("C1")[-1] == ("resend_ordered", "", "Anne Martin")
    assert typed("doubt", "list")[0] == 0
