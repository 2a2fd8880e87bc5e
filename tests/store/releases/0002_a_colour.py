"""A release that never was: events have a colour, leases no holder.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("event") as event:
        event.add_column(sa.Column("colour", sa.Text, nullable=False, server_default="red"))
    with op.batch_alter_table("lease") as lease:
        lease.alter_column("fence", type_=sa.Numeric(20, 0), existing_nullable=False)
        lease.drop_column("holder")
