"""The flow `confirm` on Prefect's own server: what is asked, what is no answer, what is recorded.

The form as a person fills it in is played in a browser: test_ui_in_a_browser.py. Here the server is
asked directly, which shows that a refusal is read.
"""

import sys
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from finance import a_waiting_company, confirmations, settings_file

from callsheet import clock
from callsheet.desk.asking import expire
from callsheet.proof.anchors import folder_of, read_anchors
from callsheet.proof.ledger import ledger_id

ALL, ALL_BUT, NONE = "Send all", "Send all but those named below", "Send none"


@pytest.fixture
def start(prefect_server):
    """Start runs of the flow; their client is closed at the end."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as prefect:
        yield partial(Run, prefect)


class Run:
    """A run of the flow's deployment, started and resumed as a worker would: from the top."""

    def __init__(self, prefect, file, **parameters):
        from flows.confirm import confirm

        self.flow, self.prefect = confirm, prefect
        deployment = prefect.create_deployment(prefect.create_flow(confirm), name="tests")
        made = prefect.create_flow_run_from_deployment(
            deployment, parameters={"settings_file": str(file), **parameters}
        )
        self.id = made.id

    def go(self):
        from prefect.exceptions import Pause
        from prefect.flow_engine import run_flow

        with suppress(Pause):
            run_flow(self.flow, flow_run=self.prefect.read_flow_run(self.id), return_type="state")
        return self.state()

    def state(self):
        return self.prefect.read_flow_run(self.id).state

    def answer(self, **typed):
        return self.prefect.resume_flow_run(self.id, run_input=typed)

    def told(self):
        """Return what stands above the form that is open now."""
        keys = self.state().state_details.run_input_keyset
        found = self.prefect.read_flow_run_input(self.id, keys["description"])
        return str(found)


@pytest.fixture
def company(tmp_path):
    return a_waiting_company(tmp_path / "home", customers=3)


@pytest.fixture
def file(company, tmp_path):
    return settings_file(company, tmp_path / "callsheet.yaml")


def states(company):
    return sorted(company.states().values())


def test_a_run_that_was_started_has_confirmed_nothing(company, file, start):
    run = start(file, entity="FR1")

    assert run.go().name == "Suspended"
    assert states(company) == ["planned"] * 3
    assert [state for state, _, _ in confirmations(company)] == ["asked"]
    tables = {one.key: one for one in run.prefect.read_artifacts() if one.key}
    rows = str(tables["to-confirm-fr1"].data)
    assert all(key in rows for key in ("C1", "C2", "C3"))
    assert "Client" not in rows
    assert "@" not in rows
    assert "3,000.00" in run.told()


def test_a_run_that_is_given_an_answer_as_its_parameters_confirms_nothing(company, file, start):
    from prefect.exceptions import SignatureMismatchError

    from flows.confirm import confirm

    assert set(confirm.parameters.properties) == {"entity", "as_of", "settings_file"}
    with pytest.raises(SignatureMismatchError):
        start(file, decision=ALL, confirmed_by="Paul").go()
    assert states(company) == ["planned"] * 3
    assert confirmations(company) == []


def test_an_answer_that_is_not_the_form_is_refused_by_the_server(company, file, start):
    run = start(file)
    run.go()

    for junk in (
        {},
        {"decision": "yes", "confirmed_by": "Paul"},
        {"decision": ALL},
        {"decision": ALL, "confirmed_by": ["Paul"]},
        {"decision": ALL, "confirmed_by": "Paul", "approved": True},
    ):
        assert run.answer(**junk).status == "REJECT", junk
    assert run.state().name == "Suspended"
    assert states(company) == ["planned"] * 3


