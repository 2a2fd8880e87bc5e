"""Legal steps of a group go one by one: each creditor writes to each legal debtor (R2)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from callsheet.messages.statement_model import Claim, Line, LineApart, Section, Statement, Sum

_NEVER = date.max


@dataclass(frozen=True, order=True)
class Part:
    """What one creditor claims of one legal debtor."""

    entity: str
    debtor: str


def parts_of(statement: Statement) -> list[Part]:
    """Return who claims of whom in a statement, in order."""
    return sorted(
        {
            Part(section.creditor.entity, line.customer)
            for section in statement.sections
            for claim in section.claims
            for line in claim.lines
        }
    )


def narrowed(statement: Statement, part: Part) -> Statement:
    """Return the debtor's statement with only what this creditor says of this debtor.

    Its leader is the account's when it is among the lines, else the oldest of them.
    """
    sections = tuple(
        _section(section, part.debtor)
        for section in statement.sections
        if section.creditor.entity == part.entity
    )
    lines = [line for section in sections for claim in section.claims for line in claim.lines]
    leader = min(lines, key=_age, default=None)
    return replace(statement, entity=part.entity, sections=sections, leader=leader)


def _age(line: Line) -> tuple[bool, date, date, str]:
    return (not line.is_leader, line.due_date or _NEVER, line.issue_date or _NEVER, line.item)


def _section(section: Section, debtor: str) -> Section:
    claims = (_claim(claim, debtor) for claim in section.claims)
    return replace(
        section,
        claims=tuple(claim for claim in claims if claim.lines and claim.total > 0),
        penalties=_sums(section.penalties, debtor),
        to_come=_sums(section.to_come, debtor),
        in_credit=_sums(section.in_credit, debtor),
        apart=_apart(section.apart, debtor),
    )


def _claim(claim: Claim, debtor: str) -> Claim:
    lines, credits_ = _mine(claim.lines, debtor), _mine(claim.credits, debtor)
    lines_total, credits_total = _total(lines), _total(credits_)
    return Claim(
        currency=claim.currency,
        lines=lines,
        credits=credits_,
        lines_total=lines_total,
        credits_total=credits_total,
        total=lines_total + credits_total,
        overdue_total=_total(line for line in lines if line.days_late),
    )


def _sums(sums: Iterable[Sum], debtor: str) -> tuple[Sum, ...]:
    mine = ((one.currency, _mine(one.lines, debtor)) for one in sums)
    return tuple(Sum(currency, lines, _total(lines)) for currency, lines in mine if lines)


def _apart(entries: Iterable[LineApart], debtor: str) -> tuple[LineApart, ...]:
    return tuple(entry for entry in entries if entry.line.customer == debtor)


def _mine(lines: Iterable[Line], debtor: str) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.customer == debtor)


def _total(lines: Iterable[Line]) -> Decimal:
    return sum((line.open_amount for line in lines), Decimal(0))
