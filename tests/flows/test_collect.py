"""A whole day through Prefect, and the same day again."""

from datetime import date

from callsheet.reading.call_sheet_markdown import as_markdown
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse

SAMPLE_DAY = date(2026, 11, 16)


def messages(home):
    return sorted(path.name for path in (home / "outbox").rglob("*") if path.is_file())


def counts(home):
    with Warehouse.of(load_settings()).reading() as tx:
        return {
            table: tx.fetch(f"select count(*) from {table}")[0][0] for table in ("action", "event")
        }


def test_a_day_is_played_and_the_same_day_again_sends_nothing_twice(home):
    from flows.collect import collect

    played = collect()
    first, after_first = messages(home), counts(home)

    again = collect()

    assert played.as_of == again.as_of == SAMPLE_DAY
    assert played.actions == again.actions > 100
    assert messages(home) == first
    assert counts(home)["action"] == after_first["action"]
    the_run_page_names_accounts_by_reference_and_nobody_by_name()


def the_run_page_names_accounts_by_reference_and_nobody_by_name():
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as prefect:
        shown = {one.key: str(one.data) for one in prefect.read_artifacts()}

    assert {"call-sheet", "call-sheet-lines", "exceptions", "validation-sample-erp"} <= set(shown)
    with Warehouse.of(load_settings()).reading() as tx:
        customers = {row[0] for row in tx.fetch("select distinct customer from action")}
    assert any(customer in shown["call-sheet-lines"] for customer in customers)
    assert "@" not in "".join(shown.values())


def test_a_table_cell_cannot_fetch_a_picture_or_break_its_table():
    from callsheet.reading.call_sheet import CallSheet, EntitySheet

    hostile = EntitySheet("E1", "<img src=x>|![a](http://x)", "EUR", [], [], 0, {})

    page = as_markdown(CallSheet(SAMPLE_DAY, "sample", [hostile], []))

    assert "<img" not in page
    assert "![" not in page.replace("\\!\\[", "")


def test_an_empty_day_ends_well(home):
    from flows.dispatch import dispatch

    assert dispatch(as_of=SAMPLE_DAY) == 0


def test_a_run_is_called_after_what_it_does_for_whom_and_on_which_day(home):
    from prefect.client.orchestration import get_client

    from flows.confirm import confirm
    from flows.dispatch import dispatch
    from flows.drain import drain

    dispatch(entity="FR01", as_of=SAMPLE_DAY)
    confirm(entity="GB01", as_of=SAMPLE_DAY)
    drain()

    with get_client(sync_client=True) as client:
        names = {run.name for run in client.read_flow_runs()}
    wanted = {
        "dispatch FR01, 2026-11-16", "confirm GB01, 2026-11-16", "drain every entity, 2026-11-16",
    }  # fmt: skip
    assert wanted <= names
