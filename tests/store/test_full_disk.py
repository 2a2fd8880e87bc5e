"""B142: the disk is full during a commit. Whoever waits for it is told; what was kept stays."""

import subprocess
import sys
from pathlib import Path

from callsheet.settings import Settings
from callsheet.store.warehouse import Warehouse

SCRIPT = Path(__file__).with_name("fill_the_disk.py")


def test_a_full_disk_stops_the_senders_and_keeps_every_row_they_were_told_of(tmp_path):
    told = subprocess.run(
        [sys.executable, SCRIPT, tmp_path, "100000"], capture_output=True, text=True, check=True
    )

    kept = int(told.stdout)
    with Warehouse.of(Settings(home=tmp_path)).reading() as tx:
        rows = tx.fetch("select subject from event order by ledger_seq")
    assert 0 < kept < 5000
    assert [subject for (subject,) in rows][:kept] == [f"a-{no}" for no in range(1, kept + 1)]
    assert len(rows) <= kept + 1  # the last one may lie there: it was never told to be
