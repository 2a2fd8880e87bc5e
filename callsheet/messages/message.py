"""A message as it leaves: who from, who to, what it says. Its content hash is what is confirmed."""

import base64
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from callsheet.errors import MessageNotRenderable
from callsheet.keys import canonical_text, digest
from callsheet.messages.addresses import address_problem, is_one_address
from callsheet.messages.letter import letter_pdf, letterhead_of
from callsheet.messages.locale_formats import locale_of
from callsheet.messages.message_values import postal_address, recipient_of, values_of
from callsheet.messages.rendering import FOLDERS, FRAMES, Templates
from callsheet.messages.statement_model import Statement
from callsheet.scenarios.step import Step

__all__ = ["Attachment", "Message", "MessageNotRenderable", "language_for", "render"]

CONTENT_VERSION = 1
# Unicode's categories Cc, Zl, Zp and Cs: what ends a line, or is half a character.
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """One message to one recipient. An empty `to_address` means that nobody was found.

    `to_address` is one e-mail address, one phone number, or the lines of a postal address. Names
    and subject hold no control character and no line separator; a mail address is exactly one.
    """

    to_name: str
    to_address: str
    from_name: str
    from_address: str
    reply_to: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    language: str
    channel: str = "email"  # the folder of its template: email, registered_letter …
    missing_language: str = ""  # the language that was wanted, when the template lacks it
    letterhead: str = ""  # of a letter: all but its body, as canonical text; it is in the PDF

    def __post_init__(self) -> None:
        """Refuse what could break a header or reach two people: MessageNotRenderable."""
        for field in ("to_name", "from_name", "subject"):
            _check_single_line(field, getattr(self, field))
        for field in ("to_address", "from_address", "reply_to"):
            address = getattr(self, field)
            by_mail = field != "to_address" or FRAMES.get(self.channel) == "mail"
            if address and by_mail:
                _check_address(field, address)

    @cached_property
    def content_text(self) -> str:
        """Return the canonical text of what a person confirms: parties, subject, texts, files."""
        files = [
            [one.name, one.media_type, base64.b64encode(one.content).decode()]
            for one in self.attachments
        ]
        return canonical_text(
            [
                CONTENT_VERSION,
                self.channel,
                self.to_name,
                self.to_address,
                self.from_name,
                self.from_address,
                self.reply_to,
                self.subject,
                self.text,
                self.html,
                files,
            ]
        )

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of `content_text`."""
        return digest(self.content_text)


def render(
    step: Step, statement: Statement, templates: Templates | Path, language: str | None = None
) -> Message:
    """Return the message that `step` sends about `statement`, in `language` or `language_for`'s.

    Letters bring their PDF as the first attachment. MessageNotRenderable names what is missing.
    """
    known = templates if isinstance(templates, Templates) else Templates.of(templates)
    chosen, missing = (language, "") if language else language_for(step, statement, known)
    locale = locale_of(chosen, statement.country, *(s.creditor.country for s in statement.sections))
    values = values_of(step, statement, known.words[chosen])
    folder = FOLDERS[step.action]
    name = known.path(step.action, step.template or "", chosen)
    texts = known.render(step.action, name, chosen, locale, values)
    recipient = recipient_of(step, statement)
    address = postal_address(step, statement)
    attachments: tuple[Attachment, ...] = ()
    letterhead = ""
    if FRAMES[folder] == "letter":
        pdf = letter_pdf(texts, values, known.words[chosen], locale)
        attachments = (Attachment(f"{step.key}.pdf", "application/pdf", pdf),)
        letterhead = canonical_text(letterhead_of(texts, values, known.words[chosen], locale))
    return Message(
        to_name=recipient.name,
        to_address="\n".join(address) if FRAMES[folder] == "letter" else recipient.address,
        from_name=statement.sender.name,
        from_address=statement.sender_mail,
        reply_to=statement.reply_to or statement.sender_mail,
        subject=texts.subject,
        text=texts.text,
        html=texts.html,
        attachments=attachments,
        language=chosen,
        channel=folder,
        missing_language=missing,
        letterhead=letterhead,
    )


def language_for(step: Step, statement: Statement, templates: Templates | Path) -> tuple[str, str]:
    """Return the language to write in: the step's, else the customer's, else the entity's.

    The second value is the language that was wanted when the template lacks it, else ''.
    """
    known = templates if isinstance(templates, Templates) else Templates.of(templates)
    template = step.template or ""
    asked = [
        one for one in (step.language, statement.language, statement.entity_language) if one
    ] or [""]
    written = known.languages(step.action, template)
    for wish in asked:
        if wish in written:
            return wish, "" if wish == asked[0] else asked[0]
    if written:
        return written[0], asked[0]
    looked_for = f"{known.folder.name}/{known.path(step.action, template, asked[0])}"
    raise MessageNotRenderable(
        "no_template",
        f"step {step.key}: no text for template {template}\n"
        f"  looked for   {looked_for}\n  found        no language of it\n"
        "  do           add the file, or name another template",
    )


def _check_single_line(field: str, text: str) -> None:
    """Refuse control characters and line separators, which would end a header early."""
    if found := _NO_TEXT.search(text):
        what = f"{field} holds the character {found[0]!r}"
        raise MessageNotRenderable("control_char", f"{what}\n  do           correct the data")


def _check_address(field: str, address: str) -> None:
    """Refuse what is not exactly one plain address."""
    if is_one_address(address):
        return
    raise MessageNotRenderable(
        address_problem(address), f"{field} is not one plain address\n  found        {address!r}"
    )
