"""From the day's decisions to messages in the outbox, once."""

import email
import email.policy
from datetime import timedelta

import pytest

from callsheet.errors import PlanContradicted
from callsheet.history import record
from callsheet.store.state_tables import StepState
from callsheet.vocabulary import ActionState


def test_an_automatic_reminder_is_planned_confirmed_by_the_policy_and_sent(company):
    company.customer("C1")
    company.pull()

    company.plan({"customer": "C1", "step": "email-1"})
    summary = company.dispatch()

    assert summary.sent == {"accepted": 1}
    assert company.history("C1") == [
        ("planned", "", "plan"),
        ("confirmed", "", "policy"),
        ("sending", "", "dispatch"),
        ("accepted", "", "dispatch"),
    ]
    [file] = company.outbox()
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert mail["To"].addresses[0].addr_spec == "compta@c1.example"
    assert "F-C1" in mail.get_body(("plain",)).get_content()


def test_a_day_dispatched_twice_sends_nothing_twice(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    company.dispatch()
    before = company.outbox()[0].stat().st_mtime_ns

    again = company.dispatch()

    assert again.sent == {}
    assert company.outbox()[0].stat().st_mtime_ns == before


def test_a_day_planned_twice_plans_nothing_twice(company):
    company.customer("C1")
    company.pull()
    first = company.plan({"customer": "C1", "step": "email-1"})

    second = company.plan({"customer": "C1", "step": "email-1"})
    company.dispatch()
    third = company.plan({"customer": "C1", "step": "email-1"})

    assert first.actions == {"email": [company.actions()[0].action_id]}
    assert (second.plan_id, third.plan_id) == ("", "")
    assert len(company.actions()) == len(company.outbox()) == 1


def test_a_step_that_was_refused_is_begun_again_under_another_key(company):
    company.customer("C1", email="")
    company.tables["addresses"].clear()
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    company.add("contacts", contact="K", customer="C1", email="new@c1.example")
    company.pull()

    company.plan({"customer": "C1", "step": "email-1"})

    states = [f"{a.state} {a.reason}".strip() for a in company.actions()]
    assert sorted(states) == ["confirmed", "rejected no_contact"]


def test_a_step_to_confirm_waits_for_a_person(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-3"})

    assert company.dispatch().sent == {}
    assert company.states() == {"C1 email-3": "planned"}


def test_a_call_becomes_a_line_of_the_worklist_with_its_script(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "phone-1"})
    company.dispatch()

    [call] = company.actions()
    assert (call.channel, call.mode, call.state) == ("phone", "manual", ActionState.PLANNED)
    assert call.content_hash


def test_two_customers_with_one_address_hear_from_us_on_two_days(company):
    company.customer("C1", email="compta@groupe.example")
    company.customer("C2", email="Compta@Groupe.example")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"}, {"customer": "C2", "step": "email-1"})
    company.dispatch()

    assert sorted(company.states().values()) == ["accepted", "blocked another_mail_today"]

    company.as_of += timedelta(days=1)
    company.now += timedelta(days=1)
    company.dispatch()

    assert sorted(company.states().values()) == ["accepted", "accepted"]


def test_a_colleague_may_receive_several_requests_a_day(company):
    company.customer("C1")
    company.customer("C2")
    company.pull()
    company.plan({"customer": "C1", "step": "sales"}, {"customer": "C2", "step": "sales"})

    assert company.dispatch().sent == {"accepted": 2}


def test_a_customer_with_a_quarantined_row_waits_alone(company):
    company.customer("C1")
    company.customer("C2")
    company.add("quarantined", table_name="open_items", code="due_date", customer="C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"}, {"customer": "C2", "step": "email-1"})
    company.dispatch()

    assert company.states() == {
        "C1 email-1": "blocked quarantined",
        "C2 email-1": "accepted",
    }

    company.tables["quarantined"].clear()
    company.pull()
    company.dispatch()

    assert company.history("C1")[-4:] == [
        ("planned", "", "policy"),
        ("confirmed", "", "policy"),
        ("sending", "", "dispatch"),
        ("accepted", "", "dispatch"),
    ]


def test_a_mail_without_any_address_is_refused_for_good_and_says_so(company):
    company.customer("C1", email="")
    company.tables["addresses"].clear()
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})

    assert company.states() == {"C1 email-1": "rejected no_contact"}


def test_two_addresses_in_one_field_are_never_taken_for_one(company):
    company.customer("C1", email="a@c1.example, b@c1.example")
    company.add("contacts", contact="K2", customer="C1", role="management", email="dg@c1.example")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    company.dispatch()

    mail = email.message_from_bytes(company.outbox()[0].read_bytes(), policy=email.policy.default)
    assert [a.addr_spec for a in mail["To"].addresses] == ["dg@c1.example"]


def test_a_channel_that_is_not_configured_gives_its_text_to_a_person(company_of):
    company = company_of(email="sendgrid")  # without a key
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    company.dispatch()

    [line] = company.actions()
    assert (line.mode, line.state, line.reason) == (
        "manual",
        ActionState.PLANNED,
        "channel_not_configured",
    )
    assert line.content_hash


def test_what_the_decision_withdraws_is_taken_back_with_its_reason(company):
    company.customer("C1")
    company.pull()
    plan = company.plan({"customer": "C1", "step": "email-3"})
    [action] = plan.actions["email"]

    company.plan(
        {
            "customer": "C1",
            "step": None,
            "outcome": "hold",
            "reason": "disputed",
            "withdraw": [action],
        }
    )

    assert company.states() == {"C1 email-3": "cancelled disputed"}


def test_an_address_that_refused_a_mail_for_good_is_not_written_to_again(company):
    company.customer("C1")
    company.add("contacts", contact="Z", customer="C1", role="management", email="dg@c1.example")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    [action] = company.actions()
    told = company.told("dispatch")
    refused = [
        action.event(ActionState.SENDING, told),
        action.event(ActionState.REJECTED, told, reason="unknown_address", after=1),
    ]
    with company.warehouse.transaction() as tx:
        seq = record(tx, refused)[-1]
        tx.add(
            StepState(
                action_id=action.action_id, account_no=1, run_key=1, unit=action.unit,
                customer="C1", entity="FR1", origin="scenario", last_seq=seq, state="rejected",
                progress="failed", permanent=True, planned_on=company.as_of, on_day=company.as_of,
            )
        )  # fmt: skip

    company.plan({"customer": "C1", "step": "email-2"})
    company.dispatch()

    mail = email.message_from_bytes(company.outbox()[0].read_bytes(), policy=email.policy.default)
    assert [a.addr_spec for a in mail["To"].addresses] == ["dg@c1.example"]


def test_the_same_action_with_another_content_is_an_error_and_plans_nothing(
    company, company_at, tmp_path
):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    with company.warehouse.reading() as tx:
        there = tx.arrow("select * from action")
    another = company_at(tmp_path / "restored")  # it knows the action, and none of its events
    another.customer("C1")
    another.invoice("F-MORE", "C1")
    another.pull()
    with another.warehouse.transaction() as tx:
        tx.append("action", there)

    with pytest.raises(PlanContradicted, match="planned before with another content"):
        another.plan({"customer": "C1", "step": "email-1"})
    with another.warehouse.reading() as tx:
        assert tx.fetch("select count(*) from event") == [(0,)]
