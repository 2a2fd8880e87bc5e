"""What people did and were told: each is an event with its author and its moment."""

from datetime import date
from decimal import Decimal

import pytest

from callsheet.desk.confirmation import confirm_list, keep_list, lists_to_confirm
from callsheet.desk.exclusions import standing_exclusions
from callsheet.desk.item_status import dispute, hold, promise, release, resolve
from callsheet.desk.people import ActionOutcome, done, posted, skip
from callsheet.errors import UsageInvalid

STEPS = {"call": "phone-1", "notice": "notice", "mail": "email-3"}


@pytest.fixture
def a_step_of(company):
    """Plan one step for customer C1 and return its action id."""

    def plan(step):
        if not company.pulls:
            company.customer("C1")
            company.pull()
        plan = company.plan({"customer": "C1", "step": step})
        [[action]] = plan.actions.values()
        return action

    return plan


def write(company, act, *args, **options):
    with company.warehouse.transaction() as tx:
        return act(tx, *args, **options)


def confirm(company, leave_out=(), by="Paul"):
    with company.warehouse.transaction() as tx:
        [frozen] = lists_to_confirm(tx, company.as_of)
        keep_list(tx, frozen)
        return confirm_list(tx, frozen.digest, company.told(by), leave_out=leave_out)


# calls


def test_a_call_that_reached_the_customer_is_done_by_whoever_called(company, a_step_of):
    call = a_step_of("phone-1")

    write(company, done, company.settings, call[:6], ActionOutcome.REACHED, company.told("Anne"))

    assert company.history("C1")[-1] == ("done", "reached", "Anne")


def test_after_a_call_that_reached_the_customer_mails_pause_five_working_days(company, a_step_of):
    call = a_step_of("phone-1")
    write(company, done, company.settings, call, ActionOutcome.REACHED, company.told())
    a_step_of("email-2")
    assert company.states()["C1 email-2"] == "blocked after_call"

    company.as_of, company.now = date(2026, 11, 23), company.now.replace(day=23)
    company.dispatch()
    assert company.states()["C1 email-2"] == "blocked after_call"

    company.as_of, company.now = date(2026, 11, 24), company.now.replace(day=24)
    company.dispatch()
    assert company.states()["C1 email-2"] == "accepted"


def test_a_call_that_reached_nobody_is_tried_three_times_then_the_scenario_goes_on(
    company, a_step_of
):
    for _ in range(3):
        call = a_step_of("phone-1")
        write(company, done, company.settings, call, ActionOutcome.UNREACHED, company.told())

    states = [(state, reason) for state, reason, _ in company.history("C1") if reason]
    assert states == [("rejected", "unreached"), ("rejected", "unreached"), ("done", "unreached")]


def test_what_is_handed_over_to_litigation_stops_every_message_to_the_account(company, a_step_of):
    handed_over = a_step_of("litigation")

    write(company, done, company.settings, handed_over, ActionOutcome.DONE, company.told("Anne"))

    with company.warehouse.reading() as tx:
        [standing] = standing_exclusions(tx, company.as_of)
    assert (standing.kind, standing.what) == ("hold", "litigation")
    assert (standing.customer, standing.item, standing.until_day) == ("C1", "", None)


def test_a_call_is_not_done_twice(company, a_step_of):
    call = a_step_of("phone-1")
    write(company, done, company.settings, call, ActionOutcome.REACHED, company.told())

    with pytest.raises(UsageInvalid, match="it is done"):
        write(company, done, company.settings, call, ActionOutcome.REACHED, company.told())


def test_a_skipped_step_keeps_its_reason(company, a_step_of):
    call = a_step_of("phone-1")

    said = write(company, skip, call, "met at the trade fair", company.told())

    assert company.history("C1")[-1][:2] == ("skipped", "skipped_by_person")
    assert "trade fair" in said.sentence


