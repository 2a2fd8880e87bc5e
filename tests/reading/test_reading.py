"""What people read agrees with what was decided and done, today and of a past day."""

import json
import re
import shutil
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from callsheet.errors import UsageInvalid
from callsheet.reading.call_sheet import call_sheet
from callsheet.reading.day_decisions import decisions_on
from callsheet.reading.explain import disagreements, explain
from callsheet.reading.history_reading import history_lines
from callsheet.reading.reasons import is_known
from callsheet.reading.reconsideration import reconsidered
from callsheet.reading.rule_overlaps import rule_overlaps
from callsheet.reading.status import status_of
from callsheet.reading.worklist import tasks_on
from callsheet.scenarios.assignment import load_rules
from callsheet.terminal import reading, status


@pytest.fixture
def tx(played):
    with played.warehouse.reading() as tx:
        yield tx


def test_the_rules_asked_again_give_the_stored_decision_of_every_account_on_every_day(played, tx):
    for day in played.days:
        assert len(decisions_on(tx, played.settings, day)) > 300
        assert list(disagreements(tx, played.settings, day)) == []


def test_one_customer_asked_alone_gets_the_decision_of_all_together(played, tx):
    for day in played.days:
        some = decisions_on(tx, played.settings, day)[::160]
        for decided in some:
            found = explain(tx, played.settings, decided.customer, day)
            [one] = [one for one in found if one.unit == decided.unit]
            assert one.agrees, (day, decided.unit, one.differs_in)
            assert one.decision == decided


def test_the_rules_that_are_told_make_the_day_of_the_step(played, tx):
    told = (
        "planned_on", "interval_ends_on", "retry_on", "contact_gap_ends_on",
        "new_run_gap_ends_on", "day_after_last_step",
    )  # fmt: skip
    for day in played.days:
        with reconsidered(tx, played.settings, day) as again:
            rows = again.ask("date_parts")
        assert len(rows) > 200
        for row in rows:
            assert max(row[name] for name in told if row[name]) == row["due_on"], row


def test_a_customer_on_hold_reads_until_when_and_why(played, tx):
    [one] = explain(tx, played.settings, "413045", date(2026, 11, 16))

    assert one.decision.outcome == "hold"
    assert any(
        "on hold since 27 October 2026 until 6 December 2026 (management decision)" in sentence
        for sentence in one.sentences
    )
    assert one.sentences[-1] == "So a hold stops every message (hold/on_hold)."


def test_an_account_that_was_reminded_reads_its_next_step_and_its_day(played, tx):
    [one] = explain(tx, played.settings, "411010", date(2026, 11, 16))

    assert one.decision.outcome == "act"
    assert [(line.what, line.state) for line in one.steps] == [
        ("Relance téléphonique n°1", "done"),
        ("Relance par email n°2", "accepted"),
    ]
    assert one.next_step == "Demande de relance du commercial"
    assert one.next_on == date(2026, 11, 23)


def test_on_a_day_that_was_not_played_the_last_decision_still_stands(played, tx):
    [then] = explain(tx, played.settings, "411010", played.days[-1])
    [later] = explain(tx, played.settings, "411010", date(2026, 11, 22))

    assert later.agrees
    assert later == then


def test_a_past_day_is_explained_by_the_scenarios_and_settings_of_that_day(played, tx, tmp_path):
    edited = shutil.copytree(played.settings.scenarios, tmp_path / "scenarios")
    file = edited / "standard-fr.yaml"
    text = file.read_text("utf-8")
    file.write_text(re.sub(r"day: \+(\d+)", r"day: +2\1", text).replace("name: ", "name: Neues "))
    since = played.settings.model_copy(
        update={
            "scenarios": edited,
            "decision": played.settings.decision.model_copy(update={"min_claim": Decimal(10**6)}),
        }
    )

    for day in played.days:
        assert explain(tx, since, "411010", day)[0].sentences == (
            explain(tx, played.settings, "411010", day)[0].sentences
        )
        assert list(disagreements(tx, since, day)) == []


def test_a_customer_nobody_knows_is_said_to_be_unknown(played, tx):
    with pytest.raises(UsageInvalid, match="nothing was decided"):
        explain(tx, played.settings, "999999", date(2026, 11, 16))


def test_a_past_day_s_call_sheet_reads_as_it_was_printed_that_evening(played, tx):
    for day, printed in played.sheets.items():
        again = call_sheet(tx, played.settings, day).as_text()
        for then, now in zip(printed["entities"], again["entities"], strict=True):
            assert then == now, (day, then["entity"])


def test_every_account_is_contacted_waits_for_somebody_or_is_left_in_peace_for_a_reason(played, tx):
    for day in played.days:
        decided = decisions_on(tx, played.settings, day)
        sheet = call_sheet(tx, played.settings, day)
        for entity in sheet.entities:
            of_entity = [one for one in decided if one.entity == entity.entity]
            at_work = {one.customer for one in of_entity if one.outcome in ("act", "pending")}
            in_peace = sum(group.accounts for group in entity.not_contacted)
            assert len(at_work) + in_peace == len(of_entity)
            assert at_work <= {line.customer for line in entity.lines}
            assert all(group.why for group in entity.not_contacted)


