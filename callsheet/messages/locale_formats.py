"""Amounts and days as the recipient reads them.

Babel knows the formats; asking it for each value costs five times the message. Its number pattern
is asked once for each (locale, currency), then applied by hand where it is the plain one of groups
of three; days are remembered.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

import phonenumbers
from babel import Locale, UnknownLocaleError, localedata
from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision
from babel.units import format_unit

_HOME = {"en": "en_GB", "fr": "fr_FR"}  # where a language is from, when the country has none
_PROBES = (Decimal("0"), Decimal("7.5"), Decimal("1234.56"), Decimal("-1234567.89"))


@cache
def locale_of(language: str, *countries: str) -> str:
    """Return the locale of `language` in the first of `countries` where it is spoken."""
    for country in countries:
        candidate = f"{language}_{country}"
        if country.isalpha() and localedata.exists(candidate):
            return candidate
    return _HOME.get(language, language)


@cache
def money_format(locale: str, currency: str) -> Callable[[Decimal], str]:
    """Return what writes an amount of `currency` in `locale`, rounded by nobody."""

    def by_babel(amount: Decimal) -> str:
        return str(format_currency(amount, currency, locale=locale, decimal_quantization=False))

    symbols = Locale.parse(locale).number_symbols["latn"]
    places = int(get_currency_precision(currency))
    signs = str.maketrans({",": symbols["group"], ".": symbols["decimal"]})
    sample = str(format_currency(Decimal("1.00"), currency, locale=locale))
    digits = f"{Decimal('1'):,.{places}f}".translate(signs)
    before, _, after = sample.partition(digits)

    def by_pattern(amount: Decimal) -> str:
        if -amount.as_tuple().exponent > places and amount != round(amount, places):  # type: ignore[operator]  # amounts are finite
            return by_babel(amount)
        sign = symbols["minusSign"] if amount < 0 else ""
        return f"{sign}{before}{f'{abs(amount):,.{places}f}'.translate(signs)}{after}"

    def _as_babel_writes(amount: Decimal) -> bool:
        return by_pattern(amount) == str(format_currency(amount, currency, locale=locale))

    rounded = [round(probe, places) for probe in _PROBES]
    return by_pattern if all(map(_as_babel_writes, rounded)) else by_babel


@lru_cache(maxsize=20_000)
def long_day(locale: str, day: date) -> str:
    """Return a day in words: 5 novembre 2026."""
    text = str(format_date(day, format="long", locale=locale))
    return text.replace("1 ", "1er ", 1) if day.day == 1 and locale.startswith("fr") else text


@lru_cache(maxsize=20_000)
def short_day(locale: str, day: date) -> str:
    """Return a day for a table: 5 nov. 2026."""
    return str(format_date(day, format="medium", locale=locale))


@lru_cache(maxsize=20_000)
def days_in_words(locale: str, count: int) -> str:
    """Return a number of days: 1 jour, 14 jours."""
    return str(format_unit(count, "duration-day", locale=locale))


@lru_cache(maxsize=20_000)
def phone_in_groups(number: str) -> str:
    """Return a telephone number as its country writes it abroad; unread ones as they are."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, style))


@cache
def country_name(country: str, language: str) -> str:
    """Return the name of a country as the last line of an address, in capitals."""
    try:
        names = Locale.parse(language or "en").territories
    except (UnknownLocaleError, ValueError):
        return country
    return str(names.get(country, country)).upper()


def iban_in_fours(iban: str) -> str:
    """Return an IBAN as banks print it, in groups of four."""
    bare = iban.replace(" ", "")
    return " ".join(bare[start : start + 4] for start in range(0, len(bare), 4))
