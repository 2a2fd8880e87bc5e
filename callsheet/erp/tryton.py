"""A Tryton server over JSON-RPC: a session, and rows by pages of ascending id."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from callsheet.erp.connection import TrytonRpc
from callsheet.erp.guarded_http import GuardedHttp, schema_mismatch, unauthorized
from callsheet.errors import PullRejected

Row = dict[str, Any]
Domain = list[Any]


@dataclass
class TrytonSession:
    """A session on a Tryton server."""

    http: GuardedHttp
    connection: TrytonRpc
    context: dict[str, Any] = field(default_factory=dict)
    _calls: int = field(default=0, init=False)

    def sign_in(self, secret: str) -> None:
        """Open the session; PullRejected `unauthorized` when the password is not right."""
        user = self.connection.user
        opened = self.call("common.db.login", user, {"password": secret}, "en")
        if not isinstance(opened, list) or len(opened) < 2:
            raise unauthorized(self.connection.url)
        words = f"{user}:{opened[0]}:{opened[1]}".encode()
        self.http.headers["Authorization"] = "Session " + base64.b64encode(words).decode()

    def version(self) -> str:
        """Return the version of the server."""
        return str(self.call("common.server.version", at="rpc/"))

    def count(self, model: str, domain: Domain) -> int:
        """Return how many records there are now."""
        return int(self.call(f"model.{model}.search_count", _told(domain), self.context))

    def pages(self, model: str, domain: Domain, fields: Sequence[str]) -> Iterator[list[Row]]:
        """Yield the records in pages of ascending id."""
        last = -1
        while True:
            page = self.call(
                f"model.{model}.search_read",
                [_told(domain), ["id", ">", last]],
                0,
                self.connection.page_rows,
                [["id", "ASC"]],
                list(fields),
                self.context,
            )
            if not isinstance(page, list):
                raise schema_mismatch(model, "no list of records", page)
            if page:
                yield page
                last = page[-1]["id"]
            if len(page) < self.connection.page_rows:
                return

    def of(self, model: str, name: str, ids: Sequence[int], fields: Sequence[str]) -> Iterator[Row]:
        """Yield the records whose field `name` is one of `ids`."""
        size = self.connection.page_rows
        for first in range(0, len(ids), size):
            domain = [[name, "in", list(ids[first : first + size])]]
            for page in self.pages(model, domain, fields):
                yield from page

    def call(self, method: str, *parameters: object, at: str = "") -> Any:
        """Return what a method answers; its errors come with status 200 and a member `error`."""
        self._calls += 1
        answer = self.http.post(
            at or f"{self.connection.database}/rpc/",
            {"id": self._calls, "method": method, "params": list(parameters)},
            hook=_read,
        )
        if not isinstance(answer, dict) or ("result" not in answer and "error" not in answer):
            raise schema_mismatch(method, "neither result nor error", answer)
        if answer.get("error") is not None:
            raise PullRejected("query_failed", f"{method}: {str(answer['error'])[:200]}")
        return answer["result"]


@contextmanager
def session(connection: TrytonRpc, secret: str) -> Iterator[TrytonSession]:
    """Yield a session that ends with the block."""
    with GuardedHttp(connection) as http:
        opened = TrytonSession(http, connection)
        opened.sign_in(secret)
        yield opened
        opened.call("common.db.logout")


def _read(given: dict[str, Any]) -> Any:
    """Return the value that a typed object stands for."""
    kind = given.get("__class__")
    if kind == "Decimal":
        return Decimal(given["decimal"])
    if kind == "date":
        return date(given["year"], given["month"], given["day"])
    if kind == "datetime":
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return datetime(*(given[name] for name in names))  # noqa: DTZ001  # Tryton's are UTC
    if kind == "timedelta":
        return timedelta(seconds=float(given["seconds"]))
    return given


def _told(part: Any) -> Any:
    """Return a domain as Tryton reads it: moments and days as typed objects."""
    if isinstance(part, list | tuple):
        return [_told(inner) for inner in part]
    if isinstance(part, datetime):
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{name: getattr(part, name) for name in names}}
    if isinstance(part, date):
        day = {"year": part.year, "month": part.month, "day": part.day}
        return {"__class__": "date", **day}
    return part
