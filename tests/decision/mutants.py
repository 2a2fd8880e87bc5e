"""Mutants of the decision's SQL, made mechanically: one small slip in one place of one file.

An operator is a pattern and what a hurried hand would have written instead. Every place where a
pattern stands, outside comments and texts, is one mutant. `play_mutants` plays them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutant:
    """One file of SQL with one slip."""

    path: Path
    operator: str
    line: int
    before: str
    after: str
    text: str

    @property
    def name(self) -> str:
        """Where and what: stable while the line's words are."""
        return f"{self.path.stem}: {self.operator}: {self.before} -> {self.after}"


# A condition ends where the next word of the query begins.
_CONDITION = r"(?:[^()\n]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+?"
_NEXT = "and|or|group|order|window|qualify|union|left|inner|join|from|where|having"
_END = rf"(?=\s*(?:\n\s*(?:{_NEXT})\b|\)|;|$))"

OPERATORS: dict[str, list[tuple[str, str]]] = {
    "boundary": [
        (r"(?<=\s)<=(?=\s)", "<"),
        (r"(?<=\s)>=(?=\s)", ">"),
        (r"(?<=\s)<(?=\s)", "<="),
        (r"(?<=\s)>(?=\s)", ">="),
    ],
    "direction": [(r"(?<=\s)<=(?=\s)", ">="), (r"(?<=\s)>=(?=\s)", "<=")],
    "equality": [(r"(?<=\s)<>(?=\s)", "="), (r"(?<=\s)=(?=\s)", "<>")],
    "null order": [(r"\bnulls last\b", "nulls first"), (r"\bnulls first\b", "nulls last")],
    "missing join key": [
        (rf"\n\s*and\s+[\w.]+ = [\w.]+{_END}", ""),
        (rf" and [\w.]+ = [\w.]+{_END}", ""),
    ],
    "dropped condition": [(rf"\n\s*and\s+{_CONDITION}{_END}", "")],
    "dropped filter": [
        (rf"\bwhere\s+{_CONDITION}{_END}", "where true"),
        (r"filter \(where [^()]*(?:\([^()]*\)[^()]*)*\)", ""),
    ],
    "dropped coalesce": [(r"\bcoalesce\(([\w.]+),[^()]*\)", r"\1")],
    "dropped tie": [
        (r"(\border by [^()\n]*?),[^,()\n]+(?=[)\n])", r"\1"),
        (r"(\barg_m(?:in|ax)\([^()]*\([^()]*),[^(),]+(?=\))", r"\1"),
    ],
    "min for max": [
        (r"\bmax\(", "min("),
        (r"\bmin\(", "max("),
        (r"\bgreatest\(", "least("),
        (r"\bleast\(", "greatest("),
        (r"\barg_min\(", "arg_max("),
        (r"\barg_max\(", "arg_min("),
    ],
    "any for all": [(r"\bbool_or\(", "bool_and("), (r"\bbool_and\(", "bool_or(")],
    "plus for minus": [(r"(?<=\s)\+(?=\s)", "-"), (r"(?<=\s)-(?=\s)", "+")],
    "and for or": [(r"(?<=\s)or(?=\s)", "and"), (r"(?<=[^\n\s])\s+and(?=\s)", " or")],
    "dropped not": [
        (r"\bnot (?!null|exists|in\b|materialized)", ""),
        (r"\bnot exists\b", "exists"),
    ],
    "null for not null": [(r"\bis not null\b", "is null"), (r"\bis null\b", "is not null")],
    "inner for left": [(r"\bleft join\b", "join")],
    "dropped branch": [(r"\n\s*when [^\n]+ then [^\n]+(?=\n\s*(?:when|else|end))", "")],
    "descending": [(r"\bdesc\b", "asc")],
    "off by one": [(r"(?<=[+-] )1\b", "0"), (r"(?<=[+-] )1\b", "2")],
    "dropped distinct": [(r"\bselect distinct\b", "select")],
}
_HIDDEN = re.compile(r"--[^\n]*|'(?:[^']|'')*'")


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of one file."""
    text = path.read_text(encoding="utf-8")
    bare = _HIDDEN.sub(lambda found: "\x00" * len(found.group()), text)
    for operator, patterns in OPERATORS.items():
        for pattern, instead in patterns:
            for found in re.finditer(pattern, bare, re.IGNORECASE):
                if "\x00" in found.group() and "\\1" in instead:
                    continue
                written = text[found.start() : found.end()]
                after = found.expand(instead)
                line = text.count("\n", 0, found.start()) + 1
                yield Mutant(
                    path,
                    operator,
                    line,
                    _around(text, found.start(), found.end(), written),
                    after.strip() or "(nothing)",
                    text[: found.start()] + after + text[found.end() :],
                )


def all_mutants(files: list[Path]) -> list[Mutant]:
    """Return the mutants of every file, each text once."""
    found: dict[str, Mutant] = {}
    for path in files:
        for mutant in mutants_of(path):
            found.setdefault(mutant.text, mutant)
    return list(found.values())


def _around(text: str, start: int, end: int, written: str) -> str:
    """Return what was written, with its line when it is short."""
    if len(written.strip()) > 12:
        return " ".join(written.split())
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    marked = line[: start - line_start] + f"[{written}]" + line[end - line_start :]
    return " ".join(marked.split())
