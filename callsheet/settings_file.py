"""Load the settings: one YAML file, overridden by `CALLSHEET_…` variables, each value traced.

The file is the one named, else `CALLSHEET_SETTINGS`, else `./callsheet.yaml`, else the sample's.
A variable names its key with two underscores for a dot: `CALLSHEET_DECISION__MIN_GAP_DAYS`. Paths
in the file, and default ones, are relative to the file's folder; a variable's to the working one.
"""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from callsheet.errors import ConfigurationInvalid
from callsheet.fault import Fault, refuse
from callsheet.object_storage import holds_keys
from callsheet.settings import Section, Settings
from callsheet.strict_yaml import Document, parse_yaml, read_yaml

PREFIX = "CALLSHEET_"
FILE_VARIABLE = "CALLSHEET_SETTINGS"
DEFAULT_FILE = Path("callsheet.yaml")
SAMPLE_FILE = Path(__file__).parents[1] / "data" / "sample" / "callsheet.yaml"
_PATHS = (("home",), ("anchors",), ("delivery_notices",), ("scenarios",), ("templates",))
_BY_CURRENCY = (("min_item",), ("min_claim",))


@dataclass(frozen=True)
class TracedValue:
    """One value of the settings as it may be shown, and where it was set."""

    key: str
    shown: str
    set_by: str


@dataclass(frozen=True)
class LoadedSettings:
    """The settings, the file they came from, and the trace of every value."""

    settings: Settings
    file: Path
    trace: tuple[TracedValue, ...]


def load_settings(path: Path | str | None = None) -> Settings:
    """Return the settings in force; ConfigurationInvalid names every fault at once.

    Without a path, or with the empty one of a form, they are looked for in the usual places.
    """
    return read_settings(Path(path) if path else None, os.environ).settings


def loaded_settings(path: Path | None = None) -> LoadedSettings:
    """Return the settings in force with where each value comes from."""
    return read_settings(path, os.environ)


def read_settings(path: Path | None, environment: Mapping[str, str]) -> LoadedSettings:
    """Return the settings of `path` (None: the default lookup) under `environment`."""
    file = _settings_file(path, environment)
    document = read_yaml(file)
    content = {} if document.content is None else document.content
    if not isinstance(content, dict):
        raise ConfigurationInvalid(f"{file}: settings are keys with values, not a list or a word")
    variables = _variables(environment)
    _refuse_secrets(file, document, content)
    merged = _overlaid(content, variables)
    try:
        settings = Settings.model_validate(_with_paths(merged, variables, file.parent.resolve()))
    except ValidationError as problem:
        refuse([_fault(error, file, document, variables) for error in problem.errors()])
        raise
    _check_warehouse(settings)
    return LoadedSettings(settings, file, tuple(_trace(settings, file, document, variables)))


def _settings_file(path: Path | None, environment: Mapping[str, str]) -> Path:
    if path is not None:
        return path
    if named := environment.get(FILE_VARIABLE):
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else SAMPLE_FILE


def _variables(environment: Mapping[str, str]) -> dict[tuple[str, ...], tuple[str, Any]]:
    """Return the variables that set a key: its path, the variable's name and value."""
    variables = {}
    for name, text in sorted(environment.items()):
        if name.startswith(PREFIX) and name != FILE_VARIABLE:
            path = _key_path(name)
            is_structure = text[:1] in ("{", "[") and not is_secret(path)
            variables[path] = (
                name,
                parse_yaml(text.encode(), name).content if is_structure else text,
            )
    return variables


def _key_path(variable: str) -> tuple[str, ...]:
    """Return the key a variable names: lower case, but currencies as they are written."""
    path = tuple(variable.removeprefix(PREFIX).lower().split("__"))
    return (*path[:-1], path[-1].upper()) if path[1:-1] in _BY_CURRENCY else path


def _overlaid(
    content: Mapping[str, Any], variables: Mapping[tuple[str, ...], tuple[str, Any]]
) -> dict[str, Any]:
    merged: dict[str, Any] = {
        key: dict(part) if isinstance(part, dict) else part for key, part in content.items()
    }
    for path, (_, setting) in variables.items():
        _put(merged, path, setting)
    return merged


def _put(section: dict[str, Any], path: tuple[str, ...], setting: object) -> None:
    for key in path[:-1]:
        inner = section.get(key)
        section[key] = dict(inner) if isinstance(inner, dict) else {}
        section = section[key]
    section[path[-1]] = setting


def _with_paths(
    merged: dict[str, Any], variables: Mapping[tuple[str, ...], object], folder: Path
) -> dict[str, Any]:
    """Make every path absolute: a file's from its folder, a variable's from the working one."""
    for (key,) in _PATHS:
        text = merged.get(key, Settings.model_fields[key].default)
        if text is not None and not isinstance(text, dict | list):
            merged[key] = (Path.cwd() if (key,) in variables else folder) / Path(text)
            merged[key] = Path(os.path.normpath(merged[key]))
    sources = merged.get("sources")
    if isinstance(sources, list):
        root = Path.cwd() if ("sources",) in variables else folder
        merged["sources"] = [_source_paths(source, root) for source in sources]
    return merged


