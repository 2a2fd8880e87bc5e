"""The `erp:` part of a source's file: where the ERP answers, and how it is asked.

A password is never written there: `secret` names the entry of the settings' `secrets`, which come
from the environment.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A part of a source's file; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Incremental(Part):
    """Between two full pulls only changes are read, from `overlap_minutes` before the last pull."""

    full_every_days: int = Field(default=7, ge=1)
    overlap_minutes: int = Field(default=60, ge=0)


class LastLook(Part):
    """How the ERP is asked about an account just before its message leaves."""

    timeout_seconds: float = Field(default=5, gt=0)
    if_silent: Literal["hold", "proceed"] = "hold"  # proceed: on the freshest snapshot
    retry_minutes: int = Field(default=30, ge=1)


class Connection(Part):
    """What all kinds of ERP share."""

    secret: str = ""  # the entry of the settings' `secrets`; '' means the source's own name
    companies: dict[str, str] = {}  # the ERP's id of a company: our entity; empty means all
    timeout_seconds: float = Field(default=300, gt=0)  # of one statement or request
    incremental: Incremental | None = None
    last_look: LastLook | None = None


class Sql(Connection):
    """A database, by one query per table; read-only."""

    kind: Literal["sql", "tryton_sql", "odoo_sql"]
    url: str  # as SQLAlchemy writes it, without the password
    page_rows: int = Field(default=10_000, ge=1)
    paging: Literal["auto", "key"] = "auto"  # auto: PostgreSQL keeps the place itself


class Http(Connection):
    """An ERP behind an address of the web."""

    url: str
    allow_hosts: tuple[str, ...] = ()  # beside the one of `url`
    allow_private: bool = False  # an address inside our own network is meant
    max_answer_mb: int = Field(default=100, ge=1)


class TrytonRpc(Http):
    """A Tryton server over JSON-RPC."""

    kind: Literal["tryton"]
    database: str
    user: str
    page_rows: int = Field(default=1000, ge=1)


class OdooRpc(Http):
    """An Odoo server: `/jsonrpc` up to 18, `/json/2` with a bearer key from 19 on."""

    kind: Literal["odoo"]
    database: str
    user: str = ""  # 19 knows the user by the key
    version: Literal["18", "19"] = "18"
    page_rows: int = Field(default=1000, ge=1)


class Pages(Part):
    """How a REST service cuts its rows into pages."""

    by: Literal["none", "page", "offset", "cursor", "link"] = "none"
    parameter: str = "page"  # the query parameter that says which page, which row, or which cursor
    size_parameter: str = ""
    size: int = Field(default=500, ge=1)
    first: int = 1  # the number of the first page
    next: str = ""  # where the next cursor or link stands in an answer, as a dotted path


class Rest(Http):
    """Any service that gives JSON in pages; each table names its `path`."""

    kind: Literal["rest"]
    headers: dict[str, str] = {}
    sign_in_header: str = "Authorization"  # which carries the secret
    sign_in_form: str = "Bearer {secret}"
    rows: str = ""  # where the list of rows stands in an answer, as a dotted path; '': the answer
    total: str = ""  # where the number of all rows stands; '': it is not said
    pages: Pages = Pages()
    since_parameter: str = ""
    customer_parameter: str = ""


AnyConnection = Annotated[Sql | TrytonRpc | OdooRpc | Rest, Field(discriminator="kind")]
