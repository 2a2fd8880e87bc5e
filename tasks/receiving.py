"""Receivables come in: pull, judge, publish."""

from datetime import date, datetime
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from callsheet import day
from callsheet.erp.staged import Staged
from callsheet.errors import Busy, PullRejected
from callsheet.settings import Settings, Source
from callsheet.snapshots.snapshot import SnapshotRef
from callsheet.validation.validated import Validated
from tasks.reporting import show_validation
from tasks.secret_blocks import with_secret_blocks


def may_pass_later(_task: Any, _run: Any, state: State[Any]) -> bool:
    """Say whether a second attempt can change the outcome: never for a rejected delivery."""
    problem = state.result(raise_on_failure=False)
    if isinstance(problem, PullRejected):
        return problem.code in {"not_stable", "unavailable", "session_expired"}
    return isinstance(problem, OSError | Busy)


@task(
    task_run_name="pull {source.name}",
    retries=3,
    retry_delay_seconds=[60, 600, 3600],  # an ERP is down for minutes, rarely for hours
    retry_jitter_factor=0.5,
    retry_condition_fn=may_pass_later,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def pull_receivables(source: Source, settings: Settings, as_of: date, now: datetime) -> Staged:
    """Stage the open items of one source; nothing is visible until it is published."""
    return day.pull_receivables(source, with_secret_blocks(settings, [source]), as_of, now)


@task(task_run_name="validate {staged.source}", cache_policy=NO_CACHE, persist_result=False)
def validate(staged: Staged, settings: Settings, as_of: date) -> Validated:
    """Judge every row; bad ones go to quarantine and never stop the others."""
    validated = day.validate(staged, settings, as_of)
    show_validation(validated)
    return validated


@task(task_run_name="publish snapshot", cache_policy=NO_CACHE, persist_result=False)
def publish(validated: Validated, settings: Settings, as_of: date, now: datetime) -> SnapshotRef:
    """Make the judged delivery the snapshot of the day, in one rename."""
    return day.publish(validated, settings, as_of, now)
