"""Templates made into text and HTML: checked once, compiled once, rendered in a sandbox.

A message template holds blocks and no frame: `subject`, `opening` and `closing` are prose, and
`parts` names what of the account stands between them. The frame of its kind (`shared/mail…`,
`shared/letter…`, `shared/sheet…`) lays out the account statement around them, once for text and
once for HTML, from the same data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from callsheet import prose
from callsheet.errors import ConfigurationInvalid, MessageNotRenderable
from callsheet.fault import Fault, refuse
from callsheet.locale_formats import iban_in_fours, long_day, money_format, short_day
from callsheet.strict_yaml import read_yaml
from callsheet.template_check import faults_of
from callsheet.vocabulary import ActionType

OUTPUT_LIMIT = 2_000_000  # characters of one rendered text
PARTS = frozenset({"claim", "penalties", "apart", "to_come", "in_credit", "bank", "history"})
BLOCKS = ("parts", "subject", "opening", "closing")

# Which folder an action's templates are in, and the frame they are laid out in.
FOLDERS: dict[ActionType, str] = {action: action.value for action in ActionType} | {
    ActionType.INTERACTIVE_EMAIL: "email",
    ActionType.INTERNAL_INTERACTIVE_EMAIL: "internal_email",
}
FRAMES: dict[str, str] = {
    "email": "mail", "internal_email": "mail", "letter": "letter", "registered_letter": "letter",
    "fax": "letter", "sms": "bare", "phone": "sheet", "visit": "sheet", "committee": "sheet",
    "litigation": "sheet",
}  # fmt: skip

CONTEXT_NAMES = frozenset(
    {"words", "today", "answer_by", "delay_days", "step_title", "account", "leader", "sections"}
    | {"creditor", "earlier", "sender", "reply_to", "recipients", "contact", "sales_manager"}
    | {"credit_manager", "resolver", "disputes", "promises", "address", "service"}
)
FRAME_NAMES = CONTEXT_NAMES | {"subject", "opening", "closing", "parts", "language"}


@dataclass(frozen=True, slots=True)
class Texts:
    """What a template says: `opening` and `closing` are the plain prose around the account."""

    subject: str
    text: str
    html: str
    opening: str
    closing: str
    parts: frozenset[str]


class Templates:
    """The templates of one folder, all checked. Ask `Templates.of(folder)`: it is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        refuse(self.faults())
        self.words = {path.stem: _words(path) for path in sorted((folder / "words").glob("*.yaml"))}

    @staticmethod
    @cache
    def of(folder: Path) -> "Templates":
        """Return the templates of `folder`; ConfigurationInvalid lists everything wrong."""
        return Templates(folder)

    def faults(self) -> list[Fault]:
        """Return what is wrong with any template of the folder."""
        environment = _environment(self.folder, "en_GB", html=False)
        found: list[Fault] = []
        for path in sorted(self.folder.rglob("*.j2")):
            name = path.relative_to(self.folder).as_posix()
            shared = name.startswith("shared/")
            names = FRAME_NAMES if shared else CONTEXT_NAMES
            source = path.read_text(encoding="utf-8")
            problems = faults_of(environment, f"{self.folder.name}/{name}", source, names)
            found += problems
            if not shared and not problems:
                found += _block_faults(f"{self.folder.name}/{name}", environment, source)
        return found

    def path(self, action: ActionType, template: str, language: str) -> str:
        """Return where the template of an action stands, below the folder."""
        return f"{FOLDERS[action]}/{template}.{language}.j2"

    def has(self, action: ActionType, template: str, language: str) -> bool:
        """Say whether there is such a template, and the words of its language."""
        there = self.folder / self.path(action, template, language)
        return language in self.words and there.is_file()

    def languages(self, action: ActionType, template: str) -> list[str]:
        """Return the languages that a template is written in."""
        return [one for one in self.words if self.has(action, template, one)]

    def render(self, name: str, language: str, locale: str, values: Mapping[str, Any]) -> Texts:
        """Return what the template `name` says of `values`; MessageNotRenderable if it cannot."""
        context = {**values, "words": self.words[language]}
        try:
            return self._render(name, language, locale, context)
        except SecurityError as problem:
            raise MessageNotRenderable("template_refused", f"{name}: {problem}") from problem
        except RecursionError as problem:
            raise MessageNotRenderable("template_limit", f"{name}: includes itself") from problem
        except TemplateError as problem:
            raise _missing(name, str(problem)) from problem

    def _render(self, name: str, language: str, locale: str, context: dict[str, Any]) -> Texts:
        plain = _environment(self.folder, locale, html=False)
        rich = _environment(self.folder, locale, html=True)
        template = plain.get_template(name)
        subject = " ".join(_block(template, "subject", context).split())
        parts = frozenset(_block(template, "parts", context).replace(",", " ").split())
        opening = _block(template, "opening", context)
        closing = _block(template, "closing", context)
        frame = FRAMES[name.partition("/")[0]]
        around = context | {"language": language, "parts": parts, "subject": subject}
        text = _whole(
            plain.get_template(f"shared/{frame}.text.j2"),
            around | {"opening": opening, "closing": closing},
        )
        html = ""
        if frame != "bare":
            rich_template = rich.get_template(name)
            around["opening"] = prose.marked(_block(rich_template, "opening", context))
            around["closing"] = prose.marked(_block(rich_template, "closing", context))
            html = _whole(rich.get_template(f"shared/{frame}.html.j2"), around)
        tidy = prose.plain_paragraphs(language)
        return Texts(
            prose.spaced(subject, language),
            prose.tidy_lines(text),
            html,
            tidy(opening),
            tidy(closing),
            parts,
        )


