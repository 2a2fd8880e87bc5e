"""Read a YAML file that a person wrote: plain values only, and the line of each for the errors.

Refused: tags, duplicate keys, merge keys, keys that are not text, more than `ALIAS_LIMIT` aliases,
nesting deeper than `DEPTH_LIMIT`, files above `SIZE_LIMIT` bytes. Words stay words: `no`, `12:30`
and `2026-01-31` are text, and so are numbers, whose reader decides what they are (`+4` keeps its
sign). Only `true`, `false` and `null` (or nothing) are read as such.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from callsheet.errors import ConfigurationInvalid

ALIAS_LIMIT = 20
DEPTH_LIMIT = 20
SIZE_LIMIT = 256 * 1024

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Document:
    """What a file says. `lines` gives the line (from 1) of each value by its path."""

    content: object
    lines: dict[tuple[str | int, ...], int]

    def line(self, *path: str | int) -> int:
        """Return the line of the value at `path`, or of the nearest thing around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(path: Path, name: str | None = None) -> Document:
    """Return what `path` says; ConfigurationInvalid names the file, the line and what to do."""
    shown = name or str(path)
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise ConfigurationInvalid(
            f"{shown}: cannot be read\n"
            f"  found        {problem.strerror}\n  do           check the path"
        ) from problem
    return parse_yaml(raw, shown)


def parse_yaml(raw: bytes, name: str) -> Document:
    """Return what the bytes `raw` of the file `name` say; see `read_yaml`."""
    if len(raw) > SIZE_LIMIT:
        raise _refusal(name, 1, "the file is too large", f"{len(raw)} bytes", "split it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise _refusal(name, line, "not UTF-8", "other bytes", "save it as UTF-8") from problem
    try:
        _check_events(text, name)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        line = mark.line + 1 if mark else 1
        found = problem.problem or "not YAML"
        raise _refusal(name, line, "not readable as YAML", found, "mend this line") from problem
    except yaml.reader.ReaderError as problem:
        found = f"character {problem.character!r}"
        raise _refusal(name, 1, "a character YAML forbids", found, "remove it") from problem
    lines: dict[tuple[str | int, ...], int] = {}
    content = None if node is None else _value(node, (), lines, name)
    return Document(content, lines)


def _check_events(text: str, name: str) -> None:
    """Refuse what would be dangerous to build, reading the file as a stream of events."""
    aliases = depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _refusal(name, line, "tags are not allowed", str(tag), "write a plain value")
        aliases += isinstance(event, yaml.AliasEvent)
        if aliases > ALIAS_LIMIT:
            raise _refusal(name, line, "too many aliases", f"more than {ALIAS_LIMIT}", "repeat it")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_LIMIT:
            raise _refusal(name, line, "nested too deep", f"{depth} levels", "write it flatter")
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise _refusal(name, line, "a second document", "---", "one document per file")


def _value(
    node: yaml.Node, path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int], name: str
) -> object:
    line = node.start_mark.line + 1
    lines[path] = line
    if len(path) > DEPTH_LIMIT:
        raise _refusal(name, line, "an alias that contains itself", "&", "repeat the value")
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*path, no), lines, name) for no, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, name)
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return _WORDS.get(node.value, node.value) if plain else node.value


def _mapping(
    node: yaml.MappingNode,
    path: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
    name: str,
) -> dict[str, object]:
    mapping: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or key_node.value == "<<":
            raise _refusal(name, line, "a key must be a word", "something else", "write a word")
        key = key_node.value
        if key in mapping:
            raise _refusal(name, line, f"key {key} is written twice", key, "keep one of them")
        mapping[key] = _value(value_node, (*path, key), lines, name)
        lines[(*path, key)] = line
    return mapping


def _refusal(name: str, line: int, what: str, found: str, do: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(
        f"{name}, line {line}: {what}\n  found        {found}\n  do           {do}"
    )
