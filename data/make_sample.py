"""Make the sample company's files anew: `python data/make_sample.py [FOLDER]`.

The same seed makes the same bytes. Every step of the six scenarios is due for some account on
`AS_OF`: the leaders' due dates and the opening position are chosen so.
"""

import csv
import random
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path

from sample_company.accounts import Account, Customer, make_accounts, make_customers
from sample_company.cleared import make_cleared
from sample_company.exclusions import (
    Row,
    make_disputes,
    make_holds,
    make_insolvencies,
    make_opening,
    make_promises,
)
from sample_company.group import ENTITIES
from sample_company.items import Item, make_items
from sample_company.names import Names
from sample_company.people import make_addresses, make_colleagues, make_contacts

AS_OF = date(2026, 11, 16)  # a Monday
SEED = 20261116
KIND_IN_THE_ERP = {
    "invoice": "FAC",
    "credit_note": "AVO",
    "payment": "REG",
    "misc": "OD",
    "draft": "EFF",
    "down_payment_request": "ACP",
    "penalty": "PEN",
}


def main(folder: Path) -> None:
    """Write every file of the sample into `folder`."""
    rng = random.Random(SEED)  # noqa: S311  # a made-up company, not a secret
    names = Names(rng)
    customers = make_customers(rng, names)
    accounts = make_accounts(rng, customers)
    items = make_items(rng, accounts, AS_OF)
    write(folder / "entities.csv", (entity.row for entity in ENTITIES))
    write(folder / "colleagues.csv", make_colleagues())
    write(folder / "customers.csv", map(customer_row, customers))
    write(folder / "assignments.csv", assignment_rows(customers, accounts))
    write(folder / "contacts.csv", make_contacts(rng, names, customers))
    write(folder / "addresses.csv", make_addresses(rng, names, customers))
    write(folder / "disputes.csv", make_disputes(rng, items.made, AS_OF))
    write(folder / "promises.csv", make_promises(rng, items.made, AS_OF))
    write(folder / "holds.csv", make_holds(rng, accounts, AS_OF))
    write(folder / "insolvencies.csv", make_insolvencies(accounts, AS_OF))
    write(folder / "opening_position.csv", make_opening(items.made, AS_OF))
    rows = [french_row(item) for item in items.made]
    cleared = [french_row(item) for item in make_cleared(rng, items, accounts)]
    ledger = [*cleared, *rows, *dirty_rows(items.made)]
    write(folder / "ecritures_clients.csv", ledger, delimiter=";")


def customer_row(customer: Customer) -> Row:
    """Return a customer as the ERP lists it; its scenario follows from its attributes."""
    row: Row = asdict(customer)
    del row["scenario"]
    return {"customer": row.pop("key"), **row}


def assignment_rows(customers: list[Customer], accounts: list[Account]) -> list[Row]:
    """Return the assignments made by hand: key accounts, and one account of one entity."""
    by_hand = [
        {"customer": customer.key, "entity": "", "scenario": customer.scenario}
        for customer in customers
        if customer.scenario == "key-accounts-en"
    ]
    second = accounts[-1]
    scenario = "standard-en" if second.entity.country == "GB" else "standard-fr"
    one = {"customer": second.customer.key, "entity": second.entity.key, "scenario": scenario}
    return [*by_hand, one]


def french_row(item: Item) -> Row:
    """Return an item as the accounting system writes it, with the balance before its clearing."""
    return {
        "Société": item.account.entity.key,
        "Compte": item.account.customer.key,
        "Référence": item.key,
        "Pièce": item.number,
        "Nature": KIND_IN_THE_ERP[item.kind],
        "Date pièce": french_day(item.issued),
        "Échéance": french_day(item.due),
        "Devise": item.currency,
        "Montant": french_amount(item.amount),
        "Solde": french_amount(item.open_amount),
        "Facture liée": item.applies_to,
        "Lettrage": french_day(item.cleared) if item.cleared else "",
    }


def dirty_rows(items: list[Item]) -> list[Row]:
    """Return what no extract is free of: six rows that cannot be believed, one delivered twice."""
    of_customer = {
        item.account.customer.key: french_row(item)
        for item in items
        if (item.account.situation, item.kind, item.currency) == ("not_due", "invoice", "EUR")
    }
    quiet = list(of_customer.values())[:7]
    faults: list[Row] = [
        {"Devise": "EURO"},
        {"Échéance": ""},
        {"Montant": "à définir"},
        {"Date pièce": "2026-31-10"},
        {"Montant": "-120,00", "Solde": "-120,00"},
        {"Montant": "100,00", "Solde": "150,00"},
    ]
    dirty = []
    for number, (row, fault) in enumerate(zip(quiet, faults, strict=False), start=1):
        piece = f"X26{number:05d}"
        names = {"Référence": f"{row['Société']}-{piece}", "Pièce": piece}
        dirty.append({**row, **names, **fault})
    return [*dirty, quiet[-1]]


def french_day(day: date) -> str:
    """Return `day` as 16/11/2026."""
    return f"{day:%d/%m/%Y}"


def french_amount(amount: Decimal) -> str:
    """Return `amount` as 1 234,50, thousands apart by a no-break space."""
    return f"{amount:,f}".replace(",", "\u00a0").replace(".", ",")


def write(path: Path, rows: Iterable[Mapping[str, object]], delimiter: str = ",") -> None:
    """Write `rows` as CSV under the names of the first one."""
    listed = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]), delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "sample")
