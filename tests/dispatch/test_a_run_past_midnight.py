"""A run past midnight plays one day (B067); a clock that went back sends nothing (B070)."""

from datetime import UTC, date, datetime, timedelta

from callsheet.settings import Channels, SmtpSettings
from callsheet.valves.breakers import breakers
from callsheet.valves.trip import Valve


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


def test_b070_while_the_clock_is_a_day_behind_the_last_run_nothing_leaves(company):
    nobody = SmtpSettings(host="127.0.0.1", port=9, security="none")
    company.settings = company.settings.model_copy(
        update={"channels": Channels(email="smtp", smtp=nobody)}
    )
    company.now += timedelta(days=1)  # Tuesday
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    company.now -= timedelta(days=1)

    summary = company.dispatch()

    assert dict(summary.held) == {Valve.CLOCK: 1}
    assert not summary.sent
    assert [action.state for action in company.actions()] == ["confirmed"]
    with company.warehouse.reading() as tx:
        [told] = [one for one in breakers(tx) if one.name == Valve.CLOCK]
    assert "the clock shows 2026-11-16" in told.reason, "a person reads it on the call sheet"
