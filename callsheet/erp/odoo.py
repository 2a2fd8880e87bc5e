"""An Odoo server: `/jsonrpc` up to 18, `/json/2` from 19 on. Records by pages of ascending id."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from callsheet.erp.connection import OdooRpc
from callsheet.erp.guarded_http import GuardedHttp, schema_mismatch, unauthorized
from callsheet.erp.source import SessionExpired
from callsheet.errors import PullRejected

Row = dict[str, Any]
Domain = list[Any]
_EXPIRED = {"odoo.exceptions.AccessDenied", "odoo.http.SessionExpiredException"}


class _Caller(Protocol):
    """How a method of a model is called."""

    def call(self, model: str, method: str, **named: Any) -> Any:
        """Return what the method answers."""

    def version(self) -> str:
        """Return the version of the server."""


class OdooRecords:
    """The records of an Odoo, however it is asked."""

    def __init__(self, caller: _Caller, page_rows: int) -> None:
        self._caller, self._page_rows = caller, page_rows

    def version(self) -> str:
        """Return the version of the server."""
        return self._caller.version()

    def count(self, model: str, domain: Domain) -> int:
        """Return how many records there are now."""
        return int(self._caller.call(model, "search_count", domain=domain))

    def pages(self, model: str, domain: Domain, fields: Sequence[str]) -> Iterator[list[Row]]:
        """Yield the records in pages of ascending id."""
        last, size = 0, self._page_rows
        while True:
            page = self._rows(
                self._caller.call(
                    model, "search_read", domain=[*domain, ["id", ">", last]],
                    fields=list(fields), limit=size, order="id",
                ),
                model,
            )  # fmt: skip
            if page:
                yield page
                last = page[-1]["id"]
            if len(page) < size:
                return

    def everything(self, model: str, fields: Sequence[str]) -> list[Row]:
        """Return all records of a small model."""
        found = self._caller.call(model, "search_read", domain=[], fields=list(fields))
        return self._rows(found, model)

    def read(self, model: str, ids: Sequence[int], fields: Sequence[str]) -> Iterator[Row]:
        """Yield the records of `ids`, in as many requests as pages."""
        for first in range(0, len(ids), self._page_rows):
            some = list(ids[first : first + self._page_rows])
            yield from self._rows(
                self._caller.call(model, "read", ids=some, fields=list(fields)), model
            )

    def _rows(self, answer: Any, model: str) -> list[Row]:
        if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
            raise schema_mismatch(model, "no list of records", answer)
        return [{key: _present(cell) for key, cell in row.items()} for row in answer]


@contextmanager
def records(connection: OdooRpc, secret: str) -> Iterator[OdooRecords]:
    """Yield the records of a server that let us in."""
    with GuardedHttp(connection) as http:
        caller: _Caller
        if connection.version == "18":
            caller = _JsonRpc(http, connection, secret)
            caller.sign_in()
        else:
            caller = _Json2(http, connection, secret)
        yield OdooRecords(caller, connection.page_rows)


class _JsonRpc:
    """Odoo up to 18: every call carries the database, the user's id and its key."""

    def __init__(self, http: GuardedHttp, connection: OdooRpc, secret: str) -> None:
        self._http, self._connection, self._secret = http, connection, secret
        self._user, self._calls = 0, 0

    def sign_in(self) -> None:
        """Learn the user's id; `false` is what Odoo says of a wrong password."""
        database, user = self._connection.database, self._connection.user
        self._user = self._ask("common", "authenticate", database, user, self._secret, {})
        if not self._user:
            raise unauthorized(self._connection.url)

    def version(self) -> str:
        """Return the version of the server."""
        return str(self._ask("common", "version").get("server_version"))

    def call(self, model: str, method: str, **named: Any) -> Any:
        """Return what a method answers."""
        first = [named.pop(name) for name in ("domain", "ids") if name in named]
        who = (self._connection.database, self._user, self._secret)
        return self._ask("object", "execute_kw", *who, model, method, first, named)

    def _ask(self, service: str, method: str, *arguments: Any) -> Any:
        self._calls += 1
        params = {"service": service, "method": method, "args": list(arguments)}
        answer = self._http.post(
            "jsonrpc", {"jsonrpc": "2.0", "method": "call", "id": self._calls, "params": params}
        )
        if not isinstance(answer, dict) or not {"result", "error"} & set(answer):
            raise schema_mismatch(f"{service}.{method}", "neither result nor error", answer)
        if "error" in answer:
            raise _failed(f"{service}.{method}", answer["error"])
        return answer["result"]


class _Json2:
    """Odoo from 19 on: a key in the header, named arguments in the body."""

    def __init__(self, http: GuardedHttp, connection: OdooRpc, secret: str) -> None:
        self._http = http
        http.headers["Authorization"] = f"bearer {secret}"
        http.headers["X-Odoo-Database"] = connection.database

    def version(self) -> str:
        """Return the version of the server."""
        return str(self._http.get("web/version").get("version"))

    def call(self, model: str, method: str, **named: Any) -> Any:
        """Return what a method answers."""
        return self._http.post(f"json/2/{model}/{method}", named)


def _failed(what: str, error: Any) -> PullRejected:
    """Return what an error of the server means for the pull."""
    found = error.get("data", {}) if isinstance(error, dict) else {}
    name, said = found.get("name", ""), found.get("message") or str(error)[:200]
    if name in _EXPIRED:
        return SessionExpired(f"{what}: {said} in the middle of the pull")
    return PullRejected("query_failed", f"{what}: {said}")


def _present(cell: Any) -> Any:
    """Return a cell; what is absent comes as `false`, whatever its type."""
    return None if cell is False else cell
