"""The sample company for tests that play days: judged once, played in a home of its own."""

import csv
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from callsheet.settings import Settings
from callsheet.settings_file import load_settings
from callsheet.snapshots.remembered_delivery import RememberedDeliveries

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
EXTRACT = ROOT / "data" / "public_extract" / "callsheet.yaml"
SAMPLE_DAY = date(2026, 11, 16)
CUSTOMER_COLUMNS = {"ecritures_clients.csv": "Compte"}
WHOLE = frozenset({"entities.csv", "colleagues.csv"})


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], RememberedDeliveries]:
    """One memory of judged deliveries per company: Great Expectations is asked once each."""
    memories: dict[str, RememberedDeliveries] = {}
    return lambda company: memories.setdefault(company, RememberedDeliveries())


@pytest.fixture
def sample(tmp_path: Path) -> Settings:
    """The shipped settings of the sample company, in a home of its own."""
    return load_settings(SAMPLE / "callsheet.yaml").model_copy(update={"home": tmp_path / "home"})


@pytest.fixture(scope="session")
def small_company(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Every twelfth customer of the sample: the same files, shorter."""
    folder = tmp_path_factory.mktemp("small_company")
    customers = [row["customer"] for row in _rows(SAMPLE / "customers.csv")][::12]
    for path in SAMPLE.glob("*.csv"):
        _shorten(path, folder / path.name, frozenset(customers))
    shutil.copy(SAMPLE / "mapping.yaml", folder)
    settings = load_settings(SAMPLE / "callsheet.yaml")
    [source] = settings.sources
    here = source.model_copy(update={"folder": folder, "mapping": folder / "mapping.yaml"})
    return settings.model_copy(update={"sources": (here,), "home": folder / "home"})


@pytest.fixture
def public_extract(tmp_path: Path) -> Settings:
    """The public extract beside the repository; skipped, saying so, where it is absent."""
    settings = load_settings(EXTRACT)
    [source] = settings.sources
    if not (source.folder / "receivables_2012_2013.csv").exists():
        pytest.skip(f"no public extract here: {source.folder} is absent")
    return settings.model_copy(update={"home": tmp_path / "home"})


def _rows(path: Path) -> list[dict[str, str]]:
    delimiter = ";" if path.name in CUSTOMER_COLUMNS else ","
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def _shorten(path: Path, copy: Path, customers: frozenset[str]) -> None:
    rows = _rows(path)
    column = CUSTOMER_COLUMNS.get(path.name, "customer")
    kept = [row for row in rows if path.name in WHOLE or row[column] in customers]
    with copy.open("w", encoding="utf-8", newline="") as file:
        delimiter = ";" if path.name in CUSTOMER_COLUMNS else ","
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept or rows[:1])
