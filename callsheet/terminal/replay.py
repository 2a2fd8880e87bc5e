"""`callsheet replay`: play many days as the flow would have, and say what came of them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from callsheet.terminal.options import AsJson, SettingsFile, print_json, screen

app = typer.Typer()


@app.command()
def replay(  # noqa: PLR0917  # options are named
    from_day: Annotated[date, typer.Option("--from", parser=date.fromisoformat, metavar="DAY")],
    until_day: Annotated[date, typer.Option("--to", parser=date.fromisoformat, metavar="DAY")],
    people: Annotated[
        str,
        typer.Option(help="Who confirms, calls and posts: prompt, late:N (working days), none."),
    ] = "prompt",
    home: Annotated[
        Path | None, typer.Option(help="An empty folder for the replay's history and outbox.")
    ] = None,
    fresh: Annotated[bool, typer.Option(help="Remove an earlier replay in --home first.")] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Play every business day from --from to --to, in a home of its own. Nothing is sent."""
    from callsheet.desk.playing_people import PlayingPeople
    from callsheet.replay import ReplaySummary, start_afresh
    from callsheet.replay import replay as play
    from callsheet.settings_file import load_settings

    loaded = load_settings(settings)
    rule = PlayingPeople.of(people)
    place = home or loaded.home / "replay" / people.replace(":", "-")
    if fresh or home is None:
        start_afresh(place)
    with _bar() as bar:
        found: ReplaySummary = play(
            loaded, from_day, until_day, people=rule, home=place, progress=_shown_by(bar)
        )
    if as_json:
        print_json(found.as_text())
        return
    console = screen()
    console.print(
        f"{found.days} business days, people {found.people}: {found.accounts} accounts acted on, "
        f"{sum(step.done for step in found.steps)} actions done, {len(found.twice)} twice.",
        highlight=False,
    )
    console.print(f"History and outbox: {place}", highlight=False)
    console.print(_steps(found.steps))


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _shown_by(bar: Progress) -> Callable[[date, int, int], None]:
    line = bar.add_task("replay")

    def show(day: date, number: int, count: int) -> None:
        bar.update(line, description=f"{day:%a %d %b %Y}", completed=number, total=count)

    return show


def _steps(steps: tuple[object, ...]) -> Table:
    columns = (
        "scenario",
        "step",
        "day",
        "planned",
        "done",
        "skipped",
        "failed",
        "withdrawn",
        "open",
    )
    table = Table(*columns, box=None, pad_edge=False)
    for step in steps:
        scenario, key, day, *counts = vars(step).values()
        table.add_row(scenario, key, f"{day:+d}", *(str(count) for count in counts))
    return table
