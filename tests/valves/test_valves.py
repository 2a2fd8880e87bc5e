"""Each valve by itself: plain figures in, a trip or none out, at its limit and one beyond."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from callsheet import valves
from callsheet.decision import Configuration
from callsheet.reading.reasons import BREAKERS
from callsheet.scenarios.assignment import Rule
from callsheet.scenarios.scenario import scenario_of
from callsheet.scenarios.step import Step
from callsheet.settings import DecisionSettings, ValveSettings
from callsheet.valves import sending_valves as sending
from callsheet.valves.canary import Canary, ends_by_itself, tried
from callsheet.valves.day_valves import (
    DayFigures,
    Played,
    day_of_next_step,
    trips_of_day,
    usual_day,
)
from callsheet.valves.pull_valves import PullFigures, trips_of_pull
from callsheet.valves.sending_valves import Fates, Feed, Home
from callsheet.valves.terms_gate import changed_terms, versions_of_terms
from callsheet.valves.trip import TOLD, Valve
from callsheet.vocabulary import ActionType, Mode

SQL = Path(valves.__file__).parents[1] / "sql" / "valves"
AMOUNT_SET_ASIDE = SQL / "amount_set_aside.sql"
LIMITS = ValveSettings()
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 16)
USUAL = PullFigures(
    source="erp",
    case="yesterday",
    rows={"open_items": 1000, "customers": 300, "contacts": 300, "open_items EUR": 1000},
    medians={"EUR": Decimal("100.00")},
    rows_in=1600,
)
BEFORE = [USUAL] * 3


def a_pull(**changes):
    return replace(USUAL, case="today", **changes)


def opened(now, before=BEFORE, limits=LIMITS):
    return {str(one.valve) for one in trips_of_pull(now, before, limits)}


def rows(**changes):
    return {**USUAL.rows, **{name.replace("__", " "): count for name, count in changes.items()}}


@pytest.mark.parametrize(
    ("found", "opens"),
    [
        ({"rows": rows(open_items=700)}, set()),
        ({"rows": rows(open_items=699)}, {"pull_drop"}),
        ({"rows": rows(contacts=0)}, {"pull_drop"}),
        ({"rows": rows(open_items=1500)}, set()),
        ({"rows": rows(open_items=1501)}, {"pull_rise"}),
        ({"rows": rows(open_items__EUR=1)}, set()),
        ({"rows": rows(open_items__EUR=0)}, {"pull_drop"}),
        ({"items_before": 1000, "items_gone": 300}, set()),
        ({"items_before": 1000, "items_gone": 301}, {"mass_clearing"}),
        ({"items_before": 19, "items_gone": 19}, set()),
        ({"items_newer_before": 2}, set()),
        ({"items_newer_before": 3}, {"old_delivery"}),
        ({"contacts_before": 300, "contacts_changed": 91}, {"mass_change"}),
        ({"quarantined": 16}, set()),
        ({"quarantined": 17}, {"quarantine_share"}),
        ({"quarantined": 1, "quarantined_amount": 0.05}, set()),
        ({"quarantined": 1, "quarantined_amount": 0.06}, {"quarantine_share"}),
        ({"quarantined": 4, "rows_in": 40}, set()),  # too few to judge a share of
        ({"medians": {"EUR": Decimal("499.99")}}, set()),
        ({"medians": {"EUR": Decimal("500.00")}}, {"amount_scale"}),
        ({"medians": {"EUR": Decimal("20.01")}}, set()),
        ({"medians": {"EUR": Decimal("20.00")}}, {"amount_scale"}),
        (
            {"new_items": {"EUR": 10}, "new_medians": {"EUR": Decimal("10000.00")}},
            {"amount_scale"},
        ),
        ({"new_items": {"EUR": 9}, "new_medians": {"EUR": Decimal("10000.00")}}, set()),
        ({"bank_changed": ("FR1",)}, {"bank_details"}),
    ],
)
def test_a_delivery_opens_a_breaker_just_beyond_its_limit(found, opens):
    assert opened(a_pull(**found)) == opens


def test_the_first_delivery_of_all_has_nothing_to_be_compared_with():
    assert opened(a_pull(), before=[]) == set()


def test_one_odd_pull_among_the_last_ones_is_not_what_is_usual():
    half = replace(USUAL, rows=rows(open_items=500))
    assert opened(a_pull(), before=[half, USUAL, USUAL]) == set()


def test_a_changed_bank_account_needs_two_persons():
    [trip] = trips_of_pull(a_pull(bank_changed=("FR1",)), BEFORE, LIMITS)
    assert trip.persons == 2


def test_a_valve_that_is_switched_off_is_not_asked():
    off = ValveSettings(off=(Valve.PULL_DROP,))
    assert opened(a_pull(rows=rows(open_items=1)), limits=off) == set()


def test_figures_are_read_back_as_they_were_kept():
    figures = a_pull(new_medians={"EUR": Decimal("1.50")}, bank_changed=("FR1",))
    assert PullFigures.of_text(figures.as_text()) == figures
    day = DayFigures("FR1", MONDAY, planned=3, forecast={"2026-11-17": 4})
    assert DayFigures.of_text(day.as_text()) == day


def test_a_delivery_that_was_delivered_before_is_old_but_yesterdays_once_more_is_a_quiet_day():
    before = [replace(USUAL, items_alike=name) for name in ("friday", "thursday", "")]

    assert opened(a_pull(items_alike="friday"), before) == set()
    assert opened(a_pull(items_alike="monday"), before) == set()
    assert opened(a_pull(items_alike=""), before) == set()
    assert opened(a_pull(items_alike="thursday"), before) == {"old_delivery"}
    small = rows(open_items=19) | {"open_items EUR": 19}
    few = [replace(one, rows=small) for one in before]
    assert opened(a_pull(items_alike="thursday", rows=small), few) == set()


# The day.

FRIDAY = DayFigures("FR1", date(2026, 11, 13), planned=40, forecast={"2026-11-16": 30})


def a_day(**figures):
    return DayFigures("FR1", MONDAY, active=1000, **figures)


def day_opened(now, before=(FRIDAY,)):
    return {str(one.valve) for one in trips_of_day(now, before, LIMITS)}


@pytest.mark.parametrize(
    ("found", "opens"),
    [
        ({"planned": 90}, set()),
        ({"planned": 91}, {"volume"}),
        ({"planned": 91, "customers": 251}, {"volume", "share"}),
        ({"planned": 46, "customers": 250}, set()),
        ({"planned": 46, "customers": 251}, {"share"}),
        ({"planned": 45, "customers": 251}, set()),  # it was forecast
        ({"notices": 50}, set()),
        ({"notices": 51}, {"notices"}),
        ({"at_one_address": 10}, set()),
        ({"at_one_address": 11}, {"contact_frequency"}),
    ],
)
def test_a_plan_opens_a_breaker_just_beyond_its_limit(found, opens):
    assert day_opened(a_day(**found)) == opens


def test_twenty_actions_are_never_too_many():
    quiet = replace(FRIDAY, forecast={})
    assert day_opened(a_day(planned=20), [quiet]) == set()
    assert day_opened(a_day(planned=21), [quiet]) == {"volume"}


def test_ten_times_the_usual_day_needs_two_persons():
    assert [one.persons for one in trips_of_day(a_day(planned=300), [FRIDAY], LIMITS)] == [1]
    assert [one.persons for one in trips_of_day(a_day(planned=301), [FRIDAY], LIMITS)] == [2]


def test_a_heap_at_the_end_of_a_month_was_forecast_and_holds_nothing():
    """The median of the last eight days is 5; yesterday's decision said 200."""
    days = [replace(FRIDAY, forecast={"2026-11-16": 200}), *[replace(FRIDAY, planned=5)] * 7]
    assert day_opened(a_day(planned=210, customers=210), days) == set()


