"""A made-up account to show a template when there is no snapshot yet."""

from datetime import date, timedelta
from decimal import Decimal

from callsheet.messages.statement_model import (
    Claim,
    Creditor,
    Earlier,
    Line,
    LineApart,
    Person,
    Recipients,
    Section,
    Statement,
    Sum,
)
from callsheet.scenarios.step import Step


def demo_statement(step: Step, as_of: date) -> Statement:
    """Return the statement of a made-up account as `step` would find it on `as_of`."""
    due = as_of - timedelta(days=step.day)
    leader = _line("F-2026-0118", due, as_of, "1840.50", is_leader=True, before=step.day > 4)
    second = _line("F-2026-0131", due + timedelta(days=2), as_of, "12400.00")
    credit = _line("A-2026-0009", due, as_of, "-240.50", kind="credit_note")
    lines = (leader, second) if step.day > 2 else (leader,)
    total = sum((line.open_amount for line in lines), Decimal(0))
    claim = Claim(
        currency="EUR",
        lines=lines,
        credits=(credit,),
        lines_total=total,
        credits_total=credit.open_amount,
        total=total + credit.open_amount,
        overdue_total=sum((line.open_amount for line in lines if line.days_late), Decimal(0)),
    )
    disputed = _line("F-2026-0107", due, as_of, "615.00")
    apart = (
        LineApart(disputed, "dispute", reason="quality", since=due - timedelta(days=3)),
        LineApart(
            _line("F-2026-0112", due, as_of, "980.00"),
            "promise",
            promised_on=as_of + timedelta(days=4),
        ),
    )
    later = _line("F-2026-0160", as_of + timedelta(days=25), as_of, "3300.00")
    section = Section(
        _CREDITOR, (claim,), (), (Sum("EUR", (later,), later.open_amount),), (), apart
    )
    return _statement(step, as_of, leader, section)


_CREDITOR = Creditor(
    entity="FR01",
    name="Atelier Lumière SAS",
    currency="EUR",
    language="fr",
    country="FR",
    address=("12 rue des Ateliers", "69007 Lyon"),
    registration="RCS Lyon 123 456 789",
    bank_name="Banque de démonstration",
    iban="FR7630006000011234567890189",
    bic="AGRIFRPP",
)


def _statement(step: Step, as_of: date, leader: Line, section: Section) -> Statement:
    address = ("Boulangerie Martin SARL", "Comptabilité", "4 place du Marché", "38000 Grenoble")
    earlier = (
        Earlier(as_of - timedelta(days=max(step.day - 4, 1)), "email", "Relance par email n°1"),
        Earlier(as_of - timedelta(days=max(step.day - 7, 1)), "phone", "Relance téléphonique n°1"),
    )
    return Statement(
        unit="C-1001|FR01",
        customer="C-1001",
        customer_name="Boulangerie Martin SARL",
        entity="FR01",
        as_of=as_of,
        language="fr",
        entity_language="fr",
        country="FR",
        is_business=True,
        is_public=False,
        registration="RCS Grenoble 987 654 321",
        leader=leader,
        sections=(section,),
        earlier=earlier if step.day > 7 else (),
        recipients=Recipients(
            email=Person("Claire Martin", "compta@martin.example", "+33 4 76 00 00 00"),
            phone=Person("Claire Martin", "compta@martin.example", "+33 4 76 00 00 00"),
            mobile=Person("Claire Martin", "compta@martin.example", "+33 6 00 00 00 00"),
            billing=address,
            registered_office=address,
        ),
        sender=_COLLECTOR,
        sender_mail=_COLLECTOR.email,
        reply_to=_COLLECTOR.email,
        credit_manager=_COLLECTOR,
        sales_manager=Person("Paul Girard", "p.girard@lumiere.example", role="Commercial"),
        resolver=Person("Inès Faure", "i.faure@lumiere.example", role="Qualité"),
    )


_COLLECTOR = Person(
    "Julie Bernard", "j.bernard@lumiere.example", "+33 4 72 00 00 00", "Chargée de recouvrement"
)


def _line(
    number: str,
    due: date,
    as_of: date,
    open_amount: str,
    *,
    kind: str = "invoice",
    is_leader: bool = False,
    before: bool = False,
) -> Line:
    return Line(
        item=number,
        number=number,
        kind=kind,
        customer="C-1001",
        issue_date=due - timedelta(days=30),
        due_date=due,
        days_late=max((as_of - due).days, 0),
        currency="EUR",
        invoiced=Decimal(open_amount),
        open_amount=Decimal(open_amount),
        order_reference="BC-4471" if kind == "invoice" else "",
        is_leader=is_leader,
        claimed_before=before,
    )
