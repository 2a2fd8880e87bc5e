"""The flow `collect`: one business day, from the ERP's receivables to the written history."""

from datetime import date
from pathlib import Path

from prefect import flow, runtime

from callsheet import day
from callsheet.business_day import business_day, business_moment
from callsheet.reading.day_summary import DaySummary
from callsheet.settings import Settings
from callsheet.settings_file import load_settings
from tasks.deciding import freeze_plan, settle_unfinished
from tasks.proving import gather_evidence
from tasks.receiving import publish, pull_receivables, validate
from tasks.reporting import show_the_day
from tasks.sending import send_batch


def run_name() -> str:
    """Return a name a person understands: what is played, for whom, for which day."""
    asked = runtime.flow_run.parameters
    played = business_day(_settings(asked.get("settings_file")), asked.get("as_of"))
    return f"collect {asked.get('entity') or 'every entity'}, {played}"


@flow(
    name="collect",
    flow_run_name=run_name,
    persist_result=False,
)
def collect(
    entity: str | None = None, as_of: date | None = None, settings_file: str | None = None
) -> DaySummary:
    """Play every step that falls due on a day, at most one per account.

    Run again for the same day, it sends nothing twice.

    Args:
        entity: send only this entity's messages; empty for all of them.
        as_of: the business day to play; empty for today.
        settings_file: where the settings lie; empty for the usual places.
    """
    settings = _settings(settings_file)
    as_of = business_day(settings, as_of)
    now = business_moment(settings, as_of)
    settle_unfinished(settings, as_of, now)  # a crashed run leaves attempts nobody can vouch for
    gather_evidence(settings, as_of, now)  # what came back since is played again
    for source in settings.sources:
        day.receive(
            settings, source, as_of, now,
            pull=pull_receivables, judge=validate, make_public=publish,
        )  # fmt: skip
    freeze_plan(settings, as_of, now)
    with day.sending(settings):
        batches = day.confirmed_batches(settings, as_of, now, entity)
        for number, batch in enumerate(batches, start=1):
            send_batch(settings, as_of, now, batch, f"batch {number}: {len(batch)} actions")
    show_the_day(settings, as_of)
    return day.summarise_day(settings, as_of)


def _settings(file: str | None) -> Settings:
    return load_settings(Path(file) if file else None)
