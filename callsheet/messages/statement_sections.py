"""Sections of a statement: the lines of each creditor, with a total for each currency."""

from collections.abc import Iterable, Mapping, Set
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from callsheet.messages.statement_model import Claim, Creditor, Line, LineApart, Section, Sum

Row = Mapping[str, Any]


def sections_of(
    rows: Iterable[Row],
    creditors: Mapping[str, Creditor],
    claimed_before: Set[str],
    members: Mapping[str, str],
) -> tuple[Section, ...]:
    """Return one section per creditor that has rows, ordered by entity.

    `rows` are those of one account, ordered by entity and currency (`placed_items`).
    `claimed_before` are the items earlier reminders asked for; `members` says how the other
    accounts of a group are called, by customer.
    """
    return tuple(
        _section(creditors[entity], list(group), claimed_before, members)
        for entity, group in groupby(rows, key=itemgetter("entity"))
        if entity in creditors
    )


def _section(
    creditor: Creditor, rows: list[Row], claimed_before: Set[str], members: Mapping[str, str]
) -> Section:
    claims, penalties, to_come, in_credit = [], [], [], []
    apart: list[LineApart] = []
    for currency, group in groupby(rows, key=itemgetter("currency")):
        lines: dict[str, list[Line]] = {}
        for row in group:
            line = _line(row, claimed_before, members)
            if row["place"] == "apart":
                apart.append(_apart(row, line))
            else:
                lines.setdefault(row["place"], []).append(line)
        claim = _claim(currency, lines.get("claimed", []), lines.get("credit", []))
        if claim.total > 0:
            claims.append(claim)
        elif claim.credits:
            in_credit.append(_sum(currency, claim.lines + claim.credits))
        if "penalty" in lines:
            penalties.append(_sum(currency, tuple(lines["penalty"])))
        if "to_come" in lines:
            to_come.append(_sum(currency, tuple(lines["to_come"])))
    return Section(
        creditor, tuple(claims), tuple(penalties), tuple(to_come), tuple(in_credit), tuple(apart)
    )


def _claim(currency: str, lines: list[Line], credits_: list[Line]) -> Claim:
    """Return what is claimed in a currency: the lines less the credits (R5)."""
    lines_total = _total(lines)
    credits_total = _total(credits_)
    return Claim(
        currency=currency,
        lines=tuple(lines),
        credits=tuple(credits_),
        lines_total=lines_total,
        credits_total=credits_total,
        total=lines_total + credits_total,
        overdue_total=_total(line for line in lines if line.days_late),
    )


def _sum(currency: str, lines: tuple[Line, ...]) -> Sum:
    return Sum(currency, lines, _total(lines))


def _total(lines: Iterable[Line]) -> Decimal:
    return sum((line.open_amount for line in lines), Decimal(0))


def _line(row: Row, claimed_before: Set[str], members: Mapping[str, str]) -> Line:
    return Line(
        item=row["item"],
        number=row["number"],
        kind="misc_credit" if row["kind"] == "misc" and row["shown"] < 0 else row["kind"],
        customer=row["customer"],
        member=members.get(row["customer"], ""),
        issue_date=row["issue_date"],
        due_date=row["due_date"],
        days_late=row["days_late"] or 0,
        currency=row["currency"],
        invoiced=row["amount"],
        open_amount=row["shown"],
        order_reference=row["order_reference"] or "",
        is_leader=bool(row["is_leader"]),
        claimed_before=row["item"] in claimed_before,
    )


def _apart(row: Row, line: Line) -> LineApart:
    return LineApart(
        line=line,
        why=row["why"],
        until=row["until"],
        promised_on=row["promised_on"],
        reason=row["reason"] or "",
        resolver=row["resolver"] or "",
        since=row["since"],
    )
