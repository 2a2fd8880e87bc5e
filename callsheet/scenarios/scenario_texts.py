"""Whether every step has a text: one that names a template nobody wrote must not be played."""

from collections.abc import Iterable

from callsheet.fault import Fault, refuse
from callsheet.messages.rendering import Templates
from callsheet.scenarios.scenario import Scenario
from callsheet.scenarios.step import Step


def refuse_missing_texts(scenarios: Iterable[Scenario], templates: Templates) -> None:
    """ConfigurationInvalid lists every file that a step names and that is not there.

    A step tagged with a language needs that one. Any other needs one at least: a customer of
    another language gets it, and `callsheet lint` says so.
    """
    refuse(
        [
            _fault(scenario, step, templates)
            for scenario in scenarios
            for step in scenario.steps
            if step.template and not _has_text(step, templates)
        ]
    )


def _has_text(step: Step, templates: Templates) -> bool:
    written = templates.languages(step.action, step.template or "")
    return step.language in written if step.language else bool(written)


def _fault(scenario: Scenario, step: Step, templates: Templates) -> Fault:
    language = step.language or scenario.language or "en"
    path = templates.path(step.action, step.template or "", language)
    return Fault(
        where=f"scenarios/{scenario.key}.yaml, step {step.key} (day {step.day:+d})",
        what=f"no text for template {step.template}",
        looked_for=f"{templates.folder.name}/{path}",
        found=", ".join(templates.languages(step.action, step.template or "")) or "no language",
        do="add the file, or name another template",
    )
