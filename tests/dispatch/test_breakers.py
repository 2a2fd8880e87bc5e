"""Breakers at a dispatch: what they hold stays as it is, and goes when a person closes them."""

import shutil
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from callsheet.desk.confirmation import confirm
from callsheet.dispatching.open_actions import Telling
from callsheet.errors import ConfigurationInvalid, UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.planning.plan import Plan
from callsheet.proof.verification import verify
from callsheet.settings import Channels, SendgridSettings, SmtpSettings, ValveSettings
from callsheet.settings_file import read_settings
from callsheet.snapshots.freshest import receivables
from callsheet.store.warehouse import Warehouse
from callsheet.valves import kill_switch
from callsheet.valves.breakers import breakers, close, trip
from callsheet.valves.day_gate import check_day
from callsheet.valves.day_valves import DayFigures
from callsheet.valves.measures import keep_days
from callsheet.valves.trip import Trip, Valve
from callsheet.vocabulary import ActionState


class Relay:
    """A mail relay that counts what it takes; `after` is called with the number."""

    def __init__(self, after=lambda _: None):
        self.taken, self.after = 0, after

    async def handle_DATA(self, _server, _session, _envelope):  # noqa: N802  # aiosmtpd's name
        self.taken += 1
        self.after(self.taken)
        return "250 taken"


