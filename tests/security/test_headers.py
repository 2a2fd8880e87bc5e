"""Headers of a mail: one recipient, one line each, whatever the data brings."""

import email
from datetime import UTC, date, datetime
from email import policy

import pytest

from callsheet.channels.envelope import Envelope, UnsafeHeader
from callsheet.errors import MessageNotRenderable
from callsheet.messages.message import Attachment, Message

NAMES = [
    "ACME, evil@x.example", '"ACME" <evil@x.example>, ', "a\\", '\\"', "(x)", "a;b:c,d",
    "=?utf-8?b?ZXZpbEB4LmV4YW1wbGU=?=", "É" * 3_000, "x" * 5_000, "<>", "@", "\u202eelpmaxe",
    "🧾" * 300, "a" * 75 + "é" * 75,
]  # fmt: skip
ENDERS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x7f"]
FIELDS = ["to_name", "from_name", "subject", "to_address", "from_address", "reply_to"]


def message(**more):
    said = {
        "to_name": "Anne", "to_address": "anne@client.example", "from_name": "Nous",
        "from_address": "nous@atelier.example", "reply_to": "nous@atelier.example",
        "subject": "Facture", "text": "Bonjour\n", "html": "", "attachments": (), "language": "fr",
    }  # fmt: skip
    return Message(**said | more)


def sent(said):
    envelope = Envelope(
        action_id="a-1", attempt=1, entity="FR1", day=date(2026, 11, 16),
        sent_at=datetime(2026, 11, 16, tzinfo=UTC), domain="atelier.example", message=said,
    )  # fmt: skip
    return email.message_from_bytes(envelope.wire, policy=policy.default)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", ["to_name", "from_name", "subject"])
def test_a_tricky_name_or_subject_adds_no_recipient_and_no_header(field, name):
    plain, tricked = sent(message()), sent(message(**{field: name}))

    assert [one.addr_spec for one in tricked["to"].addresses] == ["anne@client.example"]
    assert [one.addr_spec for one in tricked["from"].addresses] == ["nous@atelier.example"]
    assert tricked.keys() == plain.keys()
    assert tricked.get_content() == plain.get_content()


@pytest.mark.parametrize("ender", ENDERS, ids=ascii)
@pytest.mark.parametrize("field", FIELDS)
def test_what_ends_a_line_is_refused_in_every_field(field, ender):
    hostile = {field: f"a{ender}Bcc: evil@x.example"}
    with pytest.raises((MessageNotRenderable, UnsafeHeader)):
        sent(message(**hostile))


@pytest.mark.parametrize(
    "address",
    ["a@b.example,c@d.example", "a@b.example c@d.example", "<a@b.example>", "a@b@c.example",
     '"a,b"@c.example', "a@[127.0.0.1]", "a(c)@b.example", "a@b.example;", "@b.example", "a@"],
)  # fmt: skip
@pytest.mark.parametrize("field", ["to_address", "from_address", "reply_to"])
def test_what_is_not_one_plain_address_is_refused(field, address):
    with pytest.raises((MessageNotRenderable, UnsafeHeader)):
        sent(message(**{field: address}))


@pytest.mark.parametrize(
    "name", ['x"; filename="y.exe', "x\r\nBcc: a@b.example", "é;é", "../x.pdf"]
)
def test_the_name_of_a_file_cannot_leave_its_header(name):
    said = message(attachments=(Attachment(name, "application/pdf", b"%PDF"),))
    try:
        mail = sent(said)
    except UnsafeHeader:
        return
    assert mail["bcc"] is None
    [part] = list(mail.iter_attachments())
    assert part.get_content_type() == "application/pdf"
