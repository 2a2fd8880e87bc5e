"""The tables of the first release.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Text is ordered by code point on both engines.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MONEY = sa.Numeric(18, 3)
MOMENT = sa.DateTime(timezone=True)


def column(name: str, kind: sa.types.TypeEngine | type) -> sa.Column:
    """Return a column that is never absent."""
    return sa.Column(name, kind, nullable=False, autoincrement=False)


def maybe(name: str, kind: sa.types.TypeEngine | type) -> sa.Column:
    """Return a column that may be absent."""
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "account_state",
        column("unit", TEXT),
        column("world", sa.Integer),
        column("account_no", sa.BigInteger),
        column("customer", TEXT),
        column("entity", TEXT),
        column("shard", sa.SmallInteger),
        maybe("last_contact_on", sa.Date),
        maybe("last_played_on", sa.Date),
        column("predue_leader", TEXT),
        maybe("predue_on", sa.Date),
        maybe("predue_before_on", sa.Date),
        column("scenario", TEXT),
        column("scenario_version", TEXT),
        column("assigned_by", TEXT),
        column("outcome", TEXT),
        column("reason", TEXT),
        column("leader", TEXT),
        maybe("leader_due", sa.Date),
        column("run", TEXT),
        maybe("run_no", sa.Integer),
        column("step", TEXT),
        maybe("step_day", sa.Integer),
        maybe("due_on", sa.Date),
        maybe("act_on", sa.Date),
        maybe("pending_since", sa.Date),
        column("withdraw", TEXT),
        maybe("decided_on", sa.Date),
        maybe("next_review_on", sa.Date),
        sa.PrimaryKeyConstraint("unit"),
    )
    op.create_table(
        "action",
        column("action_id", TEXT),
        column("step_instance", TEXT),
        column("unit", TEXT),
        column("customer", TEXT),
        column("entity", TEXT),
        column("shard", sa.SmallInteger),
        column("origin", TEXT),
        column("leader", TEXT),
        maybe("leader_due", sa.Date),
        column("run", TEXT),
        column("run_no", sa.Integer),
        column("scenario", TEXT),
        column("scenario_version", TEXT),
        column("step", TEXT),
        column("step_title", TEXT),
        maybe("step_day", sa.Integer),
        column("occurrence", sa.Integer),
        column("channel", TEXT),
        column("role", TEXT),
        column("mode", TEXT),
        column("internal", sa.Boolean),
        column("legal", sa.Boolean),
        maybe("due_on", sa.Date),
        maybe("act_on", sa.Date),
        column("planned_on", sa.Date),
        column("plan_id", TEXT),
        column("snapshots", TEXT),
        column("template", TEXT),
        column("language", TEXT),
        column("claim", TEXT),
        column("content_hash", TEXT),
        column("recipient_hash", TEXT),
        sa.PrimaryKeyConstraint("action_id"),
    )
    op.create_table(
        "address_day",
        column("address_hash", TEXT),
        column("on_day", sa.Date),
        column("action_id", TEXT),
        sa.PrimaryKeyConstraint("address_hash", "on_day"),
    )
    op.create_table(
        "batch_anchor",
        column("group_no", sa.BigInteger),
        column("first_seq", sa.BigInteger),
        column("last_seq", sa.BigInteger),
        column("root", TEXT),
        column("chain", TEXT),
        sa.PrimaryKeyConstraint("group_no"),
    )
    op.create_table(
        "breaker",
        column("name", TEXT),
        column("scope", TEXT),
        column("is_open", sa.Boolean),
        column("since_at", MOMENT),
        column("on_day", sa.Date),
        column("reason", TEXT),
        column("trip_case", TEXT),
        column("figures", TEXT),
        column("persons", sa.Integer),
        column("yes_by", TEXT),
        column("closed_by", TEXT),
        column("closed_why", TEXT),
        maybe("closed_at", MOMENT),
        sa.PrimaryKeyConstraint("name", "scope"),
    )
    op.create_table(
        "config_version",
        column("config_hash", TEXT),
        column("on_day", sa.Date),
        column("content", TEXT),
        column("closed_days", TEXT),
        sa.PrimaryKeyConstraint("config_hash"),
    )
    op.create_table(
        "confirmation_list",
        column("digest", TEXT),
        column("entity", TEXT),
        column("on_day", sa.Date),
        column("count", sa.Integer),
        column("sums", TEXT),
        column("lines", TEXT),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "event",
        column("ledger_seq", sa.BigInteger),
        column("subject", TEXT),
        column("no", sa.Integer),
        column("kind", TEXT),
        column("state", TEXT),
        column("reason", TEXT),
        column("on_day", sa.Date),
        column("happened_at", MOMENT),
        column("author", TEXT),
        column("unit", TEXT),
        column("customer", TEXT),
        column("entity", TEXT),
        column("shard", sa.SmallInteger),
        column("body", TEXT),
        column("leaf_hash", TEXT),
        sa.PrimaryKeyConstraint("ledger_seq"),
        sa.UniqueConstraint("subject", "no"),
    )
    op.create_table(
        "exception_limit",
        column("entity", TEXT),
        column("on_day", sa.Date),
        column("pending_until", sa.Date),
        column("friendly_days", sa.Integer),
        column("friendly_from", sa.Date),
        sa.PrimaryKeyConstraint("entity"),
    )
    op.create_table(
        "exclusion",
        column("exclusion_id", TEXT),
        column("no", sa.Integer),
        column("kind", TEXT),
        column("customer", TEXT),
        column("entity", TEXT),
        column("item", TEXT),
        column("from_day", sa.Date),
        maybe("until_day", sa.Date),
        column("recorded_on", sa.Date),
        maybe("amount", MONEY),
        column("on_return", TEXT),
        column("origin", TEXT),
        column("source", TEXT),
        column("reason", TEXT),
        column("resolver", TEXT),
        column("what", TEXT),
        maybe("promised_on", sa.Date),
        column("outcome", TEXT),
        column("author", TEXT),
        sa.PrimaryKeyConstraint("exclusion_id", "no"),
    )
    op.create_table(
        "fold_watermark",
        column("name", TEXT),
        column("through_seq", sa.BigInteger),
        maybe("decided_on", sa.Date),
        column("config_hash", TEXT),
        column("names_hash", TEXT),
        column("snapshots", TEXT),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "free_text",
        column("text_hash", TEXT),
        column("customer", TEXT),
        column("sealed", TEXT),
        sa.PrimaryKeyConstraint("text_hash"),
    )
    op.create_table(
        "item_state",
        column("item", TEXT),
        column("world", sa.Integer),
        column("account_no", sa.BigInteger),
        column("run_key", sa.BigInteger),
        column("leading_order", sa.BigInteger),
        column("customer", TEXT),
        column("entity", TEXT),
        maybe("calendar", TEXT),
        column("kind", TEXT),
        column("currency", TEXT),
        maybe("issue_date", sa.Date),
        maybe("due_date", sa.Date),
        column("open_amount", MONEY),
        column("collectable", MONEY),
        column("is_candidate", sa.Boolean),
        column("may_claim", sa.Boolean),
        column("may_lead", sa.Boolean),
        column("is_credit", sa.Boolean),
        column("stopped_by", TEXT),
        column("restarts", sa.Integer),
        maybe("progress", sa.Integer),
        maybe("last_on", sa.Date),
        column("first_seen_on", sa.Date),
        column("last_seen_on", sa.Date),
        sa.PrimaryKeyConstraint("item"),
    )
    op.create_table(
        "lease",
        column("name", TEXT),
        column("holder", TEXT),
        column("fence", sa.BigInteger),
        column("until_at", MOMENT),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "measure",
        column("kind", TEXT),
        column("scope", TEXT),
        column("on_day", sa.Date),
        column("subject", TEXT),
        column("figures", TEXT),
        column("is_accepted", sa.Boolean),
        column("taken_at", MOMENT),
        sa.PrimaryKeyConstraint("kind", "scope", "on_day", "subject"),
    )
    op.create_table(
        "quarantine",
        column("snapshot_id", TEXT),
        column("table_name", TEXT),
        column("line", sa.Integer),
        column("code", TEXT),
        column("source", TEXT),
        column("entity", TEXT),
        column("customer", TEXT),
        column("row_key", TEXT),
        column("found", TEXT),
        column("raw", TEXT),
        column("on_day", sa.Date),
        sa.PrimaryKeyConstraint("snapshot_id", "table_name", "line", "code"),
    )
    op.create_table(
        "snapshot",
        column("snapshot_id", TEXT),
        column("source", TEXT),
        column("on_day", sa.Date),
        column("mode", TEXT),
        column("folder", TEXT),
        column("delivery", TEXT),
        column("entities", TEXT),
        column("extracted_at", MOMENT),
        column("published_at", MOMENT),
        column("rows_in", sa.Integer),
        column("rows_loaded", sa.Integer),
        column("rows_duplicate", sa.Integer),
        column("rows_quarantined", sa.Integer),
        column("manifest", TEXT),
        sa.PrimaryKeyConstraint("snapshot_id"),
    )
    op.create_table(
        "step_state",
        column("action_id", TEXT),
        column("world", sa.Integer),
        column("account_no", sa.BigInteger),
        column("run_key", sa.BigInteger),
        column("unit", TEXT),
        column("customer", TEXT),
        column("entity", TEXT),
        column("origin", TEXT),
        column("leader", TEXT),
        maybe("leader_due", sa.Date),
        column("scenario", TEXT),
        column("step", TEXT),
        maybe("step_day", sa.Integer),
        column("internal", sa.Boolean),
        column("planned_on", sa.Date),
        maybe("due_on", sa.Date),
        column("last_seq", sa.BigInteger),
        column("state", TEXT),
        column("progress", TEXT),
        column("permanent", sa.Boolean),
        column("on_day", sa.Date),
        sa.PrimaryKeyConstraint("action_id"),
    )
