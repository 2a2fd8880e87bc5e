"""Messages leave: one task run a batch, never one a message."""

from collections.abc import Sequence
from datetime import date, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from callsheet import day
from callsheet.dispatching.dispatch import DispatchSummary
from callsheet.settings import Settings
from tasks.reporting import show_breakers
from tasks.secret_blocks import with_secret_blocks


@task(task_run_name="send {batch_name}", cache_policy=NO_CACHE, persist_result=False)
def send_batch(
    settings: Settings, as_of: date, now: datetime, batch: Sequence[str], batch_name: str
) -> DispatchSummary:
    """Send one batch of confirmed actions.

    No Prefect retry: after a failure nobody knows what left. The state of each action does, and
    the next dispatch goes on from there.
    """
    settings = with_secret_blocks(settings, settings.sources)  # the last look asks the ERPs
    summary = day.send_batch(settings, as_of, now, batch)
    if summary.held:
        show_breakers(settings)
    return summary