def test_totals_are_per_currency_and_count_an_account_once(played, tx):
    sheet = call_sheet(tx, played.settings, date(2026, 11, 16))
    [france] = [one for one in sheet.entities if one.entity == "FR01"]
    claims = {
        line.customer: line.claim for line in france.lines if line.is_contact and not line.internal
    }
    totals: Counter[str] = Counter()
    for claim in claims.values():
        totals.update(claim)

    assert len(france.totals) > 1
    assert france.totals == dict(totals)
    assert all(isinstance(amount, Decimal) for amount in france.totals.values())
    assert france.accounts_contacted == len(claims)


def test_one_entity_s_call_sheet_shows_nobody_else_s_accounts(played, tx):
    sheet = call_sheet(tx, played.settings, date(2026, 11, 16), "GB01")

    assert [one.entity for one in sheet.entities] == ["GB01"]
    assert {line.entity for line in sheet.lines} == {"GB01"}


def test_every_reason_in_the_history_and_in_the_decisions_has_its_sentence(played, tx):
    used = {row[0] for row in tx.fetch("select distinct reason from event where reason <> ''")}
    used |= {row[0] for row in tx.fetch("select distinct reason from decisions where reason <> ''")}
    used |= {row[0] for row in tx.fetch("select distinct code from quarantine")}
    used |= {one.code for one in call_sheet(tx, played.settings, date(2026, 11, 16)).exceptions}

    assert {code for code in used if not is_known(code)} == set()


def test_the_history_of_a_customer_is_in_order_and_within_its_days(played, tx):
    lines = history_lines(
        tx, customer="411010", from_day=date(2026, 11, 16), to_day=date(2026, 11, 16)
    )

    assert [line.state for line in lines] == ["planned", "confirmed", "sending", "accepted"]
    assert {line.what for line in lines} == {"Relance par email n°2"}
    assert [line.ledger_seq for line in lines] == sorted(line.ledger_seq for line in lines)
    assert history_lines(tx, customer="411010", to_day=date(2020, 1, 1)) == []


def test_the_worklist_holds_what_waits_and_nothing_else(played, tx):
    waiting = dict(
        tx.fetch(
            "select action_state.action_id, action_state.state from action_state"
            " inner join action on action_state.action_id = action.action_id"
            " where state = 'planned' and action.mode <> 'automatic' or state = 'in_doubt'"
            " or (state = 'confirmed' and channel in ('letter', 'registered_letter'))"
        )
    )
    tasks = tasks_on(tx, played.settings, played.days[-1])

    assert {task.action_id for task in tasks if task.action_id} == set(waiting)
    assert {task.task for task in tasks} >= {"decide", "allocate_credits"}


def test_the_status_names_the_last_good_day_the_age_of_a_feed_and_what_waits(played, tx):
    found = status_of(tx, played.settings, datetime(2026, 11, 20, 16, 30, tzinfo=UTC))

    assert found.last_good_day == played.days[-1]
    [feed] = found.feeds
    assert (feed.source, feed.is_stale) == ("sample-erp", feed.age_hours > feed.cadence_hours)
    assert found.backlog["planned"] > 0
    assert found.backlog["sending"] == 0


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (["today"], {"as_of", "environment", "entities", "exceptions", "places"}),
        (["today", "--as-of", "2026-11-17", "--entity", "FR01"], {"as_of", "entities"}),
        (["explain", "411010"], {"unit", "decision", "sentences", "steps", "next_on", "agrees"}),
        (["history", "--customer", "411010"], {"ledger_seq", "state", "reason", "why", "author"}),
        (["worklist"], {"task", "action_id", "customer", "since_day", "claim"}),
        (["status"], {"last_good_day", "feeds", "backlog", "exceptions"}),
    ],
)
def test_the_terminal_prints_prose_or_json_with_stable_keys(settings_file, command, keys):
    app = status.app if command == ["status"] else reading.app
    words = command if app is reading.app else []
    where = ["--settings", str(settings_file)]
    prose = CliRunner().invoke(app, [*words, *where])
    told = CliRunner().invoke(app, [*words, *where, "--json"])

    assert (prose.exit_code, told.exit_code) == (0, 0), (prose.exception, told.exception)
    assert len(prose.stdout.splitlines()) > 3
    assert "\x1b[" not in prose.stdout
    found = json.loads(told.stdout)
    assert keys <= set(found[0] if isinstance(found, list) else found)


def test_an_explanation_can_be_written_as_json(played, tx):
    [one] = explain(tx, played.settings, "411010", date(2026, 11, 17))
    assert json.loads(json.dumps(asdict(one), default=str))["unit"] == "411010|FR01"


def test_b095_accounts_that_two_rules_claim_are_counted(played, tx):
    rules = load_rules(played.settings.scenarios)
    naive = Counter()
    with reconsidered(tx, played.settings, played.days[0]) as again:
        for (account,) in again.con.execute("select account_no from units").fetchall():
            first, *others = [one for one in rules if is_true(again.con, one, account)]
            for other in others:
                if other.when != "TRUE" and other.scenario != first.scenario:
                    naive[first.order, other.order] += 1

    found = rule_overlaps(tx, played.settings, played.days[0])
    assert {(one.counts, one.also_true): one.accounts for one in found} == dict(naive)
    assert naive, "the sample's rules overlap"
    assert str(found[0]).endswith(f"rule {found[0].counts} counts")


def is_true(con, rule, account):
    """Ask a rule of one account as its file says it."""
    asked = f"select ({rule.when}) from units where account_no = $account"
    return con.execute(asked, {"account": account}).fetchall() == [(True,)]
