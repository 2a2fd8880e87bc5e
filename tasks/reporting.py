"""What the run's page shows: the call sheet, its lines, the exceptions, the validation."""

import re
from datetime import date

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from callsheet.reading.call_sheet import call_sheet
from callsheet.reading.call_sheet_markdown import (
    MOST_ROWS,
    as_markdown,
    exception_rows,
    held_back,
    line_rows,
)
from callsheet.reading.open_breakers import open_breakers
from callsheet.settings import Settings
from callsheet.store.warehouse import Warehouse
from callsheet.validation.validated import Validated


@task(task_run_name="show the day {as_of}", cache_policy=NO_CACHE, persist_result=False)
def show_the_day(settings: Settings, as_of: date) -> None:
    """Put the day's call sheet on the run's page, as the history tells it."""
    with Warehouse.of(settings).reading() as tx:
        sheet = call_sheet(tx, settings, as_of)
    create_markdown_artifact(as_markdown(sheet), key="call-sheet", description=f"{as_of}")
    shown = min(len(sheet.lines), MOST_ROWS)
    rest = f"the first {shown} of {len(sheet.lines)}; all of them: `callsheet today --json`"
    create_table_artifact(
        line_rows(sheet.lines), key="call-sheet-lines", description=f"Actions of {as_of}, {rest}"
    )
    show_breakers(settings)
    create_table_artifact(
        exception_rows(sheet), key="exceptions", description=f"To be looked at, {as_of}"
    )


def show_breakers(settings: Settings) -> None:
    """Put what breakers hold back on the run's page, though the run may stop at it."""
    with Warehouse.of(settings).reading() as tx:
        held = open_breakers(tx, settings)
    text = held_back(held) if held else "No breaker is open."
    create_markdown_artifact(text, key="breakers", description="What holds messages back")


def show_validation(validated: Validated) -> None:
    """Put the validation report on the run's page."""
    from callsheet.validation.report import as_markdown as report_of

    source = re.sub(r"[^a-z0-9]+", "-", validated.staged.source.lower()).strip("-")
    create_markdown_artifact(report_of(validated), key=f"validation-{source}")
