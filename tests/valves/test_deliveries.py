"""A delivery that is far from usual is not published, and nothing is decided, until a yes."""

import shutil
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from callsheet import day
from callsheet.settings import Settings, Source
from callsheet.snapshots import snapshot
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.store.warehouse import Warehouse
from callsheet.validation import sorting
from callsheet.valves.breakers import breakers, close
from callsheet.valves.pull_gate import DecisionHeld
from callsheet.valves.situation import Told

from .ordinary_business import ordinary_business, tables_of, write_delivery

ROOT = Path(__file__).parents[2]
TUESDAY = date(2025, 1, 7)
BUSINESS = ordinary_business(customers=75, until=TUESDAY + timedelta(days=7))


def tables(as_of):
    return tables_of(BUSINESS, BUSINESS.open_on(as_of))


class Mornings:
    """One company, whatever is delivered to it day by day."""

    def __init__(self, home: Path, url: str = "") -> None:
        folder = home.parent / "delivery"
        self.settings = Settings(
            environment="production",
            home=home,
            warehouse=url,
            sources=(Source(name="erp", folder=folder, mapping=folder / "mapping.yaml"),),
            scenarios=ROOT / "scenarios",
            templates=ROOT / "templates",
        )

    def receive(self, as_of, delivered):
        shutil.rmtree(self.settings.sources[0].folder, ignore_errors=True)
        write_delivery(self.settings.sources[0].folder, delivered)
        [source] = self.settings.sources
        return day.receive(self.settings, source, as_of, self.moment(as_of), judge=_judge)

    def decide(self, as_of):
        return day.freeze_plan(self.settings, as_of, self.moment(as_of))

    def open(self):
        with Warehouse.of(self.settings).reading() as tx:
            return [str(one.name) for one in breakers(tx)]

    def close_all(self, as_of, *people):
        with Warehouse.of(self.settings).transaction() as tx:
            for one in breakers(tx):
                for who in people:
                    close(tx, one.name, "the branch was sold", Told(as_of, self.moment(as_of), who))

    @staticmethod
    def moment(as_of):
        return datetime.combine(as_of, time(10, 30, tzinfo=UTC))


def _judge(staged, settings, as_of):
    """Sort the rows without asking the expectations: the valves count, they do not read."""
    with Warehouse.of(settings).reading() as tx:
        previous = snapshot.last_before(tx, staged.source, as_of)
    return sorting.validate(staged, snapshot.files_of(previous, KeptSnapshots.of(settings)), ())


@pytest.fixture(scope="module")
def monday_evening(tmp_path_factory) -> Path:
    """The home of a company whose Monday was ordinary; the embedded warehouse."""
    place = tmp_path_factory.mktemp("monday")
    mornings = Mornings(place / "home")
    assert mornings.receive(TUESDAY - timedelta(days=1), tables(TUESDAY - timedelta(days=1)))
    return mornings.settings.home


@pytest.fixture
def company(monday_evening, tmp_path) -> Mornings:
    shutil.copytree(monday_evening, tmp_path / "home")
    return Mornings(tmp_path / "home")


def half(delivered):
    left = {row["customer"] for row in delivered["customers"][::2]}
    return {
        name: [row for row in rows if row.get("customer", "C00001") in left]
        for name, rows in delivered.items()
    }


def in_cents(delivered):
    for row in delivered["open_items"]:
        for name in ("amount", "open_amount"):
            row[name] = f"{Decimal(row[name]) * 100:.2f}"
    return delivered


def test_b029_half_of_the_customers_missing_is_not_decided_until_a_person_says_so(company):
    delivered = half(tables(TUESDAY))

    assert company.receive(TUESDAY, delivered) is None
    assert {"pull_drop", "mass_clearing"} <= set(company.open())
    with pytest.raises(DecisionHeld, match="breaker"):
        company.decide(TUESDAY)

    company.close_all(TUESDAY, "Claire")
    assert company.receive(TUESDAY, delivered).on_day == TUESDAY
    assert company.decide(TUESDAY).on_day == TUESDAY


def test_b029_what_a_person_said_yes_to_is_what_is_usual_from_then_on(company):
    delivered = half(tables(TUESDAY))
    company.receive(TUESDAY, delivered)
    company.close_all(TUESDAY, "Claire")
    company.receive(TUESDAY, delivered)

    tomorrow = TUESDAY + timedelta(days=1)
    assert company.receive(tomorrow, half(tables(tomorrow))) is not None
    assert company.open() == []


def test_b058_cents_for_euros_are_seen_by_the_median_and_not_published(company):
    assert company.receive(TUESDAY, in_cents(tables(TUESDAY))) is None
    assert company.open() == ["amount_scale"]


def test_a_file_that_holds_every_line_twice_is_seen_though_it_would_load_as_usual(company):
    delivered = tables(TUESDAY)
    delivered["open_items"] = [row for row in delivered["open_items"] for _ in range(2)]

    assert company.receive(TUESDAY, delivered) is None
    assert company.open() == ["pull_rise"]


def test_our_bank_account_changes_only_when_two_persons_say_so(company):
    delivered = tables(TUESDAY)
    for row in delivered["entities"]:
        row["iban"] = "GB33BUKB20201555555555"
    assert company.receive(TUESDAY, delivered) is None

    company.close_all(TUESDAY, "Claire")
    assert company.open() == ["bank_details"]
    company.close_all(TUESDAY, "Anne")
    assert company.receive(TUESDAY, delivered).on_day == TUESDAY


def test_a_replay_and_the_sample_are_not_asked(company):
    company.settings = company.settings.model_copy(update={"environment": "sample"})

    assert company.receive(TUESDAY, half(tables(TUESDAY))).on_day == TUESDAY
    assert company.open() == []


def test_on_postgresql_the_same_delivery_opens_the_same_breakers(tmp_path, new_database):
    company = Mornings(tmp_path / "home", new_database())
    monday = TUESDAY - timedelta(days=1)
    assert company.receive(monday, tables(monday)).on_day == monday

    assert company.receive(TUESDAY, half(tables(TUESDAY))) is None
    assert set(company.open()) == {"pull_drop", "mass_clearing", "mass_change"}
    with pytest.raises(DecisionHeld):
        company.decide(TUESDAY)
