"""What is an exception every day: a proposal that waits too long, a debt past the friendly phase.

The view that analysts read and the call sheet must say the same.
"""

from datetime import date, timedelta

from callsheet.day import freeze_plan
from callsheet.exception_limits import keep_limits
from callsheet.reading.call_sheet import call_sheet
from callsheet.snapshots.freshest import receivables

CHRISTMAS_WEEK = date(2026, 12, 14)  # a Monday; Friday 25 December is closed in France


def exceptions_on(company, day, code):
    """Return what the view and the call sheet name of one code on a day."""
    with company.warehouse.transaction() as tx:
        keep_limits(tx, receivables(tx, company.settings, day), company.settings, day)
        of_view = tx.fetch("select customer, found from exceptions where code = $code", code=code)
        sheet = call_sheet(tx, company.settings, day).exceptions
    of_sheet = [one.customer for one in sheet if one.code == code]
    assert [customer for customer, _ in of_view] == of_sheet
    return of_view


def test_a_call_that_waits_is_an_exception_after_ten_working_days_not_fourteen_days(
    company_of_engine,
):
    company = company_of_engine
    company.customer("C1")
    company.as_of, company.now = CHRISTMAS_WEEK, company.now + timedelta(days=28)
    company.pull()
    company.plan({"customer": "C1", "step": "phone-1"})

    assert exceptions_on(company, date(2026, 12, 28), "pending_long") == []
    [(customer, title)] = exceptions_on(company, date(2026, 12, 29), "pending_long")
    assert (customer, title) == ("C1", "Relance téléphonique n°1")
    assert exceptions_on(company, date(2026, 12, 30), "pending_long"), "every day from then on"


def test_undisputed_debt_is_an_exception_from_the_day_after_the_friendly_phase(company_of_engine):
    company = company_of_engine
    company.customer("C1")
    company.customer("C2")
    company.invoice("OLD", "C1", "40.00", due="2026-08-17")  # 91 days before Monday 16 November
    company.invoice("NOT-YET", "C2", due="2026-08-18")
    company.invoice("DISPUTED", "C2", due="2026-08-01")
    company.pull()
    with company.warehouse.transaction() as tx:
        tx.execute(
            "insert into exclusion (exclusion_id, no, kind, customer, entity, item, from_day,"
            " recorded_on, on_return, origin, source, reason, resolver, what, outcome, author)"
            " values ('D1', 1, 'dispute', 'C2', '', 'DISPUTED', '2026-08-03', '2026-08-03', '',"
            " 'person', '', '', '', 'dispute', '', 'Anne')"
        )
    freeze_plan(company.settings, company.as_of, company.now)

    assert exceptions_on(company, company.as_of, "old_debt") == [("C1", "40.000 EUR")]
    with company.warehouse.reading() as tx:
        [since] = tx.fetch("select on_day from exceptions where code = 'old_debt'")
    assert since == (date(2026, 11, 16),)


def test_an_entity_whose_own_row_was_set_aside_waits_and_the_others_go_on(company_of_engine):
    company = company_of_engine
    company.customer("C1")
    company.customer("C2")
    company.tables["open_items"][1]["entity"] = "UK1"  # of which no good row was ever delivered
    company.pull()
    freeze_plan(company.settings, company.as_of, company.now)

    assert company.dispatch().sent == {"accepted": 1}
    assert [action.customer for action in company.actions()] == ["C1"]
    assert exceptions_on(company, company.as_of, "entity_not_loaded") == [("C2", "email-1")]

    company.add("entities", **{**company.tables["entities"][0], "entity": "UK1"})
    company.as_of, company.now = company.as_of + timedelta(1), company.now + timedelta(1)
    company.pull()
    freeze_plan(company.settings, company.as_of, company.now)
    assert exceptions_on(company, company.as_of, "entity_not_loaded") == []
    assert {action.customer for action in company.actions()} == {"C1", "C2"}
