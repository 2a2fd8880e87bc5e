"""A message in a person's own words: the same parties, another subject and text, HTML made anew.

Of a letter the body is written anew, what stands below its subject; its PDF is laid out anew under
the same letterhead. A change of address, day or reference is a change of the data.
"""

import json
import unicodedata
from dataclasses import replace
from typing import Any

from callsheet.errors import MessageNotRenderable, UsageInvalid
from callsheet.keys import canonical_text
from callsheet.messages.letter import typed_pdf
from callsheet.messages.message import Message
from callsheet.messages.prose import escape, tidy_lines
from callsheet.messages.rendering import FRAMES

LONGEST_TEXT = 100_000  # characters: a person writes less, a slip of the pasting hand more
LONGEST_SUBJECT = 200
_MAY_STAND_IN_A_TEXT = frozenset("\n\t")
# A plain text's columns stay under each other only in letters of one width.
_PAGE = (
    '<!doctype html>\n<html lang="{language}">\n'
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{subject}</title></head>\n"
    '<body style="margin:0;padding:0;background:#f5f7fa">\n'
    '<div style="max-width:640px;margin:0 auto;padding:28px 28px 24px;background:#ffffff">'
    '<pre style="margin:0;white-space:pre-wrap;font-family:Consolas,Menlo,monospace;'
    'font-size:13px;line-height:1.5;color:#1f2933">{text}</pre></div>\n</body>\n</html>\n'
)


def body_of(message: Message) -> str:
    """Return what of a message a person may write anew; UsageInvalid when nothing may be."""
    frame = FRAMES.get(message.channel)
    if frame == "mail":
        return message.text
    if frame == "letter" and message.letterhead:
        return _parted(message)[1]
    raise UsageInvalid(
        "only the text of an e-mail or of a letter of ours can be written anew\n"
        "  do           mend the template, or skip the step and write by hand"
    )


def rewritten(message: Message, subject: str, text: str) -> Message:
    """Return `message` saying `subject` and `text` instead; what a person typed is never markup.

    UsageInvalid for an empty or endless text, or characters no line of text may hold.
    """
    body_of(message)
    subject = subject.strip()
    text = tidy_lines(text.replace("\r\n", "\n"))
    _check("subject", subject, LONGEST_SUBJECT, frozenset())
    _check("text", text, LONGEST_TEXT, _MAY_STAND_IN_A_TEXT)
    changes: dict[str, Any] = {"subject": subject, "text": text}
    try:
        if message.letterhead:
            changes |= _letter(message, subject, text)
        html = _html(message, subject, changes["text"])
        return replace(message, **changes, html=html)
    except MessageNotRenderable as problem:
        raise UsageInvalid(str(problem)) from problem


def _letter(message: Message, subject: str, body: str) -> dict[str, Any]:
    """Return what of a letter changes with its subject and body."""
    head, _ = _parted(message)
    before = json.loads(message.letterhead)
    after = before | {"subject": f"{before['subject_word']} {subject}"}
    planned, *others = message.attachments
    pdf = replace(planned, content=typed_pdf(after, body))
    return {
        "text": f"{head}{after['subject']}\n\n{body}",
        "letterhead": canonical_text(after),
        "attachments": (pdf, *others),
    }


def _parted(message: Message) -> tuple[str, str]:
    """Return a letter's text up to its line of the subject, and what comes below."""
    line = f"{json.loads(message.letterhead)['subject']}\n"
    head, found, body = message.text.partition(line)
    if not found:
        raise UsageInvalid("the frame of this letter has no line of its own for the subject")
    return head, body.lstrip("\n")


def _check(what: str, written: str, longest: int, allowed: frozenset[str]) -> None:
    if not written.strip():
        raise UsageInvalid(f"the {what} is empty\n  do           write one")
    if len(written) > longest:
        raise UsageInvalid(f"the {what} is longer than {longest} characters")
    for character in written:
        is_odd = unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        if is_odd and character not in allowed:
            raise UsageInvalid(f"the {what} holds the character {character!r}: take it out")


def _html(message: Message, subject: str, text: str) -> str:
    return _PAGE.format(
        language=escape(message.language), subject=escape(subject), text=escape(text)
    )
