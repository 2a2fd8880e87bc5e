"""Settings: one YAML file, overridden by `CALLSHEET_…` variables. The one reader of both.

Paths in the file are relative to the file's folder. Unknown keys are refused.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from callsheet.object_storage import ObjectUrl
from callsheet.valves.trip import Valve
from callsheet.vocabulary import ItemKind

OnReturn = Literal["restart", "resume", "continue"]
ByCurrency = Decimal | dict[str, Decimal]


class Section(BaseModel):
    """A part of the settings; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DecisionSettings(Section):
    """How the rules R1-R15 are set. Names and defaults are domain.md's; days are calendar days."""

    unit: Literal["customer_entity", "customer"] = "customer_entity"
    run_scope: Literal["invoice", "due_date"] = "invoice"
    on_return: dict[str, OnReturn] = {
        "dispute": "restart",
        "specific_action": "continue",
        "hold": "resume",
        "insolvency": "resume",
    }

    @field_validator("on_return", mode="before")
    @classmethod
    def _keep_the_others(cls, given: object) -> object:
        """What a file says of one kind leaves the others as they are by default."""
        defaults = cls.model_fields["on_return"].default
        return {**defaults, **given} if isinstance(given, dict) else given

    on_scenario_change: Literal["continue", "restart"] = "continue"
    leading_kinds: tuple[ItemKind, ...] = (ItemKind.INVOICE, ItemKind.MISC)
    min_item: ByCurrency = Decimal(0)  # a currency that is not named has none
    min_claim: ByCurrency = Decimal(0)
    min_gap_days: int = 1
    new_run_gap_days: int = 5
    days_after_issue: int = 5
    predue_gap_days: int = 20
    no_pre_due_payment_methods: tuple[str, ...] = ("direct_debit", "draft")
    max_attempts: int = 3
    retry_days: int = 1
    blocked_days: int = 3
    promise_grace: int = 2  # working days
    friendly_days: int = 90
    public_holidays_customer: bool = False  # also keep the customer's country's holidays (R11)
    reply_hold: int = 3  # working days an unprocessed answer holds automatic steps
    call_pause: int = 5  # working days after a call that reached the customer


class Source(Section):
    """Where receivables come from: the file that declares it, and where they lie if it is files."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")  # folders are named for it
    folder: Path | None = None
    url: ObjectUrl | None = None  # a folder of object storage
    mapping: Path
    cadence_hours: int = 26  # older than this is stale

    @property
    def place(self) -> Path | ObjectUrl | None:
        """Return where its files lie; None when it is an ERP, which its mapping names."""
        return self.folder or self.url


class SmtpSettings(Section):
    """Where a mail relay answers, and how long we wait for it."""

    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: SecretStr = SecretStr("")
    security: Literal["none", "starttls", "tls"] = "starttls"
    timeout_seconds: float = 30


class SendgridSettings(Section):
    """The SendGrid account; `host` is changed only for tests."""

    api_key: SecretStr = SecretStr("")
    host: str = "https://api.sendgrid.com"
    timeout_seconds: float = 30


class ReceiverSettings(Section):
    """Where provider events come in. Without the provider's key nothing is received."""

    host: str = "127.0.0.1"
    port: int = Field(default=8025, ge=1, le=65535)
    sendgrid_key: str = ""  # the webhook's verification key: it is public, and no secret
    max_body_bytes: int = Field(default=1_000_000, ge=1_000)
    max_age_seconds: int = Field(default=600, ge=1)
    max_late_seconds: int = Field(default=24 * 3600, ge=0)  # SendGrid tries again for a day
    requests_per_minute: int = Field(default=600, ge=1)  # of one sender
    unmatched_alert: int = Field(default=20, ge=0)  # more a day are an exception


class Channels(Section):
    """What carries each action type. `manual` gives the text to a person on the worklist."""

    email: Literal["outbox", "smtp", "sendgrid", "manual"] = "outbox"
    letter: Literal["outbox", "manual"] = "outbox"
    registered_letter: Literal["outbox", "manual"] = "outbox"
    sms: Literal["manual"] = "manual"
    fax: Literal["manual"] = "manual"
    sms_parts: int = Field(default=3, ge=1)  # a longer text is an exception
    smtp: SmtpSettings = SmtpSettings()
    sendgrid: SendgridSettings = SendgridSettings()


