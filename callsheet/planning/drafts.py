"""Drafts: what each due step will say, to whom and how, written for many accounts at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from callsheet.errors import MessageNotRenderable
from callsheet.keys import canonical_text
from callsheet.messages.legal_parts import Part, narrowed, parts_of
from callsheet.messages.message import language_for, render
from callsheet.messages.rendering import Templates
from callsheet.messages.statement import WantedAccount, statements
from callsheet.messages.statement_model import Statement
from callsheet.messages.text_message import text_message_notes
from callsheet.planning.content import ERASED, ContentErased, keep
from callsheet.planning.plan_files import MONEY
from callsheet.planning.recipients import NO_CONTACT, AddressBook, Way, way_of
from callsheet.scenarios.scenario import Scenario
from callsheet.scenarios.step import Step
from callsheet.sealing.key_ring import KeyRing
from callsheet.settings import Settings
from callsheet.vocabulary import ActionType, Mode

_SQL = Path(__file__).parents[1] / "sql" / "dispatch"
_DUE = (_SQL / "due_steps.sql").read_text("utf-8")
_LINES = (_SQL / "account_lines.sql").read_text("utf-8")
CHUNK_ACCOUNTS = 2000  # statements read and rendered together: bounds the memory


@dataclass(frozen=True)
class DueStep:
    """One decision to act. `unit_entity` is '' when one customer is one unit."""

    unit: str
    customer: str
    unit_entity: str
    entity: str  # that acts
    leader: str
    leader_due: date | None
    run: str
    run_no: int
    scenario: str
    scenario_version: str
    step: str
    step_day: int | None
    due_on: date | None
    act_on: date | None


@dataclass(frozen=True)
class Draft:
    """A due step with its text kept in the content store; `problem` says why it cannot go.

    `part` is whom it is for when a legal step goes to several; `account` names its lines.
    """

    due: DueStep
    part: Part | None
    account: str
    way: Way
    content_hash: str
    language: str
    claim: str
    problem: str
    detail: Mapping[str, str]

    @property
    def customer(self) -> str:
        """Return who is written to: the legal debtor, else the customer that answers."""
        return self.part.debtor if self.part else self.due.customer

    @property
    def entity(self) -> str:
        """Return who writes: the creditor."""
        return self.part.entity if self.part else self.due.entity

    @property
    def role(self) -> str:
        """Return the recipient's role; of several legal debtors, which one as well."""
        told = f"|{self.part.entity}|{self.part.debtor}" if self.part else ""
        return f"{self.way.role}{told}"


def due_steps(con: duckdb.DuckDBPyConnection, as_of: date) -> list[DueStep]:
    """Return the decisions that say: act today."""
    return [DueStep(*row) for row in con.execute(_DUE, {"as_of": as_of}).fetchall()]