@cache
def _environment(folder: Path, locale: str, *, html: bool) -> ImmutableSandboxedEnvironment:
    """Return the sandbox of one locale and format; its templates are compiled once."""
    environment = _Sandbox(
        loader=FileSystemLoader(folder),
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
        "iban": iban_in_fours,
        "left": lambda text, width: f"{text!s:<{min(width, 60)}}",
        "right": lambda text, width: f"{text!s:>{min(width, 60)}}",
        "strong": prose.strong if html else str,
        "paragraphs": prose.html_paragraphs(language) if html else prose.plain_paragraphs(language),
        "upper": lambda text: str(text).upper(),
        "lower": lambda text: str(text).lower(),
        "escape": prose.escape,
        "e": prose.escape,
    }
    return environment


class _Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, with every operator that could burn memory or time refused."""

    intercepted_binops = frozenset({"*", "**", "%", "+", "//", "/", "-"})

    def call_binop(self, context: object, operator: str, left: object, right: object) -> object:
        """Refuse: a template adds and converts nothing."""
        raise SecurityError(f"operator {operator} is not allowed in a template")


def _refuse_nothing(value: object) -> object:
    """Refuse to print a value that is not known: blank in a letter is worse than no letter."""
    if value is None:
        raise TemplateError("a value is missing")
    return value


def _given(value: Any) -> Any:
    if value is None:
        raise TemplateError("an amount or a day is missing")
    return value


def _block(template: Template, block: str, values: dict[str, Any]) -> str:
    return _limited(template.blocks[block](template.new_context(values)), str(template.name))


def _whole(template: Template, values: dict[str, Any]) -> str:
    return _limited(template.root_render_func(template.new_context(values)), str(template.name))


def _limited(chunks: Iterator[str], name: str) -> str:
    kept, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > OUTPUT_LIMIT:
            raise MessageNotRenderable("template_limit", f"{name}: over {OUTPUT_LIMIT} characters")
        kept.append(chunk)
    return "".join(kept)


def _block_faults(
    name: str, environment: ImmutableSandboxedEnvironment, source: str
) -> list[Fault]:
    """Return the blocks that are missing, and the parts nobody knows."""
    template = environment.from_string(source)
    do = "write {% block … %}…{% endblock %}"
    faults = [
        Fault(name, f"block {block} is missing", ", ".join(template.blocks) or "no block", do)
        for block in BLOCKS
        if block not in template.blocks
    ]
    if not faults:
        parts = set(_block(template, "parts", {}).replace(",", " ").split())
        for part in sorted(parts - PARTS):
            faults.append(Fault(name, "unknown part", part, f"known: {', '.join(sorted(PARTS))}"))
    if not source.lstrip().startswith("{#"):
        do = "begin with {# Day +4. What we assume, what we want. #}"
        faults.append(Fault(name, "no opening comment", source[:30], do))
    return faults


def _words(path: Path) -> dict[str, Any]:
    content = read_yaml(path, f"templates/words/{path.name}").content
    if not isinstance(content, dict):
        raise ConfigurationInvalid(f"templates/words/{path.name}: no words in it")
    return content


def _missing(name: str, problem: str) -> MessageNotRenderable:
    return MessageNotRenderable(
        "missing_value",
        f"templates/{name}: this message cannot be written\n  found        {problem}\n"
        "  do           complete the data, or change the template",
    )