@pytest.mark.parametrize("name", ["ab", "zzzzzz"])
def test_an_id_too_short_or_unknown_is_refused(company, a_step_of, name):
    a_step_of("phone-1")

    with pytest.raises(UsageInvalid, match=name):
        write(company, skip, name, "why", company.told())


# letters


def test_a_formal_notice_is_confirmed_printed_once_and_done_when_posted(company, a_step_of):
    notice = a_step_of("notice")
    with pytest.raises(UsageInvalid, match="confirm"):
        write(company, posted, notice, company.told())
    confirm(company)

    assert company.dispatch().printed == 1
    assert company.dispatch().printed == 0
    [pdf] = company.outbox(".pdf")
    assert pdf.name == f"{notice}.pdf"
    assert pdf.read_bytes().startswith(b"%PDF")
    assert company.states() == {"C1 notice": "confirmed"}

    write(company, posted, notice, company.told("Paul"), tracking="1A 234")
    assert company.history("C1")[-1] == ("accepted", "", "Paul")


def test_a_letter_the_mail_room_took_away_is_not_printed_again(company, a_step_of):
    a_step_of("notice")
    confirm(company)
    company.dispatch()
    company.outbox(".pdf")[0].unlink()

    company.dispatch()

    assert company.outbox(".pdf") == []


def test_without_a_channel_for_letters_a_person_writes_and_posts_it(company_of):
    company = company_of(registered_letter="manual")
    company.customer("C1")
    company.pull()
    [[notice]] = company.plan({"customer": "C1", "step": "notice"}).actions.values()
    assert company.states() == {"C1 notice": "planned channel_not_configured"}

    write(company, posted, notice, company.told("Paul"))

    assert company.history("C1")[-1] == ("done", "posted", "Paul")


def test_a_call_cannot_be_posted(company, a_step_of):
    call = a_step_of("phone-1")

    with pytest.raises(UsageInvalid, match="no letter"):
        write(company, posted, call, company.told())


# confirmation


def test_what_was_confirmed_is_sent_and_the_history_says_by_whom(company, a_step_of):
    a_step_of("email-3")

    outcome = confirm(company, by="Paul")
    company.dispatch()

    assert len(outcome.confirmed) == 1
    assert ("confirmed", "", "Paul") in company.history("C1")
    assert company.states() == {"C1 email-3": "accepted"}


def test_a_line_left_out_stays_pending_and_is_on_tomorrows_list(company, a_step_of):
    mail = a_step_of("email-3")
    confirm(company, leave_out=[mail[:8]])
    company.dispatch()
    assert company.states() == {"C1 email-3": "planned"}

    with company.warehouse.reading() as tx:
        [frozen] = lists_to_confirm(tx, date(2026, 11, 17))
    assert list(frozen.lines) == [mail]


def test_a_line_withdrawn_since_the_list_froze_is_dropped(company, a_step_of):
    mail = a_step_of("email-3")
    with company.warehouse.transaction() as tx:
        [frozen] = lists_to_confirm(tx, company.as_of)
        keep_list(tx, frozen)
    company.plan({
        "customer": "C1", "step": None, "outcome": "none", "reason": "nothing_open",
        "withdraw": [mail],
    })  # fmt: skip

    with company.warehouse.transaction() as tx:
        outcome = confirm_list(tx, frozen.digest, company.told())

    assert (outcome.confirmed, outcome.dropped) == ((), {mail: "paid"})
    assert company.states() == {"C1 email-3": "cancelled paid"}


def test_a_list_nobody_froze_cannot_be_confirmed(company):
    with pytest.raises(UsageInvalid, match="no such list"):
        write(company, confirm_list, "0" * 64, company.told())


def test_the_list_says_how_many_and_how_much(company, a_step_of):
    a_step_of("email-3")
    with company.warehouse.reading() as tx:
        [frozen] = lists_to_confirm(tx, company.as_of)

    assert (frozen.entity, frozen.count) == ("FR1", 1)
    assert frozen.sums == (("EUR", Decimal("1000.000")),)


