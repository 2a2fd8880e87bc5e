"""Spoilt pulls through validation: several tables, spoilt here and there, judged by everything."""

import random
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from callsheet.errors import CallsheetError
from callsheet.validation.validated import SnapshotFiles, Validated

from .conftest import FILES, TODAY, Extract
from .fuzz_files import TEXT
from .fuzz_findings import Found, code_of, cpu_now
from .mutations import OF_ROWS, spoil

PULLED = {
    "items.csv": TEXT,
    "customers.csv": FILES["customers.csv"],
    "contacts.csv": FILES["contacts.csv"],
}


def spoilt_pull(number: int, seed: int) -> dict[str, bytes]:
    """Return the files of one pull; most rows of it stay as they are."""
    chance = random.Random(f"pull {seed} {number}")  # noqa: S311  # no secret
    made = {name: text.encode() for name, text in PULLED.items()}
    for name in chance.sample(sorted(made), chance.randrange(1, len(made) + 1)):
        header, _, rows = made[name].partition(b"\n")
        if chance.random() < 0.85:
            made[name] = header + b"\n" + spoil(chance, rows, OF_ROWS, 8)
        else:
            made[name] = spoil(chance, made[name])
    return made


class Pulls:
    """One source after another delivery, each judged beside the last good one."""

    def __init__(self, folder: Path) -> None:
        self.extract = Extract(folder / "erp")
        del self.extract.mapping["tables"]["disputes"]
        for name in ("customers", "contacts"):
            self.extract.table(name)["one_per_key"] = name == "contacts"
        self.before = self._keep(self.judge({name: t.encode() for name, t in PULLED.items()}, None))

    def judge(self, files: dict[str, bytes], previous: SnapshotFiles | None) -> Validated:
        for name, whole in files.items():
            self.extract.write(name, whole)
        return self.extract.validate(previous)

    def _keep(self, validated: Validated) -> SnapshotFiles:
        return SnapshotFiles(
            "before", TODAY, validated.folder.rename(self.extract.folder / "before")
        )


def fuzz_pulls(
    numbers: Iterable[int], seed: int, note: Callable[[int], None] = lambda _: None
) -> Found:
    """Pull and judge the deliveries of these numbers."""
    found, before = Found(), cpu_now()
    with tempfile.TemporaryDirectory() as folder:
        pulls = Pulls(Path(folder))
        for number in numbers:
            note(number)
            found.tried += 1
            try:
                validated = pulls.judge(
                    spoilt_pull(number, seed), pulls.before if number % 2 else None
                )
                _count(validated, found)
            except CallsheetError as refused:
                found.refused[code_of(refused)] += 1
            except Exception:  # noqa: BLE001  # what is looked for
                found.failures.append(f"pulls:{number}\n{traceback.format_exc()}")
    return found.take_stock(before)


def _count(validated: Validated, found: Found) -> None:
    """Count the files themselves: what was loaded and set aside must be what came in."""
    aside = duckdb.sql(
        "select table_name, count(distinct line)"
        f" from '{validated.folder}/quarantine.parquet' group by all"
    )
    set_aside = dict(aside.fetchall())
    for name, counts in validated.counts.items():
        staged = pq.read_metadata(validated.staged.folder / f"{name}.parquet").num_rows
        marks = pq.read_table(validated.folder / f"{name}.parquet", columns=["mark"])["mark"]
        loaded = len(marks) - counts.kept
        if staged != loaded + counts.duplicates + set_aside.get(name, 0):
            raise AssertionError(f"{name}: {staged} rows came in; {counts}, {loaded} in the file")
        found.rows += staged
    found.read += 1
    found.aside += Counter(validated.by_code)
