"""The account statement: everything a message may say of an account on a day, as plain data.

Amounts are exact decimals, never added over currencies. What is claimed is what the decision
claims (R5): collectable amounts of the items due up to the later of yesterday and the leader's due
date, less the credits of that currency.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """An open item as the customer reads it. `open_amount` is the part that is meant here."""

    item: str
    number: str
    kind: str  # an ItemKind, or misc_credit
    customer: str
    issue_date: date | None
    due_date: date | None
    days_late: int  # 0 when it is not overdue
    currency: str
    invoiced: Decimal  # what the item was issued for
    open_amount: Decimal  # signed: credits are negative
    order_reference: str = ""
    is_leader: bool = False
    claimed_before: bool = False  # an earlier reminder already asked for it
    member: str = ""  # of a group: the account it belongs to, when that is not the head's


@dataclass(frozen=True, slots=True)
class LineApart:
    """An item, or the part of one, that is not claimed today, and why."""

    line: Line
    why: str  # dispute | promise | litigation | hold | insolvency | specific | draft | down_payment
    until: date | None = None
    promised_on: date | None = None
    reason: str = ""
    resolver: str = ""  # key of the colleague in charge
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What one creditor claims in one currency: `total` is the sum of lines and credits."""

    currency: str
    lines: tuple[Line, ...]
    credits: tuple[Line, ...]
    lines_total: Decimal
    credits_total: Decimal
    total: Decimal
    overdue_total: Decimal  # of the lines, before credits


@dataclass(frozen=True, slots=True)
class Sum:
    """Lines of one currency with their total: penalties, items to come, a balance in credit."""

    currency: str
    lines: tuple[Line, ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class Creditor:
    """The entity that is owed, with the bank account to pay to."""

    entity: str
    name: str
    currency: str
    language: str
    country: str
    address: tuple[str, ...]
    registration: str
    bank_name: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class Section:
    """What one creditor says: its claims, and apart what it does not claim."""

    creditor: Creditor
    claims: tuple[Claim, ...]
    penalties: tuple[Sum, ...]
    to_come: tuple[Sum, ...]
    in_credit: tuple[Sum, ...]  # currencies whose credits reach what is due: nothing is claimed
    apart: tuple[LineApart, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of ours or of the customer's."""

    name: str
    email: str = ""
    phone: str = ""
    role: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who receives a message and where; empty when nobody was found."""

    name: str = ""
    address: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier reminder that reached the customer over what is claimed today."""

    on_day: date
    channel: str
    title: str
    step: str = ""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who receives what: the contact for collection, else another by role; addresses as lines."""

    email: Person | None = None
    phone: Person | None = None
    mobile: Person | None = None
    billing: tuple[str, ...] = ()
    registered_office: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One account on one day. `sections` has one entry per creditor, claims first."""

    unit: str
    customer: str
    customer_name: str
    entity: str
    as_of: date
    language: str  # the customer's, '' when unknown
    entity_language: str
    country: str
    is_business: bool  # business rules of late payment may be named (never to consumers)
    is_public: bool
    registration: str
    leader: Line | None
    sections: tuple[Section, ...]
    earlier: tuple[Earlier, ...]
    recipients: Recipients
    sender: Person
    sender_mail: str  # the address we write from
    reply_to: str
    credit_manager: Person | None = None
    sales_manager: Person | None = None
    resolver: Person | None = None

    @property
    def claimed(self) -> tuple[Claim, ...]:
        """Return the claims of every section: what an action freezes."""
        return tuple(claim for section in self.sections for claim in section.claims)

    @property
    def claimed_items(self) -> frozenset[str]:
        """Return the ids of the items that are claimed."""
        return frozenset(line.item for claim in self.claimed for line in claim.lines)

    @property
    def named_items(self) -> frozenset[str]:
        """Return the ids of every item a message may name."""
        return frozenset(line.item for section in self.sections for line in _lines(section))


def _lines(section: Section) -> list[Line]:
    """Return every line of a section."""
    lines = [entry.line for entry in section.apart]
    for claim in section.claims:
        lines += claim.lines + claim.credits
    for sums in (section.penalties, section.to_come, section.in_credit):
        for part in sums:
            lines += part.lines
    return lines
