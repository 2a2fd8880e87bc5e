"""Put the questions to Great Expectations, and gather the rows that fail them.

Great Expectations is imported inside, because that takes seconds.
"""

import warnings
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import duckdb
import sqlalchemy as sa

from callsheet.errors import CallsheetError
from callsheet.validation.reasons import Reason

_FAULTS = "create table faults (code varchar, table_name varchar, line bigint, found varchar)"


class CheckNotRun(CallsheetError):
    """An expectation could not be evaluated: it neither passed nor failed. Nothing is loaded."""


def judge(
    engine: sa.Engine, con: duckdb.DuckDBPyConnection, reasons: Sequence[Reason]
) -> dict[str, bool]:
    """Fill table `faults` (code, table_name, line, found); return whether each reason passed.

    `con` is the one connection of `engine`, with everything the questions read laid out in it.
    """
    con.execute(_FAULTS)
    return _passed(engine, reasons) if reasons else {}


def _passed(engine: sa.Engine, reasons: Sequence[Reason]) -> dict[str, bool]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what it imports in its turn
        from great_expectations.data_context.data_context.context_factory import project_manager
        from great_expectations.data_context.types.base import (
            DataContextConfig,
            InMemoryStoreBackendDefaults,
        )

        from callsheet.validation.duckdb_source import DuckdbSource, UnsavedContext

    context = UnsavedContext(
        DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            analytics_enabled=False,
            progress_bars={"globally": False},
        )
    )
    project_manager.set_project(context)
    source: DuckdbSource = context.data_sources.add_duckdb(
        name="delivery", connection_string="duckdb://"
    )
    source.hand_over(engine)
    passed: dict[str, bool] = {}
    try:
        for (batch, suite), asked in groupby(
            sorted(reasons, key=_batch_and_suite), key=_batch_and_suite
        ):
            passed |= _validate(source, batch, suite, list(asked))
    finally:
        source.get_execution_engine().close()
    return passed


def _batch_and_suite(reason: Reason) -> tuple[str, str]:
    return reason.batch, reason.suite


def _validate(
    source: Any,  # Great Expectations has no types here
    batch: str,
    suite: str,
    asked: Sequence[Reason],
) -> dict[str, bool]:
    """Run one suite on one view; CheckNotRun if any of its expectations raised."""
    import great_expectations as gx

    from callsheet.validation.noted import NoFaults

    asset = source.add_table_asset(f"{suite}-{batch}", table_name=batch)
    expectations = [
        NoFaults(unexpected_rows_query=_about_batch(reason), meta={"code": reason.code})
        for reason in asked
    ]
    outcome = (
        asset.add_batch_definition_whole_table("all")
        .get_batch()
        .validate(
            gx.ExpectationSuite(name=f"{suite}-{batch}", expectations=expectations),
            result_format="BASIC",
        )
    )
    for checked in outcome.results:
        _must_have_run(checked)
    return {c.expectation_config.meta["code"]: bool(c.success) for c in outcome.results}


def _must_have_run(checked: Any) -> None:  # as above
    """Read `exception_info`: a check that did not run is an error, whatever `success` says."""
    info = checked.exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry.get("raised_exception"):
            code = checked.expectation_config.meta["code"]
            raise CheckNotRun(
                f"validation {code}: the check did not run\n"
                f"  found        {entry.get('exception_message')}\n"
                "  do           nothing was loaded; report this"
            )
    if "observed_value" not in checked.result:
        code = checked.expectation_config.meta["code"]
        raise CheckNotRun(f"validation {code}: the check gave no answer")


def _about_batch(reason: Reason) -> str:
    """Return the question as Great Expectations wants it: asked of {batch}, braces doubled.

    The batch stands in for the view of the same name, so the question reads the same in both.
    """
    asked = reason.question.replace("{", "{{").replace("}", "}}")
    return (
        f"with {reason.batch} as (select * from {{batch}})\n"  # noqa: S608  # our own files
        f"select '{reason.code}', table_name, line, found from (\n{asked}\n)"
    )
