"""What is legal to write in a scenario but probably not meant: warnings, nothing is refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from callsheet.messages.rendering import Templates
from callsheet.scenarios.scenario import Scenario
from callsheet.scenarios.step import Step
from callsheet.vocabulary import ActionType

FRIENDLY_DAYS = 90  # the friendly phase lasts 60 to 90 days at most
POST_DAYS = 2  # a letter's delay counts from its receipt
BREATHING_DAYS = 3  # between two things the customer hears
SHIPPED_LANGUAGES = ("fr", "en")

_BY_POST = frozenset({ActionType.LETTER, ActionType.REGISTERED_LETTER})


@dataclass(frozen=True)
class LintWarning:
    """One warning: which step of which scenario, what is odd, and what to do."""

    scenario: str
    step: str
    what: str
    do: str

    def __str__(self) -> str:
        """Return it as a person reads it."""
        where = f"scenarios/{self.scenario}.yaml"
        step = f", step {self.step}" if self.step else ""
        return f"{where}{step}: {self.what}\n  do           {self.do}"


def lint(
    scenarios: Mapping[str, Scenario],
    templates: Templates,
    languages: Iterable[str] = SHIPPED_LANGUAGES,
) -> list[LintWarning]:
    """Return the warnings of all scenarios, by scenario and in the order of their steps.

    `languages` are those the customers may have: a step that is not tagged with one needs a text
    in each.
    """
    found: list[LintWarning] = []
    for key in sorted(scenarios):
        scenario = scenarios[key]
        for step in scenario.steps:
            found += _missing_languages(scenario, step, templates, tuple(languages))
        if not scenario.library:  # the days of a library only order the list
            found += _too_close(scenario)
            found += _too_long(scenario)
    return found


def _missing_languages(
    scenario: Scenario, step: Step, templates: Templates, languages: tuple[str, ...]
) -> list[LintWarning]:
    """Return a warning for each language in which the step has nothing to say."""
    template = step.template or ""
    wanted = (step.language,) if step.language else languages
    return [
        LintWarning(
            scenario.key,
            _named(step),
            f"no text for template {template} in language {language}: another one would be used",
            f"add {templates.folder.name}/{templates.path(step.action, template, language)}",
        )
        for language in wanted
        if not templates.has(step.action, template, language)
    ]


def _too_close(scenario: Scenario) -> list[LintWarning]:
    """Return warnings about steps that come before the one before them could work."""
    found = []
    for no, step in enumerate(scenario.steps):
        # What a message promises its reader is not broken by a word to a colleague.
        after = [one for one in scenario.steps[no + 1 :] if step.internal or not one.internal]
        if after:
            found += _broken_delay(scenario, step, after[0])
    for before, step in pairwise(one for one in scenario.steps if not one.internal):
        gap = step.day - before.day
        if before.day >= 0 and gap < BREATHING_DAYS:
            what = f"it follows {_named(before)} after {gap} days: no time to answer or pay"
            do = f"leave {BREATHING_DAYS} days between them"
            found.append(LintWarning(scenario.key, _named(step), what, do))
    return found


def _broken_delay(scenario: Scenario, step: Step, after: Step) -> list[LintWarning]:
    """Return a warning when the delay that a step prints is longer than the gap to the next."""
    delay = step.delay_days or 0
    posted = POST_DAYS if delay and step.action in _BY_POST else 0
    gap = after.day - step.day
    if delay + posted <= gap:
        return []
    by_post = f" and about {posted} days by post" if posted else ""
    what = f"it gives {delay} days{by_post}, but {_named(after)} follows after {gap}"
    do = f"give fewer days, or move {after.key} to {step.day + delay + posted:+d}"
    return [LintWarning(scenario.key, _named(step), what, do)]


def _too_long(scenario: Scenario) -> list[LintWarning]:
    """Return a warning when the friendly phase outlasts what is reasonable."""
    legal = [step for step in scenario.steps if step.legal]
    last_friendly = max((step.day for step in scenario.steps if not step.legal), default=0)
    first_legal = min((step.day for step in legal), default=last_friendly)
    if max(first_legal, 0) <= FRIENDLY_DAYS:
        return []
    what = f"the friendly phase lasts {first_legal} days"
    do = f"bring the first legal step within {FRIENDLY_DAYS} days of the due date"
    return [LintWarning(scenario.key, "", what, do)]


def _named(step: Step) -> str:
    return f"{step.key} (day {step.day:+d})"