def test_the_step_after_todays_is_forecast_though_nobody_waits_for_it_yet():
    """A courtesy mail of Saturday goes on Monday; the call of day 7 follows on Tuesday."""
    due, saturday = date(2026, 11, 10), date(2026, 11, 14)
    days = [-10, 4, 7, 14]

    assert day_of_next_step(MONDAY, Played(4, due, saturday), days) == date(2026, 11, 17)
    late = Played(4, due - timedelta(days=60), MONDAY)
    assert day_of_next_step(MONDAY, late, days) == MONDAY + timedelta(days=3)
    overdue = Played(4, due, MONDAY - timedelta(days=9))
    assert day_of_next_step(MONDAY, overdue, days) == MONDAY + timedelta(days=1)
    early = Played(-10, MONDAY + timedelta(days=8), MONDAY)
    assert day_of_next_step(MONDAY, early, days) == MONDAY + timedelta(days=12)
    assert day_of_next_step(MONDAY, Played(14, due, MONDAY), days) is None


def test_days_that_were_missed_are_part_of_what_was_forecast():
    thursday = replace(
        FRIDAY,
        on_day=date(2026, 11, 12),
        forecast={"2026-11-12": 99, "2026-11-13": 10, "2026-11-16": 20, "2026-11-17": 70},
    )
    assert usual_day(MONDAY, [thursday], LIMITS) == 30


