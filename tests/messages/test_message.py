"""A message as it leaves: one recipient, safe headers, a hash that stands for its content."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from callsheet.messages.message import (
    Attachment,
    Message,
    MessageNotRenderable,
    language_for,
    render,
)
from callsheet.messages.rendering import Templates
from callsheet.messages.statement_model import Recipients, Statement
from callsheet.planning.content import keep, read
from callsheet.scenarios.scenario import Scenario
from callsheet.scenarios.step import Step
from callsheet.vocabulary import ActionType


def a_message(**fields: Any) -> Message:
    filled = {
        "to_name": "Claire Martin", "to_address": "compta@martin.example",
        "from_name": "Julie Bernard", "from_address": "j.bernard@lumiere.example",
        "reply_to": "j.bernard@lumiere.example", "subject": "Facture F-1", "text": "Bonjour",
        "html": "<p>Bonjour</p>", "attachments": (), "language": "fr",
    }  # fmt: skip
    return Message(**(filled | fields))


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("a@b.test, x@y.test", "multi_recipient"),
        ("a@b.test;x@y.test", "multi_recipient"),
        ("a@b.test x@y.test", "multi_recipient"),
        ('"ACME, evil@x.test" <a@b.test>', "multi_recipient"),
        ("Claire <a@b.test>", "address_format"),
        ("a@b.test\u200b", "address_unicode"),
        ("a@\u0430cme.fr", "address_unicode"),
        ("a@b.test\nBcc: x@y.test", "multi_recipient"),
        ("a@b.test\r\nX-Header: 1", "address_format"),
    ],
)
def test_a_field_that_is_not_exactly_one_address_is_refused(address: str, code: str):
    with pytest.raises(MessageNotRenderable) as refused:
        a_message(to_address=address)

    assert refused.value.code == code


@pytest.mark.parametrize("field", ["to_name", "from_name", "subject"])
@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x00", "\r\n", "\n", "\x85", "\x1b"])
def test_a_control_character_or_line_separator_in_a_single_line_is_refused(field: str, sign: str):
    with pytest.raises(MessageNotRenderable) as refused:
        a_message(**{field: f"Relance{sign}Bcc: x@y.test"})

    assert refused.value.code == "control_char"


def test_nobody_to_write_to_is_an_empty_address_for_others_to_judge(
    scenarios: dict[str, Scenario], templates: Templates, demo: Callable[[Step], Statement]
):
    step = scenarios["standard-fr"].step("email-1")
    lonely = dataclasses.replace(demo(step), recipients=Recipients())

    message = render(step, lonely, templates)

    assert (message.to_name, message.to_address) == ("", "")
    assert message.text.startswith("Bonjour,")


def test_the_content_hash_stands_for_everything_a_person_confirms():
    message = a_message()
    changes: list[dict[str, Any]] = [
        {"to_address": "x@y.test"}, {"to_name": "X"}, {"from_name": "X"}, {"subject": "X"},
        {"from_address": "x@y.test"}, {"reply_to": "x@y.test"}, {"text": "X"}, {"html": "X"},
        {"attachments": (Attachment("a.pdf", "application/pdf", b"1"),)},
    ]  # fmt: skip

    hashes = {a_message(**change).content_hash for change in changes}

    assert len(hashes | {message.content_hash}) == len(changes) + 1
    assert a_message().content_hash == message.content_hash


def test_a_message_comes_back_from_the_content_store_as_it_was(
    tmp_path: Any,
    scenarios: dict[str, Scenario],
    templates: Templates,
    demo: Callable[[Step], Statement],
):
    step = scenarios["standard-fr"].step("notice")
    message = render(step, demo(step), templates)

    assert read(tmp_path, "C1", keep(tmp_path, "C1", message)) == message


@pytest.mark.parametrize(
    ("step_language", "customer", "entity", "written", "missing"),
    [
        ("fr", "en", "en", "fr", ""),
        (None, "en", "fr", "en", ""),
        (None, "", "fr", "fr", ""),
        (None, "de", "fr", "fr", "de"),
        (None, "de", "nl", "en", "de"),
    ],
)
def test_the_language_is_the_steps_else_the_customers_else_the_entitys(
    step_language: str | None,
    customer: str,
    entity: str,
    written: str,
    missing: str,
    scenarios: dict[str, Scenario],
    templates: Templates,
    demo: Callable[[Step], Statement],
):
    step = dataclasses.replace(scenarios["standard-en"].step("email-1"), language=step_language)
    statement = dataclasses.replace(demo(step), language=customer, entity_language=entity)

    assert language_for(step, statement, templates) == (written, missing)
    message = render(step, statement, templates)
    assert (message.language, message.missing_language) == (written, missing)


def test_amounts_and_days_are_written_as_the_recipient_reads_them(
    scenarios: dict[str, Scenario],
    templates: Templates,
    demo: Callable[[Step], Statement],
    with_claims: Callable[..., Statement],
):
    step = scenarios["standard-en"].step("email-1")
    statement = with_claims(demo(step), GBP=["1234567.80"])

    french = render(step, statement, templates, "fr").text
    british = render(step, dataclasses.replace(statement, country="GB"), templates, "en").text
    american = render(step, dataclasses.replace(statement, country="US"), templates, "en").text

    assert "1\u202f234\u202f567,80\u00a0£GB" in french
    assert "£1,234,567.80" in british
    assert "12 Nov 2026" in british
    assert "Nov 12, 2026" in american


def test_a_letter_is_the_same_bytes_each_time_and_names_the_registered_office(
    scenarios: dict[str, Scenario], templates: Templates, demo: Callable[[Step], Statement]
):
    step = scenarios["standard-fr"].step("notice")
    recipients = dataclasses.replace(
        demo(step).recipients, registered_office=("Martin SARL", "2 rue du Siège", "75001 Paris")
    )
    statement = dataclasses.replace(demo(step), recipients=recipients)

    message = render(step, statement, templates)

    assert message.to_address == "Martin SARL\n2 rue du Siège\n75001 Paris"
    assert message.attachments[0].content.startswith(b"%PDF-")
    assert message.content_hash == render(step, statement, templates).content_hash


def test_an_e_mail_without_contact_becomes_a_letter_that_says_the_same(
    scenarios: dict[str, Scenario], templates: Templates, demo: Callable[[Step], Statement]
):
    step = dataclasses.replace(scenarios["standard-fr"].step("email-2"), action=ActionType.LETTER)

    message = render(step, demo(step), templates)

    assert message.attachments[0].media_type == "application/pdf"
    assert "Nous vous demandons de nous répondre" in message.text
    assert message.to_address.startswith("Boulangerie Martin SARL\n")


def test_a_missing_value_stops_the_message_and_names_what_is_missing(
    scenarios: dict[str, Scenario], templates: Templates, demo: Callable[[Step], Statement]
):
    step = scenarios["standard-fr"].step("email-1")
    leaderless = dataclasses.replace(demo(step), leader=None)
    undated = dataclasses.replace(scenarios["standard-fr"].step("email-2"), delay_days=None)

    with pytest.raises(MessageNotRenderable, match="leader") as refused:
        render(step, leaderless, templates)
    assert refused.value.code == "missing_value"
    with pytest.raises(MessageNotRenderable, match="answer_by"):
        render(undated, demo(undated), templates)


def test_a_text_message_is_one_short_line_without_markup(
    scenarios: dict[str, Scenario], templates: Templates, demo: Callable[[Step], Statement]
):
    step = scenarios["risky-fr"].step("sms-1")

    message = render(step, demo(step), templates)

    assert len(message.text.strip()) <= 160
    assert "\n" not in message.text.strip()
    assert message.html == ""
    assert message.to_address == "+33 6 00 00 00 00"


def test_internal_requests_go_to_the_sales_manager_and_dispute_follow_ups_to_the_resolver(
    scenarios: dict[str, Scenario], templates: Templates, demo: Callable[[Step], Statement]
):
    sales = scenarios["standard-fr"].step("sales")
    dispute = scenarios["specific-actions-fr"].step("dispute")

    assert render(sales, demo(sales), templates).to_name == "Paul Girard"
    assert render(dispute, demo(dispute), templates).to_name == "Inès Faure"
    orphan = dataclasses.replace(demo(sales), sales_manager=None)
    assert render(sales, orphan, templates).to_name == "Julie Bernard"


@pytest.mark.parametrize(
    ("delay_days", "asked"), [(4, "20 novembre"), (5, "23 novembre"), (6, "23 novembre")]
)
def test_nobody_is_asked_to_answer_at_a_weekend(
    delay_days: int,
    asked: str,
    scenarios: dict[str, Scenario],
    templates: Templates,
    demo: Callable[[Step], Statement],
):
    step = dataclasses.replace(scenarios["standard-fr"].step("email-2"), delay_days=delay_days)

    assert f"au plus tard le {asked} 2026" in render(step, demo(step), templates).text


def test_a_creditor_without_bank_account_prints_no_empty_bank_details(
    scenarios: dict[str, Scenario], templates: Templates, demo: Callable[[Step], Statement]
):
    step = scenarios["standard-fr"].step("notice")
    section = demo(step).sections[0]
    creditor = dataclasses.replace(section.creditor, iban="", bic="")
    poor = dataclasses.replace(
        demo(step), sections=(dataclasses.replace(section, creditor=creditor),)
    )

    message = render(step, poor, templates)

    assert "IBAN" not in message.text
    assert "IBAN" not in message.html


def test_a_hostile_subject_cannot_open_a_second_line(
    scenarios: dict[str, Scenario], templates: Templates, demo: Callable[[Step], Statement]
):
    step = scenarios["standard-fr"].step("sales")
    statement = dataclasses.replace(demo(step), customer_name="ACME\r\nBcc: x@y.test\u2028Y")

    subject = render(step, statement, templates).subject

    assert subject.startswith("Votre intervention auprès de ACME Bcc")
    assert subject.isprintable() or "\u00a0" in subject
    assert "\n" not in subject
    assert "\u2028" not in subject
