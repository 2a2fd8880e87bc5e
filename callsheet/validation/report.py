"""The validation report of a pull: a page of our own, and the same as markdown."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import jinja2
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from callsheet.erp.staged import LINES_PER_FILE
from callsheet.validation.reasons import REASON_OF
from callsheet.validation.validated import Counts, Validated

_EXAMPLES = 5
_SHOWN = ("table_name", "line", "customer", "row_key", "found")
_LONGEST = 200
_MARKDOWN = {ord(sign): f"\\{sign}" for sign in "\\`*_{}[]()#+!|"} | {
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord("&"): "&amp;",
}


@dataclass(frozen=True)
class Example:
    """One row that was set aside, for people to find it."""

    table: str
    line: str
    customer: str
    row_key: str
    found: str


@dataclass(frozen=True)
class Finding:
    """One reason, how many rows have it, and the first few."""

    code: str
    says: str
    do: str
    count: int
    examples: tuple[Example, ...]


def write_report(validated: Validated) -> None:
    """Write `report.html` beside the validated tables: where to look, and no row as it lay.

    The report is part of the snapshot and outlives an erasure; `callsheet set-aside` shows a row.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    staged = validated.staged
    page = environment.get_template("report.html.j2").render(
        source=staged.source,
        as_of=staged.as_of.isoformat(),
        extracted_at=f"{staged.extracted_at.astimezone(UTC):%Y-%m-%d %H:%M}",
        mode=staged.mode,
        delivery=staged.delivery,
        total=total(validated),
        customers=waiting_customers(validated),
        tables=[
            {"name": name, "files": ", ".join(staged.file_names.get(name, ())), "counts": counts}
            for name, counts in validated.counts.items()
        ],
        reasons=findings(validated),
        not_read=[
            {"name": name, "columns": columns}
            for name, columns in staged.not_read.items()
            if columns
        ],
    )
    validated.report.write_text(page, encoding="utf-8")


def as_markdown(validated: Validated) -> str:
    """Return the report for an artifact: account references and findings, nothing as it lay."""
    staged = validated.staged
    lines = [
        f"# Validation of {_plain(staged.source)}, {staged.as_of}",
        "",
        _sum_of(validated),
        "",
        "| table | rows in | loaded | duplicates | set aside | kept |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, c in validated.counts.items():
        lines.append(
            f"| {name} | {c.rows_in} | {c.loaded} | {c.duplicates} | {c.quarantined} | {c.kept} |"
        )
    for finding in findings(validated):
        lines += ["", f"## {finding.count} × {finding.code}", ""]
        lines += [f"A row that {_plain(finding.says)}. To do: {_plain(finding.do)}.", ""]
        lines += ["| where | customer | key |", "|---|---|---|"]
        lines += [
            f"| {row.table}, line {row.line} | {_plain(row.customer)} | {_plain(row.row_key)} |"
            for row in finding.examples
        ]
    return "\n".join(lines) + "\n"


def _sum_of(validated: Validated) -> str:
    whole = total(validated)
    return (
        f"**{whole.rows_in}** rows in = **{whole.loaded}** loaded + **{whole.duplicates}**"
        f" duplicates + **{whole.quarantined}** set aside ({whole.kept} kept from before)."
        f" Automatic messages wait for {waiting_customers(validated)} customers."
    )


def total(validated: Validated) -> Counts:
    """Return the counts of all tables together."""
    counts = list(validated.counts.values())
    return Counts(
        rows_in=sum(c.rows_in for c in counts),
        loaded=sum(c.loaded for c in counts),
        duplicates=sum(c.duplicates for c in counts),
        quarantined=sum(c.quarantined for c in counts),
        kept=sum(c.kept for c in counts),
    )


def findings(validated: Validated) -> Sequence[Finding]:
    """Return each reason that occurred, the most frequent first, with its first rows."""
    rows = _set_aside(validated, "code", *_SHOWN)
    by_frequency = sorted(validated.by_code.items(), key=lambda pair: (-pair[1], pair[0]))
    return [_finding(code, count, rows) for code, count in by_frequency]


def waiting_customers(validated: Validated) -> int:
    """Return how many customers' automatic messages wait for a row that was set aside."""
    return len(set(_set_aside(validated, "customer")["customer"].unique().to_pylist()) - {""})


def _finding(code: str, count: int, rows: pa.Table) -> Finding:
    reason = REASON_OF[code]
    first = rows.filter(pc.field("code") == code).slice(0, _EXAMPLES).to_pylist()
    return Finding(code, reason.says, reason.do, count, tuple(_example(row) for row in first))


def _example(row: Mapping[str, Any]) -> Example:
    return Example(
        table=row["table_name"],
        line=_place(row["line"]),
        customer=row["customer"],
        row_key=row["row_key"],
        found=_short(row["found"]),
    )


def _set_aside(validated: Validated, *columns: str) -> pa.Table:
    return pq.read_table(validated.folder / "quarantine.parquet", columns=list(columns))


def _place(line: int) -> str:
    file, line = divmod(line, LINES_PER_FILE)
    return f"{line} of file {file + 1}" if file else str(line)


def _short(text: str) -> str:
    shown = "".join(sign if _is_shown(sign) else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _is_shown(sign: str) -> bool:
    return sign.isprintable() or unicodedata.category(sign) == "Zs"


def _plain(text: str) -> str:
    """Return `text` so that markdown shows it as it is."""
    return text.translate(_MARKDOWN).replace("\n", " ")
