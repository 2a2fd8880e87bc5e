"""The ledger and its companions in the warehouse, alike on DuckDB and PostgreSQL.

No foreign keys, no sequences, nothing NULL in a unique key: an absent text is ''. Rows of `event`
and `action` are inserted, never updated or deleted. Folded state lives in `state_tables`.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, DateTime, SmallInteger, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


def _moment() -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=False)


class Event(SQLModel, table=True):
    """One fact that happened, in order. The history and the ledger; all else is derived from it.

    `subject` is what it happened to (an action id, an exclusion id, a plan id …) and `no` counts
    that subject's events from 1: inserting (subject, no) is taking the step. `state` is the
    subject's state after it. `body` is the canonical text that `leaf_hash` is the hash of.
    """

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("subject", "no"),)

    ledger_seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    subject: str
    no: int
    kind: str  # action | exclusion | confirmation | configuration | snapshot | plan | day | person
    state: str = ""
    reason: str = ""
    on_day: date
    happened_at: datetime = Field(sa_column=_moment())
    author: str
    unit: str = ""
    customer: str = ""
    entity: str = ""
    shard: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    leaf_hash: str


class BatchAnchor(SQLModel, table=True):
    """One commit group of the ledger: the Merkle root of its leaf hashes, chained to the last."""

    __tablename__ = "batch_anchor"

    group_no: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    first_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    root: str
    chain: str  # the hash of this row and of the chain before it


class Action(SQLModel, table=True):
    """The frozen intent: one step to be played (or a specific or one-off action).

    What happened to it is in `event`, with `subject = action_id`. Personal data is only in the
    content blob that `content_hash` names.
    """

    __tablename__ = "action"

    action_id: str = Field(primary_key=True)
    step_instance: str = ""
    unit: str
    customer: str
    entity: str
    shard: int = Field(sa_column=Column(SmallInteger, nullable=False))
    origin: str  # scenario | specific | manual
    leader: str = ""
    leader_due: date | None = None
    run: str = ""  # the leader's item id, or its due date when run_scope is due_date
    run_no: int = 1
    scenario: str = ""
    scenario_version: str = ""
    step: str = ""
    step_title: str = ""
    step_day: int | None = None  # offset from the leader's due date when it was planned
    occurrence: int = 1
    channel: str  # an ActionType: how it is really played (a fallback may differ from the step)
    role: str = ""  # recipient role
    mode: str
    internal: bool = False
    legal: bool = False
    due_on: date | None = None  # the planned day before closed days
    act_on: date | None = None
    planned_on: date
    plan_id: str = ""
    snapshots: str = ""  # canonical list of snapshot ids the plan saw
    template: str = ""
    language: str = ""
    claim: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    # canonical list of {"currency", "amount", "items": [ids]}: what is claimed, amounts as text
    content_hash: str = ""
    recipient_hash: str = ""  # keyed hash of the address, for one automatic mail a day


class Quarantine(SQLModel, table=True):
    """One delivered row that was not loaded: why, from where, and as it lay."""

    __tablename__ = "quarantine"

    snapshot_id: str = Field(primary_key=True)
    table_name: str = Field(primary_key=True)
    line: int = Field(primary_key=True)
    code: str = Field(primary_key=True)
    source: str
    entity: str = ""
    customer: str = ""
    row_key: str = ""
    found: str = ""
    raw: str = Field(sa_column=Column(Text, nullable=False))
    on_day: date


class Snapshot(SQLModel, table=True):
    """One published pull: immutable files in the lake, named by the digest of their manifest."""

    __tablename__ = "snapshot"

    snapshot_id: str = Field(primary_key=True)
    source: str
    on_day: date
    mode: str  # stock | delta
    folder: str  # below the lake
    delivery: str = ""  # digest of the delivered bytes: the same delivery is loaded once
    entities: str  # canonical list
    extracted_at: datetime = Field(sa_column=_moment())
    published_at: datetime = Field(sa_column=_moment())
    rows_in: int
    rows_loaded: int
    rows_duplicate: int
    rows_quarantined: int
    manifest: str = Field(sa_column=Column(Text, nullable=False))


class FreeText(SQLModel, table=True):
    """What somebody said in their own words, sealed; the event that holds `text_hash` says who."""

    __tablename__ = "free_text"

    text_hash: str = Field(primary_key=True)  # keyed
    customer: str = ""  # whose key it is sealed with; '' when it is about no single customer
    sealed: str = Field(sa_column=Column(Text, nullable=False))


class ConfirmationList(SQLModel, table=True):
    """A frozen list that a person confirmed, or may confirm: its digest, count and lines."""

    __tablename__ = "confirmation_list"

    digest: str = Field(primary_key=True)
    entity: str
    on_day: date
    count: int
    sums: str = Field(sa_column=Column(Text, nullable=False))  # canonical [{"currency","amount"}]
    lines: str = Field(sa_column=Column(Text, nullable=False))  # canonical [[action, content hash]]


class Breaker(SQLModel, table=True):
    """A circuit breaker as it stands; its whole story is in `event`, kind `breaker`."""

    __tablename__ = "breaker"

    name: str = Field(primary_key=True)  # a Valve
    scope: str = Field(primary_key=True)  # a source, an entity, a channel …; '' is everything
    is_open: bool
    since_at: datetime = Field(sa_column=_moment())
    on_day: date
    reason: str = Field(sa_column=Column(Text, nullable=False))  # what was found, as a sentence
    trip_case: str = Field(default="", sa_column=Column(Text, nullable=False))
    # closing says yes to this case: it does not open the breaker again
    figures: str = Field(default="{}", sa_column=Column(Text, nullable=False))  # canonical
    persons: int = 1  # how many must say yes
    yes_by: str = ""  # who said yes first, of two
    closed_by: str = ""
    closed_why: str = Field(default="", sa_column=Column(Text, nullable=False))
    closed_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=True)
    )


class Measure(SQLModel, table=True):
    """What a pull or a day's plan came to: figures that later ones are compared with."""

    __tablename__ = "measure"

    kind: str = Field(primary_key=True)  # pull | day
    scope: str = Field(primary_key=True)  # the source, or the entity
    on_day: date = Field(primary_key=True)
    subject: str = Field(primary_key=True)  # the delivery, or ''
    figures: str = Field(sa_column=Column(Text, nullable=False))  # canonical
    is_accepted: bool = False  # a person said yes to it: what came before is no measure any more
    taken_at: datetime = Field(sa_column=_moment())


class AddressDay(SQLModel, table=True):
    """One automatic mail per address and day: the address as a keyed hash."""

    __tablename__ = "address_day"

    address_hash: str = Field(primary_key=True)
    on_day: date = Field(primary_key=True)
    action_id: str


class Lease(SQLModel, table=True):
    """Who holds a named lock on PostgreSQL; `fence` grows with every holder."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str
    fence: int = Field(sa_column=Column(BigInteger, nullable=False))
    until_at: datetime = Field(sa_column=_moment())


class ExceptionLimit(SQLModel, table=True):
    """What the last decision's day makes an exception in an entity, by calendar and settings."""

    __tablename__ = "exception_limit"

    entity: str = Field(primary_key=True)
    on_day: date
    pending_until: date  # what was proposed up to then has waited ten working days
    friendly_days: int
    friendly_from: date  # what was due before is past the friendly phase


class ConfigVersion(SQLModel, table=True):
    """A configuration that decided something: its bytes, so that the past can be re-decided."""

    __tablename__ = "config_version"

    config_hash: str = Field(primary_key=True)
    on_day: date
    content: str = Field(sa_column=Column(Text, nullable=False))  # scenarios, rules, settings
    closed_days: str = Field(
        sa_column=Column(Text, nullable=False)
    )  # per calendar, years around on_day
