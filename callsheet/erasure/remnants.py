"""What lies in plain beside the sealed data: destroyed, or cleaned of a customer's texts."""

import mmap
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from callsheet.erasure.personal_data import Held
from callsheet.sealing.key_ring import KeyRing
from callsheet.sealing.set_aside import delivery_of, row_as_it_lay
from callsheet.sealing.words import ERASED, every_text_about_nobody
from callsheet.store.transaction import Transaction

INBOX = "inbox.sqlite"
STAGING = "staging"
# Tables whose rows may change, and that people and programs write sentences into.
_SENTENCES = (("exclusion", "reason"),)


def remove_files(home: Path, files: Iterable[Path]) -> int:
    """Remove files of the outbox; return how many were there."""
    there = [path for path in files if path.is_relative_to(home / "outbox") and path.exists()]
    for path in there:
        path.unlink()
    return len(there)


def remove_staging(home: Path) -> int:
    """Remove what a broken pull left behind: a delivery in plain. Return how many folders."""
    folders = [path for path in (home / STAGING).glob("*") if path.is_dir()]
    for folder in folders:
        shutil.rmtree(folder)
    return len(folders)


def clean_sentences(tx: Transaction, held: Held) -> int:
    """Replace sentences in the warehouse that hold one of the texts; return how many."""
    cleaned = 0
    for table, column in _SENTENCES:
        rows = tx.fetch(f"select distinct {column} from {table} where {column} <> ''")  # noqa: S608  # names of our own
        for sentence in _speaking_of(held, (row[0] for row in rows)):
            tx.execute(
                f"update {table} set {column} = $erased where {column} = $sentence",  # noqa: S608  # as above
                erased=ERASED,
                sentence=sentence,
            )
            cleaned += 1
    return cleaned


def forget_words(tx: Transaction, held: Held) -> int:
    """Delete people's words about no single customer that speak of this one."""
    spoken = every_text_about_nobody(tx)
    named = [name for name, text in spoken.items() if any(_speaking_of(held, [text]))]
    for name in named:
        tx.execute("delete from free_text where text_hash = $name", name=name)
    return len(named)


def destroy_deliveries(tx: Transaction, ring: KeyRing, held: Held) -> int:
    """Destroy the keys of deliveries whose set-aside rows name nobody, but speak of this one."""
    rows = tx.fetch(
        "select distinct raw from quarantine where customer = '' and raw <> '' order by raw"
    )
    meant = {
        delivery_of(raw)
        for (raw,) in rows
        if any(_speaking_of(held, [row_as_it_lay(ring, raw, "") or ""]))
    }
    for delivery in meant:
        ring.destroy(delivery, "delivery")
    return len(meant)


def clean_inbox(home: Path, held: Held) -> int:
    """Take the texts out of provider events that were received; return how many events."""
    place = home / INBOX
    if not place.exists():
        return 0
    with closing(sqlite3.connect(place, timeout=30)) as con:
        con.execute("pragma secure_delete = on")
        rows = con.execute("select place, body from received").fetchall()
        changed = [(_without(body, held.texts), no) for no, body in rows]
        known = dict(rows)
        changed = [(body, no) for body, no in changed if body != known[no]]
        with con:
            con.executemany("update received set body = ? where place = ?", changed)
    return len(changed)


def still_found(home: Path, held: Held) -> list[Path]:
    """Return the files of the home folder that hold one of the texts as they lie."""
    needles = [text.encode() for text in held.texts]
    return [path for path in _searched(home) if _holds(path, needles)]


def _searched(home: Path) -> Iterator[Path]:
    """Yield the files that could hold a text in plain.

    Contents and Parquet files are compressed and sealed: to look into them proves nothing, and
    takes hours. Prefect's database is out of our reach.
    """
    for path in sorted(home.rglob("*")):
        top = path.relative_to(home).parts[0]
        is_sealed = path.suffix == ".parquet" or "content" in path.parts
        if path.is_file() and path.stat().st_size and top != "prefect" and not is_sealed:
            yield path


def _holds(path: Path, needles: Iterable[bytes]) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(needle) >= 0 for needle in needles)


def _speaking_of(held: Held, sentences: Iterable[str]) -> Iterator[str]:
    """Yield the sentences that hold one of the customer's texts, in any case of letters."""
    needles = [text.casefold() for text in held.texts]
    for sentence in sentences:
        if any(needle in sentence.casefold() for needle in needles):
            yield sentence


def _without(body: str, texts: Iterable[str]) -> str:
    for text in sorted(texts, key=len, reverse=True):
        body = body.replace(text, ERASED)
    return body
