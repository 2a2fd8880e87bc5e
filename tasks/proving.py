"""What proves that messages arrived or came back: read, never sent."""

from datetime import date, datetime

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from callsheet import day
from callsheet.evidence.gathering import Gathered
from callsheet.settings import Settings


@task(task_run_name="gather what providers told", cache_policy=NO_CACHE, persist_result=False)
def gather_evidence(settings: Settings, as_of: date, now: datetime) -> Gathered:
    """Apply provider events and delivery notices; a source that fails is told, and asked again."""
    found = day.gather_evidence(settings, as_of, now)
    for problem in found.problems:
        get_run_logger().warning(problem)
    return found
