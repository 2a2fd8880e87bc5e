"""Plans in the lake: each planned action with every item that was open on its account then."""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from callsheet.dispatching.open_actions import OpenAction

MONEY = pa.decimal128(18, 3)
# `claimed_amount` is what the message asks for of the item, 0 when it only stands there.
LINE = pa.struct(
    [
        ("item", pa.string()),
        ("customer", pa.string()),
        ("entity", pa.string()),
        ("kind", pa.string()),
        ("currency", pa.string()),
        ("open_amount", MONEY),
        ("claimed_amount", MONEY),
    ]
)
PLAN = pa.schema(
    [
        ("action_id", pa.string()),
        ("unit", pa.string()),
        ("customer", pa.string()),
        ("entity", pa.string()),
        ("leader", pa.string()),
        ("scenario", pa.string()),
        ("step", pa.string()),
        ("channel", pa.string()),
        ("act_on", pa.date32()),
        ("claim", pa.string()),
        ("content_hash", pa.string()),
        ("lines", pa.list_(LINE)),
    ]
)
_AT_ONCE = 1000  # rows that are read together when one of them is wanted: a batch's


def write_plan(lake: Path, plan_id: str, planned_on: date, rows: pa.Table) -> Path:
    """Write a plan under its digest, whole or not at all; the same plan is the same file."""
    place = place_of(lake, plan_id, planned_on)
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".part")
    pq.write_table(rows, beside, compression="zstd", row_group_size=_AT_ONCE)
    beside.replace(place)
    return place


def place_of(lake: Path, plan_id: str, planned_on: date) -> Path:
    """Return where a plan lies."""
    return lake / "plan" / planned_on.isoformat() / f"{plan_id}.parquet"


def keep_message_lines(
    con: duckdb.DuckDBPyConnection, lake: Path, actions: Collection[OpenAction]
) -> frozenset[str]:
    """Keep the lines of `actions` as the temporary table `message_lines`.

    Returns the actions whose plan file is there; the others cannot be checked against it. Of a
    file's rows, which lie by customer, only those between the first and the last one are read.
    """
    wanted = {a.action_id: (a.plan_id, a.planned_on) for a in actions}
    customers = {a.customer for a in actions}
    places = {plan: place_of(lake, *plan) for plan in set(wanted.values())}
    there = {plan for plan, place in places.items() if place.is_file()}
    ids = [action_id for action_id, plan in wanted.items() if plan in there]
    lines = "select action_id, unnest(lines, recursive := true)"
    if there:
        source = (
            "from read_parquet($files) where customer between $first and $last"
            " and action_id in (select unnest($ids))"
        )
        params = {
            "files": sorted(str(places[plan]) for plan in there),
            "ids": ids,
            "first": min(customers),
            "last": max(customers),
        }
    else:
        con.register("no_plans", PLAN.empty_table())
        source, params = "from no_plans", {}
    con.execute(f"create or replace temp table message_lines as {lines} {source}", params)
    return frozenset(ids)
