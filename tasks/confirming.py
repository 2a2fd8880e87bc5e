"""A person is asked for a yes: question, table, answer. Our own tables are the truth."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from callsheet import clock, day
from callsheet.desk import asking
from callsheet.desk.answering import Answer, give_answer
from callsheet.desk.asking import Question, ask, expire, question_of
from callsheet.desk.confirmation import Confirmed, actions_on
from callsheet.dispatching.dispatch import DispatchSummary
from callsheet.dispatching.open_actions import Telling
from callsheet.errors import Busy
from callsheet.reading.list_to_confirm import about, artifact_key, rows_of, said_of
from callsheet.settings import Settings
from callsheet.store.warehouse import Warehouse

NOBODY_ANSWERED = "Nobody answered in time: everything stays to be confirmed."
_NOTHING_SAID: Mapping[str, str] = MappingProxyType({})


@task(task_run_name="freeze what waits for a yes", cache_policy=NO_CACHE, persist_result=False)
def put_question(
    settings: Settings, asker: str, entity: str | None, as_of: date, now: datetime
) -> Question | None:
    """Return what this run asks: what it asked before, else what waits now; None for nothing."""
    with Warehouse.of(settings).transaction() as tx:
        until = clock.now() + timedelta(hours=settings.confirmation_hours)
        told = Telling(as_of, now, asking.AUTHOR)
        return question_of(tx, asker, as_of) or ask(tx, asker, entity, told, until)


@task(task_run_name="show the lists", cache_policy=NO_CACHE, persist_result=False)
def show_lists(
    settings: Settings,
    question: Question,
    said: Mapping[str, str] = _NOTHING_SAID,
) -> None:
    """Put each list on the run's page, as it stands now; `said` tells by digest what came of it."""
    for frozen in question.lists:
        with Warehouse.of(settings).reading() as tx:
            rows = rows_of(actions_on(tx, frozen), frozen)
        create_table_artifact(
            rows,
            key=artifact_key(frozen.entity),
            description=about(frozen, said.get(frozen.digest, "")),
        )


@task(
    task_run_name="record the answer of {answer.name}",
    retries=3,
    retry_delay_seconds=[10, 60, 300],  # the warehouse may be held by a dispatch for a while
    retry_condition_fn=lambda _task, _run, state: isinstance(
        state.result(raise_on_failure=False), Busy
    ),
    cache_policy=NO_CACHE,
    persist_result=False,
)
def record_answer(
    settings: Settings, question: Question, answer: Answer, as_of: date, now: datetime
) -> dict[str, str]:
    """Confirm what the answer says, once, and anchor it; return by digest what came of it."""
    warehouse = Warehouse.of(settings)
    with warehouse.reading() as tx:
        standing = question_of(tx, question.asker, as_of)
    if standing is None or standing.closed:
        return {}
    told = Telling(as_of, now, answer.name)
    done = give_answer(warehouse, settings, question.lists, answer, told, asker=question.asker)
    return {one.digest: _said(one, answer.name) for one in done}


@task(task_run_name="send what is confirmed", cache_policy=NO_CACHE, persist_result=False)
def send_confirmed(
    settings: Settings, as_of: date, now: datetime, entity: str | None
) -> DispatchSummary | None:
    """Send what may go now; None when somebody else is sending, whose next sweep takes it along.

    No Prefect retry: after a failure nobody knows what left. The state of each action does.
    """
    try:
        return day.send_all(settings, as_of, now, entity)
    except Busy:
        return None


@task(task_run_name="end unanswered questions", cache_policy=NO_CACHE, persist_result=False)
def end_unanswered(settings: Settings, as_of: date, now: datetime) -> int:
    """Record what nobody answered in time, since a run that timed out can no longer do it."""
    with Warehouse.of(settings).transaction() as tx:
        over = expire(tx, Telling(as_of, now, "dispatch"), clock.now())
    for question in over:
        show_lists.fn(settings, question, {one.digest: NOBODY_ANSWERED for one in question.lists})
    return len(over)


def _said(done: Confirmed, by: str) -> str:
    return said_of(done.confirmed, done.left, tuple(done.dropped), by)