class ValveSettings(Section):
    """When a circuit breaker opens; see docs/valves.md. Shares are of 1: 0.30 is 30 %.

    `off` names valves that are not asked at all: for benchmarks and crash tests, never for a day
    that is played in earnest.
    """

    off: tuple[Valve, ...] = ()
    last_pulls: int = Field(default=14, ge=1)  # whose median a pull is compared with
    pull_drop: float = 0.30
    pull_rise: float = 0.50
    pull_floor_rows: int = 20  # fewer rows are not judged by their share
    newer_items: int = Field(default=3, ge=1)  # gone at once, newer than all that is delivered
    mass_clearing: float = 0.30
    mass_change: float = 0.30
    quarantined_rows: float = 0.01
    quarantined_floor: int = 5  # rows
    quarantined_amount: float = 0.05
    amount_scale: int = 5  # times the usual median, up or down
    amount_floor_items: int = 10
    volume_hold: float = 3  # times the usual day
    volume_second_person: float = 10
    volume_floor: int = 20  # actions
    volume_days: int = 8  # whose median is the usual day when nothing was forecast
    share: float = 0.25  # of the active customers
    share_forecast: float = 1.5  # times what was forecast: up to there a share is no surprise
    notices: float = 0.05
    notices_floor: int = 5
    one_address: int = 10  # customers written to at one address on a day
    changed_actions: int = 0  # planned under a changed scenario: more wait for a look
    canary_messages: int = 5
    canary_minutes: int = 30
    contacts: int = 4  # days with a mail to one address, of the last `contact_days`
    contact_days: int = 7
    open_doubts: int = 10
    last_messages: int = 100
    bounces: float = 0.05
    bounces_floor: int = 20  # messages
    complaints: float = 0.001
    clock_minutes: int = 5  # by which two clocks may differ


class Settings(Section):
    """Everything that is set. `warehouse` is empty for the embedded DuckDB file in `home`."""

    environment: str = "sample"
    time_zone: str = "UTC"  # whose calendar day a run plays when it is not told which
    sample_day: date | None = None  # the day a sample company was made for; production has none
    home: Path = Path("var")
    warehouse: SecretStr = SecretStr("")  # an SQLAlchemy URL, with its password
    lake_url: ObjectUrl | None = (
        None  # object storage that keeps the snapshots too: docs/warehouse.md
    )
    anchors: Path | None = None  # default <home>/anchors; another disk is better: docs/ledger.md
    anchor_command: tuple[str, ...] = ()  # is given each anchor to read: a mail, another machine
    sources: tuple[Source, ...] = ()
    secrets: dict[str, SecretStr] = {}  # of the sources: only from variables, never from the file
    scenarios: Path = Path("scenarios")
    templates: Path = Path("templates")
    decision: DecisionSettings = DecisionSettings()
    channels: Channels = Channels()
    valves: ValveSettings = ValveSettings()
    receiver: ReceiverSettings = ReceiverSettings()
    delivery_notices: Path | None = None  # a Maildir, or a folder of .eml, that the relay fills
    batch_size: int = Field(default=1000, ge=50, le=1000)
    # Mails under way at once, and the most doubts that a kill leaves. A relay takes 20 connections
    # (Exim) or 50 (Postfix) unless told otherwise.
    sender_threads: int = Field(default=16, ge=1, le=64)
    lease_seconds: int = Field(default=60, ge=1)  # a dispatch that shows no life loses its right
    message_domain: str = "callsheet.invalid"
    confirmation_hours: float = Field(default=10, gt=0, le=72)  # to answer the form of `confirm`
    # What a dispute may be about: a word of this list stays readable, own words go into a note.
    dispute_reasons: tuple[str, ...] = (
        "quality", "price", "delivery", "billing error", "invoice not received",
        "order number missing", "approval pending", "wrong bank details", "cash shortage", "other",
    )  # fmt: skip
    phone_countries: tuple[str, ...] = ()  # dialled beside the customer's and the entity's own
