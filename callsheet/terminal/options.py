"""Options that several commands share, and how they print."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", help="Settings file; else CALLSHEET_SETTINGS, ./callsheet.yaml."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with stable keys.")]
AsOf = Annotated[
    date | None,
    typer.Option("--as-of", parser=date.fromisoformat, metavar="DAY", help="As of this day."),
]
EntityName = Annotated[str | None, typer.Option("--entity", help="Only this entity.")]

_WIDTH_WITHOUT_A_TERMINAL = 120


def screen() -> Console:
    """Return where to print; without a terminal it is plain text of a fixed width."""
    console = Console(highlight=False)
    if not console.is_terminal:
        return Console(highlight=False, width=_WIDTH_WITHOUT_A_TERMINAL, color_system=None)
    return console


def print_json(content: object) -> None:
    """Print `content` as JSON; days and amounts as text."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, default=str))
