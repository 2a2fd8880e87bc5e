"""Three days of the sample company, played once: colleagues are a day late."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from callsheet.day import play_day
from callsheet.desk.playing_people import PlayingPeople
from callsheet.reading.call_sheet import call_sheet
from callsheet.replay import MORNING, business_days, in_its_own_home
from callsheet.settings import Settings
from callsheet.settings_file import SAMPLE_FILE, load_settings
from callsheet.snapshots.remembered_delivery import RememberedDeliveries
from callsheet.store.warehouse import Warehouse

FIRST, LAST = date(2026, 11, 16), date(2026, 11, 18)


@dataclass
class PlayedDays:
    """The played company, and its call sheets as they were printed in the evening of each day."""

    settings: Settings
    sheets: dict[date, dict[str, Any]] = field(default_factory=dict)

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse.of(self.settings)

    @property
    def days(self) -> list[date]:
        return list(self.sheets)


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> PlayedDays:
    home = tmp_path_factory.mktemp("played")
    company = PlayedDays(in_its_own_home(load_settings(SAMPLE_FILE), home))
    people, deliveries = PlayingPeople.of("late:1"), RememberedDeliveries()
    for day in business_days(FIRST, LAST):
        play_day(company.settings, day, datetime.combine(day, MORNING), people, deliveries)
        with company.warehouse.reading() as tx:
            company.sheets[day] = call_sheet(tx, company.settings, day).as_text()
    return company


@pytest.fixture
def settings_file(played: PlayedDays, tmp_path: Path) -> Path:
    """A settings file of the played company, for the terminal."""
    sample = SAMPLE_FILE.parent
    path = tmp_path / "callsheet.yaml"
    path.write_text(
        f"environment: replay\nhome: {played.settings.home}\n"
        f"sources:\n  - {{name: sample-erp, folder: {sample}, mapping: {sample}/mapping.yaml}}\n"
        f"scenarios: {played.settings.scenarios}\ntemplates: {played.settings.templates}\n"
        "decision:\n  min_item: {EUR: 5, GBP: 5, USD: 5, CHF: 5, JPY: 500}\n"
        "  min_claim: {EUR: 20, GBP: 20, USD: 20, CHF: 20, JPY: 3000}\n",
        encoding="utf-8",
    )
    return path
