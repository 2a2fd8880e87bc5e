"""Whom the customers want us to write to, and where."""

import random

from sample_company.accounts import Customer
from sample_company.exclusions import Row
from sample_company.group import DOMAIN, PEOPLE
from sample_company.names import MOBILE, PHONE, STREET, Names, phone, plain

WITHOUT_EMAIL = 40  # one contact for collection in forty has none: a letter goes instead
POSTCODE = {"FR": "99{:03d}", "GB": "ZZ99 {:03d}Z", "BE": "9{:03d}"}


def make_contacts(rng: random.Random, names: Names, customers: list[Customer]) -> list[Row]:
    """Return an accounting contact for every customer, and others for some."""
    rows: list[Row] = []
    for number, customer in enumerate(customers):
        has_email = number % WITHOUT_EMAIL != WITHOUT_EMAIL - 1
        rows.append(_contact(names, customer, number, "accounting", has_email=has_email))
        if rng.random() < 0.4:
            role = rng.choice(("purchasing", "management"))
            rows.append(_contact(names, customer, number, role, has_email=True))
    for number, row in enumerate(rows, start=1):
        row["contact"] = f"CT-{number:05d}"
    return rows


def _contact(names: Names, customer: Customer, number: int, role: str, *, has_email: bool) -> Row:
    name = names.person(customer.country)
    address = f"{plain(name).replace('-', '.')}@{plain(customer.name)}.example"
    return {
        "contact": "",
        "customer": customer.key,
        "role": role,
        "name": name,
        "email": address if has_email else "",
        "phone": phone(PHONE, customer.country, number),
        "mobile": phone(MOBILE, customer.country, number) if number % 3 else "",
        "language": customer.language,
        "is_collection": "yes" if role == "accounting" else "no",
    }


def make_addresses(rng: random.Random, names: Names, customers: list[Customer]) -> list[Row]:
    """Return a billing address for every customer and, for most, a registered office."""
    rows: list[Row] = []
    for customer in customers:
        kinds = ("billing", "registered_office") if rng.random() < 0.9 else ("billing",)
        for kind in kinds:
            rows.append(
                {
                    "customer": customer.key,
                    "kind": kind,
                    "name": customer.name,
                    "line1": f"{rng.randint(1, 190)} {STREET[customer.country]}",
                    "postcode": POSTCODE[customer.country].format(rng.randint(100, 999)),
                    "city": names.word(customer.country),
                    "country": customer.country,
                }
            )
    return rows


def make_colleagues() -> list[Row]:
    """Return the people of the group: collectors, their managers, sales, sales administration."""
    return [
        {
            "colleague": key,
            "name": name,
            "role": role,
            "email": f"{plain(name).replace('-', '.')}@{domain(country)}",
            "phone": phone(PHONE, country, 500 + number),
            "language": language,
        }
        for number, (key, name, role, country, language) in enumerate(PEOPLE)
    ]


def domain(country: str) -> str:
    """Return the mail domain of one country's company."""
    return f"{'uk' if country == 'GB' else country.lower()}.{DOMAIN}"
