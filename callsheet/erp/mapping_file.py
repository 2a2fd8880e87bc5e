"""Read a mapping file: strict keys, and every error at once, each with its line."""

from collections.abc import Mapping as Entries
from pathlib import Path

from pydantic import ValidationError

from callsheet.canonical import TABLES
from callsheet.erp.mapping import Mapping, missing_columns
from callsheet.erp.readable import is_pattern, unreadable_notation
from callsheet.erp.shape import with_companies, with_shape
from callsheet.errors import ConfigurationInvalid
from callsheet.fault import Fault, refuse
from callsheet.strict_yaml import Document, read_yaml


def load_mapping(path: Path) -> Mapping:
    """Return the mapping written in `path`; ConfigurationInvalid lists everything wrong in it."""
    document = read_yaml(path, path.name)
    if not isinstance(document.content, dict):
        raise ConfigurationInvalid(f"{path.name}: not a mapping\n  do           write `tables:`")
    content = _with_defaults(with_shape(document.content))
    try:
        mapping = Mapping.model_validate(content)
    except ValidationError as problem:
        refuse([_fault(path.name, document, error) for error in problem.errors()])
        raise  # never reached: there is at least one error
    refuse(list(_contradictions(path.name, document, mapping)))
    return with_companies(_with_one_entity(mapping))


def _with_defaults(content: Entries[str, object]) -> dict[str, object]:
    """Give every table what `written` at the top says, unless the table says otherwise."""
    rest = {key: part for key, part in content.items() if key != "written"}
    written, tables = content.get("written"), content.get("tables")
    if not isinstance(written, dict) or not isinstance(tables, dict):
        return dict(content) if written is not None else rest
    rest["tables"] = {
        name: {**table, "written": {**written, **(table.get("written") or {})}}
        if isinstance(table, dict) and isinstance(table.get("written", {}), dict)
        else table
        for name, table in tables.items()
    }
    return rest


def _with_one_entity(mapping: Mapping) -> Mapping:
    """Fill in the entity of every row when the source covers exactly one."""
    if len(mapping.entities) != 1:
        return mapping
    constant = {"constant": mapping.entities[0]}
    content = mapping.model_dump(exclude_unset=True)
    for name in ("open_items", "payments", "opening_position"):
        table = content["tables"].get(name)
        if table and table.get("rows") is None:
            table.setdefault("columns", {}).setdefault("entity", constant)
    return Mapping.model_validate(content)


def _fault(file: str, document: Document, error: Entries[str, object]) -> Fault:
    path = tuple(part for part in error["loc"] if isinstance(part, (str, int)))  # type: ignore[attr-defined]  # pydantic: a tuple
    if path[:1] == ("erp",):
        path = ("erp", *path[2:])  # the kind stands between them
    where = f"{file}, line {document.line(*path)}"
    found = error.get("input")
    shown = found if isinstance(found, str) else repr(found)[:80]
    if path[:1] == ("erp",) and not isinstance(found, str):
        shown = "nothing"  # an address may hold a password
    what = (
        f"{'.'.join(str(part) for part in path)}: {str(error['msg']).removeprefix('Value error, ')}"
    )
    unknown = error["type"] == "extra_forbidden"
    do = "correct or remove this key" if unknown else "see docs/your-extract.md"
    return Fault(where, "unknown key " + ".".join(map(str, path)) if unknown else what, shown, do)


def _contradictions(file: str, document: Document, mapping: Mapping) -> list[Fault]:
    faults: list[Fault] = []

    def note(path: tuple[str | int, ...], what: str, found: str, do: str) -> None:
        faults.append(Fault(f"{file}, line {document.line(*path)}", what, found, do))

    for name, table in mapping.tables.items():
        if name not in TABLES:
            note(("tables", name), f"unknown table {name}", name, f"one of {', '.join(TABLES)}")
            continue
        known = {column.name for column in TABLES[name].columns}
        given = list(table.columns) + [key for row in table.rows or () for key in row]
        for column in dict.fromkeys(given):
            if column not in known:
                path = ("tables", name, "columns", column)
                do = f"one of {', '.join(sorted(known))}"
                note(path, f"{name} has no column {column}", column, do)
        for column in missing_columns(name, table):
            if column != "entity" or len(mapping.entities) != 1:
                do = f"add `{column}:` under columns"
                note(("tables", name), f"{name} needs {column}", "nothing", do)
        for what, found, do in unreadable_notation(table):
            note(("tables", name), what, found, do)
    for column, rule in mapping.ids.items():
        if rule.pattern is not None and not is_pattern(rule.pattern):
            do = "write a regular expression without look-around"
            note(("ids", column), "no pattern", rule.pattern, do)
        if not any(column in {c.name for c in table.columns} for table in TABLES.values()):
            note(("ids", column), f"no table has an id {column}", column, "remove it")
    return faults
