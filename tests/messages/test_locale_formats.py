"""Amounts and days as each country writes them: quick, and never other than Babel would."""

from datetime import date
from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given, settings
from hypothesis import strategies as st

from callsheet.messages.locale_formats import (
    country_name,
    days_in_words,
    iban_in_fours,
    locale_of,
    long_day,
    money_format,
    phone_in_groups,
    short_day,
)

LOCALES = ("fr_FR", "fr_BE", "fr_CH", "fr_CA", "en_GB", "en_US", "en_IN", "de_AT", "es_ES", "pl_PL")
CURRENCIES = ("EUR", "GBP", "USD", "CHF", "JPY", "TND", "XOF")


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(LOCALES),
    st.sampled_from(CURRENCIES),
    st.decimals(min_value=-(10**12), max_value=10**12, places=3),
)
def test_an_amount_is_written_exactly_as_babel_writes_it(
    locale: str, currency: str, amount: Decimal
):
    expected = format_currency(amount, currency, locale=locale, decimal_quantization=False)
    rounded = format_currency(amount, currency, locale=locale)

    assert money_format(locale, currency)(amount) in (expected, rounded)


def test_no_decimal_of_an_amount_is_rounded_away():
    assert money_format("en_GB", "EUR")(Decimal("1.234")) == "€1.234"
    assert money_format("en_GB", "JPY")(Decimal("100.5")) == "JP¥100.5"


@pytest.mark.parametrize(
    ("language", "countries", "locale"),
    [
        ("fr", ("BE", "FR"), "fr_BE"),
        ("en", ("US",), "en_US"),
        ("en", ("", "ZZ"), "en_GB"),
        ("fr", ("",), "fr_FR"),
        ("de", ("",), "de"),
    ],
)
def test_the_locale_is_that_of_the_recipients_country(
    language: str, countries: tuple[str, ...], locale: str
):
    assert locale_of(language, *countries) == locale


def test_days_are_written_as_people_write_them():
    assert long_day("fr_FR", date(2026, 11, 1)) == "1er novembre 2026"
    assert long_day("fr_FR", date(2026, 11, 11)) == "11 novembre 2026"
    assert long_day("en_GB", date(2026, 11, 1)) == "1 November 2026"
    assert short_day("en_GB", date(2026, 11, 5)) == "5 Nov 2026"
    assert days_in_words("fr_FR", 1) == "1\u00a0jour"
    assert days_in_words("en_GB", 14) == "14 days"


def test_numbers_people_copy_are_in_groups():
    assert iban_in_fours("FR7630006000011234567890189") == "FR76 3000 6000 0112 3456 7890 189"
    assert phone_in_groups("+33476000000") == "+33 4 76 00 00 00"
    assert phone_in_groups("ask for Claire") == "ask for Claire"
    assert country_name("BE", "fr") == "BELGIQUE"
    assert country_name("??", "fr") == "??"
