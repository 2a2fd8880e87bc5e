"""`callsheet decide`: what would be done in a made-up world, by the rules that decide real ones."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callsheet.errors import UsageInvalid
from callsheet.terminal.options import AsJson, print_json, screen

app = typer.Typer()

File = Annotated[Path, typer.Argument(help="A world, a list of worlds, or a file of cases (JSON).")]
_COLUMNS = ("customer", "entity", "outcome", "reason", "leader", "step", "due_on", "act_on")


@app.command()
def decide(file: File, as_json: AsJson = False) -> None:
    """Say what would be decided in a world written as decision cases are written."""
    from callsheet.decision.world import decide_worlds

    worlds, is_list = read_worlds(file)
    answers = decide_worlds(worlds)
    if as_json:
        print_json(answers if is_list else answers[0])
        return
    for number, decisions in enumerate(answers, start=1):
        screen().print(_table(decisions, f"world {number}" if is_list else None))


def read_worlds(file: Path) -> tuple[list[Mapping[str, Any]], bool]:
    """Return the worlds of a file, and whether it holds a list of them.

    UsageInvalid says what is wrong with the file.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise _refusal(file, str(problem.strerror), "name a file that can be read") from problem
    except ValueError as problem:
        raise _refusal(file, str(problem), "write JSON, in UTF-8") from problem
    if isinstance(content, dict) and isinstance(content.get("cases"), list):
        content = content["cases"]
    worlds = content if isinstance(content, list) else [content]
    worlds = [_world(one) for one in worlds]
    for number, world in enumerate(worlds, start=1):
        if not isinstance(world, dict) or "today" not in world:
            found = f"entry {number} is no world" if isinstance(content, list) else "no `today`"
            raise _refusal(file, found, "write a world as decision cases do, or a list of them")
    return worlds, isinstance(content, list)


def _world(given: object) -> Any:
    """Return the world of a case; anything else as it is."""
    return given["world"] if isinstance(given, dict) and "world" in given else given


def _refusal(file: Path, found: str, do: str) -> UsageInvalid:
    return UsageInvalid(f"{file}: cannot be decided\n  found        {found}\n  do           {do}")


def _table(decisions: Sequence[Mapping[str, Any]], title: str | None) -> Table:
    table = Table(*(name.replace("_", " ") for name in _COLUMNS), "withdraw", title=title, box=None)
    for decision in decisions:
        cells = [str(decision[name] or "") for name in _COLUMNS]
        table.add_row(*map(escape, [*cells, ", ".join(decision["withdraw"])]))
    return table
