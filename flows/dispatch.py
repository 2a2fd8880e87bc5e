"""The flow `dispatch`: every ten minutes, what is confirmed and may go now."""

from datetime import date

from prefect import flow

from callsheet import day
from callsheet.business_day import business_day, business_moment
from callsheet.settings_file import load_settings
from flows.run_names import named
from tasks.confirming import end_unanswered
from tasks.deciding import settle_unfinished
from tasks.proving import gather_evidence
from tasks.sending import send_batch


@flow(name="dispatch", flow_run_name=named("dispatch"), persist_result=False)
def dispatch(
    entity: str | None = None, as_of: date | None = None, settings_file: str | None = None
) -> int:
    """Send what is confirmed and may go now; return how many actions were looked at.

    Args:
        entity: only this entity's messages; empty for all of them.
        as_of: the business day; empty for today.
        settings_file: where the settings lie; empty for the usual places.
    """
    settings = load_settings(settings_file)
    as_of = business_day(settings, as_of)
    now = business_moment(settings, as_of)
    settle_unfinished(settings, as_of, now)
    end_unanswered(settings, as_of, now)
    gather_evidence(settings, as_of, now)
    with day.sending(settings):
        batches = day.confirmed_batches(settings, as_of, now, entity)
        for number, batch in enumerate(batches, start=1):
            send_batch(settings, as_of, now, batch, f"batch {number}: {len(batch)} actions")
    return sum(len(batch) for batch in batches)
