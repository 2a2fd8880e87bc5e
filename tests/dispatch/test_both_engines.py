"""The same day on DuckDB and on PostgreSQL, and who may dispatch when."""

from contextlib import suppress
from datetime import timedelta

import pytest

from callsheet import clock
from callsheet.desk.item_status import dispute
from callsheet.dispatching.due import due_actions, due_now
from callsheet.dispatching.open_actions import Telling, open_actions
from callsheet.dispatching.ownership import owning
from callsheet.dispatching.recovery import settle_unfinished
from callsheet.errors import Busy
from callsheet.history import record
from callsheet.vocabulary import ActionState


def test_a_day_with_a_mail_a_call_a_dispute_and_a_withdrawal(company_of_engine):
    company = company_of_engine
    for key in ("C1", "C2", "C3", "C4"):
        company.customer(key)
    company.pull()
    plan = company.plan(
        {"customer": "C1", "step": "email-1"},
        {"customer": "C2", "step": "phone-1"},
        {"customer": "C3", "step": "email-1"},
        {"customer": "C4", "step": "email-3"},
    )
    with company.warehouse.transaction() as tx:
        dispute(tx, company.settings, "F-C3", "quality", company.told())
    company.dispatch()
    waiting = next(a.action_id for a in company.actions() if a.customer == "C4")
    company.plan(
        {"customer": "C4", "step": None, "outcome": "hold", "reason": "on_hold",
         "withdraw": [waiting]},
    )  # fmt: skip
    company.dispatch()

    assert sum(len(ids) for ids in plan.actions.values()) == 4
    assert company.states() == {
        "C1 email-1": "accepted",
        "C2 phone-1": "planned",
        "C3 email-1": "cancelled disputed",
        "C4 email-3": "cancelled hold",
    }
    assert len(company.outbox()) == 1


def test_who_was_not_sending_before_is_found_when_it_begins_and_not_when_it_has_ended(
    company_of_engine,
):
    company = company_of_engine
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    [action] = company.actions()
    told = company.told("dispatch")
    begins = action.event(ActionState.SENDING, told, detail={"attempt": 1})
    ends = action.event(ActionState.ACCEPTED, told, detail={"attempt": 1}, after=1)

    def sending(*events, undo=False):
        with suppress(Busy), company.warehouse.transaction() as tx:
            record(tx, events)
            found = open_actions(tx, [ActionState.SENDING])
            if undo:
                raise Busy("undone")
        return [one.action_id for one in found]

    with company.warehouse.held():  # nobody else can write: what was seen is known
        assert sending() == []
        assert sending(begins, undo=True) == [action.action_id]
        assert sending() == []
        assert sending(begins) == [action.action_id]
        assert sending() == [action.action_id]
        assert sending(ends, undo=True) == []
        assert sending() == [action.action_id]
        assert sending(ends) == []
        assert sending() == []


def test_what_is_due_is_read_a_few_at_a_time_and_all_of_it_once(company_of_engine):
    company = company_of_engine
    keys = ["C1", "C2", "C3", "C4", "C5"]
    for key in keys:
        company.customer(key)
    company.pull()
    company.plan(*({"customer": key, "step": "email-1"} for key in keys))
    with company.warehouse.reading() as tx:
        day = (company.settings, company.as_of, company.now)
        two_at_once = list(due_now(tx, *day, at_once=2))
        all_at_once = list(due_now(tx, *day))
        in_full = due_actions(tx, *day)

    assert sorted(action.customer for action in two_at_once) == keys
    assert two_at_once == all_at_once
    assert [one.action_id for one in in_full] == [one.action_id for one in all_at_once]


def test_what_a_dead_sender_left_becomes_a_doubt_and_is_not_sent(company_of_engine):
    company = company_of_engine
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    with owning(company.warehouse, company.settings) as owner:
        _claim(company, owner.mark)

    assert company.dispatch().settled == 1
    assert company.states() == {"C1 email-1": "in_doubt sender_died"}
    assert company.outbox() == []


def _claim(company, mark):
    [action] = company.actions()
    told = Telling(company.as_of, company.now, "dispatch")
    detail = {"attempt": 1, "provider": "smtp", **mark}
    with company.warehouse.transaction() as tx:
        record(tx, [action.event(ActionState.SENDING, told, detail=detail)])


@pytest.fixture
def leased(tmp_path, new_database, company_at):
    """Leases are PostgreSQL's: the embedded warehouse has the lock of the operating system."""
    return company_at(tmp_path, new_database())


def holder_of(company, entity=None, minutes=0):
    moment = clock.now() + timedelta(minutes=minutes)
    return owning(company.warehouse, company.settings, entity, lambda: moment, patience_seconds=0)


def test_one_entity_and_all_of_them_are_not_dispatched_at_once(leased):
    with _left_behind(leased, "FR1"), pytest.raises(Busy), holder_of(leased):
        pass


def test_two_entities_are_dispatched_side_by_side(leased):
    with _left_behind(leased, "FR1"), holder_of(leased, "GB1") as owner:
        assert not owner.is_lost


def test_a_batch_of_one_entity_goes_while_another_entity_is_dispatched(leased):
    leased.customer("C1")
    leased.pull()
    [batch] = leased.plan({"customer": "C1", "step": "email-1"}).actions.values()

    with _left_behind(leased, "GB1"):
        settled = settle_unfinished(leased.warehouse, leased.settings, leased.as_of, leased.now)
        summary = leased.dispatch(batch=batch)

    assert settled == 0
    assert summary.sent == {"accepted": 1}


def test_a_lease_that_ran_out_is_taken_over_with_a_higher_fence(leased):
    with _left_behind(leased, None) as dead:
        later = leased.settings.lease_seconds / 60 + 1
        with holder_of(leased, minutes=later) as owner:
            assert owner.fence == dead.fence + 1


class _left_behind:  # noqa: N801  # reads as words in a with statement
    """A lease whose holder died without giving it back (its thread is not of this process)."""

    def __init__(self, company, entity):
        self.company, self.entity = company, entity

    def __enter__(self):
        from callsheet.dispatching.ownership import ALL, _take

        with self.company.warehouse.transaction() as tx:
            name = f"dispatch:{self.entity or ALL}"
            return _take(tx, name, "elsewhere/1", clock.now(), self.company.settings.lease_seconds)

    def __exit__(self, *_):
        pass
