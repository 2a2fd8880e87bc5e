"""What we know of an ERP beforehand: its tables and words, which a source's own file completes."""

from collections.abc import Mapping as Entries
from functools import cache
from pathlib import Path
from typing import Any

from callsheet.erp.mapping import Mapping, Value
from callsheet.strict_yaml import read_yaml

_SHAPES = Path(__file__).with_name("shapes")
_SHAPE_OF = {"tryton": "tryton", "tryton_sql": "tryton", "odoo": "odoo", "odoo_sql": "odoo"}


def with_shape(content: Entries[str, Any]) -> dict[str, Any]:
    """Return what a source's file says, over what is known of its kind of ERP.

    A table that the file names is completed column by column; `null` leaves it out.
    """
    erp = content.get("erp")
    kind = erp.get("kind") if isinstance(erp, dict) else None
    tables = content.get("tables") or {}
    if kind not in _SHAPE_OF or not isinstance(tables, dict):
        return dict(content)
    merged = _over(_shape(_SHAPE_OF[kind]), tables)
    return {**content, "tables": {name: table for name, table in merged.items() if table}}


@cache
def _shape(name: str) -> dict[str, Any]:
    content = read_yaml(_SHAPES / f"{name}.yaml").content
    assert isinstance(content, dict)  # noqa: S101  # a file of our own
    return dict(content["tables"])


def _over(known: Entries[str, Any], said: Entries[str, Any]) -> dict[str, Any]:
    """Return `known` with what is `said` laid over it, two levels deep: table and its columns."""
    merged = dict(known)
    for key, part in said.items():
        before = merged.get(key)
        inner = isinstance(before, dict) and isinstance(part, dict) and not _is_origin(part)
        merged[key] = _over(before, part) if inner and isinstance(before, dict) else part
    return merged


def _is_origin(part: Entries[str, Any]) -> bool:
    """Say whether `part` says itself where its rows or its value come from."""
    return bool({"file", "rows", "query", "path", "column", "constant", "join"} & set(part))


def with_companies(mapping: Mapping) -> Mapping:
    """Turn the ERP's company ids into our entities, and leave the other companies' rows out."""
    companies = mapping.erp.companies if mapping.erp is not None else {}
    if not companies:
        return mapping
    tables = dict(mapping.tables)
    for name, table in mapping.tables.items():
        entity = table.columns.get("entity")
        if entity is None or entity.column is None or table.rows is not None:
            continue
        columns = {**table.columns, "entity": Value(column=entity.column, values=dict(companies))}
        where = {**table.where, entity.column: tuple(companies)}
        tables[name] = table.model_copy(update={"columns": columns, "where": where})
    entities = mapping.entities or tuple(companies.values())
    return mapping.model_copy(update={"tables": tables, "entities": entities})
