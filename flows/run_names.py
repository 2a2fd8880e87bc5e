"""What a run is called: what is done, for whom, on which business day."""

from collections.abc import Callable

from prefect import runtime

from callsheet.business_day import business_day
from callsheet.settings_file import load_settings


def named(doing: str) -> Callable[[], str]:
    """Return what names a run of a flow, for instance `collect FR01, 2026-11-16`."""

    def name() -> str:
        asked = runtime.flow_run.parameters
        settings = load_settings(asked.get("settings_file"))
        day = business_day(settings, asked.get("as_of"))
        return f"{doing} {asked.get('entity') or 'every entity'}, {day}"

    return name
