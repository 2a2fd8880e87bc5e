"""A customer is erased: what was found of them before is found nowhere after, and verify passes."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from callsheet.day import freeze_plan, receive
from callsheet.erasure.compaction import compact
from callsheet.erasure.erase import admit_again, erase
from callsheet.errors import UsageInvalid
from callsheet.history import record
from callsheet.proof.anchors import folder_of
from callsheet.proof.audit import audit
from callsheet.proof.verification import verify
from callsheet.reading.call_sheet import call_sheet
from callsheet.reading.day_decisions import decisions_on
from callsheet.reading.explain import explain
from callsheet.reading.history_reading import history_lines
from callsheet.reading.rows_set_aside import rows_set_aside
from callsheet.sealing.key_ring import FILE, KeyRing
from callsheet.sealing.rows import know
from callsheet.snapshots.freshest import receivables
from callsheet.store.tables import Action
from callsheet.store.warehouse_schema import is_current
from callsheet.validation.report import as_markdown
from callsheet.validation.sorting import validate
from callsheet.valves import kill_switch
from callsheet.valves.breakers import breakers, close, trip
from callsheet.valves.survey import thrown_trip
from callsheet.valves.trip import Valve
from callsheet.vocabulary import ActionState

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
WEDNESDAY, THURSDAY = date(2026, 11, 18), date(2026, 11, 19)
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
NAME, PERSON = "Boulangerie Quatrevaux", "Zéphyrine Quatrevaux"
EMAIL, PHONE, STREET = "z.quatrevaux@lilas.example", "+33 4 77 12 34 99", "17 impasse des Lilas"
SECRETS = (NAME, PERSON, EMAIL, PHONE, STREET)
CUSTOMER = "C-77"
SEARCHED = {
    "raw .eml", "mail", "content", "snapshot customers", "snapshot contacts", "snapshot addresses",
    "set aside", "history", "call sheet",
}  # fmt: skip


def test_all_that_is_found_of_a_customer_is_gone_after_an_erasure_and_the_ledger_verifies(company):
    secret = KeyRing.of(company.settings.home).known([CUSTOMER])[CUSTOMER]
    assert company.found() == SEARCHED, "the search finds what there is, and nothing lies elsewhere"
    assert secret in (company.settings.home / FILE).read_bytes()

    done = erase(company.warehouse, company.settings, CUSTOMER, "asked by letter", company.told())
    compact(company.warehouse, company.settings)

    assert company.found() == set()
    assert secret not in (company.settings.home / FILE).read_bytes()
    assert done.still_found == ()
    assert verify(company.warehouse, folder_of(company.settings)).is_proved


def test_the_report_of_a_pull_names_nobody(judged):
    *_, second = judged
    page = second.report.read_text() + as_markdown(second)

    assert "field_count" in page
    assert CUSTOMER in page
    assert not [secret for secret in SECRETS if secret in page]


def test_an_erased_customer_is_left_in_peace_and_their_past_still_reads(company):
    before = [action.action_id for action in company.actions() if action.customer == CUSTOMER]
    erased(company)

    with company.warehouse.reading() as tx:
        [explained] = explain(tx, company.settings, CUSTOMER, MONDAY)
        lines = [line.why for line in history_lines(tx, customer=CUSTOMER)]
        sheet = call_sheet(tx, company.settings, MONDAY)
        audited = audit(tx, company.settings, before[0]).as_text()
    assert explained.sentences
    assert "erased: erased" not in " ".join(lines)
    assert "asked by letter" in lines
    assert {line.name for line in sheet.lines if line.customer == CUSTOMER} == {"erased"}
    assert not audited["what"]["content_is_kept"]
    assert audited["of_what"][0]["amount"] == "100.000"


def test_no_later_pull_brings_an_erased_customer_back_until_they_are_admitted_again(company):
    erased(company)
    pulled_again(company, WEDNESDAY)
    assert company.found() == set()
    assert named(company, WEDNESDAY) == {CUSTOMER: None, "C-78": "Autre client"}

    admit_again(company.warehouse, company.settings, CUSTOMER, "a customer again", company.told())
    pulled_again(company, THURSDAY)
    assert named(company, THURSDAY) == {CUSTOMER: NAME, "C-78": "Autre client"}


def test_what_waits_for_a_person_is_withdrawn_and_nothing_is_planned_any_more(company):
    waiting = proposed(company)
    erased(company)

    [action] = [one for one in company.actions() if one.action_id == waiting]
    assert (action.state, action.reason) == ("cancelled", "erased")
    freeze_plan(company.settings, TUESDAY, NOW + timedelta(days=1))
    with company.warehouse.reading() as tx:
        [now] = decisions_on(tx, company.settings, TUESDAY, CUSTOMER)
    assert (now.outcome, now.reason) == ("hold", "on_hold")


def test_an_erasure_can_be_ordered_again_after_a_crash(company):
    held = erased(company).held
    company.settings.home.joinpath("outbox", "left.eml").write_text("")
    again = erased(company)

    assert held.has_key
    assert not again.held.has_key
    assert again.held.was_erased
    assert again.withdrawn == 0


@pytest.mark.parametrize(
    ("customer", "why", "says"),
    [
        (CUSTOMER, "", "needs its reason"),
        (CUSTOMER, f"{PERSON.upper()} has written", "names the customer"),
        ("C-99", "asked by letter", "no customer has this id"),
    ],
)
def test_an_erasure_that_cannot_be_meant_is_refused_and_destroys_nothing(
    company, customer, why, says
):
    with pytest.raises(UsageInvalid, match=says):
        erase(company.warehouse, company.settings, customer, why, company.told())
    assert company.found() == SEARCHED


def test_a_page_that_was_freed_is_gone_after_compacting(company):
    marker = "NomQuiNeDoitPlusEtreLu" * 40
    with company.warehouse.transaction() as tx:
        for no in range(200):
            tx.execute(
                "insert into free_text values ($name, '', $text)", name=f"n{no}", text=marker
            )
    with company.warehouse.transaction() as tx:
        tx.execute("delete from free_text where customer = '' and sealed = $text", text=marker)
    compact(company.warehouse, company.settings)

    if company.warehouse.kind == "duckdb":
        content = (company.settings.home / "warehouse.duckdb").read_bytes()
        assert b"NomQuiNeDoitPlusEtreLu" not in content
    with company.warehouse.transaction() as tx:
        assert is_current(tx), "the copy is the same warehouse, nothing is made anew"
    assert company.actions()
    assert verify(company.warehouse, folder_of(company.settings)).is_proved


def test_a_person_reads_a_row_that_was_set_aside_until_its_customer_is_erased(company):
    with company.warehouse.reading() as tx:
        before = {one.code: one.as_it_lay for one in rows_set_aside(tx, company.settings)}
    assert set(before) == {"email_format", "field_count"}
    assert all(PERSON in text or NAME in text for text in before.values())

    erased(company)
    with company.warehouse.reading() as tx:
        assert {one.as_it_lay for one in rows_set_aside(tx, company.settings)} == {"erased"}


def test_why_a_breaker_was_closed_and_a_switch_thrown_goes_with_whom_it_names(company):
    home, told = company.settings.home, company.told()
    kill_switch.throw(home, f"{PERSON} got another's letter", "Anne", NOW)
    with company.warehouse.transaction() as tx:
        trip(tx, [thrown_trip(company.settings)], told)
    kill_switch.release(home)
    with company.warehouse.transaction() as tx:
        close(tx, Valve.KILL_SWITCH, f"{NAME} has burnt it", told)

    assert company.found() == SEARCHED, "sealed in every table and file"
    assert said_of_breakers(company) == (
        f"thrown by Anne: {PERSON} got another's letter", f"{NAME} has burnt it",
    )  # fmt: skip
    erased(company)
    compact(company.warehouse, company.settings)
    assert company.found() == set()
    assert said_of_breakers(company) == ("erased", "erased")
    assert verify(company.warehouse, folder_of(company.settings)).fault is None


def said_of_breakers(company):
    with company.warehouse.reading() as tx:
        [one] = breakers(tx, only_open=False, name=Valve.KILL_SWITCH)
    return one.reason, one.closed_why


def erased(company):
    return erase(company.warehouse, company.settings, CUSTOMER, "asked by letter", company.told())


def proposed(company):
    """The id of a step to confirm that waits for a person."""
    [action] = [one for one in company.actions() if one.customer == CUSTOMER]
    with company.warehouse.transaction() as tx:
        [row] = tx.fetch("select * from action where customer = $c", c=CUSTOMER)
        columns = list(Action.model_fields)
        again = dict(zip(columns, row, strict=True)) | {
            "action_id": "a-waits",
            "mode": "to_confirm",
        }
        tx.add(Action(**again))
        told = company.told("plan")
        planned = replace(action, action_id="a-waits", no=0).event(ActionState.PLANNED, told)
        record(tx, [replace(planned, before=None)])
    return "a-waits"


def pulled_again(company, day):
    """Pull the same extract again, as another delivery, and publish it."""
    [source] = company.settings.sources
    items = source.folder / "items.csv"
    items.write_text(re.sub(r"200[.]\d\d", f"200.{day.day}", items.read_text()))
    moment = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    assert receive(
        company.settings, source, day, moment, judge=lambda staged, *_: validate(staged, None, ())
    )
    assert not list((company.settings.home / "staging" / "erp").glob("*")), "nothing in plain"


def named(company, day):
    with company.warehouse.reading() as tx:
        con = receivables(tx, company.settings, day)
        know(con, "customers", [CUSTOMER, "C-78"])
        return dict(con.execute("select customer, name from known_customers").fetchall())