def test_an_answer_that_cannot_be_read_is_asked_again_with_what_was_wrong(company, file, start):
    run = start(file)
    run.go()
    left = next(a.action_id for a in company.actions() if a.customer == "C2")

    assert run.answer(decision=ALL_BUT, leave_out="ffffffff", confirmed_by=" ").status == "ACCEPT"
    assert run.go().name == "Suspended"
    assert "no line begins so" in run.told()
    assert "name of who confirms is missing" in run.told()
    assert states(company) == ["planned"] * 3

    run.answer(
        decision=ALL_BUT, leave_out=left[:8], confirmed_by="Paul Durand", note="C2 called us"
    )
    assert run.go().name == "Completed"
    assert company.states() == {
        "C1 email-3": "accepted", "C2 email-3": "planned", "C3 email-3": "accepted",
    }  # fmt: skip
    (asked, _, question), (answered, author, said) = confirmations(company)
    assert (asked, answered, author) == ("asked", "answered", "Paul Durand")
    assert (said["count"], said["confirmed"], said["left"]) == (3, 2, [left])
    assert said["sums"] == [{"currency": "EUR", "amount": "3000.000"}]
    assert said["confirmed_sums"] == [{"currency": "EUR", "amount": "2000.000"}]
    assert (said["note"], said["asker"]) == ("C2 called us", question["asker"])
    assert is_anchored(company, "confirmation")


def is_anchored(company, why):
    with company.warehouse.reading() as tx:
        name = ledger_id(tx)
    text = (folder_of(company.settings) / f"{name}.jsonl").read_text()
    assert read_anchors(folder_of(company.settings), name).by_group
    return f'"why":"{why}"' in text


def test_a_run_that_starts_again_after_its_answer_confirms_nothing_twice(company, file, start):
    run = start(file)
    run.go()
    run.answer(decision=ALL, confirmed_by="Paul")
    run.go()
    before = confirmations(company)

    run.prefect.set_flow_run_state(run.id, _scheduled(), force=True)  # Retry in the UI
    assert run.go().name == "Completed"
    assert confirmations(company) == before
    assert len(company.outbox()) == 3


def _scheduled():
    from prefect.states import Scheduled

    return Scheduled()


def test_what_came_after_the_question_is_not_confirmed_by_its_answer(company, file, start):
    run = start(file)
    run.go()
    company.customer("C4")
    company.pull()
    company.plan({"customer": "C4", "step": "email-3"})

    run.answer(decision=ALL, confirmed_by="Paul")
    run.go()

    assert company.states()["C4 email-3"] == "planned"
    assert len(company.outbox()) == 3


def test_a_run_ends_at_once_when_nothing_waits(company, file, start):
    first = start(file)
    first.go()
    first.answer(decision=ALL, confirmed_by="Paul")
    first.go()

    assert start(file).go().name == "Completed"
    assert [state for state, _, _ in confirmations(company)] == ["asked", "answered"]


def test_none_is_an_answer_and_leaves_everything_to_the_next_list(company, file, start):
    run = start(file)
    run.go()
    run.answer(decision=NONE, confirmed_by="Paul", note="the board meets tomorrow")

    assert run.go().name == "Completed"
    assert states(company) == ["planned"] * 3
    assert confirmations(company)[-1][2]["confirmed"] == 0


def test_the_sweep_ends_what_nobody_answered_and_a_late_answer_sends_nothing(company, file, start):
    from flows.dispatch import dispatch
    from tasks.confirming import NOBODY_ANSWERED

    run = start(file)
    run.go()
    with company.warehouse.transaction() as tx:  # eleven hours later
        assert expire(tx, company.told("dispatch"), clock.now() + timedelta(hours=11))
    with company.warehouse.transaction() as tx:
        assert not expire(tx, company.told("dispatch"), clock.now() + timedelta(hours=11))

    run.answer(decision=ALL, confirmed_by="Paul")
    assert run.go().name == "Completed"
    assert states(company) == ["planned"] * 3
    assert [state for state, _, _ in confirmations(company)] == ["asked", "expired"]

    second = start(settings_file(company, file, confirmation_hours=1e-6))
    second.go()
    dispatch(settings_file=str(file))
    assert [state for state, _, _ in confirmations(company)][2:] == ["asked", "expired"]
    shown = [one for one in second.prefect.read_artifacts() if one.key == "to-confirm-fr1"]
    latest = max(shown, key=lambda one: one.created)
    assert latest.description.startswith(NOBODY_ANSWERED)
    assert states(company) == ["planned"] * 3
