"""Who receives a step, and how: the contact for collection, else another one, else a letter."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from callsheet.dispatching.routing import LETTERS, is_channel_missing, provider_of
from callsheet.messages.addresses import AddressKey, address_problem
from callsheet.messages.locale_formats import phone_in_groups
from callsheet.messages.message_values import (
    TO_THE_REGISTERED_OFFICE,
    TO_THE_RESOLVER,
    postal_address,
)
from callsheet.messages.phone_numbers import international, may_be_dialled
from callsheet.messages.statement_model import Person, Statement
from callsheet.scenarios.step import Step
from callsheet.sealing.rows import know
from callsheet.settings import Settings
from callsheet.vocabulary import ActionType, Mode

NO_CONTACT = "no_contact"
NUMBER_POLICY = "number_policy"
_INTERNAL_MAILS = frozenset({ActionType.INTERNAL_EMAIL, ActionType.INTERNAL_INTERACTIVE_EMAIL})
_CUSTOMER_MAILS = frozenset({ActionType.EMAIL, ActionType.INTERACTIVE_EMAIL})


@dataclass(frozen=True)
class Way:
    """How one step really goes: the step as it is played, the statement with its recipient.

    `problem` says why it cannot go at all; `fallback` what it was to be instead.
    """

    step: Step
    statement: Statement
    role: str
    mode: Mode
    recipient_hash: str = ""
    problem: str = ""
    fallback: str = ""
    warning: str = ""  # what a person should know before they dial
    is_unconfigured: bool = False


@dataclass(frozen=True)
class AddressBook:
    """The usable e-mail addresses of each customer, in the order in which they are tried."""

    contacts: Mapping[str, Sequence[Person]]
    key: AddressKey
    suppressed: frozenset[str]
    own_domains: frozenset[str] = frozenset()  # nobody of ours is a customer's contact

    @classmethod
    def of(
        cls,
        con: duckdb.DuckDBPyConnection,
        customers: Iterable[str],
        key: AddressKey,
        suppressed: frozenset[str],
    ) -> "AddressBook":
        """Read the contacts of `customers` from the freshest receivables in `con`."""
        know(con, "contacts", customers)
        rows = con.execute(
            "select customer, coalesce(name, ''), email, coalesce(role, ''), contact"
            " from known_contacts where email <> ''"
            " order by customer, coalesce(is_collection, false) desc,"
            " coalesce(list_position($roles, lower(role)), 99), contact",
            {"roles": _ROLES},
        ).fetchall()
        contacts: defaultdict[str, list[Person]] = defaultdict(list)
        for customer, name, email, role, contact in rows:
            contacts[customer].append(Person(name, email.strip(), role=role, key=contact))
        return cls(contacts, key, suppressed, _own_domains(con))

    def extended(self, con: duckdb.DuckDBPyConnection, customers: Iterable[str]) -> "AddressBook":
        """Return the book with the contacts of more customers."""
        more = AddressBook.of(con, customers, self.key, self.suppressed)
        return replace(self, contacts={**self.contacts, **more.contacts})

    def first_usable(self, people: Iterable[Person | None]) -> Person | None:
        """Return the first of `people` whose address is one that somebody reads."""
        return next((person for person in people if person and self.is_usable(person)), None)

    def is_usable(self, person: Person) -> bool:
        """Say whether a mail to this person, of ours or of a customer, may arrive."""
        return not self._problem(person, frozenset())

    def customers_contact(self, customer: str) -> tuple[Person | None, str]:
        """Return the first contact of a customer that may be written to; else None, and why.

        The reason is that of the contact who would have been written to first.
        """
        people = self.contacts.get(customer, ())
        problems = [self._problem(person, self.own_domains) for person in people]
        usable = (one for one, problem in zip(people, problems, strict=True) if not problem)
        return next(usable, None), next(iter(problems), NO_CONTACT)

    def _problem(self, person: Person, own_domains: frozenset[str]) -> str:
        if problem := address_problem(person.email, own_domains):
            return problem
        return "suppressed" if self.key.hash(person.email) in self.suppressed else ""


def _own_domains(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the domains that our entities and colleagues write from."""
    rows = con.execute(
        "select sender_email from entities union select reply_to from entities"
        " union select email from colleagues"
    ).fetchall()
    hosts = {str(address or "").rpartition("@")[2].strip().lower() for (address,) in rows}
    return frozenset(hosts - {""})


