"""An expectation that notes what it finds: its question is asked once, and once only.

Import this module only where a validation is about to run: Great Expectations takes seconds.
"""

from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations import UnexpectedRowsExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider

_METRIC = "unexpected_rows_query.noted"


class NotedRows(QueryMetricProvider):  # type: ignore[misc]  # theirs has no types
    """How many rows a query gives; they lie in the table `faults` then.

    Theirs asks every query twice, for the rows and for their number, and keeps 200 of the rows.
    """

    metric_name = _METRIC
    value_keys = ("unexpected_rows_query",)
    query_param_name: ClassVar[str] = "unexpected_rows_query"

    @metric_value(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]  # as above
    def _sqlalchemy(  # theirs
        cls,  # noqa: N805  # theirs
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> int:
        batch, _, _ = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        query = cls._get_substituted_batch_subquery_from_query_and_batch_selectable(
            cls._get_query_from_metric_value_kwargs(metric_value_kwargs), batch, execution_engine
        )
        [(rows,)] = execution_engine.execute_query(sa.text(f"insert into faults {query}")).all()
        return int(rows)


class NoFaults(UnexpectedRowsExpectation):  # type: ignore[misc]  # theirs has no types
    """No row may come out of the question; each one that does is noted as a fault."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (_METRIC,)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        found = metrics[_METRIC]
        return {"success": found == 0, "result": {"observed_value": found}}
