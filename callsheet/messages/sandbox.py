"""The sandbox that templates run in: plain data, formats of one locale, nothing that computes."""

import re
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, Undefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from callsheet.messages import prose, statement_model
from callsheet.messages.locale_formats import (
    days_in_words,
    iban_in_fours,
    long_day,
    money_format,
    short_day,
)

# What a template may ask of each kind of value: its fields, no method, no property.
_FIELDS: dict[type, frozenset[str]] = {
    kind: frozenset(field.name for field in fields(kind))
    for kind in (
        statement_model.Line,
        statement_model.LineApart,
        statement_model.Claim,
        statement_model.Sum,
        statement_model.Creditor,
        statement_model.Section,
        statement_model.Person,
        statement_model.Earlier,
        statement_model.Recipients,
        statement_model.Recipient,
    )
}
_CONSTANT = re.compile(r"{% set (\w+) = \"([\w#:;,. %-]*)\" %}\n?")
_PLACES = 60  # the widest column of a plain text


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, with every operator that could burn memory or time refused."""

    intercepted_binops = frozenset({"*", "**", "%", "+", "//", "/", "-"})

    def call_binop(self, context: object, operator: str, left: object, right: object) -> object:
        """Refuse: a template adds and converts nothing."""
        raise SecurityError(f"operator {operator} is not allowed in a template")

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a field of a statement's part or a key of a mapping; else ask the sandbox."""
        known = _FIELDS.get(type(obj))
        if known is not None:
            return getattr(obj, attribute) if attribute in known else self._none(obj, attribute)
        if type(obj) is dict:
            return obj[attribute] if attribute in obj else self._none(obj, attribute)
        return super().getattr(obj, attribute)

    def _none(self, obj: Any, attribute: str) -> Undefined:
        return self.undefined(obj=obj, name=attribute)


def _refuse_nothing(value: object) -> object:
    """Refuse to print a value that is not known: blank in a letter is worse than no letter."""
    if value is None:
        raise TemplateError("a value is missing")
    return value


def _given(value: Any) -> Any:
    if value is None:
        raise TemplateError("an amount or a day is missing")
    return value


class _Loader(FileSystemLoader):
    """Templates of a folder, with constant texts (the styles of a table) written in their places.

    Rendering them as values took a third of a mail's time.
    """

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return the source with its constants in place."""
        source, name, is_current = super().get_source(environment, template)
        constants = dict(_CONSTANT.findall(source))
        source = _CONSTANT.sub("", source)
        for key, text in constants.items():
            source = source.replace(f"{{{{ {key} }}}}", text)
        return source, name, is_current


@cache
def environment_of(folder: Path, locale: str, *, html: bool) -> ImmutableSandboxedEnvironment:
    """Return the sandbox of one locale and format; its templates are compiled once."""
    environment = Sandbox(
        loader=_Loader(folder),
        autoescape=html,
        undefined=StrictUndefined,
        finalize=_refuse_nothing,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.globals.clear()
    language = locale.partition("_")[0]
    environment.filters = {
        "money": lambda amount, currency: money_format(locale, currency)(_given(amount)),
        "day": lambda day: long_day(locale, _given(day)),
        "short_day": lambda day: short_day(locale, _given(day)),
        "days": lambda count: days_in_words(locale, _given(count)),
        "iban": iban_in_fours,
        "left": lambda text, width: f"{text!s:<{min(width, _PLACES) - 1}} ",
        "right": lambda text, width: f" {text!s:>{min(width, _PLACES) - 1}}",
        "strong": prose.strong if html else str,
        "paragraphs": prose.html_paragraphs(language) if html else prose.plain_paragraphs(language),
        "upper": lambda text: str(text).upper(),
        "lower": lambda text: str(text).lower(),
        "escape": prose.escape,
        "e": prose.escape,
    }
    return environment
