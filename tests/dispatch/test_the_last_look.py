"""Between the plan and the mail the world moves on: then nothing is sent, and history says why."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq
import pytest

from callsheet.desk.item_status import dispute, hold, promise, release, resolve
from callsheet.dispatching import recheck
from callsheet.dispatching.due import is_on_holiday
from callsheet.history import record
from callsheet.planning.plan_files import keep_message_lines
from callsheet.store.state_tables import AccountState
from callsheet.vocabulary import ActionState, ActionType


@pytest.fixture(params=[2000, 0], ids=["few exclusions", "too many to read them all"])
def planned(company, monkeypatch, request):
    """A company with one confirmed reminder over 1,000.00 that has not left yet."""
    monkeypatch.setattr(recheck, "_FEW", request.param)
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    return company


def sent(company):
    company.dispatch()
    return company.states()["C1 email-1"]


def item(company, key):
    return next(row for row in company.tables["open_items"] if row["item"] == key)


def test_a_paid_invoice_is_not_claimed(planned):
    planned.tables["open_items"].clear()
    planned.pull()

    assert sent(planned) == "cancelled paid"
    assert planned.outbox() == []


def test_a_part_payment_changes_the_text_so_the_old_one_stays_here(planned):
    item(planned, "F-C1")["open_amount"] = Decimal("400.00")
    planned.pull()

    assert sent(planned) == "cancelled payload_changed"


def test_a_credit_that_came_in_since_keeps_the_mail_back(planned):
    planned.invoice("A-1", "C1", amount="-200.00", kind="credit_note")
    planned.pull()

    assert sent(planned) == "cancelled payload_changed"


def test_a_new_invoice_that_is_not_due_yet_changes_nothing(planned):
    planned.invoice("F-2", "C1", due="2026-12-31")
    planned.pull()

    assert sent(planned) == "accepted"


def test_a_disputed_invoice_is_not_claimed(planned):
    with planned.warehouse.transaction() as tx:
        dispute(tx, planned.settings, "F-C1", "quality", planned.told())

    assert sent(planned) == "cancelled disputed"


def test_a_dispute_over_a_part_changes_what_may_be_claimed(planned):
    with planned.warehouse.transaction() as tx:
        dispute(tx, planned.settings, "F-C1", "price", planned.told(), amount=Decimal("100.00"))

    assert sent(planned) == "cancelled disputed"


def test_a_dispute_taken_back_as_a_mistake_holds_nothing(planned):
    with planned.warehouse.transaction() as tx:
        told = dispute(tx, planned.settings, "F-C1", "quality", planned.told())
    with planned.warehouse.transaction() as tx:
        resolve(tx, planned.settings, told.ids[0][:8], "", planned.told(), is_mistake=True)

    assert sent(planned) == "accepted"


def test_a_promised_invoice_is_left_in_peace(planned):
    with planned.warehouse.transaction() as tx:
        promise(tx, planned.settings, "C1", date(2026, 11, 20), planned.told())

    assert sent(planned) == "cancelled promise"


def test_a_promise_of_less_than_it_owes_does_not_stop_the_mail(planned):
    with planned.warehouse.transaction() as tx:
        promise(
            tx, planned.settings, "C1", date(2026, 11, 20), planned.told(),
            amount=Decimal("900.00"),
        )  # fmt: skip

    assert sent(planned) == "accepted"


def test_a_customer_on_hold_hears_nothing(planned):
    with planned.warehouse.transaction() as tx:
        hold(tx, planned.settings, "C1", "talks with the board", planned.told())

    assert sent(planned) == "cancelled hold"


def test_a_hold_that_was_released_yesterday_is_over(planned):
    with planned.warehouse.transaction() as tx:
        hold(tx, planned.settings, "C1", "talks with the board", planned.told())
        release(tx, planned.settings, "C1", planned.told())
    planned.as_of += timedelta(days=1)
    planned.now += timedelta(days=1)

    assert sent(planned) == "accepted"


def test_a_hold_towards_another_entity_does_not_concern_this_one(planned):
    with planned.warehouse.transaction() as tx:
        hold(tx, planned.settings, "C1", "GB only", planned.told(), entity="GB1")

    assert sent(planned) == "accepted"


def test_an_address_that_is_no_longer_the_customers_receives_nothing(planned):
    planned.tables["contacts"][0]["email"] = "new@c1.example"
    planned.pull()

    assert sent(planned) == "cancelled payload_changed"


def test_a_confirmed_mail_that_was_cancelled_is_written_anew(planned):
    item(planned, "F-C1")["open_amount"] = Decimal("400.00")
    planned.pull()
    planned.dispatch()

    planned.plan({"customer": "C1", "step": "email-1"})

    assert sorted(f"{a.state} {a.reason}".strip() for a in planned.actions()) == [
        "cancelled payload_changed",
        "confirmed",
    ]


def test_at_seven_in_the_evening_a_mail_waits_for_the_next_morning(planned):
    evening = planned.now.replace(hour=18)  # 19:00 in Paris
    planned.now = evening
    assert planned.dispatch().sent == {}
    assert planned.states() == {"C1 email-1": "confirmed"}

    planned.now = evening + timedelta(hours=14)
    planned.as_of += timedelta(days=1)
    assert sent(planned) == "accepted"


def test_nothing_leaves_on_armistice_day(planned):
    planned.now = planned.now.replace(day=11)

    assert planned.dispatch().sent == {}


def test_by_option_nothing_leaves_on_a_holiday_of_the_customer_s_country(planned):
    planned.tables["customers"][0]["country"] = "DE"
    planned.as_of = date(2027, 3, 26)  # Good Friday: closed in Germany, open in France
    planned.now = planned.now.replace(year=2027, month=3, day=26)
    planned.pull()
    as_shipped = planned.settings
    kept = as_shipped.decision.model_copy(update={"public_holidays_customer": True})
    planned.settings = as_shipped.model_copy(update={"decision": kept})

    held = planned.dispatch()
    assert (held.sent, planned.states()) == ({}, {"C1 email-1": "confirmed"})
    planned.settings = as_shipped
    assert sent(planned) == "accepted"


def test_a_letter_and_a_colleague_wait_for_no_holiday_of_the_customer(planned):
    [mail] = planned.actions()
    assert is_on_holiday(mail, {"C1"})
    assert not is_on_holiday(mail, {"C2"})
    assert not is_on_holiday(replace(mail, channel=ActionType.LETTER), {"C1"})
    assert not is_on_holiday(replace(mail, internal=True), {"C1"})


def test_only_the_entity_that_was_asked_for_sends(planned):
    assert planned.dispatch(entity="GB1").sent == {}
    assert planned.dispatch(entity="FR1").sent == {"accepted": 1}


def test_a_mail_with_a_lost_content_is_refused_not_guessed(planned):
    for file in (planned.settings.home / "lake" / "content").rglob("*"):
        if file.is_file():
            file.unlink()

    assert sent(planned) == "rejected content_missing"


def test_a_mail_whose_plan_is_gone_cannot_be_checked_and_does_not_leave(planned):
    for file in (planned.settings.home / "lake" / "plan").rglob("*.parquet"):
        file.unlink()

    assert sent(planned) == "cancelled plan_stale"


def test_the_lines_of_a_plan_lie_by_customer_so_that_a_batch_reads_its_neighbours_only(company):
    for key in ("C2", "C1", "C3"):
        company.customer(key)
    company.pull()
    company.plan(*({"customer": key, "step": "email-1"} for key in ("C3", "C1", "C2")))
    [file] = (company.settings.home / "lake" / "plan").rglob("*.parquet")
    wanted = [a for a in company.actions() if a.customer in {"C1", "C2"}]
    con = duckdb.connect()
    keep_message_lines(con, company.settings.home / "lake", wanted)

    assert pq.read_table(file)["customer"].to_pylist() == ["C1", "C2", "C3"]
    kept = con.execute("select item from message_lines order by item").fetchall()
    assert kept == [("F-C1",), ("F-C2",)]


def test_what_was_put_off_and_is_no_longer_decided_is_not_sent(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    [action] = company.actions()
    told = company.told("dispatch")
    put_off = [
        action.event(ActionState.SENDING, told, detail={"attempt": 1}),
        action.event(ActionState.RETRY_WAIT, told, reason="smtp_451", detail={"attempt": 1},
                     after=1, before=ActionState.SENDING),
    ]  # fmt: skip
    decided = AccountState(
        unit=action.unit, account_no=1, customer="C1", entity="FR1",
        withdraw=f'["{action.action_id}"]',
    )  # fmt: skip
    with company.warehouse.transaction() as tx:
        record(tx, put_off)
        tx.add(decided)
    company.plan({"customer": "C1", "step": None, "outcome": "wait",
                  "withdraw": [action.action_id]})  # fmt: skip
    assert company.states() == {"C1 email-1": "retry_wait smtp_451"}  # withdrawals leave it alone
    company.dispatch()

    assert company.states() == {"C1 email-1": "cancelled withdrawn"}
    assert company.outbox() == []
