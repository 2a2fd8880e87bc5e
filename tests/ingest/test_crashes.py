"""Killed at any moment, a publish leaves all of a snapshot or nothing, and the next one goes on."""

import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("publish_in_turn.py")
FIRST_DAY, DAYS = "2026-11-10", 5
HISTORY = "Number;Client;Issued;Due;Total;Settled\n" + "".join(
    f"{no};C{no % 7};2026-10-{1 + no % 28:02};2026-11-{1 + no % 28:02};{no + 1}.00;"
    f"2026-11-{8 + no % 20:02}\n"
    for no in range(60)
)


def an_extract(new_extract):
    extract = new_extract()
    extract.write("items.csv", HISTORY)
    extract.mapping["entities"] = ["FR01"]
    extract.mapping["tables"] = {
        "entities": {"rows": extract.table("entities")["rows"][:1]},
        "open_items": {
            "file": "items.csv",
            "open_when": {"issued": "Issued", "settled": "Settled"},
            "columns": {
                "customer": "Client", "number": "Number", "kind": {"constant": "invoice"},
                "issue_date": "Issued", "due_date": "Due", "currency": {"constant": "EUR"},
                "amount": "Total",
            },
        },
    }  # fmt: skip
    assert extract.source.mapping.exists()
    return extract


def publishing(extract, dies_at="", dies_on=0):
    return subprocess.Popen(
        [sys.executable, CHILD, extract.folder, FIRST_DAY, str(DAYS), dies_at, str(dies_on)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def ended(process):
    process.communicate(timeout=120)
    return process.returncode


def published(extract):
    """Every snapshot that counts, each with its files proved against its manifest."""
    with extract.warehouse.reading() as tx:
        rows = tx.fetch(
            "select snapshot_id, on_day, folder, manifest from snapshot order by on_day"
        )
        events = tx.fetch(
            "select subject from event where kind = 'snapshot' and reason = '' order by ledger_seq"
        )
    for snapshot_id, _, folder, manifest in rows:
        assert hashlib.sha256(manifest.encode()).hexdigest() == snapshot_id
        check_files(extract.home / "lake" / folder, manifest)
    assert [subject for (subject,) in events] == [row[0] for row in rows]
    return [(str(on_day), snapshot_id) for snapshot_id, on_day, _, _ in rows]


def check_files(folder, manifest):
    for name, digest in json.loads(manifest)["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


@pytest.fixture(scope="module")
def undisturbed(new_extract):
    extract = an_extract(new_extract)
    assert ended(publishing(extract)) == 0
    assert len(published(extract)) == DAYS
    return published(extract)


@pytest.mark.parametrize("point", ["files_written", "transaction_open", "committed"])
def test_killed_at_a_named_point_the_snapshot_counts_only_once_it_is_committed(
    new_extract, undisturbed, point
):
    extract = an_extract(new_extract)
    assert ended(publishing(extract, point, dies_on=2)) == -signal.SIGKILL
    assert published(extract) == undisturbed[: 3 if point == "committed" else 2]
    assert ended(publishing(extract)) == 0
    assert published(extract) == undisturbed
    assert not list((extract.home / "lake" / "snapshot").glob(".*")), (
        "the dead one's files are gone"
    )


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.nightly) for n in range(1, 20))]
)
def test_killed_at_any_moment_what_counts_is_whole_and_the_rest_follows(
    new_extract, undisturbed, seed
):
    extract, moments = an_extract(new_extract), random.Random(seed)  # noqa: S311  # no secret
    process = publishing(extract)
    assert process.stdout.readline() == b"ready\n"
    time.sleep(moments.uniform(0.0, 1.0))
    process.send_signal(signal.SIGKILL)
    assert ended(process) in {0, -signal.SIGKILL}
    so_far = published(extract)
    assert so_far == undisturbed[: len(so_far)]
    for manifest in (extract.home / "lake" / "snapshot").glob("[!.]*/*/*/manifest.json"):
        check_files(manifest.parent, manifest.read_text())
    assert ended(publishing(extract)) == 0
    assert published(extract) == undisturbed