@contextmanager
def relay_of(company, after=lambda _: None, **valves):
    """Let the company send through a relay of its own, with one sender at a time."""
    relay = Relay(after)
    controller = Controller(relay, hostname="127.0.0.1", port=_free_port())
    controller.start()
    smtp = SmtpSettings(host="127.0.0.1", port=controller.port, security="none")
    company.settings = company.settings.model_copy(
        update={
            "channels": Channels(email="smtp", smtp=smtp),
            "sender_threads": 1,
            "valves": ValveSettings(**{"off": (Valve.CANARY,), **valves}),
        }
    )
    try:
        yield relay
    finally:
        controller.stop()


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def sendgrid_of(company, status):
    """Let the company send through a SendGrid that answers `status` and counts the requests."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(status)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    account = SendgridSettings(
        api_key=SecretStr("SG.test"), host=f"http://127.0.0.1:{server.server_port}"
    )
    company.settings = company.settings.model_copy(
        update={
            "channels": Channels(email="sendgrid", sendgrid=account),
            "sender_threads": 1,
            "valves": ValveSettings(off=(Valve.CANARY,)),
        }
    )
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()


def plan_mails(company, count, step="email-1"):
    for number in range(1, count + 1):
        company.customer(f"C{number}")
    company.pull()
    company.plan(*({"customer": f"C{n}", "step": step} for n in range(1, count + 1)))


def open_names(company):
    with company.warehouse.reading() as tx:
        return [str(one.name) for one in breakers(tx)]


def person_closes(company, name, who="Claire", why="looked at, and right"):
    with company.warehouse.transaction() as tx:
        return close(tx, name, why, company.told(who))


def trips(company, valve, scope="", case="", persons=1):
    with company.warehouse.transaction() as tx:
        trip(tx, [Trip(valve, scope, "found", case, persons=persons)], company.told("valves"))


def states(company):
    return [str(action.state) for action in company.actions()]


def test_on_the_first_run_five_go_and_the_others_wait_for_a_person(company_of_engine):
    company = company_of_engine
    with relay_of(company, off=()) as relay:
        plan_mails(company, 7)
        held = company.dispatch().held
        again = company.dispatch().held

        assert held == again == {"canary": 2}
        assert relay.taken == 5
        assert states(company).count("confirmed") == 2
        assert open_names(company) == ["canary"]

        person_closes(company, "canary")
        assert company.dispatch().sent == {"accepted": 2}
        assert open_names(company) == []


def test_the_canary_ends_by_itself_when_delivery_is_told_of(company):
    with relay_of(company, off=()) as relay:
        plan_mails(company, 7)
        company.dispatch()
        with company.warehouse.transaction() as tx:
            [first] = [one for one in company.actions() if one.state == "accepted"][:1]
            record(tx, [first.event(ActionState.DELIVERED, company.told("notices"))])
        company.now += timedelta(minutes=29)
        company.dispatch()
        assert relay.taken == 5

        company.now += timedelta(minutes=2)
        company.dispatch()
        assert relay.taken == 7


def test_a_changed_template_begins_with_five_again(company_of, tmp_path):
    company = company_of()
    shutil.copytree(company.settings.templates, tmp_path / "templates")
    with relay_of(company, off=()) as relay:
        company.settings = company.settings.model_copy(update={"templates": tmp_path / "templates"})
        plan_mails(company, 5)
        company.dispatch()
        person_closes(company, "canary")
        template = tmp_path / "templates" / "email" / "reminder_1.fr.j2"
        template.write_text(template.read_text("utf-8") + "\n", "utf-8")
        for number in range(6, 13):
            company.customer(f"C{number}")
        company.pull()
        company.plan(*({"customer": f"C{n}", "step": "email-1"} for n in range(6, 13)))

        assert company.dispatch().held == {"canary": 2}
        assert relay.taken == 10


def test_what_an_open_breaker_holds_stays_confirmed_and_goes_after_closing(company_of_engine):
    company = company_of_engine
    with relay_of(company) as relay:
        plan_mails(company, 3)
        trips(company, Valve.VOLUME, "FR1", case="2026-11-16")

        assert company.dispatch().held == {"volume": 3}
        assert states(company) == ["confirmed"] * 3
        assert relay.taken == 0

        person_closes(company, "volume")
        trips(company, Valve.VOLUME, "FR1", case="2026-11-16")  # a person has said yes to this day
        assert company.dispatch().sent == {"accepted": 3}
        assert relay.taken == 3


def test_a_case_nobody_said_yes_to_opens_the_breaker_again(company):
    trips(company, Valve.VOLUME, "FR1", case="2026-11-16")
    person_closes(company, "volume")
    trips(company, Valve.VOLUME, "FR1", case="2026-11-17")

    assert open_names(company) == ["volume"]


def test_a_breaker_of_another_entity_or_channel_holds_nothing_here(company):
    with relay_of(company) as relay:
        plan_mails(company, 2)
        trips(company, Valve.VOLUME, "GB1")
        trips(company, Valve.BOUNCES, "sendgrid")
        company.dispatch()

        assert relay.taken == 2


def test_every_act_of_a_breaker_is_in_the_ledger_and_the_ledger_verifies(company_of_engine):
    company = company_of_engine
    trips(company, Valve.VOLUME, "FR1")
    person_closes(company, "volume", "Claire", "the branch was merged")
    with company.warehouse.reading() as tx:
        acts = tx.fetch(
            "select state, reason, author from event where kind = 'breaker' order by ledger_seq"
        )
    found = verify(company.warehouse, company.settings.home / "anchors")

    assert acts == [("opened", "volume", "valves"), ("closed", "volume", "Claire")]
    assert found.fault is None


def test_closing_needs_a_reason_and_an_open_breaker(company_of):
    company = company_of()
    with pytest.raises(UsageInvalid, match="no such breaker is open"):
        person_closes(company, "volume")
    trips(company, Valve.VOLUME, "FR1")
    with pytest.raises(UsageInvalid, match="needs a reason"):
        person_closes(company, "volume", why=" ")
    assert open_names(company) == ["volume"]


def test_ten_times_the_usual_day_takes_two_persons(company_of_engine):
    company = company_of_engine
    trips(company, Valve.VOLUME, "FR1", persons=2)
    person_closes(company, "volume", "Claire")
    with pytest.raises(UsageInvalid, match="another person"):
        person_closes(company, "volume", "Claire")
    assert open_names(company) == ["volume"]

    person_closes(company, "volume", "Anne")
    assert open_names(company) == []


def test_who_confirmed_a_day_that_is_too_full_does_not_close_its_breaker(company_of):
    company = company_of()
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-3", "step_day": 33})
    with company.warehouse.transaction() as tx:
        confirm(tx, "FR1", None, company.told("Anne"))
    trips(company, Valve.VOLUME, "FR1")

    with pytest.raises(UsageInvalid, match="another person"):
        person_closes(company, "volume", "Anne")
    person_closes(company, "volume", "Claire")


def test_the_switch_thrown_in_the_middle_of_a_batch_stops_the_rest_of_it(company_of_engine):
    company = company_of_engine

    def throw(number):
        if number == 3:
            kill_switch.throw(company.settings.home, "wrong prices", "Claire", company.now)

    with relay_of(company, after=throw) as relay:
        plan_mails(company, 9)
        summary = company.dispatch()

        assert summary.sent == {"accepted": 3, "left": 6}
        assert company.dispatch().held == {"kill_switch": 6}
        assert states(company).count("confirmed") == 6
        assert relay.taken == 3

        person_closes(company, "kill_switch")
        kill_switch.release(company.settings.home)
        company.dispatch()
        assert relay.taken == 9


def test_the_switch_thrown_on_another_machine_stops_a_batch_under_way(
    tmp_path, company_at, new_database
):
    company = company_at(tmp_path, new_database())
    thrown = threading.Event()

    def throw(number):
        if number == 3:
            trips(company, Valve.KILL_SWITCH)
            thrown.wait(2.5)  # the dispatch looks at the table every second

    with relay_of(company, after=throw) as relay:
        plan_mails(company, 9)
        company.dispatch()

        assert relay.taken == 3
        assert company.dispatch().held == {"kill_switch": 6}


def test_the_switch_stops_letters_and_the_outbox_as_well(company_of):
    company = company_of()
    plan_mails(company, 2)
    kill_switch.throw(company.settings.home, "stop", "Claire", company.now)

    assert company.dispatch().held == {"kill_switch": 2}
    assert company.outbox() == []


@pytest.mark.parametrize("status", [401, 403])
def test_the_first_refusal_of_our_key_stops_the_channel_for_good(company, status):
    with sendgrid_of(company, status) as asked:
        plan_mails(company, 4)
        company.dispatch()
        company.now += timedelta(minutes=10)
        again = company.dispatch()

        assert asked == [status]
        assert again.held == {"authorization": 3}
        assert open_names(company) == ["authorization"]


def test_b119_two_hundred_is_the_sandbox_and_never_success(company_of):
    company = company_of()
    with sendgrid_of(company, 200) as asked:
        plan_mails(company, 4)
        company.dispatch()
        company.now += timedelta(minutes=10)
        company.dispatch()

        assert asked == [200]
        assert sorted(states(company)) == ["confirmed"] * 3 + ["in_doubt"]
        assert open_names(company) == ["authorization"]


def test_b145_a_copy_of_production_sends_into_its_sink(company_at, tmp_path, new_database):
    company = company_at(tmp_path / "production")
    with relay_of(company) as relay:
        plan_mails(company, 1)
        company.dispatch()
        company.customer("C2")
        company.pull()
        company.plan({"customer": "C2", "step": "email-1"})
        assert relay.taken == 1

        shutil.copytree(company.settings.home, tmp_path / "copy")
        company.settings = company.settings.model_copy(update={"home": tmp_path / "copy"})
        company.warehouse = Warehouse.of(company.settings)
        company.dispatch()

        assert relay.taken == 1
        assert open_names(company) == ["environment"]
        assert len(list((tmp_path / "copy" / "sink").rglob("*.eml"))) == 1


def test_b145_the_same_database_under_another_environment_sends_into_its_sink(company_of_engine):
    company = company_of_engine
    with relay_of(company) as relay:
        plan_mails(company, 2)
        company.dispatch()
        company.settings = company.settings.model_copy(update={"environment": "staging"})
        company.customer("C3")
        company.pull()
        company.plan({"customer": "C3", "step": "email-1"})
        company.dispatch()
        assert relay.taken == 2
        assert open_names(company) == ["environment"]

        person_closes(company, "environment", why="production is called staging now")
        company.customer("C4")
        company.pull()
        company.plan({"customer": "C4", "step": "email-1"})
        company.dispatch()
        assert relay.taken == 3


def test_a_feed_that_went_stale_holds_until_a_fresh_delivery_comes(company_of_engine):
    company = company_of_engine
    with relay_of(company) as relay:
        plan_mails(company, 2)
        company.now += timedelta(hours=27)
        assert company.dispatch().held == {"stale_feed": 2}
        with pytest.raises(UsageInvalid, match="ends by itself"):
            person_closes(company, "stale_feed")

        company.pull()
        company.dispatch()
        assert relay.taken == 2
        assert open_names(company) == []


def test_a_clock_that_went_back_behind_the_ledger_holds_everything(company):
    with relay_of(company) as relay:
        plan_mails(company, 2)
        company.now += timedelta(days=2)
        with company.warehouse.transaction() as tx:
            record(tx, [NewEvent("day:x", 1, "day", company.as_of, company.now, "test")])
        company.now -= timedelta(days=2)

        assert company.dispatch().held == {"clock": 2}
        assert relay.taken == 0


def test_more_than_ten_open_doubts_hold_everything(company):
    with relay_of(company, open_doubts=1) as relay:
        plan_mails(company, 4)
        told = Telling(company.as_of, company.now, "test")
        with company.warehouse.transaction() as tx:
            for one in company.actions()[:2]:
                record(tx, [
                    one.event(ActionState.SENDING, told, detail={"attempt": 1}),
                    one.event(ActionState.IN_DOUBT, told, after=1, before=ActionState.SENDING),
                ])  # fmt: skip

        assert company.dispatch().held == {"open_doubts": 2}
        assert relay.taken == 0


def test_an_address_that_had_mail_every_day_gets_none_today(company):
    with relay_of(company, contacts=2) as relay:
        company.customer("C1")
        company.customer("C2")
        company.pull()
        [first, _] = [company.plan({"customer": "C1", "step": "email-1"}), None]
        address = company.actions()[0].recipient_hash
        with company.warehouse.transaction() as tx:
            for days in (1, 2):
                tx.execute(
                    "insert into address_day (address_hash, on_day, action_id)"
                    " values ($hash, $day, 'x')",
                    hash=address, day=company.as_of - timedelta(days=days),
                )  # fmt: skip
        company.plan({"customer": "C2", "step": "email-1"})

        assert company.dispatch().held == {"contact_frequency": 1}
        assert relay.taken == 1
        assert first.actions


def test_in_the_sample_environment_there_is_nothing_to_hold(company_of):
    company = company_of()
    company.settings = company.settings.model_copy(update={"environment": "sample"})
    plan_mails(company, 7)
    trips(company, Valve.VOLUME, "FR1")

    assert company.dispatch().sent == {"accepted": 7}


def test_b149_five_times_the_usual_day_waits_for_a_second_person(company):
    """Anne has confirmed it; that she says yes once more is no second look."""
    friday = company.as_of - timedelta(days=3)
    expected = DayFigures("FR1", friday, planned=5, forecast={company.as_of.isoformat(): 5})
    with company.warehouse.transaction() as tx:
        keep_days(tx, [expected], company.now)
    with relay_of(company) as relay:
        for number in range(1, 26):
            company.customer(f"C{number}")
        company.pull()
        mails = ({"customer": f"C{n}", "step": "email-3", "step_day": 33} for n in range(1, 26))
        plan = company.plan(*mails)
        with company.warehouse.transaction() as tx:
            confirm(tx, "FR1", None, company.told("Anne"))
        checked(company, plan)

        assert sum(company.dispatch().held.values()) == 25
        assert open_names(company) == ["share", "volume"]
        assert relay.taken == 0
        with pytest.raises(UsageInvalid, match="another person"):
            person_closes(company, "volume", "Anne")

        person_closes(company, "share", "Anne")
        person_closes(company, "volume", "Claire")
        company.dispatch()
        assert relay.taken == 25


def edited(company, key="standard-fr", **changes):
    """Return a scenario of the company whose steps were edited; `changes` are those of each."""
    scenario = next(one for one in company.configuration().scenarios if one.key == key)
    return replace(scenario, steps=tuple(replace(one, **changes) for one in scenario.steps))


def checked(company, plan, *scenarios):
    with company.warehouse.transaction() as tx:
        receivables(tx, company.settings, company.as_of)
        terms = company.configuration(*scenarios)
        days = {"as_of": company.as_of, "now": company.now}
        check_day(tx, company.settings, terms, plan.actions, **days)


def test_what_an_edited_scenario_plans_waits_for_a_person_the_other_scenarios_go_on(
    company_of_engine,
):
    company = company_of_engine
    with relay_of(company) as relay:
        for key in ("C1", "C2", "C3"):
            company.customer(key)
        company.pull()
        checked(company, company.plan({"customer": "C1", "step": "email-1"}))
        assert company.dispatch().sent == {"accepted": 1}

        plan = company.plan(
            {"customer": "C2", "step": "email-1"},
            {"customer": "C3", "step": "pre-reminder", "scenario": "risky-fr"},
        )
        checked(company, plan, edited(company, day=1))
        assert company.dispatch().held == {"changed_terms": 1}
        assert relay.taken == 2

        person_closes(company, "changed_terms")
        checked(company, plan, edited(company, day=1))
        assert company.dispatch().sent == {"accepted": 1}
        assert open_names(company) == []


def test_an_edit_that_is_taken_back_holds_no_longer_and_a_second_one_is_another_case(company):
    with relay_of(company):
        for key in ("C1", "C2"):
            company.customer(key)
        company.pull()
        checked(company, company.plan({"customer": "C1", "step": "email-1"}))
        plan = company.plan({"customer": "C2", "step": "email-1"})

        checked(company, plan, edited(company, day=1))
        checked(company, plan, edited(company, day=2))
        person_closes(company, "changed_terms")
        checked(company, plan, edited(company, day=2))
        assert open_names(company) == []
        checked(company, plan, edited(company, day=1))
        assert open_names(company) == ["changed_terms"]
        checked(company, plan, edited(company, day=2))
        assert open_names(company) == []
    assert verify(company.warehouse, company.settings.home / "anchors").fault is None


def test_an_edit_that_nothing_is_planned_under_yet_waits_until_something_is(company):
    with relay_of(company):
        for key in ("C1", "C2"):
            company.customer(key)
        company.pull()
        checked(company, company.plan({"customer": "C1", "step": "email-1"}))
        checked(company, Plan("", company.as_of), edited(company, day=1))
        assert open_names(company) == []

        plan = company.plan({"customer": "C2", "step": "email-1"})
        checked(company, plan, edited(company, day=1))
        assert open_names(company) == ["changed_terms"]


def test_b119_no_setting_asks_for_the_sandbox_so_none_can_be_left_on(tmp_path):
    file = tmp_path / "callsheet.yaml"
    file.write_text("channels: {email: sendgrid, sendgrid: {sandbox: true}}\n", encoding="utf-8")

    with pytest.raises(ConfigurationInvalid, match="sandbox is not a setting"):
        read_settings(file, {})
