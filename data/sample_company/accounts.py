"""The 300 customers and the situation each account is in on the sample day."""

import random
from dataclasses import dataclass
from itertools import cycle

from sample_company.group import ENTITIES, Entity, colleagues
from sample_company.names import Names
from sample_company.scenarios import SCENARIOS

# How many customers each scenario has, by the country of their company.
CUSTOMERS = {
    "standard-fr": {"FR": 75, "BE": 35},
    "public-fr": {"FR": 22, "BE": 6},
    "risky-fr": {"FR": 28, "BE": 12},
    "key-accounts-en": {"FR": 5, "GB": 16, "BE": 3},
    "risky-en": {"GB": 32, "BE": 4},
    "standard-en": {"GB": 62},
}
# Accounts per step that are due for it on the sample day.
DUE_PER_STEP = {"standard-fr": 3, "standard-en": 2, "risky-fr": 2, "risky-en": 2}
# What the other accounts are in the middle of, and how often.
QUIET = {
    "waiting": 30,
    "not_due": 26,
    "promised": 8,
    "disputed": 7,
    "partly_disputed": 5,
    "covered_by_credits": 5,
    "credits_to_allocate": 4,
    "held": 3,
    "below_minimum": 3,
    "finished": 3,
    "nothing_open": 2,
}
FOREIGN = {"FR": ("CHF", "USD", "JPY"), "GB": ("USD", "USD", "CHF"), "BE": ("USD",)}


@dataclass(eq=False)
class Customer:
    """One customer and the attributes that assign its scenario."""

    key: str
    name: str
    country: str
    language: str
    scenario: str
    nature: str
    risk_class: str
    size: str
    payment_method: str
    payer_profile: str
    collector: str
    sales_manager: str
    head_account: str = ""


@dataclass(eq=False)
class Account:
    """One customer seen by one entity; `step` is the number of the step it is at."""

    customer: Customer
    entity: Entity
    situation: str
    step: int
    currency: str


def make_customers(rng: random.Random, names: Names) -> list[Customer]:
    """Return the customers, scenario by scenario, as `CUSTOMERS` counts them."""
    places = [
        (scenario, country)
        for scenario, countries in CUSTOMERS.items()
        for country, count in countries.items()
        for _ in range(count)
    ]
    numbers = {"FR": 411001, "GB": 412001, "BE": 413001}
    customers = []
    for scenario, country in places:
        customers.append(_customer(rng, names, str(numbers[country]), scenario, country))
        numbers[country] += 1
    return customers


def _customer(rng: random.Random, names: Names, key: str, scenario: str, country: str) -> Customer:
    public = scenario == "public-fr"
    risky = scenario.startswith("risky")
    english = scenario.endswith("-en")
    sizes = {"key-accounts-en": "L", "standard-en": "SM"}.get(scenario, "SML")
    return Customer(
        key=key,
        name=names.company(country, public=public),
        country=country,
        language="en" if english else "fr",
        scenario=scenario,
        nature="public" if public else "private",
        risk_class="high" if risky else rng.choice(("low", "medium")),
        size=rng.choice(sizes),
        payment_method="transfer",
        payer_profile="poor" if risky else rng.choice(("good", "good", "average")),
        collector=rng.choice(colleagues("collector", country)),
        sales_manager=rng.choice(colleagues("sales_manager", country)),
    )


def make_accounts(rng: random.Random, customers: list[Customer]) -> list[Account]:
    """Return one account per customer, and a second one for every twelfth."""
    entities = {entity.country: entity for entity in ENTITIES}
    accounts: list[Account] = []
    for scenario, steps in SCENARIOS.items():
        members = [customer for customer in customers if customer.scenario == scenario]
        due = [n for n in range(len(steps)) for _ in range(DUE_PER_STEP.get(scenario, 2))]
        for customer, step in zip(members, due + [-1] * (len(members) - len(due)), strict=True):
            accounts.append(_account(rng, customer, entities[customer.country], step))
    _spread_foreign_currencies(accounts)
    _pay_by_direct_debit(rng, accounts)
    _name_head_accounts(accounts)
    others = cycle(ENTITIES)
    for customer in customers[5::12]:
        entity = next(e for e in others if e.country != customer.country)
        accounts.append(Account(customer, entity, "not_due", 0, entity.currency))
    return accounts


def _account(rng: random.Random, customer: Customer, entity: Entity, step: int) -> Account:
    if step >= 0:
        return Account(customer, entity, "due", step, entity.currency)
    situation = rng.choices(list(QUIET), weights=list(QUIET.values()))[0]
    steps = SCENARIOS[customer.scenario]
    overdue = [n for n, step in enumerate(steps) if step.day >= 0]
    is_last = situation in {"finished", "credits_to_allocate"}
    place = len(steps) - 1 if is_last else rng.choice(overdue[:-2])
    return Account(customer, entity, situation, place, entity.currency)


def _spread_foreign_currencies(accounts: list[Account]) -> None:
    """Invoice every ninth account in a currency that is not its entity's."""
    wheels = {country: cycle(currencies) for country, currencies in FOREIGN.items()}
    for account in accounts[4::9]:
        account.currency = next(wheels[account.entity.country])


def _pay_by_direct_debit(rng: random.Random, accounts: list[Account]) -> None:
    """Let some customers pay by direct debit or draft; they get no notice before the due date."""
    for account in accounts:
        is_pre_due = account.situation == "due" and account.step == 0
        if not is_pre_due and rng.random() < 0.08:
            account.customer.payment_method = rng.choice(("direct_debit", "draft"))


def _name_head_accounts(accounts: list[Account]) -> None:
    """Group twelve quiet accounts under four heads of the same company and scenario."""
    quiet = [account for account in accounts if account.situation == "not_due"]
    heads = [a for a in accounts if a.situation in {"due", "waiting"} and a.step > 1]
    grouped = 0
    for head in heads[::11]:
        if grouped == 4:
            return
        alike = [
            member
            for member in quiet
            if member.entity is head.entity
            and member.customer.scenario == head.customer.scenario
            and not member.customer.head_account
        ][:3]
        if len(alike) == 3:
            grouped += 1
            for member in alike:
                member.customer.head_account = head.customer.key
                member.situation = "member"
                member.currency = head.currency
