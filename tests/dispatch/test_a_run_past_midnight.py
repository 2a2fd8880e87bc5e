"""A run that begins before midnight and ends after it plays one business day (B067)."""

from datetime import UTC, date, datetime


def test_b067_all_that_a_run_writes_down_is_of_the_day_it_was_begun_for(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    company.now = datetime(2026, 11, 17, 9, tzinfo=UTC)  # Tuesday; it plays Monday

    company.dispatch()

    with company.warehouse.reading() as tx:
        told = tx.fetch(
            "select distinct state, on_day, happened_at from event where kind = 'action'"
            " order by happened_at"
        )
    assert [(state, on_day) for state, on_day, _ in told][-2:] == [
        ("sending", date(2026, 11, 16)), ("accepted", date(2026, 11, 16)),
    ]  # fmt: skip
    assert told[-1][2].date() == date(2026, 11, 17)
    assert company.actions()[0].on_day == date(2026, 11, 16)
