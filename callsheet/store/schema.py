"""What analysts may read: the warehouse's views, documented by the headers of their files."""

import re
from dataclasses import dataclass

from callsheet.errors import UsageInvalid
from callsheet.store.warehouse_schema import VIEWS, view_text

_FIELD = re.compile(r"-- (grain|reads|ties|note)\s+(.+)")
_COLUMN = re.compile(r"-- column\s+(\w+)\s+(.+)")


@dataclass(frozen=True)
class ViewColumn:
    """One column of a view, and what it means."""

    name: str
    meaning: str


@dataclass(frozen=True)
class View:
    """One view: the question it answers, what one row is, and its columns in order."""

    name: str
    question: str
    grain: str
    columns: tuple[ViewColumn, ...]


def views() -> tuple[View, ...]:
    """Return every view with its documentation, the ones analysts want first."""
    return tuple(sorted((_view(name) for name in VIEWS), key=lambda view: view.name))


def view_named(name: str) -> View:
    """Return the documentation of one view; UsageInvalid when there is none of that name."""
    if name not in VIEWS:
        raise UsageInvalid(f"{name}: no such view\n  do           use one of {', '.join(VIEWS)}")
    return _view(name)


def _view(name: str) -> View:
    lines = view_text(name).splitlines()
    fields = {found[1]: found[2] for line in lines if (found := _FIELD.match(line))}
    columns = [ViewColumn(found[1], found[2]) for line in lines if (found := _COLUMN.match(line))]
    return View(name, lines[0].removeprefix("-- "), fields["grain"], tuple(columns))