_ROLES = ["accounting", "finance", "billing", "purchasing", "management"]


def way_of(step: Step, statement: Statement, book: AddressBook, settings: Settings) -> Way:
    """Return how `step` goes to whom; a step with no way has a `problem`."""
    mode = Mode.TO_CONFIRM if step.legal and step.mode is Mode.AUTOMATIC else step.mode
    if is_channel_missing(step.action, settings):
        return replace(_by_hand(step, statement, settings), is_unconfigured=True)
    if provider_of(step.action, settings) == "manual":
        return _by_hand(step, statement, settings)
    if step.action in LETTERS:
        return _by_letter(step, statement, mode, book)
    if step.action in _INTERNAL_MAILS:
        return _to_colleague(step, statement, mode, book, settings)
    return _to_customer(step, statement, mode, book)


def _to_customer(step: Step, statement: Statement, mode: Mode, book: AddressBook) -> Way:
    person, problem = book.customers_contact(statement.customer)
    if person is not None:
        recipients = replace(statement.recipients, email=person)
        return Way(
            step=step,
            statement=replace(statement, recipients=recipients),
            role=person.role or "contact",
            mode=mode,
            recipient_hash=book.key.hash(person.email),
        )
    by_letter = replace(step, action=ActionType.LETTER)
    fallback = _by_letter(by_letter, statement, mode, book)
    return (
        replace(fallback, fallback=str(step.action))
        if not fallback.problem
        else Way(step, statement, "contact", mode, problem=problem)
    )


def _to_colleague(
    step: Step, statement: Statement, mode: Mode, book: AddressBook, settings: Settings
) -> Way:
    """Return the way to the sales manager or resolver; else to the credit manager, else by hand."""
    to_resolver = step.template in TO_THE_RESOLVER
    first = statement.resolver if to_resolver else statement.sales_manager
    role = "resolver" if to_resolver else "sales_manager"
    person = book.first_usable([first])
    if person is None:
        person, role = book.first_usable([statement.credit_manager]), "credit_manager"
    if person is None:
        return _by_hand(step, statement, settings)
    found = (
        replace(statement, resolver=person)
        if to_resolver
        else replace(statement, sales_manager=person)
    )
    return Way(
        step=step,
        statement=found,
        role=role,
        mode=mode,
        recipient_hash=book.key.hash(person.email),
    )


def _by_letter(step: Step, statement: Statement, mode: Mode, book: AddressBook) -> Way:
    formal = step.template in TO_THE_REGISTERED_OFFICE
    role = "registered_office" if formal else "billing"
    address = postal_address(step, statement)
    if not address:
        return Way(step, statement, role, mode, problem=NO_CONTACT)
    place = book.key.hash("\n".join(address))
    return Way(step, statement, role, mode, recipient_hash=place)


def _by_hand(step: Step, statement: Statement, settings: Settings) -> Way:
    """Return the way by a person; a number that must not be dialled is not shown to them."""
    countries = {statement.country, *(one.creditor.country for one in statement.sections)}
    allowed = frozenset({*countries, *settings.phone_countries})
    found = statement.recipients
    phone, mobile = (_dialled(one, statement, allowed) for one in (found.phone, found.mobile))
    refused = (found.phone and not phone) or (found.mobile and not mobile)
    person = found.phone
    role = "internal" if step.internal else (person.role if person else "") or "contact"
    shown = replace(statement, recipients=replace(found, phone=phone, mobile=mobile))
    return Way(step, shown, role, Mode.MANUAL, warning=NUMBER_POLICY if refused else "")


def _dialled(person: Person | None, statement: Statement, allowed: frozenset[str]) -> Person | None:
    """Return a person with the number as every network reads it; None when it is not to be dialled.

    A number that cannot be read is shown as it is: a person knows what to do with it.
    """
    if person is None:
        return None
    number = international(person.phone, statement.country)
    if not number:
        return person
    if not may_be_dialled(number, allowed):
        return None
    return replace(person, phone=phone_in_groups(number))
