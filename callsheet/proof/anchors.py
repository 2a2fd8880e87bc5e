"""Anchors: what the ledger's chain was, written where nobody who may write the database can.

One file per ledger, one line per anchor, only ever appended to. An anchor names the last group,
its chain, why it was taken and, before a dispatch, the actions that may now leave: a restored
backup can so be told what it does not know. See docs/ledger.md for where to keep them.
"""

import fcntl
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from io import BufferedRandom
from pathlib import Path

from callsheet.crash_points import Point, reached
from callsheet.errors import CallsheetError
from callsheet.keys import canonical_text
from callsheet.proof.ledger import last_group, ledger_id
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse

FORMAT_VERSION = 1
SUFFIX = ".jsonl"
_COMMAND_SECONDS = 60
_BLOCK_BYTES = 64 * 1024


class Occasion(StrEnum):
    """Why an anchor is taken."""

    CONFIRMATION = "confirmation"
    FIRST_SEND = "first_send"
    BATCH_END = "batch_end"


class AnchorFailed(CallsheetError):
    """The anchor could not be written outside: nothing may leave before it is."""


class LedgerReplaced(CallsheetError):
    """The ledger is not the one that was anchored: a restored backup, or a forged one."""


@dataclass(frozen=True)
class Anchor:
    """The ledger's last group at a moment; `actions` are those that may leave next."""

    ledger: str
    group: int
    seq: int
    chain: str
    why: str
    anchored_at: str
    actions: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """Return it as one line of canonical text."""
        return canonical_text({"v": FORMAT_VERSION, **vars(self), "actions": list(self.actions)})


@dataclass(frozen=True)
class AnchorFile:
    """What a folder of anchors says of one ledger, and which other ledgers it knows."""

    by_group: dict[int, Anchor]  # without their actions
    unreadable_lines: int
    other_ledgers: tuple[str, ...]


def folder_of(settings: Settings) -> Path:
    """Return where the anchors are kept; the default is beside the database, so not outside."""
    return settings.anchors or settings.home / "anchors"


def anchor(
    warehouse: Warehouse,
    settings: Settings,
    now: datetime,
    why: Occasion,
    *,
    actions: Sequence[str] = (),
) -> Anchor | None:
    """Write down outside what the ledger's chain is now; None when nothing was ever recorded.

    AnchorFailed when it cannot be written; LedgerReplaced when the anchor before it is not of
    this ledger. Neither lets anything leave.
    """
    folder = folder_of(settings)
    with warehouse.reading() as tx:
        name = ledger_id(tx)
    if not name:
        return None
    moment = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    wanted = Anchor(name, 0, 0, "", str(why), moment, tuple(actions))
    try:
        taken = _append(warehouse, folder / f"{name}{SUFFIX}", wanted)
    except OSError as problem:
        raise AnchorFailed(
            f"{folder}: no anchor can be written\n  found        {problem}\n"
            "  do           mend it, or set CALLSHEET_ANCHORS to another folder"
        ) from problem
    if settings.anchor_command:
        _tell(settings.anchor_command, taken.line)
    reached(Point.ANCHOR_WRITTEN)
    return taken


def read_anchors(folder: Path, ledger: str) -> AnchorFile:
    """Return the anchors of a ledger; a line that a crash cut off is counted, not believed."""
    known: dict[int, Anchor] = {}
    unreadable = 0
    place = folder / f"{ledger}{SUFFIX}"
    if ledger and place.is_file():
        with place.open("rb") as file:
            for line in file:
                if (found := _parsed(line)) is None:
                    unreadable += 1
                else:
                    _keep(known, found)
    others = (path.stem for path in sorted(folder.glob(f"*{SUFFIX}")) if path != place)
    return AnchorFile(known, unreadable, tuple(others))


def anchors_in(place: Path) -> list[Anchor]:
    """Return the anchors of a file in their order, with the actions they name."""
    if not place.is_file():
        return []
    with place.open("rb") as file:
        return [found for line in file if (found := _parsed(line)) is not None]


def _keep(known: dict[int, Anchor], found: Anchor) -> None:
    """Keep one anchor a group; one that contradicts the first is kept under its own number."""
    first = known.setdefault(found.group, replace(found, actions=()))
    if (first.seq, first.chain) != (found.seq, found.chain):
        known[found.group] = replace(first, chain="two anchors of this group differ")


def _append(warehouse: Warehouse, place: Path, wanted: Anchor) -> Anchor:
    """Append one line and see it on disk; writers of other processes wait meanwhile."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = _last_line(file)
        with warehouse.reading() as tx:
            taken = _at_last_group(tx, wanted)
            if before.strip():
                _refuse_another(tx, place, taken, _parsed(before))
        is_torn = bool(before) and not before.endswith(b"\n")
        file.write(b"\n" * is_torn + taken.line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return taken


def _at_last_group(tx: Transaction, wanted: Anchor) -> Anchor:
    group = last_group(tx)
    if group is None:
        raise LedgerReplaced("the ledger was emptied while it was being anchored")
    return replace(wanted, group=group.group_no, seq=group.last_seq, chain=group.chain)


def _refuse_another(tx: Transaction, place: Path, taken: Anchor, before: Anchor | None) -> None:
    """Refuse to go on after an anchor that this ledger does not lead up to."""
    if before is None:
        return  # its line was cut off by a crash
    rows = tx.fetch("select chain from batch_anchor where group_no = $no", no=before.group)
    if rows == [(before.chain,)]:
        return
    raise LedgerReplaced(
        f"{place}: the ledger is not the one that was anchored\n"
        f"  looked for   event {before.seq} in group {before.group}, of {before.anchored_at}\n"
        f"  found        a ledger that ends with event {taken.seq} in group {taken.group}\n"
        "  do           run `callsheet verify`; nothing is sent meanwhile (docs/ledger.md)"
    )


def _last_line(file: BufferedRandom) -> bytes:
    """Return the last line with its end, if it has one; nothing of an empty file."""
    end = file.seek(0, os.SEEK_END)
    tail = b""
    while end > 0 and b"\n" not in tail[:-1]:
        start = max(0, end - _BLOCK_BYTES)
        file.seek(start)
        tail = file.read(end - start) + tail
        end = start
    return tail[tail[:-1].rfind(b"\n") + 1 :]


def _parsed(line: bytes) -> Anchor | None:
    """Return the anchor a line holds; None when it is not one."""
    try:
        said = json.loads(line)
        return Anchor(
            ledger=str(said["ledger"]),
            group=int(said["group"]),
            seq=int(said["seq"]),
            chain=str(said["chain"]),
            why=str(said["why"]),
            anchored_at=str(said["anchored_at"]),
            actions=tuple(said["actions"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _tell(command: Sequence[str], line: str) -> None:
    try:
        subprocess.run(  # noqa: S603  # the settings' own command, no shell
            command, input=line + "\n", text=True, check=True, timeout=_COMMAND_SECONDS,
            capture_output=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as problem:
        raise AnchorFailed(
            f"anchor_command {command[0]}: the anchor was not taken\n  found        {problem}\n"
            "  do           mend the command, or remove it from the settings"
        ) from problem
