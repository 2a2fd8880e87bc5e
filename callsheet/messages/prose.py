"""Prose of a template made into paragraphs, for a screen and for a plain text.

Paragraphs are separated by blank lines; lines that begin with `- ` are a list. French takes its
narrow spaces before : ; ? ! and inside « ».
"""

import re
from collections.abc import Callable

from markupsafe import Markup, escape

__all__ = [
    "escape",
    "html_paragraphs",
    "marked",
    "plain_paragraphs",
    "spaced",
    "strong",
    "tidy_lines",
]

_BEFORE = re.compile(r" (?=[:;?!»])")
_AFTER = re.compile(r"« ")
_APOSTROPHE = re.compile(r"(?<=[^\W\d])'(?=[^\W\d])")
_BLANK = re.compile(r"\n\s*\n")
_MANY_BLANK = re.compile(r"\n{3,}")


def spaced(text: str, language: str) -> str:
    """Return `text` with curved apostrophes, and the spaces that its language does not break."""
    text = _APOSTROPHE.sub("\u2019", text)
    if language != "fr":
        return text
    return _AFTER.sub("«\u00a0", _BEFORE.sub("\u00a0", text))


def strong(value: object) -> Markup:
    """Return `value`, escaped, set in bold."""
    return Markup("<strong>{}</strong>").format(value)


def marked(html: str) -> Markup:
    """Return what the HTML sandbox rendered: everything in it is already escaped."""
    return Markup(html)  # noqa: S704  # the output of an autoescaping environment


def plain_paragraphs(language: str) -> Callable[[str], str]:
    """Return what writes prose as plain paragraphs, one line each."""

    def write(prose: str) -> str:
        return spaced("\n\n".join(_joined(block, "\n- ") for block in _blocks(prose)), language)

    return write


def html_paragraphs(language: str) -> Callable[[Markup], Markup]:
    """Return what writes escaped prose as HTML paragraphs and lists."""

    def write(prose: Markup) -> Markup:
        parts = [_html_block(block) for block in _blocks(escape(prose))]
        return marked(spaced("\n".join(parts), language))

    return write


def tidy_lines(text: str) -> str:
    """Return `text` without trailing spaces or heaps of blank lines."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return _MANY_BLANK.sub("\n\n", lines).strip() + "\n"


def _blocks(prose: str) -> list[str]:
    return [block.strip() for block in _BLANK.split(str(prose)) if block.strip()]


def _joined(block: str, bullet: str) -> str:
    """Return a paragraph on one line, each entry of a list on its own."""
    lines = [line.strip() for line in block.splitlines()]
    text = ""
    for line in lines:
        if line.startswith("- "):
            text += (bullet if text else bullet.lstrip("\n")) + line[2:]
        else:
            text += (" " if text else "") + line
    return text


def _html_block(block: str) -> str:
    head, *entries = _joined(block, "\n- ").split("\n- ")
    if head.startswith("- "):
        head, entries = "", [head[2:], *entries]
    html = f'<p style="margin:0 0 14px">{head}</p>' if head else ""
    if entries:
        listed = "".join(f'<li style="margin:0 0 4px">{entry}</li>' for entry in entries)
        html += f'<ul style="margin:0 0 14px;padding-left:22px">{listed}</ul>'
    return html
