"""The group that sells: three companies, their calendars, banks and people. None of it exists."""

from dataclasses import dataclass

DOMAIN = "orsevane.example"


@dataclass(frozen=True)
class Entity:
    """One company of the group and the two things the generator asks of it."""

    key: str
    country: str
    currency: str
    row: dict[str, str]


def iban(country: str, account: str) -> str:
    """Return `account` (bank and account number) as an IBAN with its two check digits."""
    digits = "".join(str(int(c, 36)) for c in account + country + "00")
    return f"{country}{98 - int(digits) % 97:02d}{account}"


def french_account(bank: str, branch: str, account: str) -> str:
    """Return a French account number with its own key (97 minus the weighted remainder)."""
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    return f"{bank}{branch}{account}{key:02d}"


def belgian_account(ten_digits: str) -> str:
    """Return a Belgian account number: ten digits and their remainder by 97 (0 is written 97)."""
    return f"{ten_digits}{int(ten_digits) % 97 or 97:02d}"


def _entity(key: str, country: str, currency: str, **row: str) -> Entity:
    facts = {"entity": key, "currency": currency, "calendar": country, "country": country, **row}
    return Entity(key, country, currency, facts)


ENTITIES = (
    _entity(
        "FR01", "FR", "EUR", name="Orsevane France SAS", time_zone="Europe/Paris", language="fr",
        sending_from="08:30", sending_until="18:30", sender_name="Orsevane France, comptes clients",
        sender_email=f"comptes-clients@fr.{DOMAIN}", reply_to=f"reglements@fr.{DOMAIN}",
        credit_manager="CM-FR", bank_name="Banque des Marges imaginaires",
        iban=iban("FR", french_account("99999", "00010", "00012345678")), bic="ZZZZFRP1XXX",
        address_line1="12 quai des Platanes", postcode="44999", city="Nantes-Imaginaire",
        registration="RCS 999 999 991",
    ),
    _entity(
        "GB01", "GB", "GBP", name="Orsevane UK Ltd", time_zone="Europe/London", language="en",
        sending_from="09:00", sending_until="17:30", sender_name="Orsevane UK credit control",
        sender_email=f"credit-control@uk.{DOMAIN}", reply_to=f"payments@uk.{DOMAIN}",
        credit_manager="CM-GB", bank_name="Bank of Nowhere upon Thames",
        iban=iban("GB", "ZZZZ99999912345678"), bic="ZZZZGB21XXX",
        address_line1="4 Lantern Yard", postcode="ZZ99 3CZ", city="Nowhere upon Thames",
        registration="Company No. 99999999",
    ),
    _entity(
        "BE01", "BE", "EUR", name="Orsevane Belgium SA", time_zone="Europe/Brussels", language="fr",
        sending_from="08:30", sending_until="18:00", sender_name="Orsevane Belgium, recouvrement",
        sender_email=f"comptes-clients@be.{DOMAIN}", reply_to=f"paiements@be.{DOMAIN}",
        credit_manager="CM-BE", bank_name="Banque de la Dyle imaginaire",
        iban=iban("BE", belgian_account("9990123456")), bic="ZZZZBEB1XXX",
        address_line1="7 avenue des Charmes", postcode="9999", city="Louvain-Imaginaire",
        registration="BCE 0999.999.936",
    ),
)  # fmt: skip

# id, name, role, entity, language
PEOPLE = (
    ("CM-FR", "Hélène Mardovic", "credit_manager", "FR", "fr"),
    ("CM-GB", "Philippa Corwick", "credit_manager", "GB", "en"),
    ("CM-BE", "Pieter Vandezele", "credit_manager", "BE", "fr"),
    ("COL-FR1", "Nadia Belrivac", "collector", "FR", "fr"),
    ("COL-FR2", "Julien Sautière", "collector", "FR", "fr"),
    ("COL-FR3", "Camille Ferdogne", "collector", "FR", "fr"),
    ("COL-GB1", "Owen Trelcombe", "collector", "GB", "en"),
    ("COL-GB2", "Freya Dormoor", "collector", "GB", "en"),
    ("COL-BE1", "Sofie Marlinge", "collector", "BE", "fr"),
    ("SAL-FR1", "Antoine Garvezance", "sales_manager", "FR", "fr"),
    ("SAL-FR2", "Chloé Planogue", "sales_manager", "FR", "fr"),
    ("SAL-GB1", "Edmund Rosworth", "sales_manager", "GB", "en"),
    ("SAL-GB2", "Isla Corbourne", "sales_manager", "GB", "en"),
    ("SAL-BE1", "Bram Vengem", "sales_manager", "BE", "fr"),
    ("ADV-FR", "Mireille Lantaroy", "sales_administration", "FR", "fr"),
    ("ADV-GB", "Noel Bellstead", "sales_administration", "GB", "en"),
    ("ADV-BE", "Griet Trehove", "sales_administration", "BE", "fr"),
)


def colleagues(role: str, country: str) -> list[str]:
    """Return the ids of the colleagues with `role` in one country's company."""
    return [
        key
        for key, _, its_role, its_country, _ in PEOPLE
        if (its_role, its_country) == (role, country)
    ]
