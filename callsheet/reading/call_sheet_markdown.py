"""The call sheet as Prefect shows it: account references, never names or addresses.

A run's artifacts outlive an erasure and are read by many; whoever needs a name asks
`callsheet today`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from callsheet.reading.call_sheet import CallSheet, EntitySheet, Line
from callsheet.reading.open_breakers import Held

MOST_ROWS = 1000  # the screen's limit for a table


def as_markdown(sheet: CallSheet) -> str:
    """Return the day on one page: totals per entity, what is not contacted, exceptions."""
    parts = [f"# Call sheet of {sheet.as_of:%A %d %B %Y}"]
    if sheet.held:
        parts.append(held_back(sheet.held))
    parts += [_entity(one) for one in sheet.entities]
    parts.append(_exceptions(sheet))
    parts.append("## Where to look\n" + "\n".join(_places(sheet.places)))
    return "\n\n".join(parts)


def held_back(held: Sequence[Held]) -> str:
    """Return what holds messages back, and what is to be done, as a table."""
    rows = [(one.title, one.since, one.found, one.holds, one.do) for one in held]
    table = _table(("breaker", "since", "found", "it holds", "to do"), rows)
    return f"## Held back\n\n{table}"


def line_rows(lines: Sequence[Line]) -> list[dict[str, str]]:
    """Return the actions as rows of text, the first `MOST_ROWS` of them."""
    return [
        {
            "entity": line.entity,
            "account": line.customer,
            "channel": line.channel,
            "step": line.step_title,
            "leader": line.leader,
            "days late": "" if line.days_late is None else str(line.days_late),
            "claimed": amounts(line.claim),
            "items": str(line.items),
            "stands": line.doing,
            "why": line.why,
            "action": line.action_id[:8],
        }
        for line in lines[:MOST_ROWS]
    ]


def exception_rows(sheet: CallSheet) -> list[dict[str, str]]:
    """Return the exceptions as rows of text, the first `MOST_ROWS` of them."""
    return [
        {
            "exception": found.code,
            "entity": found.entity,
            "account": found.customer,
            "what to know": found.what,
        }
        for found in sheet.exceptions[:MOST_ROWS]
    ]


def amounts(claims: Mapping[str, Decimal]) -> str:
    """Return amounts per currency; currencies are never added."""
    return ", ".join(f"{currency} {claimed:,.2f}" for currency, claimed in claims.items())


def plain(text: str) -> str:
    """Return `text` as a cell: no markup of its own, so that nothing is fetched or drawn."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")
    return escaped.replace("|", "\\|").replace("[", "\\[").replace("!", "\\!").replace("\n", " ")


def _entity(sheet: EntitySheet) -> str:
    contacts = Counter((line.channel, line.doing) for line in sheet.lines)
    planned = [(channel, doing, str(n)) for (channel, doing), n in sorted(contacts.items())]
    spared = [(one.outcome, one.why, str(one.accounts)) for one in sheet.not_contacted]
    parts = [f"## {plain(sheet.entity)} {plain(sheet.name)}", _contacted(sheet)]
    if planned:
        parts.append(_table(("channel", "stands", "actions"), planned))
    if spared:
        parts.append(_table(("not contacted", "why", "accounts"), spared))
    return "\n\n".join(parts)


def _contacted(sheet: EntitySheet) -> str:
    if not sheet.accounts_contacted:
        return "No account is contacted."
    return f"{sheet.accounts_contacted} accounts are contacted over {amounts(sheet.totals)}."


def _exceptions(sheet: CallSheet) -> str:
    if not sheet.exceptions:
        return "## Exceptions\n\nNone."
    counts = Counter((found.code, found.what) for found in sheet.exceptions)
    rows = [(code, what, str(count)) for (code, what), count in sorted(counts.items())]
    return "## Exceptions\n\n" + _table(("exception", "what to know", "found"), rows)


def _places(places: Mapping[str, str]) -> list[str]:
    return [f"- {name}: `{place}`" for name, place in places.items()]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