def test_after_a_long_pause_the_usual_day_is_the_median_of_eight():
    old = replace(FRIDAY, on_day=MONDAY - timedelta(days=11))
    days = [replace(old, planned=n) for n in (10, 20, 30, 40, 50, 60, 70, 80, 5000)]
    assert usual_day(MONDAY, days, LIMITS) == 45
    assert usual_day(MONDAY, [], LIMITS) is None


# The dispatch.


def test_a_feed_is_stale_beyond_its_own_cadence():
    live = Feed("erp", "S", NOON - timedelta(hours=4), cadence_hours=4)
    assert sending.stale_feed(live, NOON) is None
    assert sending.stale_feed(live, NOON + timedelta(seconds=1)).valve is Valve.STALE_FEED
    assert sending.stale_feed(Feed("erp", "", None, 26), NOON).valve is Valve.STALE_FEED


def test_more_than_ten_open_doubts_hold_everything():
    ten = [f"a{n}" for n in range(10)]
    assert sending.open_doubts(ten, LIMITS) is None
    assert sending.open_doubts([*ten, "b"], LIMITS).valve is Valve.OPEN_DOUBTS


def test_more_than_five_in_a_hundred_that_came_back_hold_the_channel():
    five = tuple(f"a{n}" for n in range(5))
    assert sending.bounces(Fates("smtp", 100, five), LIMITS) is None
    assert sending.bounces(Fates("smtp", 100, (*five, "b")), LIMITS).scope == "smtp"
    assert sending.bounces(Fates("smtp", 19, ("a", "b", "c")), LIMITS) is None  # too few to tell


def test_one_complaint_in_a_hundred_is_too_many():
    assert sending.complaints(Fates("smtp", 100), LIMITS) is None
    assert sending.complaints(Fates("smtp", 100, (), ("a",)), LIMITS).valve is Valve.COMPLAINTS


def test_a_clock_may_be_five_minutes_behind_the_ledger_not_six():
    assert sending.clock(NOON, None, LIMITS) is None
    assert sending.clock(NOON, NOON + timedelta(minutes=5), LIMITS) is None
    assert sending.clock(NOON, NOON + timedelta(minutes=6), LIMITS).valve is Valve.CLOCK


@pytest.mark.parametrize(
    "here",
    [
        Home("test", "db", ("m1",)),
        Home("production", "copy", ("m1",)),
        Home("production", "db", ("m3",)),
    ],
)
def test_another_environment_warehouse_or_machine_is_a_copy(here):
    bound = Home("production", "db", ("m1", "m2"))
    assert sending.environment(bound, Home("production", "db", ("m2",))) is None
    assert sending.environment(bound, here).valve is Valve.ENVIRONMENT


def test_an_address_with_mail_on_four_of_seven_days_gets_none_today():
    assert sending.contacted_too_often([("a", 3), ("b", 4)], LIMITS) == {"b"}


# The canary.

TEXTS = {"email/one.en.j2": "v1", "email/two.en.j2": "v1"}


def wanted(text, count):
    return [(f"{text}-{n}", f"email/{text}.en.j2") for n in range(count)]


def test_the_first_run_lets_five_go_each_text_in_its_turn():
    found = tried(Canary(), [*wanted("one", 9), *wanted("two", 9)], TEXTS, NOON, LIMITS)

    assert found.passing == {"one-0", "one-1", "one-2", "two-0", "two-1"}
    assert len(found.waiting) == 13
    assert found.canary.proving().proved == TEXTS


def test_a_changed_text_waits_and_the_others_go_on():
    canary = Canary(proved=TEXTS)
    changed = TEXTS | {"email/one.en.j2": "v2"}
    found = tried(canary, [*wanted("one", 9), *wanted("two", 9)], changed, NOON, LIMITS)

    assert len([one for one in found.passing if one.startswith("one")]) == 5
    assert len([one for one in found.passing if one.startswith("two")]) == 9
    assert found.canary.proving().proved == changed


def test_the_next_batch_gets_no_canaries_more():
    first = tried(Canary(), wanted("one", 3), TEXTS, NOON, LIMITS)
    second = tried(first.canary, wanted("two", 9), TEXTS, NOON, LIMITS)
    third = tried(second.canary, wanted("one", 9), TEXTS, NOON, LIMITS)

    assert [len(one.passing) for one in (first, second)] == [3, 2]
    assert third.passing == {"one-0", "one-1", "one-2"}  # of these one may have been put off


