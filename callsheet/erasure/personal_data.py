"""What is held of a customer, and where: asked before it is destroyed, while it can be read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from callsheet.canonical import DUCKDB_TYPE, TABLES
from callsheet.in_memory import in_memory
from callsheet.sealing.key_ring import KeyRing
from callsheet.sealing.rows import PERSONAL, SEALED, open_rows
from callsheet.settings import Settings
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.store.lake import rows_of
from callsheet.store.transaction import Transaction

_SHORTEST = 4  # characters: a shorter text is found everywhere and proves nothing


@dataclass(frozen=True)
class Held:
    """What is held of one customer. `texts` are in plain: they are for searching, not to be kept.

    `deliveries` are those whose set-aside rows without a customer speak of this one.
    """

    customer: str
    has_key: bool
    was_erased: bool
    rows: dict[str, int]  # sealed rows of the snapshots, by table
    texts: frozenset[str]
    messages: int
    words: int
    set_aside: int
    action_ids: tuple[str, ...]
    files: tuple[Path, ...]  # below the home folder, in plain

    @property
    def is_known(self) -> bool:
        """Say whether anything was ever known of this customer."""
        return self.has_key or self.was_erased or bool(self.rows or self.action_ids)

    def as_text(self) -> dict[str, object]:
        """Return it as plain data, without the texts."""
        return {
            "customer": self.customer, "key": self.has_key, "erased_before": self.was_erased,
            "snapshot_rows": self.rows, "messages": self.messages, "texts_of_people": self.words,
            "rows_set_aside": self.set_aside, "actions": len(self.action_ids),
            "files": [str(path) for path in self.files],
        }  # fmt: skip


def held_of(tx: Transaction, settings: Settings, customer: str) -> Held:
    """Return what is held of `customer` in the lake, the warehouse and the home folder."""
    ring = KeyRing.of(settings.home)
    rows, texts = _in_snapshots(tx, settings, ring, customer)
    actions = tx.fetch(
        "select action_id, content_hash from action where customer = $c order by action_id",
        c=customer,
    )
    ids = tuple(action_id for action_id, _ in actions)
    return Held(
        customer=customer,
        has_key=customer in ring.known([customer]),
        was_erased=ring.is_destroyed(customer),
        rows=rows,
        texts=frozenset(texts),
        messages=len({content for _, content in actions if content}),
        words=_count(tx, "free_text", customer),
        set_aside=_count(tx, "quarantine", customer),
        action_ids=ids,
        files=tuple(files_of(settings.home, ids)),
    )


def files_of(home: Path, action_ids: Sequence[str]) -> list[Path]:
    """Return the files of the outbox that are named for one of these actions."""
    wanted = set(action_ids)
    found = (path for path in (home / "outbox").rglob("*") if path.is_file())
    return sorted(path for path in found if not wanted.isdisjoint(_names(path)))


def _names(path: Path) -> Iterable[str]:
    """Return what an outbox file may be named for: `<action id>[.attempt].<ending>`."""
    parts = path.name.lstrip(".").split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _in_snapshots(
    tx: Transaction, settings: Settings, ring: KeyRing, customer: str
) -> tuple[dict[str, int], set[str]]:
    """Return how many rows each table has of a customer, and every personal text in them."""
    kept = KeptSnapshots.of(settings)
    folders = [kept.folder(folder) for (folder,) in tx.fetch("select folder from snapshot")]
    counts: dict[str, int] = {}
    texts: set[str] = set()
    with in_memory() as con:
        for table in PERSONAL:
            columns = [(c.name, DUCKDB_TYPE[c.type]) for c in TABLES[table].columns]
            every = rows_of(folders, f"{table}.parquet", [*columns, (SEALED, "blob")])
            rows = con.execute(
                f"from ({every}) where customer = $c",  # names of our own
                {"c": customer},
            ).to_arrow_table()
            opened = open_rows(ring, table, rows)
            counts |= {table: rows.num_rows} if rows.num_rows else {}
            for name in PERSONAL[table]:
                texts |= {text for text in opened[name].to_pylist() if text}
    return counts, {text for text in texts if len(text) >= _SHORTEST}


def _count(tx: Transaction, table: str, customer: str) -> int:
    rows = tx.fetch(f"select count(*) from {table} where customer = $c", c=customer)  # noqa: S608  # names of our own
    return int(rows[0][0])