def _source_paths(source: object, root: Path) -> object:
    if not isinstance(source, dict):
        return source
    return {
        key: Path(os.path.normpath(root / Path(text)))
        if key in ("folder", "mapping") and isinstance(text, str)
        else text
        for key, text in source.items()
    }


def _refuse_secrets(file: Path, document: Document, content: Mapping[str, Any]) -> None:
    """Refuse a secret that is written in the file, where it would be copied and committed."""
    faults = []
    for path, text in _leaves(content):
        if text and ((is_secret(path) and path != ("warehouse",)) or _has_password(path, text)):
            variable = PREFIX + "__".join(map(str, path)).upper()
            faults.append(
                Fault(
                    f"{file}, line {document.line(*path)}",
                    f"{'.'.join(map(str, path))} is a secret",
                    "a value in the file",
                    f"remove it and set the variable {variable}",
                )
            )
    refuse(faults)


def _has_password(path: tuple[str | int, ...], text: object) -> bool:
    try:
        return path == ("warehouse",) and bool(make_url(str(text)).password)
    except ArgumentError:
        return False


def is_secret(path: tuple[str | int, ...]) -> bool:
    """Say whether the key at `path` holds a secret."""
    model: object = Settings
    for key in path:
        if get_origin(model) is dict:
            model = get_args(model)[1]
            continue
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return False
        field = model.model_fields.get(str(key))
        model = field.annotation if field else None
    return model is SecretStr


def _leaves(content: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Any]]:
    if isinstance(content, BaseModel):
        content = {key: getattr(content, key) for key in type(content).model_fields}
    if isinstance(content, Mapping) and content:
        for key, part in content.items():
            yield from _leaves(part, (*path, key))
    elif isinstance(content, list | tuple) and any(isinstance(p, Section | dict) for p in content):
        for no, part in enumerate(content):
            yield from _leaves(part, (*path, no))
    else:
        yield path, content


def _check_warehouse(settings: Settings) -> None:
    url = settings.warehouse.get_secret_value()
    if url and not url.startswith(("postgresql://", "postgresql+psycopg://")):
        refuse(
            [
                Fault(
                    "warehouse",
                    "not an address of a PostgreSQL database",
                    f"{len(url)} characters, not shown",
                    "write postgresql+psycopg://user:password@host/database, or leave it empty",
                )
            ]
        )


def _trace(
    settings: Settings,
    file: Path,
    document: Document,
    variables: Mapping[tuple[str, ...], tuple[str, Any]],
) -> Iterator[TracedValue]:
    for path, found in _leaves(settings):
        names = [variables[path[:n]][0] for n in range(len(path), 0, -1) if path[:n] in variables]
        if names:
            set_by = f"variable {names[0]}"
        elif path in document.lines:
            set_by = f"{file}, line {document.line(*path)}"
        else:
            set_by = "default"
        yield TracedValue(".".join(map(str, path)), _shown(path, found), set_by)


def _shown(path: tuple[str | int, ...], found: object) -> str:
    if isinstance(found, SecretStr):
        text = found.get_secret_value()
        if path == ("warehouse",) and text:
            return make_url(text).render_as_string(hide_password=True)
        return "(set, not shown)" if text else ""
    if isinstance(found, list | tuple):
        return ", ".join(str(part) for part in found)
    return "" if found is None or found == {} else str(found)


def _fault(
    error: Any,
    file: Path,
    document: Document,
    variables: Mapping[tuple[str, ...], tuple[str, Any]],
) -> Fault:
    path = tuple(error["loc"])
    names = [variables[path[:n]][0] for n in range(len(path), 0, -1) if path[:n] in variables]
    where = f"variable {names[0]}" if names else f"{file}, line {document.line(*path)}"
    key = ".".join(map(str, path))
    if error["type"] == "extra_forbidden":
        return Fault(where, f"{key} is not a setting", str(path[-1]), _suggestion(path))
    is_hidden = is_secret(path) or holds_keys(str(error["input"]))
    found = "(not shown)" if is_hidden else str(error["input"])
    return Fault(where, f"{key}: {error['msg']}", found, "mend this value")


def _suggestion(path: tuple[str | int, ...]) -> str:
    model: object = Settings
    for key in path[:-1]:
        fields = getattr(model, "model_fields", {})
        model = fields[str(key)].annotation if str(key) in fields else None
    names = list(getattr(model, "model_fields", {}))
    near = difflib.get_close_matches(str(path[-1]), names, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(names)}"