def test_a_canary_ends_by_itself_only_when_delivery_is_told_of_and_none_came_back():
    given = Canary(given=("a", "b"), given_at=NOON.isoformat())
    later = NOON + timedelta(minutes=30)

    assert ends_by_itself(given, {"a": "delivered", "b": "accepted"}, later, LIMITS)
    assert not ends_by_itself(given, {"a": "accepted", "b": "accepted"}, later, LIMITS)
    assert not ends_by_itself(given, {"a": "delivered", "b": "delivery_failed"}, later, LIMITS)
    early = later - timedelta(seconds=1)
    assert not ends_by_itself(given, {"a": "delivered", "b": "delivered"}, early, LIMITS)
    assert not ends_by_itself(Canary(), {}, later, LIMITS)


# Changed terms.

TERMS = {"": "r1", "scenario standard": "s1", "scenario risky": "k1"}


@pytest.mark.parametrize(
    ("changed", "planned", "limit", "opens"),
    [
        ({}, {"standard": 500}, 0, []),
        ({"scenario standard": "s2"}, {"standard": 1, "risky": 9}, 0, ["scenario standard"]),
        ({"scenario standard": "s2"}, {"risky": 9}, 0, []),
        ({"scenario standard": "s2"}, {"standard": 20}, 20, []),
        ({"scenario standard": "s2"}, {"standard": 21}, 20, ["scenario standard"]),
        ({"scenario new": "n1"}, {"new": 1}, 0, ["scenario new"]),
        ({"": "r2"}, {"risky": 1}, 0, [""]),
        ({"": "r2"}, {}, 0, []),
    ],
)
def test_the_first_plan_of_changed_terms_is_looked_at(changed, planned, limit, opens):
    limits = ValveSettings(changed_actions=limit)
    found = changed_terms({**TERMS, **changed}, TERMS, planned, limits)
    assert [one.scope for one in found] == opens


@pytest.mark.parametrize(
    ("changes", "is_another"),
    [({"title": "Premier rappel"}, False), ({"day": 1}, True), ({"mode": Mode.MANUAL}, True),
     ({"template": "reminder_2"}, True), ({"min_claim": Decimal(5)}, True)],
)  # fmt: skip
def test_the_title_of_a_step_is_read_by_people_only_all_else_decides(changes, is_another):
    step = Step("e", "Rappel", 4, ActionType.EMAIL, "reminder_1", Mode.AUTOMATIC)
    before, after = (
        versions_of_terms(
            Configuration(
                DecisionSettings(), (scenario_of("s", name, "fr", False, [one]),), (), {}, ""
            )
        )
        for name, one in (("Standard", step), ("Usual", replace(step, **changes)))
    )
    assert (before != after) is is_another


def test_other_rules_or_settings_of_the_decision_are_changed_terms():
    def terms(rule="true", grace=3):
        rules = (Rule(1, rule, "s"),)
        settings = DecisionSettings(promise_grace=grace)
        return versions_of_terms(Configuration(settings, (), rules, {}, ""))

    assert terms() == terms()
    assert len({str(one) for one in (terms(), terms("size = 'L'"), terms(grace=4))}) == 3


def test_every_valve_says_what_it_holds_and_what_is_to_be_done():
    assert set(TOLD) == set(Valve)
    assert set(BREAKERS) == set(Valve)


@pytest.mark.parametrize(
    ("items", "share"),
    [
        ([("EUR", 100, False)] * 9 + [("EURO", 100, True)], 0.0),  # a word that is no currency
        ([("EUR", 100, False)] * 3 + [("EUR", 100, True)], 0.25),
        ([("EUR", 100, False)] * 9 + [("USD", 100, True)] * 10, 1.0),  # a whole currency is lost
    ],
)
def test_the_amount_set_aside_is_judged_by_currency_and_a_misspelt_one_is_none(items, share):
    with duckdb.connect() as con:
        con.execute("create table delivered_items (line int, currency text, open_amount decimal)")
        con.execute("create table set_aside (line int)")
        for line, (currency, amount, is_aside) in enumerate(items):
            con.execute("insert into delivered_items values (?, ?, ?)", [line, currency, amount])
            if is_aside:
                con.execute("insert into set_aside values (?)", [line])
        assert con.execute(AMOUNT_SET_ASIDE.read_text()).fetchall() == [(share,)]
