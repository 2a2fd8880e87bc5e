"""Bad rows of our own, from what real exports do: each with the handling that is right.

`code …` says why a row is set aside (all its reasons, in order of the alphabet); a dictionary says
what it is loaded as.
"""

from datetime import date
from decimal import Decimal
from typing import Any


def item(**parts: str) -> str:
    """Return a good item of C4 but for the parts named."""
    good = {
        "society": "FR01", "number": "", "client": "C4", "kind": "misc", "issued": "2026-09-01",
        "due": "2026-10-01", "currency": "EUR", "total": "1.00", "open": "1.00",
    }  # fmt: skip
    return ";".join((good | parts).values())


def amount(written: str, currency: str = "EUR") -> str:
    """Return an item that is open for `written`."""
    return item(number="{name}", total=written, open="0.50", currency=currency)


def due(written: str) -> str:
    """Return an item due on a day written so."""
    return item(number="{name}", issued="", due=written)


# By name: the row (its number is its name where {name} stands), and what becomes of it.
ITEMS: dict[str, tuple[str, str | dict[str, Any]]] = {
    "a power of ten": (amount("1e+05"), "amount_format"),
    "DR behind": (amount("120.00 DR"), "amount_format"),
    "CR behind": (amount("120.00 CR"), "amount_format"),
    "a decimal comma": (amount("100,50"), "amount_format"),
    "thousands nobody declared": (amount("1,234.50"), "amount_format"),
    "an error of a spreadsheet": (amount("#N/A"), "amount_format"),
    "nan for an amount": (amount("nan"), "amount_format"),
    "inf for an amount": (amount("inf"), "amount_format"),
    "a dash for nothing": (amount("-"), "amount_format"),
    "two signs": (amount("--5.00"), "amount_format"),
    "a number in base 16": (amount("0x1A"), "amount_format"),
    "digits of full width": (amount("１００"), "amount_format"),
    "Arabic digits": (amount("١٠٠"), "amount_format"),
    "a formula for an amount": (amount("=1+1"), "amount_format"),
    "a share": (amount("20 %"), "amount_format"),
    "groups of two": (amount("12 34.00"), "amount_format"),
    "thirty digits": (amount("9" * 30), "amount_range"),
    "another currency behind": (amount("100.00 USD"), "currency"),
    "negative zero": (
        item(number="{name}", total="-0.00", open="-0.00"), {"open_amount": Decimal(0)},
    ),
    "a typographic minus": (
        item(number="{name}", total="−120.00", open="−120.00"), {"amount": Decimal(-120)},
    ),
    "a currency in small letters": (amount("1.00", "eur"), "currency"),
    "a currency of another age": (amount("1.00", "DEM"), "currency"),
    "a currency between spaces": (amount("1.00", " EUR\u00a0"), {"currency": "EUR"}),
    "29 February of a plain year": (due("2026-02-29"), "date_format"),
    "31 April": (due("2026-04-31"), "date_format"),
    "the year 9999": (due("9999-12-31"), "date_range"),
    "the year 1": (due("0001-01-01"), "date_format"),
    "a year of two digits": (due("26-10-01"), "date_format"),
    "a day that is all zeros": (due("0000-00-00"), "date_format"),
    "a day with its hour": (due("2026-10-01 00:00:00"), "date_format"),
    "a day in words": (due("1 Oct 2026"), "date_format"),
    "no amount": (item(number="{name}", total=""), "missing_value"),
    "NULL for a number": (item(number="NULL"), "id_format"),
    "a number that is #REF!": (item(number="#REF!"), "id_format"),
    "a zero-width space in its number": (item(number="Z\u200bW"), "id_format"),
    "a byte order mark in its number": (item(number="\ufeffBOM"), "id_format"),
    "a soft hyphen in its number": (item(number="SOFT\u00adHYPHEN"), "id_format"),
    "a number that turns its direction": (item(number="RLO\u202e1"), "control_char"),
    "an ellipsis of Windows read as Latin-1": (item(number="C1\u0085X"), "control_char"),
    "a vertical tab": (item(number="VT\x0bX"), "control_char"),
    "a line end inside quotes": (item(number='"CR\r\nLF"'), "control_char"),
    "a ligature in its number": (item(number="INV-\ufb011"), {"number": "INV-\ufb011"}),
    "a key that became a power of ten": (
        item(number="{name}", client="1.2345E+11"), "id_format unknown_customer",
    ),
    "a Cyrillic letter in the key": (
        item(number="{name}", client="\u04214"), "unknown_customer",
    ),
    "a key in small letters": (item(number="{name}", client="c4"), "unknown_customer"),
    "a key that lost its zeros": (item(number="{name}", client="42"), "unknown_customer"),
    "a key of full width": (item(number="{name}", client="Ｃ4"), "unknown_customer"),
    "a zero-width joiner in the key": (
        item(number="{name}", client="C\u200d4"), "id_format unknown_customer",
    ),
    "a key of two characters for one": (
        item(number="{name}", client="E\u03011"), {"customer": "\u00c91"},
    ),
    "a key between spaces that do not break": (
        item(number="{name}", client="\u00a0C4\u202f"), {"customer": "C4"},
    ),
    "empty columns at the end": (item(number="{name}") + ";;", "field_count"),
    "the header once more": (
        "Society;Number;Client;Kind;Issued;Due;Currency;Total;Open",
        "amount_format currency date_format unknown_customer unknown_entity unknown_kind",
    ),
    "a line of totals": (
        "Total;;;;;;;1000.00;1000.00", "currency missing_value no_invoice_id unknown_entity",
    ),
    "a short line of totals": (
        "Total;1000.00",
        "currency field_count missing_value unknown_entity",
    ),
    "a missing field shifts the row": (
        "FR01;SHIFT;C4;2026-09-01;2026-10-01;EUR;1.00;1.00",
        "currency date_format field_count missing_value unknown_kind",
    ),
    "a field too many shifts the row": (
        "FR01;;SHIFTED;C4;misc;2026-09-01;2026-10-01;EUR;1.00",
        "amount_format currency date_format no_invoice_id unknown_customer unknown_kind",
    ),
}  # fmt: skip

