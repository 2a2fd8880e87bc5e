"""The arrows of the house: who may know whom, and who alone may touch what."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from callsheet.in_memory import in_memory

ROOT = Path(__file__).parents[2]
PACKAGES = ("callsheet", "flows", "tasks")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CORE = [path for path in SOURCES if path.is_relative_to(ROOT / "callsheet")]
TOP_LEVEL = {
    ".ci", ".gitignore", "LICENSE", "Makefile", "README.md", "benchmarks", "callsheet", "data",
    "docs", "flows", "migrations", "prefect.yaml", "pyproject.toml", "scenarios", "tasks",
    "templates", "tests", "uv.lock",
}  # fmt: skip


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in SOURCES}


def imported(path: Path, at_load_only: bool = False) -> Iterator[str]:
    """Yield the modules that `path` names in imports, a function's own imports included."""
    tree = ast.parse(path.read_text())
    for node in tree.body if at_load_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in (f"{node.module}.{alias.name}" for alias in node.names):
                yield name if name in MODULES else node.module


def ours(path: Path, at_load_only: bool = False) -> set[str]:
    return {name for name in imported(path, at_load_only) if name in MODULES} - {module_name(path)}


def calls(path: Path) -> Iterator[str]:
    """Yield the dotted names that `path` reads, such as `datetime.now` or `os.environ`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", CORE, ids=module_name)
def test_the_core_does_not_know_prefect_nor_the_flows_and_tasks(path):
    known = {name.split(".")[0] for name in imported(path)}
    assert known.isdisjoint({"prefect", "flows", "tasks"})


def test_tasks_do_not_know_the_flows():
    for path in (ROOT / "tasks").glob("*.py"):
        assert not {name for name in imported(path) if name.split(".")[0] == "flows"}, path


@pytest.mark.parametrize("family", ["channels", "erp"])
def test_siblings_of_a_family_do_not_know_each_other(family):
    """A channel, or an ERP source, may import only what the family shares."""
    shared = {
        "channels": {"outcome", "channel", "envelope"},
        "erp": {"mapping", "source", "staged", "table_map", "readers", "typing", "reader"},
    }[family]
    for path in (ROOT / "callsheet" / family).glob("*.py"):
        siblings = {
            name.removeprefix(f"callsheet.{family}.").split(".")[0]
            for name in ours(path)
            if name.startswith(f"callsheet.{family}.")
        }
        if path.stem not in {"__init__", *shared} and family == "channels":
            strangers = {name for name in siblings - shared if not name.startswith(path.stem)}
            assert not strangers, f"{path.name} knows {sorted(strangers)}"


def test_kinds_of_erp_do_not_know_each_other():
    """A kind of source knows what all share and its protocol; only `sources` knows every kind."""
    kinds = {"files": {"files"}, "sql_source": {"sql_source"}, "rest_source": {"rest_source"}}
    kinds |= {f"{name}_source": {name, f"{name}_source"} for name in ("tryton", "odoo")}
    for kind, own in kinds.items():
        others = set().union(*(names for name, names in kinds.items() if name != kind))
        for name in own:
            known = ours(MODULES[f"callsheet.erp.{name}"])
            strangers = {f"callsheet.erp.{other}" for other in others} & known
            assert not strangers, f"{name} knows {sorted(strangers)}"


def test_no_module_imports_itself_through_others():
    arrows = {name: ours(path, at_load_only=True) for name, path in MODULES.items()}
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way[way.index(name) :], name))
        if name not in done:
            for other in sorted(arrows[name]):
                walk(other, (*way, name))
            done.add(name)

    for name in sorted(arrows):
        walk(name, ())


def test_only_the_clock_reads_the_clock():
    readers = re.compile(r"(datetime\.now|datetime\.utcnow|date\.today|time\.time|time\.time_ns)$")
    for path in SOURCES:
        if path.name != "clock.py":
            assert not [name for name in calls(path) if readers.search(name)], path


def test_only_the_settings_read_the_environment():
    allowed = {"settings_file.py", "environment.py"}
    for path in SOURCES:
        if path.name not in allowed:
            assert not {"os.environ", "os.getenv"} & set(calls(path)), path


def test_only_the_history_writes_events():
    writes = re.compile(r"(insert\s+into|update|delete\s+from)\s+(event|action)\b", re.IGNORECASE)
    for path in SOURCES:
        text = path.read_text()
        if path.name != "history.py":
            assert not re.search(r"append\(\s*[\"']event[\"']", text), path
            assert not re.search(r"(?<!threading\.)\bEvent\(", text) or path.name == "tables.py", (
                path
            )
        assert not writes.search(text), path


def test_nothing_draws_a_progress_bar_into_what_a_command_prints():
    with in_memory() as con:
        setting = con.execute("select current_setting('enable_progress_bar')").fetchone()
    silent_themselves = {"in_memory.py", "duckdb_store.py", "compaction.py"}
    strangers = [path for path in CORE if "duckdb.connect" in calls(path)]

    assert setting == (False,)
    assert {path.name for path in strangers} == silent_themselves


def test_queries_never_read_the_clock():
    for path in (ROOT / "callsheet" / "sql").rglob("*.sql"):
        query = re.sub(r"--.*", "", path.read_text()).lower()
        assert not re.search(r"\bnow\(\)|current_date|current_timestamp|today\(\)", query), path


def test_every_query_says_its_question_and_its_grain():
    for path in (ROOT / "callsheet" / "sql").rglob("*.sql"):
        lines = path.read_text().splitlines()
        assert re.match(r"-- .+\?$", lines[0]), f"{path}: the first line is the question"
        assert any(line.startswith("-- grain") for line in lines), f"{path}: no grain"


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_file_answers_one_question_and_a_function_fits_a_screen(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 300, f"{path}: longer than 300 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert length <= 40, f"{path}: {node.name} has {length} lines"


def test_names_without_a_meaning_in_the_trade_are_not_used():
    for path in SOURCES:
        assert path.stem not in {"utils", "helpers", "common", "base", "manager"}, path


def test_nothing_swallows_every_exception():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                names = ast.unparse(node.type) if node.type else "everything"
                swallowed = names in {"Exception", "BaseException", "everything"}
                raised = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                assert not swallowed or raised, f"{path}:{node.lineno} swallows {names}"


def test_the_top_level_holds_only_what_the_readme_names():
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout: what is tracked cannot be asked")
    tracked = {path.relative_to(ROOT).parts[0] for path in tracked_files()}
    assert tracked <= TOP_LEVEL, sorted(tracked - TOP_LEVEL)


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name]
