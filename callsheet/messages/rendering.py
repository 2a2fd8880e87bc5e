"""Templates made into text and HTML: checked once, compiled once, rendered in a sandbox.

A message template holds blocks and no frame: `subject`, `opening` and `closing` are prose, and
`parts` names what of the account stands between them. The frame of its kind (`shared/mail…`,
`shared/letter…`, `shared/sheet…`) lays out the account statement around them, once for text and
once for HTML, from the same data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from callsheet.errors import ConfigurationInvalid, MessageNotRenderable
from callsheet.fault import Fault, refuse
from callsheet.messages import prose
from callsheet.messages.sandbox import environment_of
from callsheet.messages.template_check import faults_of
from callsheet.strict_yaml import read_yaml
from callsheet.vocabulary import ActionType

_CHUNKS = 500  # written between two looks at the limit
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
        self._names = frozenset(
            path.relative_to(folder).as_posix() for path in folder.rglob("*.j2")
        )
        refuse(self.faults())
        self.words = {path.stem: _words(path) for path in sorted((folder / "words").glob("*.yaml"))}

    @staticmethod
    def of(folder: Path) -> "Templates":
        """Return the templates of `folder`; ConfigurationInvalid lists everything wrong.

        They are kept until a file of it is edited.
        """
        return _kept(folder, _stamp(folder))

    def faults(self) -> list[Fault]:
        """Return what is wrong with any template of the folder."""
        environment = environment_of(self.folder, "en_GB", html=False)
        found: list[Fault] = []
        for name in sorted(self._names):
            shared = name.startswith("shared/")
            names = FRAME_NAMES if shared else CONTEXT_NAMES
            source = (self.folder / name).read_text(encoding="utf-8")
            problems = faults_of(environment, f"{self.folder.name}/{name}", source, names)
            found += problems
            if not shared and not problems:
                found += _block_faults(f"{self.folder.name}/{name}", environment, source)
        return found

    def path(self, action: ActionType, template: str, language: str) -> str:
        """Return where the template of an action stands, below the folder.

        A letter or a fax without a text of its own says what the e-mail would have said.
        """
        name = f"{template}.{language}.j2"
        own = f"{FOLDERS[action]}/{name}"
        if FRAMES[FOLDERS[action]] == "letter" and own not in self._names:
            return f"email/{name}" if f"email/{name}" in self._names else own
        return own

    def has(self, action: ActionType, template: str, language: str) -> bool:
        """Say whether there is such a template, and the words of its language."""
        return language in self.words and self.path(action, template, language) in self._names

    def languages(self, action: ActionType, template: str) -> list[str]:
        """Return the languages that a template is written in."""
        return [one for one in self.words if self.has(action, template, one)]

    def render(
        self, action: ActionType, name: str, language: str, locale: str, values: Mapping[str, Any]
    ) -> Texts:
        """Return what the template `name` says of `values`; MessageNotRenderable if it cannot."""
        context = {**values, "words": self.words[language], "language": language}
        frame = FRAMES[FOLDERS[action]]
        try:
            return self._render(name, frame, locale, context)
        except SecurityError as problem:
            raise MessageNotRenderable("template_refused", f"{name}: {problem}") from problem
        except RecursionError as problem:
            raise MessageNotRenderable("template_limit", f"{name}: includes itself") from problem
        except TemplateError as problem:
            raise _missing(name, str(problem)) from problem

    def _render(self, name: str, frame: str, locale: str, context: dict[str, Any]) -> Texts:
        """Return the prose in its frame, as text and as HTML."""
        language = context["language"]
        plain = environment_of(self.folder, locale, html=False)
        template = plain.get_template(name)
        subject = prose.spaced(" ".join(_block(template, "subject", context).split()), language)
        parts = frozenset(_block(template, "parts", context).replace(",", " ").split())
        opening = _block(template, "opening", context)
        closing = _block(template, "closing", context)
        if frame == "bare":
            text, html = " ".join(opening.split()), ""
        else:
            around = context | {"parts": parts, "subject": subject}
            written = {"opening": opening, "closing": closing}
            text = _whole(plain.get_template(f"shared/{frame}.text.j2"), around | written)
            html = self._html(name, frame, locale, around)
        tidy = prose.plain_paragraphs(language)
        text = prose.tidy_lines(text)
        return Texts(subject, text, html, tidy(opening), tidy(closing), parts)

    def _html(self, name: str, frame: str, locale: str, around: dict[str, Any]) -> str:
        """Return the same message for a screen; whatever the data brings is escaped."""
        rich = environment_of(self.folder, locale, html=True)
        template = rich.get_template(name)
        written = {
            block: prose.marked(_block(template, block, around)) for block in ("opening", "closing")
        }
        return _whole(rich.get_template(f"shared/{frame}.html.j2"), around | written)


@lru_cache(maxsize=8)
def _kept(folder: Path, _: tuple[object, ...]) -> Templates:
    environment_of.cache_clear()  # it keeps compiled what was read before
    return Templates(folder)


def _stamp(folder: Path) -> tuple[object, ...]:
    """Return what tells whether a file of `folder` was edited since it was read."""
    stats = ((path, path.stat()) for path in sorted(folder.rglob("*")) if path.is_file())
    return tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats)


def _block(template: Template, block: str, values: dict[str, Any]) -> str:
    return _limited(template.blocks[block](template.new_context(values)), str(template.name))


def _whole(template: Template, values: dict[str, Any]) -> str:
    return _limited(template.root_render_func(template.new_context(values)), str(template.name))


def _limited(chunks: Iterator[str], name: str) -> str:
    """Return what a template wrote, unless it writes without end."""
    kept, size = [], 0
    while some := "".join(islice(chunks, _CHUNKS)):
        size += len(some)
        if size > OUTPUT_LIMIT:
            raise MessageNotRenderable("template_limit", f"{name}: over {OUTPUT_LIMIT} characters")
        kept.append(some)
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
