"""What a template may name: the statement and the step as plain values, and who receives it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from callsheet.messages.locale_formats import phone_in_groups
from callsheet.messages.rendering import FOLDERS
from callsheet.messages.statement_model import Person, Recipient, Statement
from callsheet.scenarios.step import Step

# A formal notice goes to the registered office, other letters to the billing address.
TO_THE_REGISTERED_OFFICE = frozenset({"formal_notice", "public_notice"})
TO_THE_RESOLVER = frozenset({"dispute_follow_up"})
_WITHOUT_RECIPIENT = frozenset({"committee", "litigation"})


def recipient_of(step: Step, statement: Statement) -> Recipient:
    """Return the recipient of a step: a contact of the customer, or a colleague."""
    folder = FOLDERS[step.action]
    found = statement.recipients
    if folder in _WITHOUT_RECIPIENT:
        return Recipient()
    if folder == "internal_email":
        colleague = _colleague(step, statement)
        return (
            Recipient(colleague.name, colleague.email, colleague.role) if colleague else Recipient()
        )
    if folder in ("letter", "registered_letter"):
        address = postal_address(step, statement)
        return Recipient(address[0], "\n".join(address)) if address else Recipient()
    if folder in ("phone", "visit"):
        person = found.phone
        return Recipient(person.name, person.phone, person.role) if person else Recipient()
    if folder == "sms":
        person = found.mobile
        return Recipient(person.name, person.phone, person.role) if person else Recipient()
    person = found.email
    return Recipient(person.name, person.email, person.role) if person else Recipient()


def postal_address(step: Step, statement: Statement) -> tuple[str, ...]:
    """Return the lines of the address that a letter of this step goes to."""
    if step.template in TO_THE_REGISTERED_OFFICE:
        return statement.recipients.registered_office
    return statement.recipients.billing


def _colleague(step: Step, statement: Statement) -> Person | None:
    wanted = statement.sales_manager
    if step.template in TO_THE_RESOLVER:
        wanted = statement.resolver
    return wanted or statement.credit_manager


def values_of(step: Step, statement: Statement, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything a template may name, by name; what is unknown is left out.

    `words` are those of the language: they name the role of who signs.
    """
    contact = recipient_of(step, statement)
    if FOLDERS[step.action] in _WITHOUT_RECIPIENT and statement.recipients.phone is not None:
        person = statement.recipients.phone  # nobody receives it; its reader may want to call
        contact = Recipient(person.name, person.phone, person.role)
    apart = [entry for section in statement.sections for entry in section.apart]
    values: dict[str, Any] = {
        "today": statement.as_of,
        "step_title": step.title,
        "service": FOLDERS[step.action],
        "delay_days": step.delay_days,
        "account": _account(statement),
        "sections": statement.sections,
        "earlier": statement.earlier,
        "sender": _signing(statement.sender, words),
        "reply_to": statement.reply_to or statement.sender_mail,
        "recipients": statement.recipients,
        "contact": contact,
        "address": postal_address(step, statement),
        "sales_manager": statement.sales_manager,
        "credit_manager": statement.credit_manager,
        "resolver": statement.resolver,
        "disputes": [entry for entry in apart if entry.why == "dispute"],
        "promises": [entry for entry in apart if entry.why == "promise"],
    }
    if step.delay_days is not None:
        values["answer_by"] = _on_a_weekday(statement.as_of + timedelta(days=step.delay_days))
    if statement.leader is not None:
        values["leader"] = statement.leader
    if statement.sections:
        values["creditor"] = statement.sections[0].creditor
    return values


def _on_a_weekday(day: date) -> date:
    """Return `day`, or the Monday after it: nobody is asked to answer at a weekend."""
    return day + timedelta(days=7 - day.weekday() if day.isoweekday() > 5 else 0)


def _signing(sender: Person, words: Mapping[str, Any]) -> Person:
    """Return who signs, with the role and the telephone number as the reader knows them."""
    role = words.get("roles", {}).get(sender.role, sender.role)
    return replace(sender, role=role, phone=phone_in_groups(sender.phone))


def _account(statement: Statement) -> dict[str, object]:
    return {
        "number": statement.customer,
        "name": statement.customer_name,
        "country": statement.country,
        "registration": statement.registration,
        "is_business": statement.is_business,
        "is_public": statement.is_public,
    }
