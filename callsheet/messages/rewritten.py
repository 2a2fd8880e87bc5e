"""A message in a person's own words: the same parties, another subject and text, HTML made anew."""

import unicodedata
from dataclasses import replace

from callsheet.errors import MessageNotRenderable, UsageInvalid
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


def rewritten(message: Message, subject: str, text: str) -> Message:
    """Return `message` saying `subject` and `text` instead; what a person typed is never markup.

    UsageInvalid for a letter, an empty or endless text, or characters no line of text may hold.
    """
    if FRAMES.get(message.channel) != "mail":
        raise UsageInvalid(
            "only the text of an e-mail can be written anew here\n"
            "  do           mend the template, or skip the step and write by hand"
        )
    subject = subject.strip()
    text = tidy_lines(text.replace("\r\n", "\n"))
    _check("subject", subject, LONGEST_SUBJECT, frozenset())
    _check("text", text, LONGEST_TEXT, _MAY_STAND_IN_A_TEXT)
    try:
        return replace(message, subject=subject, text=text, html=_html(message, subject, text))
    except MessageNotRenderable as problem:
        raise UsageInvalid(str(problem)) from problem


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
