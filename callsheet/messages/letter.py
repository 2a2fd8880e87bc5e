"""Letters as PDF: the prose of the template around the account statement, laid out by typst.

One compiler is kept for each thread (a compilation then costs milliseconds), no system font is
read and no date is written into the file, so the same letter is the same bytes on any machine.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callsheet.errors import MessageNotRenderable
from callsheet.messages.letter_tables import tables_of
from callsheet.messages.locale_formats import long_day
from callsheet.messages.rendering import Texts

_LAYOUT = Path(__file__).parent / "letter.typ"
_kept = threading.local()


def letter_pdf(
    texts: Texts, values: Mapping[str, Any], words: Mapping[str, Any], locale: str
) -> bytes:
    """Return the letter as PDF; MessageNotRenderable when there is no creditor."""
    return _laid_out(
        letterhead_of(texts, values, words, locale)
        | {
            "opening": _paragraphs(texts.opening),
            "tables": tables_of(values["sections"], texts.parts, _reference(values), words, locale),
            "closing": _paragraphs(texts.closing),
        }
    )


def typed_pdf(letterhead: Mapping[str, Any], body: str) -> bytes:
    """Return a letter whose body a person typed; its columns stay under each other."""
    return _laid_out({**letterhead, "typed": body})


def letterhead_of(
    texts: Texts, values: Mapping[str, Any], words: Mapping[str, Any], locale: str
) -> dict[str, Any]:
    """Return everything on a letter but its body, as text; MessageNotRenderable: no creditor."""
    if "creditor" not in values:
        raise MessageNotRenderable("missing_value", "a letter needs a creditor: nothing is claimed")
    creditor, sender, account = values["creditor"], values["sender"], values["account"]
    city = creditor.address[-1].lstrip("0123456789 ") if creditor.address else ""
    day = long_day(locale, values["today"])
    registration = [creditor.registration] if creditor.registration else []
    reached = " · ".join(part for part in (sender.phone, sender.email) if part)
    contact = [part for part in (sender.role, reached) if part]
    return {
        "language": locale.partition("_")[0],
        "sender": [creditor.name, *creditor.address],
        "recipient": list(values["address"] or [account["name"]]),
        "references": [f"{words['our_reference']} {account['number']}"],
        "place_and_day": f"{city}, {words['the_day']}{day}" if city else day,
        "service": words["service"].get(values["service"], ""),
        "subject_word": words["subject"],
        "subject": f"{words['subject']} {texts.subject}",
        "signature": [sender.name, *contact, creditor.name],
        "footer": " · ".join([creditor.name, *creditor.address, *registration]),
    }


def _laid_out(content: Mapping[str, Any]) -> bytes:
    import typst  # slow to load

    letter = json.dumps(content, ensure_ascii=False)
    try:
        return bytes(_compiler().compile(format="pdf", sys_inputs={"letter": letter}))
    except typst.TypstError as problem:
        raise MessageNotRenderable("template_limit", f"letter.typ: {problem}") from problem


def _compiler() -> Any:
    import typst  # slow to load

    compiler = getattr(_kept, "compiler", None)
    if compiler is None:
        compiler = typst.Compiler(str(_LAYOUT), ignore_system_fonts=True)
        _kept.compiler = compiler
    return compiler


def _paragraphs(prose: str) -> list[str]:
    """Return the paragraphs of a letter; a list is set with dashes."""
    listed = prose.replace("\n- ", "\n– ")
    return [part.replace("- ", "– ", 1) if part.startswith("- ") else part
            for part in listed.split("\n\n")]  # fmt: skip


def _reference(values: Mapping[str, Any]) -> str:
    """Return what the customer quotes: the account and, when there is one, the leader."""
    number = str(values["account"]["number"])
    return f"{number} / {values['leader'].number}" if "leader" in values else number