# promises, disputes, holds


@pytest.fixture
def owing(company):
    company.customer("C1")
    company.customer("C2")
    company.pull()
    return company


def test_a_promise_lasts_until_its_day_and_two_working_days(owing):
    said = write(owing, promise, owing.settings, "C1", date(2026, 11, 20), owing.told("Anne"))

    with owing.warehouse.reading() as tx:
        [standing] = standing_exclusions(tx, owing.as_of)
    assert (standing.item, standing.what, standing.until_day) == (
        "F-C1", "promise", date(2026, 11, 24),
    )  # fmt: skip
    assert standing.author == "Anne"
    assert "F-C1" in said.sentence


@pytest.mark.parametrize(
    ("act", "args", "words"),
    [
        (promise, ("C1", date(2026, 11, 1)), "that day is over"),
        (promise, ("C9", date(2026, 11, 20)), "no customer"),
        (dispute, ("F-9", "quality"), "no open item"),
        (hold, ("C9", "why"), "no customer"),
        (release, ("C1",), "no hold or litigation or promise"),
        (resolve, ("F-C1", "justified"), "no dispute"),
        (resolve, ("F-C1", "maybe"), "a dispute ends"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(owing, act, args, words):
    with pytest.raises(UsageInvalid, match=words):
        write(owing, act, owing.settings, *args, owing.told())


def test_more_than_is_open_cannot_be_disputed(owing):
    with pytest.raises(UsageInvalid, match=r"1000\.00"):
        write(
            owing, dispute, owing.settings, "F-C1", "price", owing.told(),
            amount=Decimal("1000.01"),
        )  # fmt: skip


def test_a_promise_over_somebody_elses_invoice_is_refused(owing):
    with pytest.raises(UsageInvalid, match="C2's"):
        write(
            owing, promise, owing.settings, "C1", date(2026, 11, 20), owing.told(),
            items=["F-C2"],
        )  # fmt: skip


def test_a_rejected_dispute_goes_on_where_it_was_and_a_justified_one_as_settings_say(owing):
    for item, outcome, on_return in (("F-C1", "rejected", "continue"), ("F-C2", "justified", "")):
        write(owing, dispute, owing.settings, item, "quality", owing.told())
        write(owing, resolve, owing.settings, item, outcome, owing.told())
        with owing.warehouse.reading() as tx:
            [closed] = [one for one in standing_exclusions(tx, owing.as_of) if one.item == item]
        assert (closed.no, closed.on_return, closed.until_day) == (2, on_return, owing.as_of)


def test_a_hold_and_its_event_are_one(owing):
    said = write(owing, hold, owing.settings, "C1", "talks", owing.told("Anne"))

    with owing.warehouse.reading() as tx:
        rows = tx.fetch(
            "select no, state, reason, author, customer from event where subject = $id",
            id=said.ids[0],
        )
    assert rows == [(1, "open", "hold", "Anne", "C1")]
    assert said.undo == f"callsheet release {said.ids[0][:8]}"


def test_the_same_hold_twice_is_one_hold(owing):
    write(owing, hold, owing.settings, "C1", "talks", owing.told())

    with pytest.raises(UsageInvalid, match="already"):
        write(owing, hold, owing.settings, "C1", "talks", owing.told())


def test_the_reason_of_a_dispute_is_a_word_of_the_list_and_own_words_are_kept_sealed(company):
    company.customer("C1")
    company.pull()
    with company.warehouse.transaction() as tx:
        with pytest.raises(UsageInvalid, match="order number missing") as refused:
            dispute(tx, company.settings, "F-C1", "Mme Roux says it broke", company.told())
        assert "Roux" not in str(refused.value)
        dispute(
            tx, company.settings, "F-C1", "quality", company.told(), note="Mme Roux says it broke"
        )
        kept = str(tx.fetch("select * from exclusion")) + str(tx.fetch("select body from event"))
    assert "quality" in kept
    assert "Roux" not in kept
