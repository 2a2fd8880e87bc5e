"""What is due today: decide every account, freeze the plan."""

from datetime import date, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from callsheet import day
from callsheet.planning.plan import Plan
from callsheet.settings import Settings
from tasks.reporting import show_breakers


@task(task_run_name="settle what a crash left", cache_policy=NO_CACHE, persist_result=False)
def settle_unfinished(settings: Settings, as_of: date, now: datetime) -> int:
    """Turn attempts nobody can vouch for into doubts; it never sends again."""
    return day.settle_unfinished(settings, as_of, now)


@task(task_run_name="decide and plan {as_of}", cache_policy=NO_CACHE, persist_result=False)
def freeze_plan(settings: Settings, as_of: date, now: datetime) -> Plan:
    """Decide every account and freeze what is to be done. Run again, it plans nothing twice."""
    try:
        return day.freeze_plan(settings, as_of, now)
    finally:
        show_breakers(settings)  # also when they are why nothing is decided
