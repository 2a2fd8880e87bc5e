"""The account statement as tables of text, for the layout of a letter."""

from collections.abc import Callable, Iterable, Mapping, Set
from decimal import Decimal
from functools import partial
from typing import Any

from callsheet.messages.locale_formats import iban_in_fours, money_format, short_day
from callsheet.messages.statement_model import Claim, Line, LineApart, Section, Sum

Words = Mapping[str, Any]


def tables_of(
    sections: Iterable[Section], parts: Set[str], reference: str, words: Words, locale: str
) -> list[dict[str, object]]:
    """Return the tables a letter shows, in the order of the page.

    `reference` is what the customer is asked to quote when paying.
    """
    tables: list[dict[str, object]] = []
    for section in sections:
        if "claim" in parts:
            for claim in section.claims:
                tables.append(_claim(claim, section.creditor.name, words, locale))
        if "penalties" in parts:
            tables += [_penalties(part, words, locale) for part in section.penalties]
        if "apart" in parts and section.apart:
            tables.append(_apart(section.apart, words, locale))
        if "to_come" in parts:
            tables += [_to_come(part, words, locale) for part in section.to_come]
        if "bank" in parts and section.claims and section.creditor.iban:
            tables.append(_bank(section, words, reference))
    return tables


def _table(
    title: str,
    head: list[str],
    *,
    widths: list[int],
    right: list[int],
    rows: Iterable[list[str]],
    totals: Iterable[tuple[str, str, bool]] = (),
    note: str = "",
) -> dict[str, object]:
    """Return a table: `widths` are shares of the page (0: as wide as its text)."""
    return {
        "title": title, "head": head, "widths": widths, "right": right, "rows": list(rows),
        "totals": list(totals), "note": note,
    }  # fmt: skip


def _claim(claim: Claim, creditor: str, words: Words, locale: str) -> dict[str, object]:
    money = money_format(locale, claim.currency)
    day = partial(_day, locale)
    rows = [
        [
            _number(line),
            day(line.issue_date),
            day(line.due_date),
            f"{line.days_late} {words['days_unit']}".strip() if line.days_late else "",
            money(line.invoiced),
            money(line.open_amount),
        ]
        for line in claim.lines
    ]
    rows += [
        [_number(line), words["kinds"][line.kind], "", "", "", money(line.open_amount)]
        for line in claim.credits
    ]
    totals = [(words["total"], money(claim.total), True)]
    if claim.credits:
        totals = [
            (words["subtotal"], money(claim.lines_total), False),
            (words["credits_total"], money(claim.credits_total), False),
            *totals,
        ]
    head = [words[name] for name in ("number", "issued", "due", "late", "invoiced", "open")]
    title = f"{words['statement_with']}{words['colon']} {creditor}"
    widths = [3, 3, 3, 2, 3, 3]
    return _table(title, head, widths=widths, right=[3, 4, 5], rows=rows, totals=totals)


def _penalties(part: Sum, words: Words, locale: str) -> dict[str, object]:
    money = money_format(locale, part.currency)
    return _table(
        words["penalties"],
        [words["number"], words["open"]],
        widths=[3, 1],
        right=[1],
        rows=[[_number(line), money(line.open_amount)] for line in part.lines],
        totals=[(words["penalties_total"], money(part.total), True)],
        note=words["penalties_note"],
    )


def _apart(entries: Iterable[LineApart], words: Words, locale: str) -> dict[str, object]:
    rows = []
    for entry in entries:
        why = words["why"][entry.why]
        if entry.promised_on is not None:
            why += f" {words['promised_for']} {short_day(locale, entry.promised_on)}"
        money = money_format(locale, entry.line.currency)
        rows.append([_number(entry.line), why, money(entry.line.open_amount)])
    head = [words["number"], words["situation"], words["open"]]
    return _table(
        words["apart"], head, widths=[2, 3, 2], right=[2], rows=rows, note=words["apart_note"]
    )


def _to_come(part: Sum, words: Words, locale: str) -> dict[str, object]:
    money = money_format(locale, part.currency)
    return _table(
        words["to_come"],
        [words["number"], words["due"], words["open"]],
        widths=[2, 3, 2],
        right=[2],
        rows=[_dated(line, money, locale) for line in part.lines],
        totals=[(words["to_come_total"], money(part.total), False)],
    )


def _dated(line: Line, money: Callable[[Decimal], str], locale: str) -> list[str]:
    return [_number(line), _day(locale, line.due_date), money(line.open_amount)]


def _number(line: Line) -> str:
    """Return an item's number; in a group, with the member it belongs to."""
    return f"{line.number} · {line.member}" if line.member else line.number


def _bank(section: Section, words: Words, reference: str) -> dict[str, object]:
    creditor = section.creditor
    rows = [
        [words["bank_holder"], creditor.name, *_pair(words["bank_name"], creditor.bank_name)],
        [words["iban"], iban_in_fours(creditor.iban), *_pair(words["bic"], creditor.bic)],
        [words["bank_reference"], reference, "", ""],
    ]
    return _table(words["bank"], [], widths=[4, 7, 2, 5], right=[], rows=rows)


def _pair(label: str, text: str) -> tuple[str, str]:
    return (label, text) if text else ("", "")


def _day(locale: str, day: Any) -> str:
    return short_day(locale, day) if day is not None else ""
