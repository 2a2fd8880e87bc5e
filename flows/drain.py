"""The flow `drain`: every half hour, what providers told of our messages."""

from datetime import date

from prefect import flow

from callsheet.business_day import business_day, business_moment
from callsheet.settings_file import load_settings
from flows.run_names import named
from tasks.proving import gather_evidence


@flow(name="drain", flow_run_name=named("drain"), persist_result=False)
def drain(as_of: date | None = None, settings_file: str | None = None) -> int:
    """Apply provider events, delivery notices and logs; return how many doubts are left.

    Args:
        as_of: the business day; empty for today.
        settings_file: where the settings lie; empty for the usual places.
    """
    settings = load_settings(settings_file)
    as_of = business_day(settings, as_of)
    return gather_evidence(settings, as_of, business_moment(settings, as_of)).doubts_left
