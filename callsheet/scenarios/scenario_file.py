"""Read one scenario file strictly: every fault of it is gathered, none hides another."""

import re

from callsheet.fault import Fault
from callsheet.file_entry import FileEntry
from callsheet.scenarios.step import Step
from callsheet.strict_yaml import Document
from callsheet.vocabulary import ActionType, Mode

SCENARIO_KEYS = frozenset({"key", "name", "language", "library", "steps"})
STEP_KEYS = frozenset(
    {"key", "title", "day", "action", "template", "mode", "language", "internal", "legal"}
    | {"min_claim", "penalties", "stop_deliveries", "delay_days"}
)
# A person makes or holds these; the system sends the others.
BY_HAND = frozenset(
    {ActionType.PHONE, ActionType.VISIT, ActionType.COMMITTEE, ActionType.LITIGATION}
)
TO_COLLEAGUES = frozenset({ActionType.INTERNAL_EMAIL, ActionType.INTERNAL_INTERACTIVE_EMAIL})
ALWAYS_LEGAL = frozenset({ActionType.REGISTERED_LETTER, ActionType.LITIGATION})

_KEY = re.compile(r"[a-z][a-z0-9-]*")
_TEMPLATE = re.compile(r"[a-z][a-z0-9_]*")


class ScenarioFile:
    """One parsed file; reading from it fills `faults`."""

    def __init__(self, name: str, stem: str, document: Document) -> None:
        self.faults: list[Fault] = []
        self._name = name
        self._document = document
        content = document.content if isinstance(document.content, dict) else {}
        self._head = FileEntry(name, document, (), content, self.faults)
        if not content:
            self._head.fault(None, "not a scenario", "no keys", "write key, name and steps")
        elif self._head.word("key", _KEY) not in ("", stem):
            do = f"write `key: {stem}`, or rename the file"
            self._head.fault("key", "the key is not the file's name", content["key"], do)
        self._head.refuse_unknown(SCENARIO_KEYS)

    def title(self) -> str:
        """Return the scenario's name as people read it."""
        return self._head.text("name")

    def language(self) -> str | None:
        """Return the language its titles are written in."""
        return self._head.language()

    def library(self) -> bool:
        """Say whether it is a collection of specific actions, assigned to nobody."""
        return self._head.flag("library")

    def steps(self) -> list[Step]:
        """Return the steps in the order they are played."""
        entries = self._head.get("steps")
        if not isinstance(entries, list):
            do = "write a list of steps; `steps: []` when there are none"
            self._head.fault("steps", "no list of steps", entries, do)
            return []
        steps: list[Step] = []
        for no, content in enumerate(entries):
            if not isinstance(content, dict):
                do = "write {key: …, title: …, day: …, action: …, template: …}"
                self._head.fault("steps", f"step {no + 1} is not a step", content, do)
                continue
            label = f"step {content.get('key', no + 1)} (day {content.get('day', '?')})"
            path = ("steps", no)
            entry = FileEntry(self._name, self._document, path, content, self.faults, label=label)
            step = _read_step(entry)
            _check_mode(step, entry)
            _check_place(step, steps, entry)
            steps.append(step)
        return steps


def _read_step(entry: FileEntry) -> Step:
    """Return the step that `entry` describes; its faults are noted."""
    entry.refuse_unknown(STEP_KEYS)
    action = entry.choice("action", ActionType)
    by_default = Mode.MANUAL if action in BY_HAND else Mode.TO_CONFIRM
    if entry.has("penalties") and entry.get("penalties") != "apply":
        do = "write `penalties: apply`, or remove it"
        entry.fault("penalties", "unknown effect", entry.get("penalties"), do)
    return Step(
        key=entry.word("key", _KEY),
        title=entry.text("title"),
        day=entry.signed_day("day"),
        action=action or ActionType.EMAIL,
        template=entry.word("template", _TEMPLATE) or None,
        mode=(entry.choice("mode", Mode) if entry.has("mode") else None) or by_default,
        language=entry.language(),
        internal=entry.flag("internal") or action in TO_COLLEAGUES,
        legal=entry.flag("legal") or action in ALWAYS_LEGAL or entry.has("penalties"),
        min_claim=entry.amounts("min_claim"),
        penalties=entry.has("penalties"),
        stop_deliveries=entry.flag("stop_deliveries"),
        delay_days=entry.days("delay_days"),
    )


def _check_mode(step: Step, entry: FileEntry) -> None:
    """Note a mode that the action or the law does not allow."""
    if step.action in BY_HAND and step.mode is Mode.AUTOMATIC:
        do = "remove `mode`, or write `mode: manual`"
        entry.fault("mode", f"{step.action} is a person's work", "mode: automatic", do)
    elif step.legal and step.action not in BY_HAND and step.mode is not Mode.TO_CONFIRM:
        what = "a legal step goes only after a person says yes"
        entry.fault("mode", what, f"mode: {step.mode}", "write `mode: to_confirm`")
    if step.legal and entry.get("legal") is False:
        what = "this step is legal by its action or effect"
        entry.fault("legal", what, "legal: false", "remove `legal: false`")
    if step.action in TO_COLLEAGUES and entry.get("internal") is False:
        what = f"{step.action} goes to a colleague"
        entry.fault("internal", what, "internal: false", "remove `internal: false`")


def _check_place(step: Step, before: list[Step], entry: FileEntry) -> None:
    """Note a key used twice, and a day that does not come after the step before."""
    if step.key and any(step.key == other.key for other in before):
        entry.fault("key", "this key is used twice in the scenario", step.key, "rename one")
    if before and step.day <= before[-1].day:
        found = f"day {step.day:+d} after {before[-1].key} at day {before[-1].day:+d}"
        do = "give it a later day, or move it up: the file is ordered as it is played"
        entry.fault("day", "days must rise strictly", found, do)
