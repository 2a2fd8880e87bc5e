"""A company whose receivables lie in a database, and the source's file that reads them."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
import yaml
from pydantic import SecretStr

from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.pull import pull
from callsheet.erp.source import ErpSource
from callsheet.erp.sources import open_source
from callsheet.erp.staged import Staged
from callsheet.settings import Settings, Source
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.snapshots.snapshot import SnapshotRef, publish
from callsheet.store.warehouse import Warehouse
from callsheet.validation.sorting import validate
from callsheet.validation.validated import SnapshotFiles, Validated

TODAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 5, tzinfo=UTC)
ENTITY = {
    "entity": "ACME", "name": "Acme SA", "currency": "EUR", "time_zone": "Europe/Paris",
    "calendar": "FR", "language": "fr",
}  # fmt: skip


@dataclass
class Declared:
    """A source as its one file declares it, and the home that receives it."""

    folder: Path
    content: dict[str, Any]
    secrets: dict[str, SecretStr] = field(default_factory=dict)
    name: str = "erp"

    @property
    def file(self) -> Path:
        path = self.folder / f"{self.name}.yaml"
        path.write_text(yaml.safe_dump(self.content, allow_unicode=True))
        return path

    @property
    def source(self) -> Source:
        return Source(name=self.name, mapping=self.file)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, sources=(self.source,), secrets=self.secrets)

    @property
    def erp(self) -> ErpSource:
        return open_source(self.source, load_mapping(self.file), self.secrets)

    def pull(self, since: datetime | None = None, progress: Any = lambda *_: None) -> Staged:
        return pull(
            self.source, TODAY, self.home, MORNING,
            secrets=self.secrets, since=since, progress=progress,
        )  # fmt: skip

    def validate(self, previous: SnapshotFiles | None = None) -> Validated:
        return validate(self.pull(), previous)

    def publish(self, validated: Validated) -> SnapshotRef:
        warehouse = Warehouse.of(Settings(home=self.home))
        return publish(validated, warehouse, KeptSnapshots(self.home / "lake"), TODAY, MORNING)


def rows_of(staged: Staged, table: str = "open_items") -> list[dict[str, Any]]:
    """The staged rows of a table, by item."""
    with duckdb.connect() as con:
        rows = con.read_parquet(str(staged.folder / f"{table}.parquet"))
        found = [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
    return sorted(found, key=lambda row: str(row.get("item") or row.get("customer")))


@pytest.fixture(scope="session")
def staged_rows() -> Callable[..., list[dict[str, Any]]]:
    return rows_of


@pytest.fixture
def declare(tmp_path: Path) -> Callable[..., Declared]:
    """Declare a source by what its file says; secrets as plain text."""

    def make(content: Mapping[str, Any], name: str = "erp", **secrets: str) -> Declared:
        (tmp_path / name).mkdir()
        return Declared(
            tmp_path / name,
            deepcopy(dict(content)),
            {key: SecretStr(text) for key, text in secrets.items()},
            name,
        )

    return make


# --- a service of one's own, on a real socket ---

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Service:
    """A web server in a thread. `answers` is given method, path, headers and body."""

    answers: Callable[[str, str, Mapping[str, str], bytes], Answer]
    asked: list[str] = field(default_factory=list)  # the method and path of every request
    address: str = ""

    def __enter__(self) -> "Service":
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service.asked.append(f"{self.command} {self.path}")
                status, headers, told = service.answers(self.command, self.path, self.headers, body)
                self.send_response(status)
                for name, words in {**headers, "Content-Length": str(len(told))}.items():
                    self.send_header(name, words)
                self.end_headers()
                self.wfile.write(told)

            do_GET = do_POST  # noqa: N815  # the library's name

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # a client that hangs up is meant
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def as_json(content: object, status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


@pytest.fixture(scope="session")
def json_answer() -> Callable[..., Answer]:
    return as_json


@pytest.fixture
def serve() -> Iterator[Callable[..., Service]]:
    """Start services that end with the test."""
    with ExitStack() as running:
        yield lambda answers: running.enter_context(Service(answers))


# --- a ledger of one's own, as many companies have one ---

LEDGER = """
create table debtor (code varchar(20) primary key, title varchar(100), mail varchar(100));
create table receivable (
    id integer primary key, debtor varchar(20), doc varchar(20), word varchar(10),
    issued date, due date, cur varchar(3), total numeric(18, 2), rest numeric(18, 2),
    touched timestamp
);
"""
QUERIES = {
    "customers.sql": "-- everybody\nselect code, title from debtor",
    "open_items.sql": """
-- Open receivables; with :since also what was settled since, at 0.
select id, debtor, doc, word, issued, due, cur, total, rest
from receivable
where (rest <> 0 or :since is not null)
  and (:since is null or touched >= :since)
""",
}
LEDGER_FILE: dict[str, Any] = {
    "entities": ["ACME"],
    "erp": {"kind": "sql", "url": "", "page_rows": 2},
    "tables": {
        "entities": {"rows": [ENTITY]},
        "customers": {
            "query": "customers.sql", "key": "code",
            "columns": {"customer": "code", "name": "title"},
        },
        "open_items": {
            "query": "open_items.sql", "key": "id",
            "columns": {
                "item": "id", "customer": "debtor", "number": "doc",
                "kind": {"column": "word", "values": {"RE": "invoice", "GU": "credit_note"}},
                "issue_date": "issued", "due_date": "due", "currency": "cur", "amount": "total",
                "open_amount": "rest",
            },
        },
    },
}  # fmt: skip
ITEMS = (
    (1, "D1", "RE-1", "RE", "2026-09-01", "2026-10-01", "EUR", "100.00", "100.00"),
    (2, "D1", "RE-2", "RE", "2026-09-05", "2026-10-05", "EUR", "250.50", "50.50"),
    (3, "D2", "RE-3", "RE", "2026-09-10", "2026-10-10", "USD", "80.00", "80.00"),
    (4, "D2", "GU-1", "GU", "2026-09-20", None, "USD", "-10.00", "-10.00"),
    (5, "D2", "RE-4", "RE", "2026-08-10", "2026-09-10", "EUR", "30.00", "0.00"),
)


@dataclass
class Ledger:
    """The database behind a declared source."""

    engine: sa.Engine
    declared: Declared

    def execute(self, statement: str, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def add(self, *rows: tuple[object, ...], touched: str = "2026-11-01 08:00:00") -> None:
        names = ("id", "debtor", "doc", "word", "issued", "due", "cur", "total", "rest")
        for row in rows:
            self.execute(
                f"insert into receivable ({', '.join(names)}, touched)"
                f" values ({', '.join(':' + name for name in names)}, :touched)",
                **dict(zip(names, row, strict=True)),
                touched=touched,
            )


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, declare: Any, tmp_path: Path) -> Any:
    """A ledger on SQLite and on PostgreSQL, with five receivables of which four are open."""
    on_postgres = request.param == "postgresql"
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    if on_postgres:
        url = request.getfixturevalue("new_database")()
    declared = declare(LEDGER_FILE)
    declared.content["erp"]["url"] = url
    since = "cast(:since as timestamp)" if on_postgres else ":since"
    for name, text in QUERIES.items():
        (declared.folder / name).write_text(text.replace(":since", since))
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    ledger = Ledger(engine, declared)
    for statement in LEDGER.split(";")[:-1]:
        ledger.execute(statement)
    ledger.execute(
        "insert into debtor values ('D1', 'Martin', 'm@x.example'), ('D2', 'Dubois', '')"
    )
    ledger.add(*ITEMS)
    yield ledger
    engine.dispose()
