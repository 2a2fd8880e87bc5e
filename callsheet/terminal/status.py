"""`callsheet status`: the age of each feed, what waits by state, the last good day."""

import typer
from rich.markup import escape
from rich.table import Table

from callsheet.business_day import business_day, business_moment
from callsheet.reading.reasons import STATES
from callsheet.reading.status import Feed, Status, status_of
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.call_sheet_screen import print_held
from callsheet.terminal.options import AsJson, SettingsFile, print_json, screen

app = typer.Typer()


@app.command()
def status(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Say how old each feed is, what waits, and which day was the last good one."""
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        now = business_moment(loaded, business_day(loaded, None))
        found = status_of(tx, loaded, now)
    if as_json:
        print_json(found.as_text())
        return
    _print(found)


def _print(found: Status) -> None:
    console = screen()
    last = f"{found.last_good_day:%A %d %B %Y}" if found.last_good_day else "none yet"
    console.print(f"Last good day: {last}", highlight=False)
    console.print(f"Environment {escape(found.environment)}, warehouse {found.warehouse}")
    console.print(f"{found.events} events in the history, {found.exceptions} exceptions\n")
    print_held(console, found.held)
    feeds = Table("feed", "for the day", "age", "allowed", "", box=None, pad_edge=False)
    for feed in found.feeds:
        feeds.add_row(*_feed_cells(feed))
    console.print(feeds)
    waiting = Table("waiting", "actions", "", box=None, pad_edge=False)
    for state, count in found.backlog.items():
        waiting.add_row(state, str(count), STATES[state])
    console.print()
    console.print(waiting)


def _feed_cells(feed: Feed) -> tuple[str, ...]:
    allowed = f"{feed.cadence_hours} h"
    if feed.age_hours is None:
        return escape(feed.source), "never", "", allowed, "no good snapshot yet"
    verdict = "stale" if feed.is_stale else "fresh"
    return escape(feed.source), str(feed.on_day), f"{feed.age_hours:g} h", allowed, verdict
