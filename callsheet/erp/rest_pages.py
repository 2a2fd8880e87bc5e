"""Turn the pages of a service, whichever way it cuts them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from callsheet.erp.connection import Rest
from callsheet.erp.guarded_http import GuardedHttp, schema_mismatch


@dataclass(frozen=True)
class Answer:
    """One page: its rows, how many the service says there are in all, and what comes next."""

    rows: list[dict[str, Any]]
    total: int | None
    next: str | None


def pages(http: GuardedHttp, erp: Rest, path: str, parameters: dict[str, str]) -> Iterator[Answer]:
    """Yield every page of `path`; PullRejected when an answer has not the declared shape."""
    asked: dict[str, str] | None = {**parameters, **_size(erp)}
    url, number, read = path.lstrip("/"), erp.pages.first, 0
    before: Answer | None = None
    while True:
        page = _answer(http.get(url, _with_place(erp, asked, number, read)), erp, path)
        if before is not None and page.rows and page.rows == before.rows:
            raise schema_mismatch(path, f"the same page twice, by {erp.pages.by}")
        yield page
        before, read, number = page, read + len(page.rows), number + 1
        if erp.pages.by == "none" or not page.rows:
            return
        if erp.pages.by in {"cursor", "link"}:
            if page.next is None:
                return
            if erp.pages.by == "link":
                url, asked = page.next, None
            else:
                asked = {**(asked or {}), erp.pages.parameter: page.next}
        elif _is_last(page, read, erp.pages.size):
            return


def _is_last(page: Answer, read: int, size: int) -> bool:
    """Say whether all rows were read: by the service's count, else by a page that is not full."""
    return read >= page.total if page.total is not None else len(page.rows) < size


def _size(erp: Rest) -> dict[str, str]:
    paged = erp.pages
    return {paged.size_parameter: str(paged.size)} if paged.size_parameter else {}


def _with_place(
    erp: Rest, asked: dict[str, str] | None, number: int, read: int
) -> dict[str, str] | None:
    """Return the parameters of one page."""
    if erp.pages.by == "page":
        return {**(asked or {}), erp.pages.parameter: str(number)}
    if erp.pages.by == "offset":
        return {**(asked or {}), erp.pages.parameter: str(read)}
    return asked


def _answer(answer: Any, erp: Rest, path: str) -> Answer:
    rows = _at(answer, erp.rows)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise schema_mismatch(path, f"no list of rows at {erp.rows or 'the top'}", answer)
    total = _at(answer, erp.total) if erp.total else None
    if erp.total and (not isinstance(total, int) or isinstance(total, bool)):
        raise schema_mismatch(path, f"no number of rows at {erp.total}", total)
    following = _at(answer, erp.pages.next) if erp.pages.next else None
    return Answer(rows, total, None if following is None else str(following) or None)


def _at(answer: Any, path: str) -> Any:
    for key in path.split(".") if path else ():
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer
