"""What was recorded about items, and what is folded from history (all but `exclusion`).

`exclusion` is written by publishing a snapshot and by people's commands. `item_state`,
`step_state`, `account_state` and `fold_watermark` are written by the decision alone, in one
transaction. The numbers `account_no` and `run_key` are the first 63 bits of the MD5 of their key:
the same on any machine, and quicker to group by than text. `world` is 0; only a pass over several
made-up worlds numbers them.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, Column, Numeric, SmallInteger, Text
from sqlmodel import Field, SQLModel


def _number(*, primary_key: bool = False) -> Column[int]:
    return Column(BigInteger, primary_key=primary_key, autoincrement=False, nullable=False)


def _money(*, nullable: bool = False) -> Column[Decimal]:
    return Column(Numeric(18, 3), nullable=nullable)


class Exclusion(SQLModel, table=True):
    """One version of what takes items out of their scenario: it is appended, never updated.

    What holds on a day is, per `exclusion_id`, the version with the highest `no` recorded up to
    that day. Closing on day d appends a version with `until_day` = d, recorded that day. An
    opening that was a mistake is closed by an end before its start.
    """

    __tablename__ = "exclusion"

    exclusion_id: str = Field(primary_key=True)
    no: int = Field(primary_key=True)
    kind: str  # an ExclusionKind
    customer: str = ""  # needed when no item is named
    entity: str = ""  # '' = all entities of the customer
    item: str = ""  # '' = all items of the customer (in the entity)
    from_day: date
    until_day: date | None = None  # its last day, None = until it is closed
    recorded_on: date  # this version is not known before
    amount: Decimal | None = Field(default=None, sa_column=_money(nullable=True))  # only that part
    on_return: str = ""  # restart | resume | continue, '' = as the settings say for its kind
    origin: str  # erp | person
    source: str = ""  # the source of an ERP's exclusion
    reason: str = ""  # why: quality, price, cash shortage …
    resolver: str = ""  # the colleague in charge of a dispute
    what: str = ""  # promise, promise follow-up, liquidation … within the kind
    promised_on: date | None = None
    outcome: str = ""  # how it was closed: justified, rejected, kept, partly_kept, broken, lifted
    author: str = ""


class ItemState(SQLModel, table=True):
    """One open item as the decision reads it, with what the exclusions and its run say of it.

    All holds for the day the item's unit was last decided; a unit is decided again when any of it
    may change.
    """

    __tablename__ = "item_state"

    item: str = Field(primary_key=True)
    world: int = 0
    account_no: int = Field(sa_column=_number())
    run_key: int = Field(sa_column=_number())  # number of the run it would lead
    leading_order: int = Field(sa_column=_number())  # due date, issue date, id: the least leads
    customer: str
    entity: str
    calendar: str | None = None
    kind: str
    currency: str
    issue_date: date | None = None
    due_date: date | None = None
    open_amount: Decimal = Field(sa_column=_money())
    collectable: Decimal = Field(sa_column=_money())  # what is not excluded; 0 when wholly out
    is_candidate: bool  # of a leading kind, and something is open
    may_claim: bool  # a candidate, not wholly out, not below the minimum
    may_lead: bool  # and it has a due date and a step left
    is_credit: bool  # a credit that is not excluded
    stopped_by: str = ""  # why a candidate may not lead
    restarts: int = 0  # of its run
    progress: int | None = None  # of its run: the largest offset completed
    last_on: date | None = None  # the run's last day, or that of the return
    first_seen_on: date
    last_seen_on: date


class StepState(SQLModel, table=True):
    """One action as its events left it: an occurrence of a step, or one beside the scenario."""

    __tablename__ = "step_state"

    action_id: str = Field(primary_key=True)
    world: int = 0
    account_no: int = Field(sa_column=_number())
    run_key: int = Field(sa_column=_number())
    unit: str
    customer: str
    entity: str
    origin: str
    leader: str = ""
    leader_due: date | None = None
    scenario: str = ""
    step: str = ""
    step_day: int | None = None  # the recorded offset
    internal: bool = False
    planned_on: date
    due_on: date | None = None
    last_seq: int = Field(sa_column=_number())
    state: str  # an ActionState
    progress: str  # a Progress: what the decision reads of the state
    permanent: bool = False  # a failure that a second attempt cannot change
    on_day: date  # when it came to this state; a notice of delivery moves no day


class AccountState(SQLModel, table=True):
    """One decision unit: its contacts, folded from history, and its last decision."""

    __tablename__ = "account_state"

    unit: str = Field(primary_key=True)
    world: int = 0
    account_no: int = Field(sa_column=_number())
    customer: str
    entity: str = ""  # '' when one customer is one unit
    shard: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False))
    last_contact_on: date | None = None
    last_played_on: date | None = None  # the last customer contact by a scenario action
    predue_leader: str = ""  # the leader of the last pre-due notice
    predue_on: date | None = None
    predue_before_on: date | None = None  # the last one for any other leader
    scenario: str = ""
    scenario_version: str = ""
    assigned_by: str = ""
    outcome: str = ""
    reason: str = ""
    leader: str = ""
    leader_due: date | None = None
    run: str = ""
    run_no: int | None = None
    step: str = ""
    step_day: int | None = None
    due_on: date | None = None
    act_on: date | None = None
    pending_since: date | None = None
    withdraw: str = Field(default="[]", sa_column=Column(Text, nullable=False))  # canonical ids
    decided_on: date | None = None
    next_review_on: date | None = None


class FoldWatermark(SQLModel, table=True):
    """How far the states have read: one row."""

    __tablename__ = "fold_watermark"

    name: str = Field(primary_key=True)
    through_seq: int = Field(sa_column=_number())
    decided_on: date | None = None
    config_hash: str = ""
    names_hash: str = ""  # of which customers answer under another name
    snapshots: str = Field(default="[]", sa_column=Column(Text, nullable=False))  # canonical ids
