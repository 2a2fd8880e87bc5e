"""Settings: one YAML file, overridden by `CALLSHEET_…` variables. The one reader of both.

Paths in the file are relative to the file's folder. Unknown keys are refused.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

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
    reply_hold: int = 3  # working days an unprocessed answer holds automatic steps
    call_pause: int = 5  # working days after a call that reached the customer


class Source(Section):
    """Where receivables come from: the file that declares it, and a folder if it is files."""

    name: str
    folder: Path | None = None
    mapping: Path
    cadence_hours: int = 26  # older than this is stale


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
    smtp: SmtpSettings = SmtpSettings()
    sendgrid: SendgridSettings = SendgridSettings()


class Settings(Section):
    """Everything that is set. `warehouse` is empty for the embedded DuckDB file in `home`."""

    environment: str = "sample"
    time_zone: str = "UTC"  # whose calendar day a run plays when it is not told which
    sample_day: date | None = None  # the day a sample company was made for; production has none
    home: Path = Path("var")
    warehouse: SecretStr = SecretStr("")  # an SQLAlchemy URL, with its password
    anchors: Path | None = None  # default <home>/anchors; another disk is better: docs/ledger.md
    anchor_command: tuple[str, ...] = ()  # is given each anchor to read: a mail, another machine
    sources: tuple[Source, ...] = ()
    secrets: dict[str, SecretStr] = {}  # of the sources: only from variables, never from the file
    scenarios: Path = Path("scenarios")
    templates: Path = Path("templates")
    decision: DecisionSettings = DecisionSettings()
    channels: Channels = Channels()
    receiver: ReceiverSettings = ReceiverSettings()
    delivery_notices: Path | None = None  # a Maildir, or a folder of .eml, that the relay fills
    batch_size: int = Field(default=500, ge=50, le=1000)
    sender_threads: int = Field(default=8, ge=1, le=64)
    lease_seconds: int = Field(default=60, ge=1)  # a dispatch that shows no life loses its right
    message_domain: str = "callsheet.invalid"
    public_holidays_customer: bool = False  # also keep the customer's country's holidays (R11)
