"""Amounts and days as an English-speaking colleague reads them on a screen."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache


def amount_text(amount: Decimal, currency: str) -> str:
    """Return an amount with as many decimals as its currency has: 1,250.98 EUR, 16,287 JPY."""
    return f"{amount:,.{_places(currency)}f} {currency}"


def amounts_text(per_currency: Mapping[str, Decimal]) -> str:
    """Return amounts side by side: currencies are never added."""
    return " + ".join(amount_text(amount, currency) for currency, amount in per_currency.items())


def day_text(day: date) -> str:
    """Return a day as 16 November 2026."""
    return f"{day.day} {day:%B %Y}"


def count_text(number: int, thing: str) -> str:
    """Return `1 day`, `2 days`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


@cache
def _places(currency: str) -> int:
    from babel.numbers import get_currency_precision  # loads its data when first asked

    return int(get_currency_precision(currency))
