"""The flow `collect`: one business day, from the ERP's receivables to the written history."""

from datetime import date

from prefect import flow

from callsheet import day
from callsheet.business_day import business_day, business_moment
from callsheet.reading.day_summary import DaySummary
from callsheet.settings_file import load_settings
from flows.run_names import named
from tasks.deciding import freeze_plan, settle_unfinished
from tasks.proving import gather_evidence
from tasks.receiving import publish, pull_receivables, validate
from tasks.reporting import show_the_day
from tasks.sending import send_batch


@flow(
    name="collect",
    flow_run_name=named("collect"),
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
    settings = load_settings(settings_file)
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