# Customers are read with their name; what stands in a name is theirs, and shown with care.
CUSTOMERS: dict[str, tuple[str, str | dict[str, Any]]] = {
    "a name from right to left": (
        "R1;\u0634\u0631\u0643\u0629",
        {"name": "\u0634\u0631\u0643\u0629"},
    ),
    "a mark of direction in a name": ("R2;\u200fACME\u200f", {"name": "\u200fACME\u200f"}),
    "a ligature in a name": ("R3;So\ufb01tel", {"name": "So\ufb01tel"}),
    "a formula for a name": (
        'R4;"=HYPERLINK(""http://x.example"",""y"")"',
        {"name": '=HYPERLINK("http://x.example","y")'},
    ),
    "a command for a name": ("R5;+cmd|' /C calc'!A0", {"name": "+cmd|' /C calc'!A0"}),
    "a line end in a name": ('R6;"Martin\r\n& Fils"', "control_char"),
    "a name in two forms": ("R7;Socie\u0301te\u0301", {"name": "Soci\u00e9t\u00e9"}),
    "a delimiter in a name": ('R8;"Martin; Fils"', {"name": "Martin; Fils"}),
    "a character of four bytes": ("R9;Caf\u00e9 \U0001f600", {"name": "Caf\u00e9 \U0001f600"}),
    "quotes within a name": ('R10;Martin "Le Grand"', {"name": 'Martin "Le Grand"'}),
    "a key of two forms": ("E\u03011;\u00c9lan", {"customer": "\u00c91"}),
    "N/A for a key": ("n/a;Nobody", "id_format"),
    "no name": ("R11;", "missing_value"),
    "the same customer twice, otherwise named": ("C4;Durant", "conflicting_duplicate"),
}

PARENTHESES = {"negative": ["minus", "parentheses", "trailing_minus"]}
COMMA = {"decimal": ",", "thousands": "."}
APOSTROPHE = {"thousands": "'"}
ENGLISH = {"thousands": ","}
FRENCH = {"date": "%d/%m/%Y"}
SHORT = {"date": "%d/%m/%y"}
SERIAL = {"date": "excel_serial"}
WORDS = {"empty_words": ["NULL", "#N/A", "-"]}
# By name: the notation that the mapping declares, and the one amount or day that is written so.
AMOUNTS: dict[str, tuple[dict[str, Any], str, Decimal | str]] = {
    "a thin space": (COMMA, "1\u2009234,56", Decimal("1234.56")),
    "a figure space": (COMMA, "1\u2007234,56", Decimal("1234.56")),
    "points that look like decimals": (COMMA, "1.234", Decimal(1234)),
    "apostrophes": (APOSTROPHE, "1'234'567.50", Decimal("1234567.50")),
    "typographic apostrophes": (APOSTROPHE, "1\u2019234.50", Decimal("1234.50")),
    "commas for thousands": (ENGLISH, "1,234,567.89", Decimal("1234567.89")),
    "groups of two and three": (ENGLISH, "12,34,567.00", "amount_format"),
    "a minus behind the currency": (PARENTHESES, "120.00 EUR-", Decimal(-120)),
    "parentheses around a sign": (PARENTHESES, "(\u20ac 120.00)", Decimal(-120)),
    "parentheses around a minus": (PARENTHESES, "(-120.00)", "amount_format"),
    "parentheses twice": (PARENTHESES, "((120.00))", "amount_format"),
    "a minus on both sides": (PARENTHESES, "-120.00-", "amount_format"),
    "half a pair": (PARENTHESES, "(120.00", "amount_format"),
}
DAYS: dict[str, tuple[dict[str, Any], str, date | str | None]] = {
    "no leading zeros": (FRENCH, "1/9/2026", date(2026, 9, 1)),
    "month before day": (FRENCH, "09/30/2026", "date_format"),
    "two digits as declared": (SHORT, "01/10/26", date(2026, 10, 1)),
    "a serial day with its hour": (SERIAL, "46023.5", "date_format"),
    "a serial day below zero": (SERIAL, "-1", "date_format"),
    "serial day 60, which never was": (SERIAL, "60", "date_range"),
    "a word for nothing": (WORDS, "#N/A", None),
}
