"""Telephone numbers: in the form that every network reads, and only those we mean to dial."""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# Numbers that charge the caller, or that no subscriber answers.
_COSTLY = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
    }
)


def international(number: str, country: str) -> str:
    """Return `number` in its E.164 form, read as dialled in `country`; '' when it is no number."""
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))


def may_be_dialled(number: str, countries: frozenset[str]) -> bool:
    """Say whether an E.164 number is an ordinary one of an allowed country.

    Satellite and shared international ranges (+870, +882 …) are of no country: never.
    """
    parsed = phonenumbers.parse(number, None)
    if phonenumbers.number_type(parsed) in _COSTLY:
        return False
    return phonenumbers.region_code_for_number(parsed) in countries