def known_entities(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the entities that can write: one whose own row was set aside waits for it."""
    return frozenset(row[0] for row in con.execute("select entity from entities").fetchall())


@dataclass(frozen=True)
class Drafter:
    """Writes drafts of one day, with the scenarios and texts of one configuration."""

    con: duckdb.DuckDBPyConnection
    settings: Settings
    steps: Mapping[tuple[str, str], Step]
    book: AddressBook
    templates: Templates
    as_of: date

    @classmethod
    def of(
        cls,
        con: duckdb.DuckDBPyConnection,
        settings: Settings,
        scenarios: Iterable[Scenario],
        book: AddressBook,
        as_of: date,
    ) -> "Drafter":
        """Return one; ConfigurationInvalid when a template is wrong."""
        steps = {(one.key, step.key): step for one in scenarios for step in one.steps}
        return cls(con, settings, steps, book, Templates.of(settings.templates), as_of)

    def write(self, due: Sequence[DueStep]) -> Iterator[tuple[list[Draft], pa.Table]]:
        """Yield the drafts of some accounts at a time, with every open item of these accounts."""
        for first in range(0, len(due), CHUNK_ACCOUNTS):
            chunk = due[first : first + CHUNK_ACCOUNTS]
            wanted = [WantedAccount(d.unit, d.customer, d.unit_entity, d.leader) for d in chunk]
            known = statements(self.con, wanted, self.as_of, self.settings.decision)
            # One commit for all the new keys: each by itself would cost more than its message.
            KeyRing.of(self.settings.home).made({d.customer for d in chunk})
            whole, parted = [], []
            for one in chunk:
                parts = parts_of(known[one.unit]) if self._step(one).legal else []
                if len(parts) > 1:
                    parted += [(one, part) for part in parts]
                else:
                    whole.append(self._draft(one, known[one.unit]))
            yield whole, _account_lines(self.con, known.values())
            if parted:
                yield self._legal(parted)

    def _legal(self, parted: Sequence[tuple[DueStep, Part]]) -> tuple[list[Draft], pa.Table]:
        """Draft legal steps that each creditor writes to each debtor by itself."""
        keys = {f"{due.unit}|{part.entity}|{part.debtor}": (due, part) for due, part in parted}
        wanted = [
            WantedAccount(
                key, part.debtor, part.entity, due.leader, of=(due.customer, due.unit_entity)
            )
            for key, (due, part) in keys.items()
        ]
        known = statements(self.con, wanted, self.as_of, self.settings.decision)
        book = self.book.extended(self.con, (part.debtor for _, part in parted))
        narrow = {key: narrowed(known[key], part) for key, (_, part) in keys.items()}
        debtors = replace(self, book=book)
        drafts = [debtors._draft(due, narrow[key], part) for key, (due, part) in keys.items()]
        return drafts, _account_lines(self.con, narrow.values())

    def _step(self, due: DueStep) -> Step:
        return self.steps[due.scenario, due.step]

    def _draft(self, due: DueStep, statement: Statement, part: Part | None = None) -> Draft:
        way = way_of(self._step(due), statement, self.book, self.settings)
        written = _Written(problem=way.problem)
        if not way.problem:
            written = self._written(way, part.debtor if part else due.customer)
        return Draft(
            due=due,
            part=part,
            account=statement.unit,
            way=way,
            content_hash=written.content_hash,
            language=written.language,
            claim=_claim(statement),
            problem=written.problem,
            detail=_noted(way, written),
        )

    def _written(self, way: Way, customer: str) -> "_Written":
        """Render and keep the text of a step; a person's step may go without one."""
        if way.step.template is None:
            return _Written()
        try:
            language, missing = language_for(way.step, way.statement, self.templates)
            message = render(way.step, way.statement, self.templates, language)
        except MessageNotRenderable as problem:
            code = NO_CONTACT if way.fallback else problem.code  # no letter instead of the mail
            return _Written(problem=code, explanation=str(problem))
        try:
            content_hash = keep(self.settings.home, customer, message)
        except ContentErased:
            return _Written(problem=ERASED)
        notes: Mapping[str, str] = {}
        if way.step.action is ActionType.SMS:
            notes = text_message_notes(message, self.settings.channels.sms_parts)
        return _Written(content_hash, language, missing, notes=notes)


@dataclass(frozen=True)
class _Written:
    content_hash: str = ""
    language: str = ""
    missing_language: str = ""
    problem: str = ""
    explanation: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)


def _noted(way: Way, written: _Written) -> dict[str, str]:
    """Return what a person should know of a draft, beyond what the action says."""
    notes = {
        "instead_of": way.fallback,
        "missing_language": written.missing_language,
        "not_rendered": written.explanation if way.mode is Mode.MANUAL else "",
        way.warning: "not shown" if way.warning else "",
        **written.notes,
    }
    return {name: note for name, note in notes.items() if note}


def _claim(statement: Statement) -> str:
    """Return what is claimed, a currency at a time, as canonical text."""
    several = len(statement.sections) > 1
    return canonical_text(
        [
            {
                "currency": claim.currency,
                "amount": str(claim.total),
                "items": [line.item for line in claim.lines],
            }
            | ({"entity": section.creditor.entity} if several else {})
            for section in statement.sections
            for claim in section.claims
        ]
    )


def _account_lines(con: duckdb.DuckDBPyConnection, made: Iterable[Statement]) -> pa.Table:
    """Return every open item of the accounts just read, and what of it is claimed, by unit."""
    claimed = [
        (statement.unit, line.item, line.open_amount)
        for statement in made
        for claim in statement.claimed
        for line in claim.lines
    ]
    units, items, amounts = zip(*claimed, strict=True) if claimed else ((), (), ())
    rows = pa.table(
        {
            "unit": pa.array(units, pa.string()),
            "item": pa.array(items, pa.string()),
            "claimed_amount": pa.array(amounts, MONEY),
        }
    )
    con.register("claimed_lines", rows)
    try:
        return con.execute(_LINES).to_arrow_table()
    finally:
        con.unregister("claimed_lines")
